"""Characters to lines, and the lines at the head and foot of pages that are not part of the text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from extraction.page_furniture import BARE_PAGE_NUMBER, MARKED_PAGE_NUMBER
from extraction.readers.pdf_page import Char, certainty

WIDE_GAP = 1.0  # ems; words this far apart on a line belong to different columns
_FIGURES_GAP = 0.4  # figures, which no sentence prints side by side
_BLANK_IN_NUMBER = 0.55  # a blank inside a number is at most half an em
_BAND = 0.12  # share of the page height in which running matter stands
_FOOT = 0.92


class Segment(NamedTuple):
    """Words of a line without a wide gap between them."""

    x0: float
    x1: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `y` is the middle of its letters, `size` the usual height of the em.

    `score` is the recogniser's for the least certain figure.
    """

    segments: tuple[Segment, ...]
    y: float
    size: float
    page: int
    score: float = 1.0

    @property
    def x0(self) -> float:
        return self.segments[0].x0

    @property
    def x1(self) -> float:
        return self.segments[-1].x1

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def spaced_text(self) -> str:
        return "  ".join(segment.text for segment in self.segments)


def build_lines(chars: Iterable[Char], *, page: int = 0) -> list[Line]:
    """Lines from top to bottom; blanks only part words, and letters printed twice for boldness count once."""
    rows: list[list[Char]] = []
    middle = size = 0.0
    for char in sorted(chars, key=lambda char: char.top + char.bottom):
        y = (char.top + char.bottom) / 2
        if rows and abs(y - middle) <= 0.45 * max(size, char.size):
            row = rows[-1]
            row.append(char)
            middle += (y - middle) / len(row)
            size = max(size, char.size)
        else:
            rows.append([char])
            middle, size = y, char.size
    lines = []
    for row in rows:
        segments = _segments(sorted(row, key=lambda char: (char.x0, char.order)))
        if segments:
            printed = [char for char in row if not char.text.isspace()]
            middles = sorted(char.top + char.bottom for char in printed)
            sizes = sorted(char.size for char in printed)
            half = len(printed) // 2
            lines.append(Line(tuple(segments), middles[half] / 2, sizes[half], page, certainty(printed)))
    return lines


def _segments(row: list[Char]) -> list[Segment]:
    segments: list[Segment] = []
    texts: list[str] = []
    start = end = 0.0
    last: Char | None = None
    blank = False
    for char in row:
        if char.text.isspace():
            blank = True
            continue
        if last is not None:
            if _is_overprint(last, char):
                continue
            gap = (char.x0 - end) / max(min(last.size, char.size), 0.1)
            if gap > _wide_gap(last.text, char.text, blank):
                segments.append(Segment(start, end, "".join(texts)))
                texts, start = [], char.x0
            elif _parts_words(last.text, char.text, gap, blank):
                texts.append(" ")
            end = max(end, char.x1)
        else:
            start, end = char.x0, char.x1
        texts.append(char.text)
        last, blank = char, False
    if last is not None:
        segments.append(Segment(start, end, "".join(texts)))
    return segments


def _wide_gap(last: str, char: str, blank: bool) -> float:
    if last.isdigit() and char.isdigit():
        return _BLANK_IN_NUMBER if blank else _FIGURES_GAP
    return WIDE_GAP


def _is_overprint(last: Char, char: Char) -> bool:
    if last.text != char.text or char.x0 - last.x0 > 0.12 * char.size:
        return False
    # Letters out of one ligature share its box and follow each other.
    return not (char.order == last.order + 1 and char.x0 == last.x0 and char.x1 == last.x1)


def _parts_words(last: str, char: str, gap: float, blank: bool) -> bool:
    # Where a font is not embedded, the letters' widths are another font's, but a printed blank between them stays one.
    if blank and gap > (-0.1 if last.isascii() and char.isascii() and last.isalpha() and char.isalpha() else 0.1):
        return True
    if last.isascii() and char.isascii():
        return gap > (0.4 if last.isdigit() and char.isdigit() else 0.25)
    return gap > 0.9


def upright(chars: Iterable[Char]) -> list[Char]:
    """Characters that all have one quarter turn, placed as if the page were turned to read them."""
    turned = []
    for char in chars:
        x0, top, x1, bottom = char.x0, char.top, char.x1, char.bottom
        if char.turn == 1:
            x0, top, x1, bottom = -bottom, x0, -top, x1
        elif char.turn == 2:
            x0, top, x1, bottom = -x1, -bottom, -x0, -top
        elif char.turn == 3:
            x0, top, x1, bottom = top, -x1, bottom, -x0
        turned.append(char._replace(x0=x0, top=top, x1=x1, bottom=bottom, turn=0))
    return turned


def block_text(chars: Sequence[Char]) -> str:
    """The text of a cell: a line break after each printed line, turned words after upright ones."""
    if len(chars) == 1:
        return "" if chars[0].text.isspace() else chars[0].text
    by_turn: dict[int, list[Char]] = defaultdict(list)
    for char in chars:
        by_turn[char.turn].append(char)
    lines = [line.text for turn in sorted(by_turn) for line in build_lines(upright(by_turn[turn]))]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class PageLines:
    """A page's lines outside tables, and its height."""

    lines: list[Line]
    height: float


def running_matter(pages: Sequence[PageLines]) -> set[tuple[int, int]]:
    """(page index, line index) of page numbers and of heads and feet that several pages share."""
    edge = [(p, i, line) for p, page in enumerate(pages) for i, line in _edge_lines(page)]
    found = {(p, i) for p, i, line in edge if MARKED_PAGE_NUMBER.fullmatch(line.text)}
    bare = [(p, i, int(match[1]) - p) for p, i, line in edge if (match := BARE_PAGE_NUMBER.fullmatch(line.text))]
    # A lone number is a page number where it counts on with the pages.
    pages_with_offset = Counter(offset for offset, _ in {(offset, p) for p, _, offset in bare})
    for p, i, offset in bare:
        lonely = len(pages) == 1 and pages[p].lines[i].y > _FOOT * pages[p].height
        if pages_with_offset[offset] > 1 or lonely:
            found.add((p, i))
    places: dict[str, list[tuple[int, int, Line]]] = defaultdict(list)
    for p, i, line in edge:
        key = re.sub(r"\d+", "#", line.text)
        if re.search(r"[^\W\d_]", key):
            places[key].append((p, i, line))
    for same in places.values():
        same.sort(key=lambda item: item[2].y)
        for (p, i, line), (q, j, other) in pairwise(same):
            if p != q and other.y - line.y < 3:
                found |= {(p, i), (q, j)}
    return found


def _edge_lines(page: PageLines) -> list[tuple[int, Line]]:
    """The three first and three last lines, as far as they stand near the page's upper and lower edge."""
    count = len(page.lines)
    return [
        (index, line)
        for index, line in enumerate(page.lines)
        if (index < 3 and line.y < _BAND * page.height)
        or (index >= count - 3 and line.y > (1 - _BAND) * page.height)
    ]
