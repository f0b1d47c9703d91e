"""Tables as HTML and Word write them, placed on a grid and judged: data, or mere layout."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extraction.document import RawCell

MAX_COLUMNS = 256
_LONG_TEXT = 250
_SHORT_TEXT = 40
_NOTE_TEXT = 60
_SECTION_HEADING = re.compile(  # 主动公开情况 alone is a head inside the statistics form
    r"[一二三四五六七][、.．]\s*(?:总体情况|主动公开(?!情况)|收到和处理|(?:因)?政府信息公开.{0,14}行政复议|存在的?主要?问题|其他需要报告)"
)


@dataclass(frozen=True, slots=True)
class SpanCell:
    """A cell as its markup gives it. `row_span` 0 reaches to the end of the row group."""

    text: str
    row_span: int = 1
    col_span: int = 1


@dataclass(frozen=True, slots=True)
class CellShape:
    """What the layout decision looks at: characters, and whether a table of several cells lies inside."""

    length: int
    nested: bool = False


def lay_out(groups: Iterable[Sequence[Sequence[SpanCell]]]) -> list[RawCell]:
    """Row groups to placed cells by the HTML table algorithm.

    Unlike browsers, which let cells overlap, a cell ends where one that reaches down from above begins.
    Source: HTML Living Standard, 4.9.12 “Forming a table”.
    """
    placed: list[RawCell] = []
    row = 0
    for group in groups:
        group_end = row + len(group)
        reaching: list[tuple[int, int, int]] = []  # (column start, column end, row end) from the rows above
        for cells in group:
            reaching = sorted(span for span in reaching if span[2] > row)
            placed_row = _place_row(cells, row, group_end, reaching)
            reaching += [(c.col_start, c.col_end, c.row_end) for c in placed_row if c.row_end > row + 1]
            placed += placed_row
            row += 1
    return placed


def _place_row(
    cells: Sequence[SpanCell], row: int, group_end: int, reaching: Sequence[tuple[int, int, int]]
) -> list[RawCell]:
    placed, column, index = [], 0, 0
    for cell in cells:
        while index < len(reaching) and reaching[index][0] <= column:
            column = max(column, reaching[index][1])
            index += 1
        if column >= MAX_COLUMNS:
            break
        end = column + max(1, min(cell.col_span, MAX_COLUMNS))
        if index < len(reaching):
            end = min(end, reaching[index][0])
        row_end = group_end if cell.row_span == 0 else min(row + max(1, cell.row_span), group_end)
        placed.append(RawCell(row, row_end, column, end, cell.text))
        column = end
    return placed


def compress(cells: Sequence[RawCell]) -> list[RawCell]:
    """Drops rows and columns in which no cell begins: oversized spans and spacer rows leave them behind."""
    rows = sorted({cell.row_start for cell in cells})
    columns = sorted({cell.col_start for cell in cells})
    return [
        RawCell(
            bisect_left(rows, cell.row_start), bisect_left(rows, cell.row_end),
            bisect_left(columns, cell.col_start), bisect_left(columns, cell.col_end),
            cell.text, cell.page,
        )
        for cell in cells
    ]  # fmt: skip


def is_layout(rows: Sequence[Sequence[CellShape]]) -> bool:
    """Whether a table only arranges blocks on the page, so that its cells are read as running text.

    A single column is layout. Else what decides is whether many short cells (labels and figures) stand
    against long prose or inner tables.
    """
    if max((len(row) for row in rows), default=0) <= 1:
        return True
    short = sum(1 for row in rows for cell in row if 0 < cell.length <= _SHORT_TEXT and not cell.nested)
    nested = sum(1 for row in rows for cell in row if cell.nested)
    if nested and (short < 8 or nested * 4 > short):
        return True
    long_alone = long_beside = 0
    for row in rows:
        long_cells = sum(1 for cell in row if cell.length > _LONG_TEXT)
        if long_cells and sum(1 for cell in row if cell.length) == 1:
            long_alone += 1
        else:
            long_beside += long_cells
    return (long_beside > 0 and short < 6) or (long_alone > 0 and short < 4)


def split_at_prose(cells: Sequence[RawCell]) -> list[str | list[RawCell]]:
    """A table cut at rows that hold nothing but prose or a section heading, which become paragraphs; the
    parts are compressed.

    Spreadsheet exports put a whole report, text and forms, into one table.
    """
    n_rows = max((cell.row_end for cell in cells), default=0)
    by_row: list[list[RawCell]] = [[] for _ in range(n_rows)]
    covered = [0] * (n_rows + 1)
    for cell in cells:
        by_row[cell.row_start].append(cell)
        for row in range(cell.row_start + 1, cell.row_end):
            covered[row] += 1
    segments: list[str | list[RawCell]] = []
    run: list[RawCell] = []
    for row, row_cells in enumerate(by_row):
        spanning = any(cell.row_end > row + 1 for cell in row_cells)
        prose = None if covered[row] or spanning else _prose(row_cells)
        if prose is None:
            run += row_cells
        else:
            if run:
                segments.append(compress(run))
            segments.append(prose)
            run = []
    if run:
        segments.append(compress(run))
    return segments


def _prose(row: Sequence[RawCell]) -> str | None:
    texts = [cell.text.strip() for cell in row if cell.text.strip()]
    if len(texts) != 1:
        return None
    text = texts[0]
    if (len(text) >= _NOTE_TEXT and "。" in text) or (
        len(text) <= _NOTE_TEXT and _SECTION_HEADING.match(text)
    ):
        return text
    return None
