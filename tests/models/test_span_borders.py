from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import LabelledSpan
from models.span_borders import inside_words, mend_borders


def mended(marked: str, label: str = "ITEM") -> str:
    """The text with its spans, written as `【...】`, mended."""
    spans, text = [], ""
    for piece in marked.split("【"):
        inside, _, after = piece.rpartition("】")
        if inside:
            spans.append(LabelledSpan(len(text), len(text) + len(inside), label))
        text += inside + after
    for span in reversed(mend_borders(text, spans)):
        text = f"{text[: span.start]}【{text[span.start : span.end]}】{text[span.end :]}"
    return text


@pytest.mark.parametrize(
    ("found", "meant"),
    [
        ("推出【“一件事”】11个", "推出“【一件事】”11个"),
        ("推出【“一件事】”11个", "推出“【一件事】”11个"),
        ("推出“【一件事”】11个", "推出“【一件事】”11个"),
        ("推出【“一件事”主题】11个", "推出【“一件事”主题】11个"),
        ("在省【“互联网+监管】”平台录入", "在省“【互联网+监管】”平台录入"),
        ("在【省“互联网+监管】”平台录入", "在【省“互联网+监管”】平台录入"),
        ("新增【“企业入区”“开办”事项】3项", "新增【“企业入区”“开办”事项】3项"),
        ("推出“一件【事”主题】11个", "推出【“一件事”主题】11个"),
        ("【“没有另一半】11个", "“【没有另一半】11个"),
        ("【“甲】【乙”】", "“【甲】【乙】”"),
    ],
)
def test_quotation_marks_are_where_the_guide_has_them(found: str, meant: str) -> None:
    assert mended(found) == meant


@pytest.mark.parametrize(
    ("label", "found", "meant"),
    [
        ("PERIOD", "【2.2021 年】办理", "2.【2021 年】办理"),
        ("PERIOD", "【12.5期间】办理", "【12.5期间】办理"),
        ("CHANNEL", "在【省政务服务网上】发布", "在【省政务服务网】上发布"),
        ("CHANNEL", "在【县融媒平台上】发布", "在【县融媒平台】上发布"),
        ("CHANNEL", "通过【信函和网上】申请", "通过【信函和网上】申请"),
        ("CHANNEL", "【网上】4件，【线上】3件", "【网上】4件，【线上】3件"),
        ("ITEM", "发布【2.2021年网上】4件", "发布【2.2021年网上】4件"),
    ],
)
def test_a_point_s_number_and_the_word_on_are_outside(label: str, found: str, meant: str) -> None:
    assert mended(found, label) == meant


@given(st.text("“”事项一2.01年网上", min_size=1, max_size=30), st.data())
def test_mended_spans_are_as_many_in_order_and_apart(text: str, data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    label = data.draw(st.sampled_from(["ITEM", "PERIOD", "CHANNEL"]))
    spans = [LabelledSpan(start, end, label) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    after = mend_borders(text, spans)
    assert len(after) == len(spans)
    assert all(0 <= span.start < span.end <= len(text) for span in after)
    assert all(left.end <= right.start for left, right in pairwise(after))


def test_words_are_those_of_the_dictionary() -> None:
    assert inside_words("政务服务许可证率").tolist() == [False, True, False, True, False, True, True, False]
    assert inside_words("").tolist() == []


def test_a_site_s_name_may_end_before_the_word_on() -> None:
    text = "在政务服务网上发布，网上办理"
    free = [text[:place] for place in np.flatnonzero(~inside_words(text))]
    assert "在政务服务网" in free
    assert text.removesuffix("上办理") not in free


@given(st.text(max_size=60))
def test_any_text_has_a_mark_for_each_character(text: str) -> None:
    assert len(inside_words(text)) == len(text)
