"""The pairing is the best there is, and the same whatever the order."""

from __future__ import annotations

from itertools import permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from evaluation.assignment import Pair, best_pairs

weight_maps = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(0, 6), max_size=14)


@given(st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.integers(0, 6), max_size=9))
def test_no_assignment_is_better(weights: dict[Pair, int]) -> None:
    pairs = best_pairs(weights)
    rights = [*range(3), -1, -2, -3]
    best = (0, 0)
    for choice in permutations(rights, 3):
        made = [pair for pair in enumerate(choice) if pair in weights]
        best = max(best, (len(made), sum(weights[pair] for pair in made)))
    assert (len(pairs), sum(weights[pair] for pair in pairs)) == best


@given(weight_maps)
def test_every_member_is_in_one_pair_at_most(weights: dict[Pair, int]) -> None:
    pairs = best_pairs(weights)
    assert len({left for left, _ in pairs}) == len({right for _, right in pairs}) == len(pairs)
    assert set(pairs) <= weights.keys()


@given(weight_maps, st.randoms())
def test_the_order_of_the_pairs_does_not_matter(weights: dict[Pair, int], random: Random) -> None:
    shuffled = list(weights.items())
    random.shuffle(shuffled)
    assert best_pairs(dict(shuffled)) == best_pairs(weights)


def test_more_pairs_come_before_a_heavier_pair() -> None:
    assert best_pairs({(0, 0): 100, (0, 1): 1, (1, 0): 1}) == [(0, 1), (1, 0)]


def test_nothing_to_pair() -> None:
    assert best_pairs({}) == []
