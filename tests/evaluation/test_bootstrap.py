"""Intervals and the paired test."""

from __future__ import annotations

import pytest

from evaluation.bootstrap import compare, interval, precision, recall
from evaluation.metrics import Counts

MIXED = [Counts(9, 1, 0), Counts(5, 0, 5), Counts(8, 4, 1), Counts(2, 2, 2), Counts(7, 0, 1)]


def test_reports_that_are_alike_have_no_spread() -> None:
    found = interval([Counts(8, 1, 1)] * 5)
    assert found is not None
    assert found.low == found.high == pytest.approx(16 / 18)


def test_the_interval_holds_the_score_and_the_seed_fixes_it() -> None:
    found = interval(MIXED)
    assert found is not None
    assert found.low < 62 / 78 < found.high
    assert interval(MIXED) == found
    assert interval(MIXED, seed=1) != found


def test_a_known_interval_of_two_reports() -> None:
    # Samples of two of {all right, all missed}: recall is 0, 1/2 or 1 with probabilities 1/4, 1/2, 1/4.
    found = interval([Counts(tp=10), Counts(fn=10)], recall)
    assert found is not None
    assert (found.low, found.high) == (0, 1)
    half = interval([Counts(tp=10), Counts(fn=10)], recall, level=0.4)
    assert half is not None
    assert (half.low, half.high) == (0.5, 0.5)


def test_a_higher_level_is_wider() -> None:
    narrow, wide = interval(MIXED, level=0.5), interval(MIXED, level=0.99)
    assert narrow is not None
    assert wide is not None
    assert wide.low < narrow.low < narrow.high < wide.high


def test_no_interval_from_one_report_or_from_nothing() -> None:
    assert interval([Counts(1, 1, 1)]) is None
    assert interval([]) is None
    assert interval([Counts(), Counts()]) is None
    assert interval([Counts(fn=1), Counts(fn=2)], precision) is None


def test_equal_runs_do_not_differ() -> None:
    found = compare(MIXED, MIXED)
    assert (found.difference, found.p_value) == (0, 1)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (0, 0)


def test_an_exact_p_value_known_by_counting() -> None:
    # The second run is better in each of 5 reports by as much: only the two extreme swaps of 2**5 are as large.
    found = compare([Counts(5, 0, 5)] * 5, [Counts(9, 0, 1)] * 5)
    assert found.p_value == 2 / 32
    assert found.difference == pytest.approx(90 / 95 - 50 / 75)
    assert found.interval is not None
    assert found.interval.low > 0


def test_many_reports_are_sampled_and_never_give_a_p_value_of_nought() -> None:
    found = compare([Counts(5, 0, 5)] * 30, [Counts(9, 0, 1)] * 30, samples=500)
    assert found.p_value == 1 / 501


def test_the_test_is_the_same_both_ways() -> None:
    other = [Counts(8, 1, 1), Counts(6, 0, 4), Counts(8, 0, 1), Counts(2, 4, 2), Counts(8, 0, 0)]
    there, back = compare(MIXED, other), compare(other, MIXED)
    assert there.p_value == back.p_value
    assert there.difference is not None
    assert back.difference is not None
    assert there.difference == -back.difference


def test_an_undefined_score_is_no_difference() -> None:
    found = compare([Counts(fn=1)], [Counts(tp=1)], precision)
    assert (found.first, found.second, found.difference, found.p_value) == (None, 1, None, 1)


def test_different_numbers_of_reports_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="5 and 4"):
        compare(MIXED, MIXED[1:])
    with pytest.raises(ValueError, match="0 and 0"):
        compare([], [])
