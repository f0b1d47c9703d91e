"""BIO tags and spans: both ways, and strictly."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import LABELS, TAGS, LabelledSpan, bio_to_spans, spans_to_bio


@st.composite
def span_lists(draw: st.DrawFn) -> tuple[list[LabelledSpan], int]:
    spans, position = [], 0
    for gap, width, label in draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(LABELS)), max_size=8)
    ):
        spans.append(LabelledSpan(position + gap, position + gap + width, label))
        position += gap + width
    return spans, position + draw(st.integers(0, 3))


@given(span_lists())
def test_spans_survive_the_round_trip_through_tags(case: tuple[list[LabelledSpan], int]) -> None:
    spans, length = case
    assert bio_to_spans(spans_to_bio(spans, length)) == spans


@given(st.lists(st.sampled_from(TAGS), max_size=12))
def test_any_tag_sequence_gives_ordered_spans_that_do_not_overlap(tags: list[str]) -> None:
    spans = bio_to_spans(tags)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert bio_to_spans(spans_to_bio(spans, len(tags))) == spans


def test_every_label_has_two_tags_and_there_is_one_for_outside() -> None:
    assert len(TAGS) == 2 * len(LABELS) + 1


def test_an_inside_tag_without_its_beginning_is_no_span() -> None:
    assert bio_to_spans(["B-COUNT", "I-COUNT"]) == [(0, 2, "COUNT")]
    assert bio_to_spans(["I-COUNT", "I-COUNT"]) == []
    assert bio_to_spans(["B-COUNT", "I-ITEM", "I-ITEM"]) == [(0, 1, "COUNT")]


def test_a_beginning_ends_the_span_before_it() -> None:
    assert bio_to_spans(["B-ITEM", "B-ITEM", "I-ITEM"]) == [(0, 1, "ITEM"), (1, 3, "ITEM")]


@pytest.mark.parametrize(
    "spans",
    [
        [LabelledSpan(0, 2, "COUNT"), LabelledSpan(1, 3, "ITEM")],
        [LabelledSpan(0, 9, "COUNT")],
        [LabelledSpan(1, 1, "COUNT")],
        [LabelledSpan(0, 1, "NUMBER")],
    ],
)
def test_spans_that_have_no_tags_are_refused(spans: list[LabelledSpan]) -> None:
    with pytest.raises(ValueError, match=r"span|none of"):
        spans_to_bio(spans, 4)


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="S-COUNT"):
        bio_to_spans(["S-COUNT"])
