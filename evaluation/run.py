"""A run's predictions against the gold: which is whose, and the results together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.errors import CodePair, code_confusions
from evaluation.metrics import Counts, Measure, Score
from evaluation.model import ScoredReport
from evaluation.report_result import ReportResult, score_missing, score_report


class PairingError(ValueError):
    """Predictions that cannot be told apart; the message names the report."""


@dataclass(slots=True)
class Evaluation:
    """A run's results in the gold's order; `without_gold` names the predictions that no gold asks for."""

    results: list[ReportResult]
    without_gold: list[str] = field(default_factory=list)

    @property
    def score(self) -> Score:
        return sum((result.score for result in self.results), Score())

    @property
    def confusions(self) -> Counter[CodePair]:
        return sum((code_confusions(result.fact_errors) for result in self.results), Counter[CodePair]())

    def by_format(self) -> dict[str | None, Score]:
        sums: dict[str | None, Score] = {}
        for result in self.results:
            sums[result.format] = sums.get(result.format, Score()) + result.score
        return sums

    def by_report(self, measure: Measure) -> dict[str, Counts]:
        """The counts of each report in which the measure is scored."""
        return {r.id: r.score.total(measure) for r in self.results if measure in r.score}


def evaluate(
    gold: Sequence[ScoredReport],
    predicted: Sequence[ScoredReport],
    failures: Mapping[str, str] | None = None,
) -> Evaluation:
    """Scores predictions against gold.

    Args:
        gold: The annotated reports; their ids differ.
        predicted: The run's reports; one is a gold report's if its text is the same or its id is.
        failures: Inputs that the run could not read, by id, with the reason.

    Raises:
        PairingError: Where several predictions could be one report's.
    """
    partner = _partners(gold, predicted)
    spans_scored = any(report.spans is not None for report in predicted)
    results = [
        score_report(report, partner[report.id])
        if report.id in partner
        else score_missing(report, reason=(failures or {}).get(report.id), spans_scored=spans_scored)
        for report in gold
    ]
    used = {id(report) for report in partner.values()}
    return Evaluation(results, [report.id for report in predicted if id(report) not in used])


def _partners(gold: Sequence[ScoredReport], predicted: Sequence[ScoredReport]) -> dict[str, ScoredReport]:
    """The prediction of each gold report: of the same text and name, of the same text, or of the name."""
    partner: dict[str, ScoredReport] = {}
    left = list(predicted)
    for key in (_text_and_id, _text, _id):
        for report in gold:
            if report.id in partner:
                continue
            candidates = [other for other in left if key(other) == key(report)]
            if len(candidates) > 1:
                raise PairingError(f"{report.id}: {len(candidates)} predictions could be this report's")
            if candidates:
                partner[report.id] = candidates[0]
                left = [other for other in left if other is not candidates[0]]
    return partner


def _text_and_id(report: ScoredReport) -> tuple[str, ...]:
    return (report.sha256_text, report.id)


def _text(report: ScoredReport) -> tuple[str, ...]:
    return (report.sha256_text,)


def _id(report: ScoredReport) -> tuple[str, ...]:
    return (report.id,)
