"""A run's scores with their intervals: what the tables, the page and the JSON show."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.bootstrap import Comparison, Interval, compare, f1, interval, precision, recall
from evaluation.metrics import Counts, Measure
from evaluation.run import Evaluation


@dataclass(frozen=True, slots=True)
class MeasureSummary:
    """A measure's counts over `reports` reports and the bootstrap intervals of its ratios."""

    measure: Measure
    reports: int
    counts: Counts
    precision: Interval | None
    recall: Interval | None
    f1: Interval | None


def summarise(evaluation: Evaluation, *, seed: int = 0) -> list[MeasureSummary]:
    """The measures that were scored, in the guide's order."""
    summaries = []
    for measure in Measure:
        by_report = list(evaluation.by_report(measure).values())
        if by_report:
            summaries.append(
                MeasureSummary(
                    measure,
                    len(by_report),
                    evaluation.score.total(measure),
                    interval(by_report, precision, seed=seed),
                    interval(by_report, recall, seed=seed),
                    interval(by_report, f1, seed=seed),
                )
            )
    return summaries


def compare_runs(first: Evaluation, second: Evaluation, *, seed: int = 0) -> dict[Measure, Comparison]:
    """The paired tests of the F1 of two runs, over the reports in which both have the measure scored."""
    comparisons = {}
    for measure in Measure:
        one, two = first.by_report(measure), second.by_report(measure)
        shared = [name for name in one if name in two]
        if shared:
            comparisons[measure] = compare(
                [one[name] for name in shared], [two[name] for name in shared], seed=seed
            )
    return comparisons
