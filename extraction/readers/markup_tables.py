"""HTML tables inside a text: programs that turn pages into Markdown write forms as `<table>` elements.

The text stays as it is; a cell is the range of its text without outer tags and blanks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extraction.document import Table, TableCell
from extraction.readers.grid import SpanCell, lay_out

_TABLE = re.compile(r"<table\b[^>]{0,500}>", re.IGNORECASE)
_TABLE_END = re.compile(r"</table\s*>", re.IGNORECASE)
_PART = re.compile(r"<(?P<close>/)?(?P<tag>tr|t[dh])\b(?P<attributes>[^>]{0,500})>", re.IGNORECASE)
_SPAN = re.compile(r"\b(?P<name>row|col)span\s*=\s*[\"']?(?P<count>\d{1,3})", re.IGNORECASE)
_OUTER = re.compile(r"(?:\s|<[^<>]{1,200}>|&nbsp;)+")
_LARGEST = 400_000  # characters of one table


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    end: int
    rows: int
    columns: int


def markup_table(text: str, start: int, end: int) -> tuple[Table, int] | None:
    """The table whose tag stands in `text[start:end]`, a line that opens with it, and where it ends."""
    opened = _TABLE.search(text, start, end)
    if opened is None or _OUTER.sub("", text[start : opened.start()]):
        return None
    closed = _TABLE_END.search(text, opened.end(), opened.end() + _LARGEST)
    if closed is None:
        return None
    rows = _rows(text, opened.end(), closed.start())
    cells = [cell for row in rows for cell in row]
    if len(cells) < 2:
        return None
    # The grid is laid out with the cells' numbers for their texts, to find the cells again.
    numbered = iter(range(len(cells)))
    spans = [[SpanCell(str(next(numbered)), cell.rows, cell.columns) for cell in row] for row in rows]
    placed = tuple(
        TableCell(
            raw.row_start, raw.row_end, raw.col_start, raw.col_end,
            cells[int(raw.text)].start, cells[int(raw.text)].end,
        )
        for raw in lay_out([spans])
    )  # fmt: skip
    n_rows, n_cols = max(cell.row_end for cell in placed), max(cell.col_end for cell in placed)
    return Table(placed, n_rows, n_cols, opened.start(), closed.end(), "markup"), closed.end()


def cuts(line: str) -> list[int]:
    """Where a line is cut so that a table opens one and ends one."""
    if "<" not in line:
        return []
    starts = {match.start() for match in _TABLE.finditer(line)}
    return sorted((starts | {match.end() for match in _TABLE_END.finditer(line)}) - {0, len(line)})


def _rows(text: str, start: int, end: int) -> list[list[_Cell]]:
    rows: list[list[_Cell]] = []
    parts = list(_PART.finditer(text, start, end))
    for index, part in enumerate(parts):
        if part["close"]:
            continue
        if part["tag"].lower() == "tr":
            rows.append([])
            continue
        stop = parts[index + 1].start() if index + 1 < len(parts) else end
        spans = {span["name"].lower(): int(span["count"]) for span in _SPAN.finditer(part["attributes"])}
        if not rows:
            rows.append([])
        rows[-1].append(_Cell(*_inner(text, part.end(), stop), spans.get("row", 1), max(1, spans.get("col", 1))))
    return [row for row in rows if row]


def _inner(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without outer tags and blanks."""
    lead = _OUTER.match(text, start, end)
    start = lead.end() if lead else start
    while start < end:
        tail = next((match for match in _OUTER.finditer(text, start, end) if match.end() == end), None)
        if tail is None:
            break
        end = tail.start()
    return start, end
