"""Which prediction is which gold fact or span: the guide's rules, and the traps of other scorers."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from scoring_helpers import fact, item

from evaluation.matching import match_facts, match_spans_relaxed, match_values
from evaluation.model import ScoredFact
from models.labels import LABELS, LabelledSpan


def counts(gold: list[ScoredFact], predicted: list[ScoredFact]) -> tuple[int, int]:
    match = match_facts(gold, predicted)
    return len(match.strict), len(match.linked)


def test_value_unit_and_code_must_be_equal_and_the_range_overlap() -> None:
    gold = [fact(10, "7")]
    assert counts(gold, [fact(11, "7.0")]) == (1, 1)
    assert counts(gold, [fact(10, "8")]) == (0, 0)
    assert counts(gold, [fact(10, "7", unit="条")]) == (0, 0)
    assert counts(gold, [fact(10, "7", unit=None)]) == (0, 0)
    assert counts(gold, [fact(10, "7", code="app.answered")]) == (0, 0)
    assert counts(gold, [fact(10, "7", code=None)]) == (0, 0)
    assert counts(gold, [fact(12, "7")]) == (0, 0)  # touching is not overlapping


def test_without_a_code_the_item_decides_by_a_shared_character() -> None:
    gold = [fact(10, code=None, item=item("老年人食堂", 3))]
    assert counts(gold, [fact(10, code=None, item=item("食堂", 6))]) == (1, 1)
    assert counts(gold, [fact(10, code=None, item=item("食堂", 20))]) == (0, 0)
    assert counts(gold, [fact(10, code=None)]) == (0, 0)
    assert counts(gold, [fact(10, code="svc.items", item=item("食堂", 6))]) == (1, 1)


def test_a_fact_without_code_and_item_matches_its_like() -> None:
    gold = [fact(10, code=None)]
    assert counts(gold, gold) == (1, 1)
    assert counts(gold, [fact(10, code=None, item=item("食堂", 6))]) == (0, 0)
    assert counts(gold, [fact(10, code="svc.items")]) == (0, 0)


def test_a_duplicate_is_one_too_many() -> None:
    assert counts([fact(10)], [fact(10), fact(10)]) == (1, 1)
    assert counts([fact(10), fact(10)], [fact(10)]) == (1, 1)


def test_one_number_that_states_two_things_is_two_facts() -> None:
    closed, satisfied = fact(10, "100", code="prop.closed_rate"), fact(10, "100", code="prop.satisfaction_rate")
    assert counts([closed, satisfied], [satisfied, closed]) == (2, 2)
    assert counts([closed, satisfied], [closed, closed]) == (1, 1)


def test_overlapping_predictions_leave_the_best_pairing_in_any_order() -> None:
    # The wide prediction fits both gold facts, the narrow one only the first: a greedy matcher that meets
    # the wide one first would pair it with the first gold fact and lose a pair.
    gold = [fact(10, end=14), fact(15, end=18)]
    wide, narrow = fact(10, end=18), fact(11, end=13)
    assert counts(gold, [wide, narrow]) == counts(gold, [narrow, wide]) == (2, 2)


def test_links_are_compared_without_white_space_and_an_empty_one_is_none() -> None:
    gold = [fact(10, scope="全 区\n", period="2024年", channel=None)]
    assert counts(gold, [fact(10, scope="全区", period=" 2024 年", channel=" ")]) == (1, 1)
    assert counts(gold, [fact(10, scope="全市", period="2024年")]) == (1, 0)
    assert counts(gold, [fact(10, scope="全区")]) == (1, 0)


def test_a_parent_is_right_when_the_parents_are_matched_to_each_other() -> None:
    gold = [fact(0, "10"), fact(10, "4", parent=0)]
    assert counts(gold, [fact(10, "4", parent=1), fact(0, "10")]) == (2, 2)
    assert counts(gold, [fact(10, "4"), fact(0, "10")]) == (2, 1)
    assert counts(gold, [fact(0, "9"), fact(10, "4", parent=0)]) == (1, 0)


def test_of_equal_readings_the_one_whose_parent_fits_is_taken() -> None:
    gold = [fact(0, "10"), fact(20, "10"), fact(40, "3", parent=0), fact(40, "3", parent=1)]
    predicted = [fact(20, "10"), fact(0, "10"), fact(40, "3", parent=0), fact(40, "3", parent=1)]
    assert counts(gold, predicted) == (4, 4)


def test_nothing_matches_nothing() -> None:
    assert counts([], []) == counts([fact(1)], []) == counts([], [fact(1)]) == (0, 0)


def test_values_are_paired_whatever_their_codes() -> None:
    gold = [fact(10, code="a"), fact(10, code="b"), fact(30)]
    predicted = [fact(10, code="b"), fact(10, code=None), fact(30, "2")]
    assert match_values(gold, predicted) == [(0, 1), (1, 0)]


@st.composite
def fact_lists(draw: st.DrawFn) -> list[ScoredFact]:
    """Facts so alike that there are many ways to pair them."""
    size = draw(st.integers(0, 6))
    facts = []
    for _ in range(size):
        start = draw(st.integers(0, 4))
        facts.append(
            fact(
                start, draw(st.sampled_from("12")),
                code=draw(st.sampled_from(["a", None])), item=item("项", draw(st.integers(0, 1))),
                scope=draw(st.sampled_from([None, "区"])),
                parent=draw(st.none() | st.integers(0, size - 1)),
            )
        )  # fmt: skip
    return facts


def shuffled(facts: list[ScoredFact], random: Random) -> list[ScoredFact]:
    order = list(range(len(facts)))
    random.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    return [
        replace(facts[old], parent=None if facts[old].parent is None else place[facts[old].parent])
        for old in order
    ]


@given(fact_lists(), fact_lists(), st.randoms(use_true_random=False))
def test_no_order_changes_a_score(gold: list[ScoredFact], predicted: list[ScoredFact], random: Random) -> None:
    assert counts(shuffled(gold, random), shuffled(predicted, random)) == counts(gold, predicted)


@given(fact_lists(), st.randoms(use_true_random=False))
def test_the_gold_itself_is_wholly_right(gold: list[ScoredFact], random: Random) -> None:
    assert counts(gold, shuffled(gold, random)) == (len(gold), len(gold))


spans = st.builds(
    lambda start, width, label: LabelledSpan(start, start + width, label),
    st.integers(0, 8), st.integers(1, 4), st.sampled_from(LABELS[:2]),
)  # fmt: skip


@given(st.lists(spans, max_size=6), st.lists(spans, max_size=6), st.randoms(use_true_random=False))
def test_no_order_changes_the_relaxed_span_score(
    gold: list[LabelledSpan], predicted: list[LabelledSpan], random: Random
) -> None:
    before = len(match_spans_relaxed(gold, predicted))
    random.shuffle(gold)
    random.shuffle(predicted)
    assert len(match_spans_relaxed(gold, predicted)) == before


def test_relaxed_spans_share_a_label_and_a_character_one_to_one() -> None:
    gold = [LabelledSpan(0, 4, "ITEM"), LabelledSpan(5, 9, "ITEM")]
    assert match_spans_relaxed(gold, [LabelledSpan(3, 6, "ITEM")]) == [(0, 0)]
    assert match_spans_relaxed(gold, [LabelledSpan(4, 5, "ITEM")]) == []
    assert match_spans_relaxed(gold, [LabelledSpan(0, 4, "ACTION")]) == []
    covering = [LabelledSpan(0, 9, "ITEM"), LabelledSpan(0, 1, "ITEM")]
    assert match_spans_relaxed(gold, covering) == [(0, 1), (1, 0)]
