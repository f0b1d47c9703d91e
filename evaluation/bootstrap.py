"""How far a score would move on other reports, and whether two runs differ by more than that.

Reports are resampled, not facts: the facts of one report share its style and its errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import Counts

Array = NDArray[np.float64]
Ratio = Callable[[Array], Array]
# Below this many, all the ways of swapping reports between two runs are tried instead of a sample.
_MOST_EXACT_REPORTS = 13


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval; `level` is its coverage."""

    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs on the same reports: `difference` is the second's score minus the first's.

    A score of 0/0 is `None`, and so is a difference from one. `p_value` is two-sided: how often swapping the
    runs' reports at random gives a difference as large.
    """

    first: float | None
    second: float | None
    difference: float | None
    interval: Interval | None
    p_value: float
    n_reports: int


def precision(sums: Array) -> Array:
    """Of counts (tp, fp, fn). *Shape:* (…, 3) → (…); NaN where it is 0/0."""
    return _divide(sums[..., 0], sums[..., 0] + sums[..., 1])


def recall(sums: Array) -> Array:
    """Of counts (tp, fp, fn). *Shape:* (…, 3) → (…); NaN where it is 0/0."""
    return _divide(sums[..., 0], sums[..., 0] + sums[..., 2])


def f1(sums: Array) -> Array:
    """Of counts (tp, fp, fn). *Shape:* (…, 3) → (…); NaN where it is 0/0."""
    return _divide(2 * sums[..., 0], 2 * sums[..., 0] + sums[..., 1] + sums[..., 2])


def _divide(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def interval(
    by_report: Sequence[Counts],
    ratio: Ratio = f1,
    *,
    level: float = 0.95,
    samples: int = 2000,
    seed: int = 0,
) -> Interval | None:
    """The percentile bootstrap interval of a micro-averaged score (Efron 1979).

    Args:
        by_report: Each report's counts.
        ratio: The score of summed counts.
        level: The interval's coverage.
        samples: How many times the reports are drawn with replacement.
        seed: Of the draws.

    Returns:
        `None` with fewer than two reports, or where no sample has a defined score.
    """
    counts = _array(by_report)
    if len(counts) < 2:
        return None
    return _percentiles(ratio(_draws(len(counts), samples, seed) @ counts), level)


def compare(
    first: Sequence[Counts],
    second: Sequence[Counts],
    ratio: Ratio = f1,
    *,
    level: float = 0.95,
    samples: int = 2000,
    seed: int = 0,
) -> Comparison:
    """A paired test of two runs by approximate randomisation over reports (Noreen 1989; Yeh 2000).

    Under the hypothesis that the runs do not differ, each report's two results could as well have been the
    other's. With few reports every swap is tried and the p value is exact; otherwise `samples` swaps are
    drawn and the p value is (1 + as large) / (1 + samples). The difference's interval is a paired bootstrap.

    Args:
        first, second: Each report's counts, in the same order of reports.
        ratio: The score of summed counts.
        level, samples, seed: As for `interval`.

    Raises:
        ValueError: Where the runs have different numbers of reports, or none.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"paired runs need the same reports, at least one: {len(first)} and {len(second)}")
    a, b = _array(first), _array(second)
    score_a, score_b = float(ratio(a.sum(axis=0))), float(ratio(b.sum(axis=0)))
    weights = _draws(len(a), samples, seed)
    differences = ratio(weights @ b) - ratio(weights @ a)
    return Comparison(
        first=_defined(score_a),
        second=_defined(score_b),
        difference=_defined(score_b - score_a),
        interval=_percentiles(differences, level) if len(a) > 1 else None,
        p_value=_randomisation(a, b, ratio, samples, seed),
        n_reports=len(a),
    )


def _randomisation(a: Array, b: Array, ratio: Ratio, samples: int, seed: int) -> float:
    swaps, exact = _swaps(len(a), samples, seed)
    moved = swaps @ (b - a)
    differences = np.abs(ratio(b.sum(axis=0) - moved) - ratio(a.sum(axis=0) + moved))
    observed = abs(float(ratio(b.sum(axis=0)) - ratio(a.sum(axis=0))))
    # Rounding must not make a swap of equal reports smaller than what was observed, and an undefined score
    # must not make the runs look different.
    as_large = int(np.count_nonzero(~(differences < observed - 1e-12)))
    return as_large / len(swaps) if exact else (1 + as_large) / (1 + samples)


def _swaps(count: int, samples: int, seed: int) -> tuple[Array, bool]:
    """Which reports are swapped in each trial, and whether these are all the ways. *Shape:* (trials, count)."""
    if count <= _MOST_EXACT_REPORTS:
        ways = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
        return ways.astype(np.float64), True
    return np.random.default_rng(seed).integers(0, 2, size=(samples, count)).astype(np.float64), False


def _array(by_report: Sequence[Counts]) -> Array:
    return np.array([(c.tp, c.fp, c.fn) for c in by_report], dtype=np.float64).reshape(-1, 3)


def _draws(count: int, samples: int, seed: int) -> Array:
    """How often each report is in each sample. *Shape:* (samples, count)."""
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=samples)
    return drawn.astype(np.float64)


def _defined(score: float) -> float | None:
    return None if np.isnan(score) else score


def _percentiles(scores: Array, level: float) -> Interval | None:
    defined = scores[~np.isnan(scores)]
    if not len(defined):
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high), level)
