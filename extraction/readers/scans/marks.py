"""Marks that the text detector passed over inside a page's rules, mostly lone figures in cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from extraction.readers.scans.recognition import MARGIN, Image, Letter, TextLine, read_box
from extraction.readers.scans.rules import Bar, Mask

UNREADABLE = "\ufffd"
_UNREAD_SCORE = 0.2
_LEAST, _LARGEST = 0.05, 0.35  # inches; heights of marks that may be figures
_LONGEST = 2.0  # inches
_WORD_GAP = 0.06  # inches between the figures of one number
_RULE_WIDTH, _RULE_HEIGHT = 0.03, 0.15  # inches; what is as thin and as high is a piece of a rule, not a 1
_AROUND = 0.02  # inches of ink around a line or rule that belong to it


class _Mark(NamedTuple):
    x0: int
    top: int
    x1: int
    bottom: int


def marks_passed_over(
    image: Image, mask: Mask, lines: Sequence[TextLine], bars: Sequence[Bar], dpi: float
) -> Iterator[tuple[Letter, ...]]:
    """The letters of each mark; one that cannot be read is `UNREADABLE`, so that its cell is not taken for blank.

    Args:
        image: The page.
        mask: Its ink.
        lines: What the detector found.
        bars: The page's rules.
        dpi: Dots an inch.
    """
    if not bars:
        return
    for mark in _as_dark_as_print(_marks(mask, lines, bars, dpi), image, mask):
        text, score = read_box(image, *mark)
        if not text:
            yield (Letter(UNREADABLE, *mark, _UNREAD_SCORE),)
            continue
        width = (mark.x1 - mark.x0) / len(text)
        above = (mark.bottom - mark.top) * MARGIN / 2  # as much as the detector's boxes have
        yield tuple(
            Letter(letter, mark.x0 + at * width, mark.top - above, mark.x0 + (at + 1) * width, mark.bottom + above, score)
            for at, letter in enumerate(text)
            if not letter.isspace()
        )


def _marks(mask: Mask, lines: Iterable[TextLine], bars: Sequence[Bar], dpi: float) -> list[_Mark]:
    """Boxes of ink inside the ruled area that no line and no rule covers."""
    import cv2

    rest = np.zeros_like(mask)
    left, right = int(min(bar.x0 for bar in bars)), int(max(bar.x1 for bar in bars))
    head, foot = int(min(bar.top for bar in bars)), int(max(bar.bottom for bar in bars))
    rest[head:foot, left:right] = mask[head:foot, left:right]
    around = int(_AROUND * dpi)
    for x0, top, x1, bottom in (*bars, *(Bar(line.x0, line.top, line.x1, line.bottom) for line in lines)):
        rest[max(int(top) - around, 0) : int(bottom) + around, max(int(x0) - around, 0) : int(x1) + around] = 0
    spread = max(int(_WORD_GAP * dpi), 1)
    joined = cv2.dilate(rest, np.ones((1, spread), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    return [
        _Mark(x, y, x + width, y + height)
        for x, y, width, height, _ in stats[1:count].tolist()
        if _LEAST * dpi <= height <= _LARGEST * dpi
        and width <= _LONGEST * dpi
        and not (width - spread < _RULE_WIDTH * dpi and height > _RULE_HEIGHT * dpi)
    ]


def _as_dark_as_print(marks: Sequence[_Mark], image: Image, mask: Mask) -> list[_Mark]:
    """Those no paler than half the print: not the dirt of a copy nor what is left of a seal."""
    red = image[:, :, 2]
    if not marks or not mask.any():
        return []
    darkest = (float(np.median(red)) + float(np.median(red[mask > 0]))) / 2
    return [mark for mark in marks if np.percentile(red[mark.top : mark.bottom, mark.x0 : mark.x1], 5) < darkest]
