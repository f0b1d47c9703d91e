"""Calibration and coverage, by hand."""

from __future__ import annotations

import pytest

from evaluation.reliability import Judged, coverage_at, coverage_curve, reliability

ANSWERS = [Judged(0.95, True), Judged(0.95, False), Judged(0.6, True), Judged(0.2, False)]


def test_known_calibration() -> None:
    curve = reliability(ANSWERS)
    assert curve is not None
    assert [(b.low, b.high, b.count, b.accuracy) for b in curve.bins] == [
        (0.1, 0.2, 1, 0.0), (0.5, 0.6, 1, 1.0), (0.9, 1.0, 2, 0.5),
    ]  # fmt: skip
    assert curve.ece == pytest.approx((0.2 + 0.4 + 2 * 0.45) / 4)
    assert curve.brier == pytest.approx((0.05**2 + 0.95**2 + 0.4**2 + 0.2**2) / 4)


def test_sure_and_right_is_perfect() -> None:
    curve = reliability([Judged(1.0, True), Judged(0.0, False)])
    assert curve is not None
    assert (curve.ece, curve.brier) == (0, 0)


def test_nothing_to_judge() -> None:
    assert reliability([]) is None
    assert coverage_curve([]) == []
    assert coverage_at([], 0.9) is None


def test_a_confidence_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.2"):
        reliability([Judged(1.2, True)])


def test_equal_confidences_come_in_together_in_any_order() -> None:
    expected = [(0.95, 0.5, 0.5), (0.6, 0.75, 2 / 3), (0.2, 1.0, 0.5)]
    assert coverage_curve(ANSWERS) == coverage_curve(ANSWERS[::-1]) == expected


def test_the_most_that_can_be_kept_at_a_precision() -> None:
    point = coverage_at(ANSWERS, 0.6)
    assert point is not None
    assert (point.threshold, point.coverage) == (0.6, 0.75)
    assert coverage_at(ANSWERS, 0.9) is None
