"""Rows of a document's tables: grids that the author's program wrote, ruled ones, and lines of cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extraction.document import Document, Table, TableCell
from extraction.forms.source_rows import SourceRow, SourceValue
from extraction.forms.values import CellKind, CellValue, read_cell, strip_artifacts, unit_at_end, unit_of

_CORNER = re.compile(r"(?:信息|公开|统计)?(?:内容|项目|指标|类别|事项|名称)(?:名称|内容)?\Z")
_FIGURE = re.compile(r"\d.{0,19}\Z")  # a figure, if one that cannot be read (1.2E5)


@dataclass(frozen=True, slots=True)
class _GridCell:
    """A cell with its reading; `unit` where it holds nothing but a unit."""

    cell: TableCell
    row_start: int
    row_end: int
    text: str
    start: int
    reading: CellValue
    unit: str | None

    @property
    def is_label(self) -> bool:
        return self.reading.kind is CellKind.TEXT and self.unit is None


def table_rows(document: Document) -> list[SourceRow]:
    """The rows of all tables that hold a value or a blank, in reading order."""
    return [
        row
        for number, fragments in enumerate(logical_tables(document))
        for row in _rows_of(document, fragments, number)
    ]


def logical_tables(document: Document) -> list[tuple[Table, ...]]:
    """The tables with their joined fragments put together, in reading order."""
    joined = {first: join.fragments for join in document.joins for first in join.fragments[:1]}
    inner = {index for join in document.joins for index in join.fragments[1:]}
    return [
        tuple(document.tables[part] for part in joined.get(index, (index,)))
        for index in range(len(document.tables))
        if index not in inner
    ]


def _grid_cells(document: Document, fragments: Sequence[Table]) -> list[_GridCell]:
    cells, offset = [], 0
    for fragment in fragments:
        for cell in fragment.cells:
            raw = document.quote(cell)
            start, end = strip_artifacts(raw)
            text = raw[start:end]
            cells.append(
                _GridCell(
                    cell, cell.row_start + offset, cell.row_end + offset,
                    text, cell.start + start, read_cell(text), unit_of(text),
                )
            )  # fmt: skip
        offset += fragment.n_rows
    return cells


def _label_index(cells: Sequence[_GridCell]) -> int:
    """The index of the row's label: the last text cell with values after it and at most a serial before it."""
    numbers_before = 0
    label = -1
    for index, cell in enumerate(cells):
        if cell.reading.kind is CellKind.NUMBER:
            numbers_before += 1
        elif cell.is_label and numbers_before <= 1 and index + 1 < len(cells):
            label = index
    return label


def _rows_of(document: Document, fragments: Sequence[Table], number: int) -> Iterator[SourceRow]:
    cells = _grid_cells(document, fragments)
    gridded = fragments[0].source != "delimited"
    texts = [cell for cell in cells if cell.is_label] if gridded else []
    by_row: dict[int, list[_GridCell]] = {}
    for cell in cells:
        for row in range(cell.row_start, cell.row_end):
            by_row.setdefault(row, []).append(cell)
    head: list[_GridCell] = []
    for row in sorted(by_row):
        covering = sorted(by_row[row], key=lambda cell: cell.cell.col_start)
        if not gridded:
            head = _head_row(covering, head)
        index = _label_index(covering)
        behind = [cell for cell in covering[index + 1 :] if cell.row_start == row]
        heads = [_heads_above(cell, texts) for cell in behind] if gridded else _heads_in_order(head, behind)
        values = [(cell, above) for cell, above in zip(behind, heads, strict=True) if cell.unit is None]
        if not any(cell.reading.kind is not CellKind.TEXT or _FIGURE.match(cell.text) for cell, _ in values):
            continue
        labels = [cell for cell in covering[: index + 1] if cell.is_label]
        own = labels[-1].text if labels else ""
        yield SourceRow(
            label=own,
            group="".join(cell.text for cell in labels[:-1]),
            values=tuple(
                SourceValue(cell.start, cell.start + len(cell.text), cell.reading, cell.cell.page, above)
                for cell, above in values
            ),
            start=min(cell.cell.start for cell in covering),
            end=max(cell.cell.end for cell in covering),
            table=number,
            unit=next((cell.unit for cell in covering if cell.unit), None) or unit_at_end(own),
        )


def _head_row(cells: Sequence[_GridCell], current: list[_GridCell]) -> list[_GridCell]:
    """The heads that hold for the rows below: a row of texts alone that opens with its labels' own head. A title
    over the table's width ends them, a row of blanks behind its label does not."""
    printed = [cell for cell in cells if cell.reading.kind is not CellKind.BLANK]
    if len(printed) < 2 and len(cells) == len(current):
        return current
    if len(printed) < 2 or any(cell.reading.kind is not CellKind.TEXT for cell in printed):
        return current if len(printed) > 1 else []
    return printed if _CORNER.match("".join(printed[0].text.split())) else []


def _heads_in_order(head: Sequence[_GridCell], values: Sequence[_GridCell]) -> list[tuple[str, ...]]:
    """For each value the head of its place, where there are as many heads as values."""
    if len(head) != len(values) + 1:
        return [() for _ in values]
    return [(cell.text,) for cell in head[1:]]


def _heads_above(cell: _GridCell, texts: Iterable[_GridCell]) -> tuple[str, ...]:
    above = [
        other
        for other in texts
        if other.row_end <= cell.row_start
        and other.cell.col_start < cell.cell.col_end
        and cell.cell.col_start < other.cell.col_end
    ]
    above.sort(key=lambda other: -other.row_end)
    return tuple(other.text for other in above)
