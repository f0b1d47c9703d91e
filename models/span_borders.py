"""Where spans may begin and end: at the borders of words, not between a quotation mark and its partner, not in a
point's number."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.labels import LabelledSpan

_OPENING, _CLOSING = "“", "”"
_POINT = re.compile(r"\d{1,2}[.．、]\s*(?=(?:19|20)\d\d\s*年)")  # 2.2021年
_ON_SITE = re.compile(r"(?<=[府务息局民])网(?=上)")  # 政务服务网|上, and 政务服务|网上办理
_ON = re.compile(r"(?<![网线以])上\Z|(?<=[^和或与及、从网]网)上\Z")  # 在政务服务网上; 信函和网上
_REACH = 12  # characters beyond a span in which a mark's partner is looked for


def inside_words(text: str) -> NDArray[np.bool_]:
    """For each character, whether it continues the word before it, as jieba's dictionary parts the text.

    Words that the dictionary lacks are parted into characters, between which spans are free to end, and so they are
    between a site's name and the 上 behind it (政务服务网上发布), which the dictionary has as 网上.
    """
    import rjieba  # reads its dictionary, a tenth of a second

    inside = np.ones(len(text), dtype=np.bool_)
    starts = np.cumsum([0, *map(len, rjieba.cut(text, False))])
    inside[starts[:-1]] = False
    inside[[match.end() for match in _ON_SITE.finditer(text)]] = False
    return inside


def mend_borders(text: str, spans: Sequence[LabelledSpan]) -> list[LabelledSpan]:
    """Spans, in order, with their borders as the annotation guide has them.

    Marks around the whole of a noun are outside it, those around a part of it are inside; a span that holds one mark of
    a pair takes the other in, or leaves its own out where the other is too far or behind another span.
    """
    mended: list[LabelledSpan] = []
    for number, span in enumerate(spans):
        before = mended[-1].end if mended else 0
        after = spans[number + 1].start if number + 1 < len(spans) else len(text)
        start, end = _balanced(text, span.start, span.end, before, after)
        mended.append(LabelledSpan(*_trimmed(text, start, end, span.label), span.label))
    return mended


def _trimmed(text: str, start: int, end: int, label: str) -> tuple[int, int]:
    """The range without the number of a point before a year, and without the 上 behind a channel's name."""
    if label == "PERIOD" and (point := _POINT.match(text, start, end)):
        return point.end(), end
    if label == "CHANNEL" and end - start > 2 and _ON.search(text, start, end):
        return start, end - 1
    return start, end


def _balanced(text: str, start: int, end: int, before: int, after: int) -> tuple[int, int]:
    """The range of a span that may reach from `before` to `after`."""
    opens, closes = text[start] == _OPENING and end - start > 1, text[end - 1] == _CLOSING and end - start > 1
    missing = text.count(_OPENING, start, end) - text.count(_CLOSING, start, end)
    if missing == 1:
        partner = text.find(_CLOSING, end, min(after, end + _REACH))
        if opens and partner in (end, -1):
            return start + 1, end
        return start, partner + 1 if partner >= 0 else end
    if missing == -1:
        partner = text.rfind(_OPENING, max(before, start - _REACH), start)
        if closes and partner in (start - 1, -1):
            return start, end - 1
        return partner if partner >= 0 else start, end
    if opens and closes and end - start > 2 and text.find(_CLOSING, start, end) == end - 1:
        return start + 1, end - 1
    return start, end
