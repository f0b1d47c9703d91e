"""A value in other words is the same value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Generator

from extraction.narrative.numbers import Quantity, read_quantity
from extraction.narrative.numerals import read_numeral
from models.labels import LabelledSpan
from training.example_edits import Edit, apply_edits
from training.number_wordings import approximated, chinese_numeral, in_chinese
from training.tagger_examples import Example

VALUES = [
    ("46条", "COUNT"), ("2次", "COUNT"), ("2", "COUNT"), ("105件", "COUNT"), ("20余件", "COUNT"), ("3万件", "COUNT"), ("1,286条", "COUNT"),
    ("12.5万人次", "COUNT"), ("99.5%", "PERCENT"), ("100%", "PERCENT"), ("90％", "PERCENT"), ("37%以上", "PERCENT"),
    ("8个百分点", "PERCENT"), ("3.5万元", "MONEY"), ("二十元", "MONEY"),
]  # fmt: skip
Wording = Callable[[Example, Generator], list[Edit]]


def example(values: list[tuple[str, str]]) -> Example:
    text, spans = "", []
    for value, label in values:
        text += "公开信息"
        spans.append(LabelledSpan(len(text), len(text) + len(value), label))
        text += value + "，"
    return Example(text, tuple(spans))


def quantities(of: Example) -> list[Quantity | None]:
    return [read_quantity(of.text[span.start : span.end]) for span in of.spans]


def reworded(wording: Wording, seed: int) -> tuple[Example, Example]:
    before = example(VALUES)
    return before, apply_edits(before, wording(before, np.random.default_rng(seed)))


@given(st.integers(1, 9_999))
def test_a_numeral_reads_as_its_number(number: int) -> None:
    assert read_numeral(chinese_numeral(number)) == number


@pytest.mark.parametrize("number", [0, 10_000, -3])
def test_numerals_have_bounds(number: int) -> None:
    with pytest.raises(ValueError, match=f"got {number}"):
        chinese_numeral(number)


@given(st.integers(0, 10_000))
def test_values_written_out_are_the_same_quantities(seed: int) -> None:
    before, after = reworded(in_chinese, seed)
    assert quantities(after) == quantities(before)


@given(st.integers(0, 10_000))
def test_words_of_approximation_change_no_value_and_none_that_is_approximate_already(seed: int) -> None:
    before, after = reworded(approximated, seed)
    for old, new in zip(quantities(before), quantities(after), strict=True):
        assert old is not None
        assert new is not None
        assert (new.value, new.unit, new.kind) == (old.value, old.unit, old.kind)
        assert old.approximate is None or new == old


def test_both_change_what_they_can() -> None:
    texts = {wording: {reworded(wording, seed)[1].text for seed in range(200)} for wording in (in_chinese, approximated)}
    written_out = "".join(texts[in_chinese])
    assert all(words in written_out for words in ("两次，", "信息二，", "一百零五件，", "百分之百，", "九成，", "八个百分点，"))
    assert all(f"{word}46条" in "".join(texts[approximated]) for word in ("近", "约", "超过", "至少"))
    assert all(words in "".join(texts[approximated]) for words in ("46条以内", "3万余件", "99.5%以上"))


def test_counted_things_that_are_no_values_are_written_out_too_but_no_ordinals() -> None:
    before = Example("第2次会议，2处窗口，2024年")
    texts = {apply_edits(before, in_chinese(before, np.random.default_rng(seed))).text for seed in range(20)}
    assert texts == {before.text, "第2次会议，两处窗口，2024年"}
