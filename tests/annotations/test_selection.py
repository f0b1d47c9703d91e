"""What is sent to annotators first, and why."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.selection import (
    Candidate,
    Reason,
    choose,
    known_ngrams,
    uncertainty,
    unseen_share,
)


def candidates(count: int) -> list[Candidate]:
    return [
        Candidate(f"report-{n}", doubt=(n * 7) % 11, contradictions=(n * 5) % 3, unseen=(n * 13 % 17) / 17)
        for n in range(count)
    ]


def test_uncertainty_is_the_expected_number_of_wrong_facts() -> None:
    assert uncertainty([0.9, 0.5, 1.0]) == pytest.approx(0.6)
    assert uncertainty([]) == 0
    with pytest.raises(ValueError, match=r"got 1\.2"):
        uncertainty([0.3, 1.2])


def test_wordings_unlike_the_corpus_are_measured_by_their_ngrams() -> None:
    known = known_ngrams(["发布政务服务事项521项。", "收到申请７件。"])
    assert unseen_share(["发布政务服务事项 1,038 项。"], known) == 0
    assert unseen_share(["发布公共服务事项7项。"], known) == pytest.approx(4 / 9)
    assert unseen_share(["碳账户核证减排量入库四百二十吨"], known) == 1
    assert unseen_share(["无"], known) == 0


def test_each_reason_takes_its_turn() -> None:
    pool = [
        Candidate("plain", 0),
        Candidate("doubted", 5),
        Candidate("more doubted", 9, contradictions=1),
        Candidate("contradicted", 1, contradictions=4),
        Candidate("strange", 2, unseen=0.8),
    ]
    chosen = [choice for choice in choose(pool, seed=0) if choice.reason is not Reason.RANDOM]
    drawn = next(choice.id for choice in choose(pool, seed=0) if choice.reason is Reason.RANDOM)
    expected = {
        "more doubted": Reason.UNCERTAIN,
        "contradicted": Reason.CONTRADICTED,
        "strange": Reason.UNSEEN,
        "doubted": Reason.UNCERTAIN,
        "plain": Reason.REST,
    }
    assert drawn == "plain"
    assert {choice.id: choice.reason for choice in chosen} == {
        name: reason for name, reason in expected.items() if name != drawn
    }
    assert [choice.id for choice in chosen] == ["more doubted", "contradicted", "strange", "doubted"]


@given(st.integers(0, 60), st.integers(0, 70), st.integers(0, 5))
def test_a_tenth_is_random_whatever_the_limit(count: int, limit: int, seed: int) -> None:
    chosen = choose(candidates(count), limit=limit, seed=seed)
    places = min(count, limit)
    assert len(chosen) == len({choice.id for choice in chosen}) == places
    assert Counter(choice.reason for choice in chosen)[Reason.RANDOM] == -(-places // 10)
    for stretch in range(0, places - 9, 10):
        reasons = [choice.reason for choice in chosen[stretch : stretch + 10]]
        assert reasons.count(Reason.RANDOM) == 1


def test_the_choice_depends_on_the_seed_alone() -> None:
    pool = candidates(40)
    shuffled = random.Random(1).sample(pool, len(pool))
    assert choose(pool, limit=20, seed=4) == choose(shuffled, limit=20, seed=4)
    assert choose(pool, limit=20, seed=4) != choose(pool, limit=20, seed=5)


def test_every_report_can_be_drawn() -> None:
    drawn = {
        choice.id
        for seed in range(200)
        for choice in choose(candidates(20), limit=5, seed=seed)
        if choice.reason is Reason.RANDOM
    }
    assert len(drawn) == 20


def test_what_cannot_be_chosen_from_is_refused() -> None:
    with pytest.raises(ValueError, match="one id"):
        choose([Candidate("a", 1), Candidate("a", 2)])
    with pytest.raises(ValueError, match="negative"):
        choose([Candidate("a", 1)], limit=-1)
