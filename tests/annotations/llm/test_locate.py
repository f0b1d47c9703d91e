"""Quotes found although blanks, widths and dashes differ; what is found is always the text's own."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotations.llm.locate import FoldedText, fold


def found(text: str, quote: str) -> list[str]:
    return [text[span.start : span.end] for span in FoldedText(text).find(quote)]


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("发布通知公告４０ 条。", "通知公告40条", ["通知公告４０ 条"]),
        ("办结率为96.64％。", "96.64%", ["96.64％"]),
        ("发布通知公告40条。", "通知公告 ４０条", ["通知公告40条"]),
        ("依托“澄江发布”推送", '"澄江发布"', ["“澄江发布”"]),
        ("1－9月", "1-9月", ["1－9月"]),
        ("微信WeChat账号", "wechat", ["WeChat"]),
        ("😀发布40条", "40条", ["40条"]),
        ("建成㎡", "m2", ["㎡"]),
        ("建成㎡", "m", []),
        ("收到3件，答复3件", "3件", ["3件", "3件"]),
        ("收到申请", "没有的话", []),
        ("收到申请", "  \u3000", []),
    ],
)
def test_quotes_are_found_as_the_text_has_them(text: str, quote: str, expected: list[str]) -> None:
    assert found(text, quote) == expected


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("收到13件", "3件"), ("收到1 3件", "3件"), ("比例96.5%", "5%"), ("共1,234件", "234件"), ("共123件", "12"),
        ("共1.25万件", "1"), ("十三件", "三件"), ("二十三件", "二十"), ("3万5件", "5件"), ("共1,234件", "1"),
    ],
)  # fmt: skip
def test_a_part_of_a_number_is_not_found(text: str, quote: str) -> None:
    assert found(text, quote) == []
    assert FoldedText(text).find(quote, may_cut_numbers=True) != []


_TEXTS = st.text(
    st.sampled_from("发布通知公告件条0123456789０１２３.,，。％%（(）)“”\"-－— \u3000\t\u200b㎡①ﬁAaＡé😀十三万"), max_size=40
).map(lambda text: unicodedata.normalize("NFC", text))


@given(_TEXTS, st.data())
@example("１ 2", None)
def test_exactly_the_ranges_that_fold_to_the_quote_are_found(text: str, data: st.DataObject | None) -> None:
    """Against trying every range."""
    if data is None:
        quote = "12"
    else:
        start = data.draw(st.integers(0, len(text)))
        quote = data.draw(st.one_of(_TEXTS, st.just(text[start : start + data.draw(st.integers(1, 6))])))
    spans = [(span.start, span.end) for span in FoldedText(text).find(quote, may_cut_numbers=True)]
    wanted = fold(quote)
    ranges = [
        (start, end)
        for start in range(len(text))
        for end in range(start + 1, len(text) + 1)
        if wanted and fold(text[start]) and fold(text[end - 1]) and "".join(map(fold, text[start:end])) == wanted
    ]
    assert spans == ranges
    whole_numbers = [(span.start, span.end) for span in FoldedText(text).find(quote)]
    assert set(whole_numbers) <= set(spans)


@given(_TEXTS, st.integers(0, 40), st.integers(1, 12), st.lists(st.integers(0, 12), max_size=4))
def test_a_quote_with_other_blanks_and_widths_is_found_where_it_came_from(
    text: str, start: int, length: int, blanks: list[int]
) -> None:
    quote = text[start : start + length]
    changed = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in quote)
    for blank in blanks:
        changed = changed[:blank] + " " + changed[blank:]
    spans = FoldedText(text).find(changed, may_cut_numbers=True)
    if fold(quote):
        assert any(span.start >= start and span.end <= start + length for span in spans)
    for span in spans:
        assert fold(text[span.start : span.end]) == fold(changed)
