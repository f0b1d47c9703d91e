"""Rules of a table in a page image: long straight runs of ink (morphological opening)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.readers.scans.recognition import Image, TextLine

Mask = NDArray[np.uint8]  # Shape: (height, width); 255 where there is ink

_SHORTEST = 0.25  # inches; longer than any stroke of a letter in body type
_LONG = 0.6  # inches; longer than the strokes of a word that run together
_THICKEST = 0.06  # inches; a thicker bar is a filled area or the edge of the scan
_GAP = 0.02  # inches of a rule that may have faded
_RIM = 0.15  # of a line's height, in which an underline or a cell's border may lie
_FEWEST_ENDS = 4


class Bar(NamedTuple):
    """A rule's box in pixels."""

    x0: float
    top: float
    x1: float
    bottom: float


def ink_mask(image: Image, dpi: float) -> Mask:
    """Where there is ink, lit unevenly or not. Red ink (seals, letterheads) is paper."""
    import cv2

    red = cv2.GaussianBlur(image[:, :, 2], (3, 3), 0)
    block = int(dpi / 4) | 1
    mask = cv2.adaptiveThreshold(red, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 12)
    return np.asarray(mask, dtype=np.uint8)


def find_bars(mask: Mask, lines: Sequence[TextLine], dpi: float) -> tuple[list[Bar], list[Bar]]:
    """Horizontal and vertical rules.

    Args:
        mask: The page's ink.
        lines: Its text, whose strokes are no rules.
        dpi: Dots an inch.
    """
    horizontal, vertical = (
        [bar for bar in bars if not any(_is_stroke(bar, line) for line in lines)]
        for bars in (_level_bars(mask, dpi), _upright(_level_bars(mask.T.copy(), dpi)))
    )
    return [*horizontal, *_faded_edges(horizontal, vertical, dpi)], vertical


def without_rules(image: Image, mask: Mask, dpi: float) -> Image:
    """The image with its rules as paper: letters that touch one are read better without it.

    Rules are long runs without a gap, which the strokes of several letters are not, and upright ones from one of
    these to another, as between the cells of a row.
    """
    paper = np.median(image[::16, ::16].reshape(-1, 3), axis=0)
    blank = image.copy()
    level = [bar for bar in _runs(mask, dpi) if bar.x1 - bar.x0 >= _LONG * dpi]
    upright = [
        bar
        for bar in _upright(_runs(mask.T.copy(), dpi))
        if bar.bottom - bar.top >= _LONG * dpi or _joins(bar, level, _GAP * dpi)
    ]
    for bar in (*level, *upright):
        if min(bar.x1 - bar.x0, bar.bottom - bar.top) <= _THICKEST * dpi:
            blank[int(bar.top) : int(bar.bottom), int(bar.x0) : int(bar.x1)] = paper
    return blank


def _joins(bar: Bar, level: Sequence[Bar], near: float) -> bool:
    """Whether an upright bar goes from one level bar to another."""
    crossed = [other for other in level if other.x0 - near <= bar.x0 and bar.x1 <= other.x1 + near]
    return all(
        any(other.top - near <= end <= other.bottom + near for other in crossed) for end in (bar.top, bar.bottom)
    )


def _is_stroke(bar: Bar, line: TextLine) -> bool:
    """Whether a bar lies within a line of text: level between its rims, or no higher than its letters."""
    rim = _RIM * (line.bottom - line.top)
    if not (line.x0 - rim <= bar.x0 and bar.x1 <= line.x1 + rim):
        return False
    if bar.x1 - bar.x0 > bar.bottom - bar.top:
        return line.top + rim < (bar.top + bar.bottom) / 2 < line.bottom - rim
    return line.top - rim <= bar.top and bar.bottom <= line.bottom + rim


def _faded_edges(horizontal: Sequence[Bar], vertical: Sequence[Bar], dpi: float) -> Iterator[Bar]:
    """Level rules too faint to be seen, told by upright ones that begin or end together."""
    near = _GAP * dpi
    for ends in ([(bar.top, bar) for bar in vertical], [(bar.bottom, bar) for bar in vertical]):
        for group in _level_groups(sorted(ends), near):
            at = median(end for end, _ in group)
            left, right = min(bar.x0 for _, bar in group), max(bar.x1 for _, bar in group)
            beside = [bar for bar in horizontal if bar.x0 < right and left < bar.x1]
            if len(group) >= _FEWEST_ENDS and not any(
                bar.top - 2 * near <= at <= bar.bottom + 2 * near for bar in beside
            ):
                yield Bar(left, at, right, at)


def _level_groups(ends: Sequence[tuple[float, Bar]], near: float) -> list[list[tuple[float, Bar]]]:
    """Ends in rising order, those together that follow each other closely."""
    groups: list[list[tuple[float, Bar]]] = []
    for end in ends:
        if groups and end[0] - groups[-1][-1][0] <= near:
            groups[-1].append(end)
        else:
            groups.append([end])
    return groups


def _upright(bars: Sequence[Bar]) -> list[Bar]:
    """Level bars of a mask's transpose as upright ones of the mask."""
    return [Bar(bar.top, bar.x0, bar.bottom, bar.x1) for bar in bars]


def _level_bars(mask: Mask, dpi: float) -> list[Bar]:
    """Level rules, those with small gaps too."""
    import cv2

    gap = max(int(_GAP * dpi), 2)
    return _runs(np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8)), np.uint8), dpi)


def _runs(mask: Mask, dpi: float) -> list[Bar]:
    """Level runs of ink."""
    import cv2

    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, int(_SHORTEST * dpi)), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    bars = []
    for x, y, width, height, area in stats[1:count].tolist():
        # A rule that leans covers several rows; its thickness is its area over its length.
        if area / width <= _THICKEST * dpi and height <= max(_THICKEST * dpi, 0.02 * width):
            bars.append(Bar(x, y, x + width, y + height))
    return bars
