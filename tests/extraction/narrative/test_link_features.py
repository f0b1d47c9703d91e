"""What the link network sees of a paragraph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_helpers import mark

from extraction.narrative.link_features import link_input
from extraction.narrative.linker import quantity_of
from models.labels import LABELS, VALUE_LABELS, LabelledSpan
from models.link_network import CHARACTER_ROWS, PAIR_ROWS, TOKEN_ROWS, LinkInput


def read(marked: str) -> LinkInput:
    text, spans = mark(marked)
    quantities = [quantity_of(text, span) for span in spans]
    return link_input(text, spans, [quantity and quantity[:2] for quantity in quantities])


def pair(marked: str, value: int, span: int) -> list[int]:
    """The rows of the n-th value and the n-th span."""
    return read(marked).pairs[value, span].tolist()


def test_tokens_are_spans_marks_and_what_stands_between() -> None:
    found = read("今年，【ACTION:发布】了【ITEM:公告】【COUNT:40条】。完")
    assert len(found.starts) == 8  # 今年 ， 发布 了 公告 40条 。 完
    assert found.spans.tolist() == [2, 4, 5]
    assert found.values.tolist() == [2]
    assert found.sentences.tolist() == [0] * 7 + [1]


def test_neighbouring_spans_of_one_label_are_two_tokens() -> None:
    assert len(read("【ITEM:公告】【ITEM:通知】【COUNT:3条】").starts) == 3


def test_digits_and_widths_are_alike_and_characters_differ() -> None:
    plain, wide, other = (read(f"【ITEM:{noun}】【COUNT:{number}】") for noun, number in (("公告1", "12条"), ("公告７", "12条"), ("公示1", "12条")))
    assert np.array_equal(plain.characters, wide.characters)
    assert not np.array_equal(plain.characters, other.characters)


def test_blanks_part_nothing() -> None:
    plain = read("收到【ITEM:申请】【COUNT:10件】（【ACTION:主办】【COUNT:2件】）")
    spaced = read("收到 【ITEM:申请】 【COUNT:10件】 （ 【ACTION:主办】 【COUNT:2件】 ）")
    assert len(plain.starts) == len(spaced.starts)
    assert plain.tokens[:, 0].tolist() == spaced.tokens[:, 0].tolist()


def test_what_lies_between_tells_pairs_apart() -> None:
    near = pair("【ITEM:公告】【COUNT:40条】", 0, 0)
    for marked in (
        "【ITEM:公告】，【COUNT:40条】", "【ITEM:公告】。【COUNT:40条】", "【ITEM:公告】；【COUNT:40条】", "【ITEM:公告】、【COUNT:40条】",
        "【ITEM:公告】（【COUNT:40条】）", "【ITEM:公告】【ITEM:公示】【COUNT:40条】",
    ):  # fmt: skip
        assert pair(marked, 0, 0) != near
    assert pair("【COUNT:40条】【ITEM:公告】", 0, 1) != near


def test_a_closed_parenthesis_hides_what_is_in_it() -> None:
    inside = "【ITEM:建议】【COUNT:9件】（【ACTION:主办】【COUNT:4件】、【ACTION:协办】【COUNT:5件】）"
    outside = "【ITEM:建议】【COUNT:9件】（【ACTION:主办】【COUNT:4件】），【ACTION:协办】【COUNT:5件】"
    first, second = pair(inside, 2, 2)[8], pair(outside, 2, 2)[8]
    assert first != second


@pytest.mark.parametrize(
    ("marked", "together"),
    [
        ("【ITEM:甲】、【ITEM:乙】分别为【PERCENT:98%】、【PERCENT:99%】", [(0, 0), (1, 1)]),
        ("【ITEM:甲】、【ITEM:乙】、【ITEM:丙】分别为【COUNT:1件】、【COUNT:2件】、【COUNT:3件】", [(0, 0), (1, 1), (2, 2)]),
    ],
)
def test_series_are_told_by_rank(marked: str, together: list[tuple[int, int]]) -> None:
    paragraph = read(marked)
    items = len(together)
    rank = paragraph.pairs[:, :items, 9]
    alike = {(int(v), int(s)) for v, s in zip(*np.where(rank == rank[0, 0]), strict=True)}
    assert alike == set(together)


def test_parts_that_add_up_are_seen() -> None:
    marked = "【COUNT:20件】，其中【COUNT:11件】、【COUNT:9件】，另【COUNT:5件】"
    total = [pair(marked, value, 0)[10] for value in range(4)]
    assert total[1] == total[2] != total[3]


_LETTERS = " 公开信息其中分别为，。、；：（）12件%"


@given(st.text(_LETTERS, min_size=1, max_size=60), st.lists(st.tuples(st.integers(0, 59), st.integers(1, 6), st.sampled_from(LABELS)), max_size=12))
def test_rows_are_inside_their_tables_for_any_text(text: str, drawn: list[tuple[int, int, str]]) -> None:
    spans: list[LabelledSpan] = []
    for start, length, label in sorted(drawn):
        end = min(start + length, len(text))
        if start < end and (not spans or spans[-1].end <= start):
            spans.append(LabelledSpan(start, end, label))
    quantities = [quantity_of(text, span) if span.label in VALUE_LABELS else None for span in spans]
    found = link_input(text, spans, [quantity and quantity[:2] for quantity in quantities])
    for rows, limit in ((found.characters, CHARACTER_ROWS), (found.edges, CHARACTER_ROWS), (found.tokens, TOKEN_ROWS), (found.pairs, PAIR_ROWS)):
        assert rows.size == 0 or (rows.min() >= 0 and rows.max() < limit)
    assert found.pairs.shape[:2] == (sum(q is not None for q in quantities), len(spans))
    assert all(text[span.start] == text[found.starts[token]] for span, token in zip(spans, found.spans, strict=True))
