"""One report's prediction against its gold, in counts that add and errors that can be shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from evaluation.cell_matching import match_cells
from evaluation.errors import FactError, find_errors
from evaluation.matching import match_facts, match_spans_relaxed
from evaluation.metrics import Measure, Score
from evaluation.model import ScoredCell, ScoredFact, ScoredReport
from evaluation.reliability import Judged
from models.labels import LabelledSpan


class Note(StrEnum):
    """Why a report's scores are lower than its predictions alone would make them."""

    MISSING = "missing"
    FAILED = "failed"
    OTHER_TEXT = "other_text"


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that is missed (no `predicted`), spurious (no `gold`) or has another value."""

    gold: ScoredCell | None
    predicted: ScoredCell | None


@dataclass(slots=True)
class ReportResult:
    """One report's counts and errors; `detail` is the reason behind `note`, where there is one.

    The errors' facts and cells are those of `gold` and `predicted` (`None` where there is no prediction).
    """

    gold: ScoredReport
    predicted: ScoredReport | None
    score: Score = field(default_factory=Score)
    note: Note | None = None
    detail: str = ""
    fact_errors: list[FactError] = field(default_factory=list)
    cell_errors: list[CellError] = field(default_factory=list)
    judged_facts: list[Judged] = field(default_factory=list)
    judged_cells: list[Judged] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.gold.id

    @property
    def format(self) -> str | None:
        return self.gold.format or (self.predicted.format if self.predicted else None)


def score_missing(gold: ScoredReport, *, reason: str | None, spans_scored: bool) -> ReportResult:
    """A report without a prediction: everything is missed.

    Args:
        gold: The annotation.
        reason: Why it could not be read, where the run says so.
        spans_scored: Whether the run gives spans at all; where it does not, they are not scored here either.
    """
    nothing = ScoredReport(
        gold.id, gold.sha256_text, spans=() if spans_scored else None, facts=(), cells=()
    )  # fmt: skip
    result = _score(gold, nothing)
    result.predicted = None
    result.note = Note.MISSING if reason is None else Note.FAILED
    result.detail = reason or ""
    _score_whole(result, is_predicted=False)
    return result


def score_report(gold: ScoredReport, predicted: ScoredReport) -> ReportResult:
    """A report with a prediction.

    Where the prediction is of another canonical text, its offsets mean nothing: the cells are compared, and
    the narrative counts as missed.
    """
    if predicted.sha256_text == gold.sha256_text:
        result = _score(gold, predicted)
    else:
        result = _score(gold, replace(predicted, facts=(), spans=None if predicted.spans is None else ()))
        result.note = Note.OTHER_TEXT
    _score_whole(result, is_predicted=True)
    return result


def _score(gold: ScoredReport, predicted: ScoredReport) -> ReportResult:
    result = ReportResult(gold, predicted)
    if gold.spans is not None and predicted.spans is not None:
        _score_spans(result.score, gold, gold.spans, predicted.spans)
    if gold.facts is not None and predicted.facts is not None:
        _score_facts(result, gold, gold.facts, predicted.facts)
    if gold.cells is not None and predicted.cells is not None:
        _score_cells(result, gold.cells, predicted.cells)
    return result


def _score_spans(
    score: Score,
    report: ScoredReport,
    gold: tuple[LabelledSpan, ...],
    predicted: tuple[LabelledSpan, ...],
) -> None:
    expected, given = set(gold), set(predicted)
    score.scored(Measure.SPAN)
    for spans, counted in ((expected & given, "tp"), (given - expected, "fp"), (expected - given, "fn")):
        for span in spans:
            score.tally(Measure.SPAN, span.label, report.section_at(span.start), **{counted: 1})
    golds, givens = sorted(expected), sorted(given)
    pairs = match_spans_relaxed(golds, givens)
    gold_done, given_done = {g for g, _ in pairs}, {p for _, p in pairs}
    score.scored(Measure.SPAN_RELAXED)
    for index, span in enumerate(golds):
        counted = "tp" if index in gold_done else "fn"
        score.tally(Measure.SPAN_RELAXED, span.label, report.section_at(span.start), **{counted: 1})
    for index, span in enumerate(givens):
        if index not in given_done:
            score.tally(Measure.SPAN_RELAXED, span.label, report.section_at(span.start), fp=1)


def _score_facts(
    result: ReportResult,
    report: ScoredReport,
    gold: tuple[ScoredFact, ...],
    predicted: tuple[ScoredFact, ...],
) -> None:
    match = match_facts(gold, predicted)
    for measure, pairs in ((Measure.FACT, match.strict), (Measure.FACT_LINKED, match.linked)):
        gold_done, predicted_done = {g for g, _ in pairs}, {p for _, p in pairs}
        result.score.scored(measure)
        for index, fact in enumerate(gold):
            counted = "tp" if index in gold_done else "fn"
            result.score.tally(measure, fact.code, fact.section, **{counted: 1})
        for index, fact in enumerate(predicted):
            if index not in predicted_done:
                section = report.section_at(fact.start) or fact.section
                result.score.tally(measure, fact.code, section, fp=1)
    result.fact_errors = find_errors(gold, predicted, match)
    right = {p for _, p in match.strict}
    result.judged_facts = [
        Judged(fact.confidence, index in right)
        for index, fact in enumerate(predicted)
        if fact.confidence is not None
    ]


def _score_cells(
    result: ReportResult, gold: tuple[ScoredCell, ...], predicted: tuple[ScoredCell, ...]
) -> None:
    match = match_cells(gold, predicted)
    gold_right, predicted_right = {g for g, _ in match.right}, {p for _, p in match.right}
    result.score.scored(Measure.CELL)
    for index, cell in enumerate(gold):
        counted = "tp" if index in gold_right else "fn"
        result.score.tally(Measure.CELL, cell.form, None, **{counted: 1})
    for index, cell in enumerate(predicted):
        if index not in predicted_right:
            result.score.tally(Measure.CELL, cell.form, None, fp=1)
    gold_wrong, predicted_wrong = {g for g, _ in match.wrong}, {p for _, p in match.wrong}
    errors = [CellError(gold[g], predicted[p]) for g, p in match.wrong]
    errors += [CellError(c, None) for g, c in enumerate(gold) if g not in gold_right | gold_wrong]
    errors += [CellError(None, c) for p, c in enumerate(predicted) if p not in predicted_right | predicted_wrong]
    result.cell_errors = errors
    result.judged_cells = [
        Judged(cell.confidence, index in predicted_right)
        for index, cell in enumerate(predicted)
        if cell.confidence is not None
    ]


def _score_whole(result: ReportResult, *, is_predicted: bool) -> None:
    """A report is right when all its cells and strict facts are, and there are none too many.

    Only what the gold annotates can be asked of it; a report of which nothing is annotated is not scored.
    """
    annotated = [measure for measure in (Measure.CELL, Measure.FACT) if measure in result.score]
    if not annotated:
        return
    wrong = sum(result.score.total(m).fp + result.score.total(m).fn for m in annotated)
    is_right = is_predicted and wrong == 0
    result.score.tally(
        Measure.REPORT, None, None, tp=int(is_right), fp=int(is_predicted and not is_right), fn=int(not is_right)
    )
