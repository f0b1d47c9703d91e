"""Whether a new model may replace the one in use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from evaluation.bootstrap import Comparison
from evaluation.metrics import Measure
from evaluation.run import Evaluation
from evaluation.summary import compare_runs

TEST, GOLD = "test", "gold"


class Reason(StrEnum):
    """What decided."""

    DID_NOT_FALL = "did_not_fall"
    FELL_ON_TEST = "fell_on_test"
    FELL_ON_GOLD = "fell_on_gold"


@dataclass(frozen=True, slots=True)
class Compared:
    """The strict fact F1 of the model in use and the new one on the same reports.

    `difference` is after minus before, with its 95 % interval (a paired bootstrap over reports; `None` with one
    report) and the p value of a paired randomisation test. A score of 0/0 is `None`.
    """

    name: str
    reports: int
    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float

    @property
    def is_below_nought(self) -> bool:
        """Whether the difference's whole interval is negative, or the difference itself where there is none."""
        return (self.point if self.high is None else self.high) < 0

    @property
    def point(self) -> float:
        """The difference, an undefined score counted as nought."""
        return (self.after or 0.0) - (self.before or 0.0)


def compared(name: str, before: Evaluation, after: Evaluation) -> Compared | None:
    """The two evaluations' strict facts; `None` where none of the reports has facts annotated."""
    comparison = compare_runs(before, after).get(Measure.FACT)
    return None if comparison is None else _rounded(name, comparison)


def decide(test: Compared, gold: Compared | None) -> Reason:
    """The rule of release: strict fact F1 must not have fallen.

    It has not fallen if

    1. on the test split the new model's F1 is at least the old one's, and the 95 % interval of the difference
       does not lie below nought; and
    2. on the gold, where reports of it are at hand, the 95 % interval of the difference does not lie below
       nought. These are few reports, so that a point less is chance; one report has no interval, and its point
       difference must not be negative.

    Equal scores release: the new model has seen more annotations.
    """
    if test.point < 0 or test.is_below_nought:
        return Reason.FELL_ON_TEST
    if gold is not None and gold.is_below_nought:
        return Reason.FELL_ON_GOLD
    return Reason.DID_NOT_FALL


def _rounded(name: str, comparison: Comparison) -> Compared:
    interval = comparison.interval
    return Compared(
        name,
        comparison.n_reports,
        _six(comparison.first),
        _six(comparison.second),
        _six(comparison.difference),
        _six(interval.low if interval else None),
        _six(interval.high if interval else None),
        round(comparison.p_value, 6),
    )


def _six(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
