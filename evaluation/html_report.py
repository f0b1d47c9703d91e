"""A run's evaluation as one self-contained page: the scores, and every error in its sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evaluation import wording
from evaluation.charts import (
    HEIGHT,
    WIDTH,
    CoverageChart,
    ReliabilityChart,
    coverage_chart,
    reliability_chart,
)
from evaluation.errors import Cause
from evaluation.html_errors import ErrorView, cell_error_views, error_view
from evaluation.metrics import Counts, Measure, Score
from evaluation.reliability import (
    CoveragePoint,
    Judged,
    Reliability,
    coverage_at,
    coverage_curve,
    reliability,
)
from evaluation.report_result import ReportResult
from evaluation.run import Evaluation
from evaluation.summary import summarise
from extraction.forms.definitions import definitions_of
from extraction.narrative.catalogue import Indicator

_TEMPLATES = Path(__file__).parent / "templates"
_KEPT_PRECISION = 0.99


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A line of a table: what is scored, in both languages, and its counts (`None`: not scored)."""

    name: str
    gloss: str
    counts: Counts | None


@dataclass(frozen=True, slots=True)
class ConfidenceView:
    """The two charts of one kind of answers, and the share that can be kept at a high precision."""

    names: wording.Names
    reliability: Reliability
    reliability_chart: ReliabilityChart
    coverage_chart: CoverageChart
    kept: CoveragePoint | None
    kept_precision: float


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """The fact errors of one cause."""

    cause: Cause
    names: wording.Names
    errors: list[ErrorView]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A table of precision, recall and F1 over some division of the answers."""

    title: wording.Names
    head: wording.Names
    rows: list[ScoreRow]


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one code was given for another."""

    gold: ScoreRow
    predicted: ScoreRow
    count: int


def render_page(
    evaluation: Evaluation, *, title: str, subtitle: str = "", catalogue: Mapping[str, Indicator]
) -> str:
    """The page's HTML. Nothing in it is loaded from elsewhere, and every text is escaped.

    Args:
        evaluation: The results.
        title: What was evaluated.
        subtitle: Against what.
        catalogue: For the codes' names.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"ratio": _ratio, "percent": _percent}
    template = environment.get_template("evaluation.html.j2")
    groups = _error_groups(evaluation.results, catalogue)
    return template.render(
        title=title,
        subtitle=subtitle,
        summaries=summarise(evaluation),
        measure_names=wording.MEASURES,
        not_scored=[m for m in Measure if m not in evaluation.score],
        notes=[result for result in evaluation.results if result.note],
        note_names=wording.NOTES,
        without_gold=evaluation.without_gold,
        results=evaluation.results,
        Measure=Measure,
        breakdowns=_breakdowns(evaluation, catalogue),
        confusions=_confusions(evaluation, catalogue),
        confidences=_confidences(evaluation.results),
        error_groups=groups,
        cell_errors=[view for result in evaluation.results for view in cell_error_views(result)],
        field_names=wording.FIELDS,
        width=WIDTH,
        height=HEIGHT,
    )


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _code_row(code: str | None, counts: Counts | None, catalogue: Mapping[str, Indicator]) -> ScoreRow:
    if code is None:
        return ScoreRow("—", "目录外 not in the catalogue", counts)
    indicator = catalogue.get(code)
    return ScoreRow(code, f"{indicator.name_zh} {indicator.name_en}" if indicator else "", counts)


def _form_row(form: str, counts: Counts) -> ScoreRow:
    editions = definitions_of(form)
    return ScoreRow(editions[0].name_zh, editions[0].name_en, counts) if editions else ScoreRow(form, "", counts)


def _named_rows(
    by_name: Mapping[str | None, Counts], names: Mapping[str | None, wording.Names]
) -> list[ScoreRow]:
    """The rows in the order of the names, then those that have none."""
    ordered = [name for name in names if name in by_name] + [name for name in by_name if name not in names]
    return [ScoreRow(*names.get(name, (name or "—", "")), by_name[name]) for name in ordered]


def _breakdowns(evaluation: Evaluation, catalogue: Mapping[str, Indicator]) -> list[Breakdown]:
    score = evaluation.score
    tables = [
        Breakdown(
            ("片段：按标签", "Spans by label"),
            ("标签", "Label"),
            _named_rows(score.by_name(Measure.SPAN), wording.LABELS),
        ),
        Breakdown(
            ("严格事实：按章节", "Strict facts by section"),
            ("章节", "Section"),
            _named_rows(score.by_section(Measure.FACT), wording.SECTIONS),
        ),
        *_format_breakdowns(evaluation),
        Breakdown(
            ("单元格：按表", "Cells by form"),
            ("表", "Form"),
            [_form_row(k or "", c) for k, c in score.by_name(Measure.CELL).items()],
        ),
        Breakdown(
            ("严格事实：按代码", "Strict facts by code"),
            ("代码", "Code"),
            [_code_row(k, c, catalogue) for k, c in score.by_name(Measure.FACT).items()],
        ),
    ]
    return [table for table in tables if table.rows]


def _format_breakdowns(evaluation: Evaluation) -> Iterable[Breakdown]:
    formats: dict[str | None, Score] = evaluation.by_format()
    for measure in (Measure.FACT, Measure.CELL):
        chinese, english = wording.MEASURES[measure]
        rows = [
            ScoreRow(name or "—", "", score.total(measure)) for name, score in formats.items() if measure in score
        ]
        yield Breakdown((f"{chinese}：按文件格式", f"{english}, by file format"), ("格式", "Format"), rows)


def _confusions(evaluation: Evaluation, catalogue: Mapping[str, Indicator]) -> list[Confusion]:
    ordered = sorted(
        evaluation.confusions.items(), key=lambda entry: (-entry[1], entry[0][0] or "", entry[0][1] or "")
    )
    return [
        Confusion(_code_row(gold, None, catalogue), _code_row(predicted, None, catalogue), count)
        for (gold, predicted), count in ordered
    ]


def _confidences(results: Sequence[ReportResult]) -> list[ConfidenceView]:
    views = []
    for measure, judged in (
        (Measure.FACT, [answer for result in results for answer in result.judged_facts]),
        (Measure.CELL, [answer for result in results for answer in result.judged_cells]),
    ):
        curve = reliability(judged)
        if curve:
            views.append(_confidence(wording.MEASURES[measure], judged, curve))
    return views


def _confidence(names: wording.Names, judged: Sequence[Judged], curve: Reliability) -> ConfidenceView:
    return ConfidenceView(
        names,
        curve,
        reliability_chart(curve),
        coverage_chart(coverage_curve(judged)),
        coverage_at(judged, _KEPT_PRECISION),
        _KEPT_PRECISION,
    )


def _error_groups(results: Sequence[ReportResult], catalogue: Mapping[str, Indicator]) -> list[ErrorGroup]:
    by_cause: dict[Cause, list[ErrorView]] = {cause: [] for cause in Cause}
    for result in results:
        for error in result.fact_errors:
            by_cause[error.cause].append(error_view(result, error, catalogue))
    return [ErrorGroup(cause, wording.CAUSES[cause], errors) for cause, errors in by_cause.items() if errors]
