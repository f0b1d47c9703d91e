"""The rule of release."""

from __future__ import annotations

import pytest

from training.update_decision import Compared, Reason, decide


def scores(
    before: float | None,
    after: float | None,
    low: float | None = None,
    high: float | None = None,
    name: str = "test",
) -> Compared:
    difference = None if before is None or after is None else after - before
    return Compared(name, 5, before, after, difference, low, high, 0.5)


@pytest.mark.parametrize(
    ("test", "gold", "reason"),
    [
        (scores(0.8, 0.82, 0.001, 0.04), None, Reason.DID_NOT_FALL),
        (scores(0.8, 0.81, -0.01, 0.03), None, Reason.DID_NOT_FALL),
        (scores(0.8, 0.8, 0.0, 0.0), None, Reason.DID_NOT_FALL),
        (scores(0.8, 0.799, -0.02, 0.02), None, Reason.FELL_ON_TEST),
        (scores(0.8, 0.7, -0.2, -0.05), None, Reason.FELL_ON_TEST),
        (scores(0.8, None), None, Reason.FELL_ON_TEST),
        (scores(None, 0.1), None, Reason.DID_NOT_FALL),
        (scores(0.8, 0.81, -0.01, 0.03), scores(0.7, 0.68, -0.06, 0.02), Reason.DID_NOT_FALL),
        (scores(0.8, 0.81, -0.01, 0.03), scores(0.7, 0.6, -0.2, -0.01), Reason.FELL_ON_GOLD),
        (scores(0.8, 0.81, -0.01, 0.03), scores(0.7, 0.69), Reason.FELL_ON_GOLD),
        (scores(0.8, 0.81, -0.01, 0.03), scores(0.7, 0.7), Reason.DID_NOT_FALL),
        (scores(0.8, 0.79, -0.02, 0.0), scores(0.7, 0.9, 0.1, 0.3), Reason.FELL_ON_TEST),
    ],
)
def test_the_score_must_not_have_fallen(test: Compared, gold: Compared | None, reason: Reason) -> None:
    assert decide(test, gold) is reason
