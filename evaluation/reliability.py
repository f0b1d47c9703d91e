"""Whether a stated confidence is the share of right answers, and what it is worth for sorting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple


class Judged(NamedTuple):
    """A stated confidence and whether the answer was right."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence is in (low, high], the first bin with its lower end."""

    low: float
    high: float
    count: int
    mean_confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Calibration of a set of answers.

    `ece` is the expected calibration error, the bins' mean gap between confidence and accuracy weighted by
    their size (Naeini et al. 2015); `brier` the mean squared error of the confidence (Brier 1950).
    """

    bins: tuple[Bin, ...]
    ece: float
    brier: float
    count: int


class CoveragePoint(NamedTuple):
    """Keeping the answers of at least this confidence keeps this share of them, of this precision."""

    threshold: float
    coverage: float
    precision: float


def reliability(judged: Sequence[Judged], *, n_bins: int = 10) -> Reliability | None:
    """Bins of equal width over 0 to 1; empty ones are left out. `None` where there are no answers.

    Raises:
        ValueError: Where a confidence is outside 0 to 1.
    """
    if not judged:
        return None
    members: dict[int, list[Judged]] = {}
    for answer in judged:
        if not 0 <= answer.confidence <= 1:
            raise ValueError(f"a confidence must be in 0 to 1, not {answer.confidence}")
        # Closed above, so that 1.0 needs no bin of its own.
        number = max(0, -int(-answer.confidence * n_bins // 1) - 1)
        members.setdefault(number, []).append(answer)
    bins = tuple(_bin(number, n_bins, members[number]) for number in sorted(members))
    gaps = sum(b.count * abs(b.accuracy - b.mean_confidence) for b in bins)
    squares = sum((answer.confidence - answer.right) ** 2 for answer in judged)
    return Reliability(bins, gaps / len(judged), squares / len(judged), len(judged))


def _bin(number: int, n_bins: int, members: Sequence[Judged]) -> Bin:
    return Bin(
        low=number / n_bins,
        high=(number + 1) / n_bins,
        count=len(members),
        mean_confidence=sum(answer.confidence for answer in members) / len(members),
        accuracy=sum(answer.right for answer in members) / len(members),
    )


def coverage_curve(judged: Sequence[Judged]) -> list[CoveragePoint]:
    """Precision as more and more answers are kept, the surest first; equal confidences come in together."""
    points: list[CoveragePoint] = []
    kept = right = 0
    ordered = sorted(judged, key=lambda answer: -answer.confidence)
    for confidence, answers in groupby(ordered, key=lambda answer: answer.confidence):
        group = list(answers)
        kept += len(group)
        right += sum(answer.right for answer in group)
        points.append(CoveragePoint(confidence, kept / len(judged), right / kept))
    return points


def coverage_at(judged: Sequence[Judged], precision: float) -> CoveragePoint | None:
    """The most that can be kept with at least this precision, or `None` where nothing can."""
    enough = [point for point in coverage_curve(judged) if point.precision >= precision]
    return enough[-1] if enough else None
