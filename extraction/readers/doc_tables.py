"""Tables of Word 97–2003 files: rows from their marks, and their cells on one grid by their edges."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from extraction.readers.blocks import Block, ParagraphBlock
from extraction.readers.doc_container import Damaged, i16, u8, u16
from extraction.readers.doc_properties import Modifier
from extraction.readers.grid import MAX_COLUMNS
from extraction.readers.word_tables import VerticalMerge, WordCell, table_blocks

# [MS-DOC] 2.6.3
_DEF_TABLE, _VERTICAL_MERGE = 0xD608, 0xD62B
_LEFT, _HALF_GAP = 0x9601, 0x9602
_INSERT, _DELETE, _WIDTH, _MERGE, _SPLIT = 0x7621, 0x5622, 0x7623, 0x5624, 0x5625
_CELL_SIZE = 20  # [MS-DOC] 2.9.313 TC80
_MAX_CELLS = 63  # [MS-DOC] 2.9.321
_MAX_DEPTH = 64
_DEFAULT_WIDTH = 1000
# Edges of different rows this near (in twentieths of a point) are one edge of the grid. Word itself merges cells
# whose edges differ by 3; edges dragged by hand are off by more, and rows from tables of another origin by the
# margin before a cell's text, 108. A column of 120 is narrower than two margins and shows nothing; and edges of one
# row always stay apart.
_TOLERANCE = 120


@dataclass(slots=True)
class _Cell:
    width: int
    sideways: int = 0  # horzMerge
    upright: int = 0  # vertMerge


@dataclass(frozen=True, slots=True)
class RowFormat:
    """A row's edges, one more than its cells, in twentieths of a point, and the cells' merges.

    `first` tells for each cell whether it goes on from the cell before it (`False`) or is its own (`True`).
    """

    edges: tuple[int, ...]
    first: tuple[bool, ...]
    merges: tuple[VerticalMerge | None, ...]


Ending = Literal["paragraph", "cell", "row"]


@dataclass(frozen=True, slots=True)
class DocParagraph:
    """A paragraph's visible text, its place among tables (`depth` 0 outside) and what its mark ends.

    `mark_deleted`: the paragraph runs on into the next one, or the row is deleted with its text. `row`: of a row's end.
    `label`: the automatic number printed before the text.
    """

    text: str
    heading: bool
    depth: int
    ending: Ending
    mark_deleted: bool
    mark_hidden: bool
    row: RowFormat | None = None
    label: str = ""


def row_format(modifiers: Iterable[Modifier]) -> RowFormat:
    """The row's format after all its modifiers ([MS-DOC] 2.6.3), in their order.

    Raises:
        Damaged: for a definition shorter than its count of cells.
    """
    left, half_gap = 0, 0
    cells: list[_Cell] = []
    for sprm, operand in modifiers:
        if sprm == _DEF_TABLE:
            left, cells = _definition(operand)
        elif sprm == _LEFT:
            left = i16(operand, 0) - half_gap
        elif sprm == _HALF_GAP:  # the gap before the first cell's text: its outer edge moves
            wider, half_gap = i16(operand, 0) - half_gap, i16(operand, 0)
            if cells:
                left, cells[0].width = left - wider, cells[0].width + wider
        elif sprm in (_INSERT, _DELETE, _WIDTH, _MERGE, _SPLIT, _VERTICAL_MERGE):
            _change(cells, sprm, operand)
    edges = [left]
    for cell in cells:
        edges.append(edges[-1] + max(cell.width, 1))
    return RowFormat(tuple(edges), tuple(_first(cells)), tuple(_upright(cell) for cell in cells))


def _definition(operand: bytes) -> tuple[int, list[_Cell]]:
    """[MS-DOC] 2.9.321 TDefTableOperand: edges, then the cells, the last of which may be left out."""
    count = u8(operand, 0)
    edges = [i16(operand, 1 + 2 * index) for index in range(count + 1)]
    cells = [_Cell(edges[index + 1] - edges[index]) for index in range(count)]
    for index, cell in enumerate(cells):
        at = 1 + 2 * (count + 1) + _CELL_SIZE * index
        if at + 2 > len(operand):
            break
        flags = u16(operand, at)  # [MS-DOC] 2.9.317 TCGRF
        cell.sideways, cell.upright = flags & 3, (flags >> 5) & 3
    return edges[0], cells


def _change(cells: list[_Cell], sprm: int, operand: bytes) -> None:
    if sprm == _VERTICAL_MERGE:  # [MS-DOC] 2.9.343
        if u8(operand, 0) < len(cells):
            cells[operand[0]].upright = u8(operand, 1) & 3
        return
    first, limit = u8(operand, 0), u8(operand, 1)
    if sprm == _INSERT:  # [MS-DOC] 2.9.324 TInsertOperand: the second byte counts the new cells
        width = u16(operand, 2)
        new = max(0, min(limit + max(first - len(cells), 0), _MAX_CELLS - len(cells)))
        cells[first:first] = [_Cell(width) for _ in range(new)]
        return
    if sprm == _DELETE:
        del cells[first:limit]
        return
    for index, cell in enumerate(cells[first:limit]):
        if sprm == _WIDTH:  # [MS-DOC] 2.9.322 TDxaColOperand
            cell.width = u16(operand, 2)
        else:
            cell.sideways = 0 if sprm == _SPLIT else 1 if index == 0 else 2


def _first(cells: Sequence[_Cell]) -> Iterator[bool]:
    """Whether each cell begins a horizontally merged set or stands alone.

    Word's older description has 1 for the first cell of a set and 2 for the others, [MS-DOC] has it the other way
    round: so what a set begins with is what its first cell looks like.
    """
    beginning = 0
    for cell in cells:
        if cell.sideways == 0:
            beginning = 0
            yield True
        elif beginning == 0:
            beginning = min(cell.sideways, 2)
            yield True
        else:
            yield cell.sideways in (beginning, 3)


def _upright(cell: _Cell) -> VerticalMerge | None:
    """[MS-DOC] 2.9.342 VerticalMergeFlag: 1 goes on from above, 3 begins."""
    if cell.upright == 0:
        return None
    return "continue" if cell.upright == 1 else "restart"


@dataclass(slots=True)
class _Row:
    cells: list[list[Block]]
    format: RowFormat


@dataclass(slots=True)
class _Level:
    """The body (the outermost level) or an open table: rows so far, cells of the row and blocks of the cell."""

    rows: list[_Row] = field(default_factory=list)
    cells: list[list[Block]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    carried: str = ""

    def add(self, paragraph: DocParagraph) -> None:
        self.carried += paragraph.text
        if paragraph.ending == "paragraph" and paragraph.mark_deleted:
            return
        if paragraph.ending != "row" or self.carried.strip():
            self.blocks.append(ParagraphBlock(paragraph.label + self.carried, paragraph.heading))
        self.carried = ""
        if paragraph.ending == "paragraph":
            return
        if paragraph.ending == "cell" or self.blocks:
            self.cells.append(self.blocks)
            self.blocks = []
        if paragraph.ending == "row":
            self._end_row(paragraph)

    def _end_row(self, paragraph: DocParagraph) -> None:
        """A row is gone with its text only: LibreOffice marks the row's end as what begins the next one."""
        holds_text = any(
            not isinstance(block, ParagraphBlock) or block.text.strip()
            for cell in self.cells
            for block in cell
        )
        gone = paragraph.mark_deleted or paragraph.mark_hidden
        if self.cells and (holds_text or not gone):
            self.rows.append(_Row(self.cells, paragraph.row or row_format(())))
        self.cells = []

    def end_paragraph(self) -> None:
        """Ends a paragraph whose mark is deleted where there is none for it to run on into."""
        if self.carried:
            self.blocks.append(ParagraphBlock(self.carried))
            self.carried = ""

    def finish(self) -> list[Block]:
        """What was read; a row without its mark is a row of its own all the same."""
        self.end_paragraph()
        if self.blocks:
            self.cells.append(self.blocks)
        if self.cells:
            self.rows.append(_Row(self.cells, row_format(())))
        return table_blocks(_placed(self.rows)) if self.rows else []


def blocks(paragraphs: Iterable[DocParagraph]) -> list[Block]:
    """Paragraphs and tables in reading order ([MS-DOC] 2.4.3 Overview of Tables).

    Raises:
        Damaged: for tables nested deeper than anyone writes.
    """
    levels = [_Level()]
    for paragraph in paragraphs:
        if paragraph.depth > _MAX_DEPTH:
            raise Damaged(f"a table at depth {paragraph.depth}")
        _open_and_close(levels, paragraph.depth)
        levels[-1].add(paragraph)
    _open_and_close(levels, 0)
    levels[0].end_paragraph()
    return levels[0].blocks


def _open_and_close(levels: list[_Level], depth: int) -> None:
    while len(levels) - 1 > depth:
        closed = levels.pop().finish()
        levels[-1].blocks += closed
    while len(levels) - 1 < depth:
        levels[-1].end_paragraph()
        levels.append(_Level())


def _placed(rows: Sequence[_Row]) -> list[list[WordCell]]:
    formats: list[RowFormat] = []
    for row in rows:
        formats.append(_fitted(row.format, len(row.cells), formats[-1] if formats else None))
    columns = _columns([format_.edges for format_ in formats])
    return [
        _placed_row(row.cells, format_, places)
        for row, format_, places in zip(rows, formats, columns, strict=True)
    ]


def _fitted(format_: RowFormat, count: int, above: RowFormat | None) -> RowFormat:
    """The format for the cells that the text has: a row without one of its own has its neighbour's."""
    if len(format_.first) == 0 and above is not None:
        format_ = RowFormat(above.edges, (True,) * len(above.first), (None,) * len(above.first))
    missing = max(count - len(format_.first), 0)
    added = [format_.edges[-1] + _DEFAULT_WIDTH * (index + 1) for index in range(missing)]
    return RowFormat(
        (*format_.edges, *added)[: count + 1],
        (*format_.first, *[True] * missing)[:count],
        (*format_.merges, *[None] * missing)[:count],
    )


def _columns(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Edges to places on one grid: those of different rows that are nearly the same share a place."""
    owners: dict[int, set[int]] = {}
    for row, edges in enumerate(rows):
        for edge in edges:
            owners.setdefault(edge, set()).add(row)
    begins: list[int] = []  # the first edge of each place
    taken: set[int] = set()
    for edge in sorted(owners):
        if not begins or edge - begins[-1] > _TOLERANCE or owners[edge] & taken:
            begins.append(edge)
            taken = set()
        taken |= owners[edge]
    return [[bisect_left(begins, edge + 1) - 1 for edge in edges] for edges in rows]


def _placed_row(contents: Sequence[list[Block]], format_: RowFormat, places: Sequence[int]) -> list[WordCell]:
    placed: list[WordCell] = []
    for index, (blocks_, first, merge) in enumerate(
        zip(contents, format_.first, format_.merges, strict=True)
    ):
        start, end = places[index], places[index + 1]
        if end > MAX_COLUMNS:
            break
        if first or not placed:
            placed.append(WordCell(start, end, merge, blocks_))
        else:
            last = placed[-1]
            placed[-1] = WordCell(last.col_start, end, last.merge, last.blocks)
    return placed
