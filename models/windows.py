"""How paragraphs are laid into the windows that the tagger reads, in training and at run time alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

MAX_WINDOW = 126  # characters; 128 with the two special tokens, as long as the encoder's sequences in pre-training
OVERLAP = 32  # characters of a long paragraph that two windows share, more where a sentence begins earlier
_MOST_OVERLAP = 64
SEPARATOR = "\n"
CONTEXT = 12  # characters before and after a value that the code head sees
_BORDERS = (re.compile("[。；！？;]"), re.compile("[，、,：:]"))


class Piece(NamedTuple):
    """A part of a paragraph in a window; `offset` is where it begins in the window."""

    paragraph: int
    start: int
    end: int
    offset: int


class Window(NamedTuple):
    """A text that is read at once, and the pieces that it is made of."""

    text: str
    pieces: tuple[Piece, ...]


def pack(paragraphs: Sequence[str], limits: Iterator[int] | None = None) -> list[Window]:
    """Neighbouring short paragraphs together, long ones in overlapping pieces.

    Every character is in at least one window; empty paragraphs are in none, and no window reaches over one.

    Args:
        paragraphs: Texts in order.
        limits: For each window the characters that paragraphs are packed up to; `MAX_WINDOW` by default, and
            a paragraph is not cut for less.
    """
    limits = limits or repeat(MAX_WINDOW)
    limit = next(limits)
    windows: list[Window] = []
    text, pieces = "", list[Piece]()

    def close() -> None:
        nonlocal text, pieces, limit
        if pieces:
            windows.append(Window(text, tuple(pieces)))
            limit = next(limits)
        text, pieces = "", []

    for number, paragraph in enumerate(paragraphs):
        if not paragraph:
            close()
            continue
        if len(paragraph) > MAX_WINDOW:
            close()
            for start, end in _cuts(paragraph):
                windows.append(Window(paragraph[start:end], (Piece(number, start, end, 0),)))
            continue
        if pieces and len(text) + len(SEPARATOR) + len(paragraph) > limit:
            close()
        text += SEPARATOR if pieces else ""
        pieces.append(Piece(number, 0, len(paragraph), len(text)))
        text += paragraph
    close()
    return windows


def _cuts(paragraph: str) -> Iterator[tuple[int, int]]:
    """Overlapping ranges of a long paragraph, at sentences' borders where these are near, else at commas."""
    start = 0
    while start + MAX_WINDOW < len(paragraph):
        end = _border(paragraph, start + MAX_WINDOW // 2, start + MAX_WINDOW)
        yield start, end
        start = _border(paragraph, max(start + 1, end - _MOST_OVERLAP), max(start + 1, end - OVERLAP))
    yield start, len(paragraph)


def _border(paragraph: str, first: int, last: int) -> int:
    """The last place in a range that stands behind a sentence, else behind a clause, else the range's end."""
    for borders in _BORDERS:
        found = [match.end() for match in borders.finditer(paragraph, first - 1, last)]
        if found:
            return found[-1]
    return last
