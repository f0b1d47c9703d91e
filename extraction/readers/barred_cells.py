"""Tables that a crawler wrote with one cell a line: a bar behind each cell, or on a line of its own.

    规章 |            规章
    0 |               |
    |                 0
    ||                |
                      |
                      ||

A bar ends a cell, so that a lone bar after another is an empty cell; several bars together fill a row up to
the table's width. A row without such bars ends where a label follows figures, or is one too many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Line = tuple[int, str]  # offset, text
Range = tuple[int, int]

_PADDING = re.compile(r"\|{2,}\Z")
PADDED = re.compile(r"(?<=\|)\s+(?P<bars>\|{2,})\s*\Z")  # behind a cell, on its line: `第二十条第(一)项 | |||`
_VALUE = re.compile(r"[\s\d０-９.,，+\-—–－/\\无零〇]*(?:[件个项条次元]|万元)?\Z")
SECTION_HEADING = re.compile(  # 主动公开情况 alone is a head inside the statistics form
    r"[一二三四五六七][、.．]?\s*(?:总体|概述|主动公开(?!情况)|收到和处理|(?:因)?政府信息公开.{0,14}行政复议|存在|(?:主要)?问题|其他需要)"
)
_LOOK_AHEAD = 8  # lines that show what kind of table begins
_LONGEST_CELL_LINE = 60


def barred_cells(lines: Sequence[Line]) -> tuple[list[list[Range]], int] | None:
    """The rows of such a table that begins at the first line, and the number of lines that it takes."""
    if not _begins(lines):
        return None
    table = _Rows()
    index = 0
    while index < len(lines):
        offset, text = lines[index]
        stripped = text.strip()
        if _PADDING.match(stripped):
            table.fill_up(len(stripped))
        elif padded := PADDED.search(text):
            table.feed(offset, text[: padded.start()])
            table.fill_up(len(padded["bars"]))
        elif "|" in text:
            table.feed(offset, text)
        elif stripped:
            if not _goes_on(lines, index) and not (_VALUE.match(stripped) and table.row):
                break
            table.add(offset, text)
        index += 1
    table.end_row()
    return (table.rows, index) if table.rows else None


def _begins(lines: Sequence[Line]) -> bool:
    """Whether most of the next lines hold one cell each, this one being the first of them."""
    ahead = [PADDED.sub("", text).strip() for _, text in lines[: 2 * _LOOK_AHEAD] if text.strip()][:_LOOK_AHEAD]
    if len(ahead) < _LOOK_AHEAD or not lines[0][1].strip():
        return False
    single = [text for text in ahead if text.endswith("|") and text.count("|") == 1]
    several = [text for text in ahead if text.count("|") > 1 and not _PADDING.match(text)]
    opens = ahead[0] in single or (ahead[1] == "|" and "|" not in ahead[0])
    return opens and not several and len(single) >= 3 and len(single) + sum(map(_is_padding, ahead)) >= _LOOK_AHEAD // 2


def _is_padding(text: str) -> bool:
    return bool(_PADDING.match(text))


def _goes_on(lines: Sequence[Line], index: int) -> bool:
    """Whether a line without a bar belongs to a cell that a bar ends soon."""
    text = lines[index][1].strip()
    following = [text for _, text in lines[index + 1 : index + 8] if text.strip()][:3]
    if SECTION_HEADING.match(text) or not following:
        return False
    ends_at_once = not following[0].strip(" |")
    if not ends_at_once and (len(text) > _LONGEST_CELL_LINE or "。" in text):
        return False
    for text in following:
        if "|" in text:
            return True
        if SECTION_HEADING.match(text.strip()):
            return False
    return False


class _Rows:
    """Gathers pieces of text into cells and cells into rows."""

    def __init__(self) -> None:
        self.rows: list[list[Range]] = []
        self.row: list[Range] = []
        self._seen: list[bool] = []  # of each cell of the row: whether it is a value (or blank)
        self._cell: Range | None = None
        self._text = ""
        self._width = 0  # cells of a whole row, from the first that was filled up

    def feed(self, offset: int, text: str) -> None:
        start = 0
        *ended, rest = text.split("|")
        for part in ended:
            self.add(offset + start, part)
            start += len(part)
            self._close(offset + start)
            start += 1
        self.add(offset + start, rest)

    def add(self, offset: int, text: str) -> None:
        stripped = text.strip(" \t\u3000\xa0")
        if stripped:
            start = offset + text.index(stripped)
            self._cell = (self._cell[0] if self._cell else start, start + len(stripped))
            self._text += stripped

    def fill_up(self, bars: int) -> None:
        """Ends a row that is `bars` cells short of the table's width."""
        if self._cell:
            self._close(self._cell[1])
        self._width = self._width or len(self.row) + bars
        self.end_row()

    def end_row(self) -> None:
        if self._cell:
            self._close(self._cell[1])
        if self.row:
            self.rows.append(self.row)
        self.row, self._seen = [], []

    def _close(self, at: int) -> None:
        is_value = bool(_VALUE.match(self._text))
        if not is_value and (any(self._seen) or 0 < self._width <= len(self.row)):
            cell, text, self._cell, self._text = self._cell, self._text, None, ""
            self.end_row()
            self._cell, self._text = cell, text
        self.row.append(self._cell or (at, at))
        self._seen.append(is_value)
        self._cell, self._text = None, ""
