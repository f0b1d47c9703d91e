"""Settings that a handful of development facts must not decide."""

from __future__ import annotations

from training.calibrate import catalogue_weight


def _right(*wrong: int) -> list[bool]:
    return [fact not in wrong for fact in range(100)]


def test_a_fact_more_or_less_does_not_move_the_catalogue_s_weight() -> None:
    assert catalogue_weight({0.0: _right(1), 1.0: _right(2, 3), 1.5: _right(2, 4), 6.0: _right(5, 6)}) == 1.5


def test_a_weight_that_is_clearly_better_is_taken() -> None:
    usual = _right(*range(40))
    assert catalogue_weight({0.0: _right(*range(60)), 1.5: usual, 4.0: _right(*range(11)), 6.0: _right(*range(10))}) == 4.0


def test_a_model_without_values_has_the_usual_weight() -> None:
    assert catalogue_weight({0.0: [], 1.5: [], 3.0: []}) == 1.5
