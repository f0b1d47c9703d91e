"""How paragraphs are laid into the windows that the tagger reads, in training and at run time alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

MAX_WINDOW = 254  # characters; 256 with the two special tokens
STRIDE = 192
SEPARATOR = "\n"
CONTEXT = 12  # characters before and after a value that the code head sees


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

    Every character is in at least one window; empty paragraphs are in none.

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
            continue
        if len(paragraph) > MAX_WINDOW:
            close()
            for start in range(0, len(paragraph) - MAX_WINDOW + STRIDE, STRIDE):
                end = min(start + MAX_WINDOW, len(paragraph))
                windows.append(Window(paragraph[start:end], (Piece(number, start, end, 0),)))
            continue
        if pieces and len(text) + len(SEPARATOR) + len(paragraph) > limit:
            close()
        text += SEPARATOR if pieces else ""
        pieces.append(Piece(number, 0, len(paragraph), len(text)))
        text += paragraph
    close()
    return windows
