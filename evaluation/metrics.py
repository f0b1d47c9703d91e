"""Counts that add, and the scores made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Measure(StrEnum):
    """What is counted (annotation guide, section 6)."""

    SPAN = "span"
    SPAN_RELAXED = "span_relaxed"
    FACT = "fact"
    FACT_LINKED = "fact_linked"
    CELL = "cell"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives. Ratios are `None` where they are 0/0."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float | None:
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float | None:
        """2·tp / (2·tp + fp + fn), which needs no convention for an undefined precision or recall."""
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def gold(self) -> int:
        return self.tp + self.fn

    @property
    def predicted(self) -> int:
        return self.tp + self.fp


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def total(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


Key = tuple[str | None, str | None]


@dataclass(slots=True)
class Score:
    """Counts of each measure, by name (label, code or form) and section.

    A measure that is not in `counts` was not scored, which is another thing than nothing right.
    """

    counts: dict[Measure, dict[Key, Counts]] = field(default_factory=dict)

    def tally(
        self, measure: Measure, name: str | None, section: str | None, *, tp: int = 0, fp: int = 0, fn: int = 0
    ) -> None:
        cells = self.counts.setdefault(measure, {})
        cells[name, section] = cells.get((name, section), Counts()) + Counts(tp, fp, fn)

    def scored(self, measure: Measure) -> None:
        """Notes that a measure is scored, though there may be nothing to count."""
        self.counts.setdefault(measure, {})

    def __add__(self, other: Score) -> Score:
        added = Score({measure: dict(cells) for measure, cells in self.counts.items()})
        for measure, cells in other.counts.items():
            mine = added.counts.setdefault(measure, {})
            for key, counts in cells.items():
                mine[key] = mine.get(key, Counts()) + counts
        return added

    def __contains__(self, measure: Measure) -> bool:
        return measure in self.counts

    def total(self, measure: Measure) -> Counts:
        return total(self.counts.get(measure, {}).values())

    def by_name(self, measure: Measure) -> dict[str | None, Counts]:
        """By label (spans), code (facts; `None` for no code) or form (cells), the names in order."""
        return self._marginal(measure, 0)

    def by_section(self, measure: Measure) -> dict[str | None, Counts]:
        return self._marginal(measure, 1)

    def _marginal(self, measure: Measure, axis: int) -> dict[str | None, Counts]:
        sums: dict[str | None, Counts] = {}
        for key, counts in self.counts.get(measure, {}).items():
            sums[key[axis]] = sums.get(key[axis], Counts()) + counts
        return dict(sorted(sums.items(), key=lambda entry: (entry[0] is None, entry[0] or "")))


def macro_f1(by_name: Mapping[str | None, Counts]) -> float | None:
    """The mean F1 of the names that the gold has."""
    scores = [counts.f1 or 0.0 for counts in by_name.values() if counts.gold]
    return sum(scores) / len(scores) if scores else None
