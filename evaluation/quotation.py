"""The sentence that an error stands in, cut into marked pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

# Besides the full stop, a table's rows (cells are told apart by tabs) are no part of a sentence. Line breaks
# may be: many reports are broken into lines.
_STOP = re.compile(r"[。！？!?]|\t[^\n]*\n|\n(?=[^\n]*\t)")
_REACH = 160


class Mark(NamedTuple):
    """A range of the text and the name of what it is marked as."""

    start: int
    end: int
    kind: str


class Piece(NamedTuple):
    """A run of characters that all have the same marks; `kinds` are their names in order."""

    text: str
    kinds: tuple[str, ...]


def sentence_range(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a range: from stop to stop, and no further than a few lines."""
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    for stop in _STOP.finditer(text, first, start):
        first = stop.end()
    following = _STOP.search(text, end, last)
    return first, following.end() if following else last


def pieces(text: str, start: int, end: int, marks: Iterable[Mark]) -> list[Piece]:
    """The range of the text, cut wherever a mark begins or ends."""
    inside = [mark for mark in marks if mark.start < end and start < mark.end]
    cuts = {start, end}
    for mark in inside:
        cuts |= {max(start, mark.start), min(end, mark.end)}
    ordered = sorted(cuts)
    return [
        Piece(
            text[a:b],
            tuple(sorted({mark.kind for mark in inside if mark.start <= a and b <= mark.end})),
        )
        for a, b in pairwise(ordered)
    ]
