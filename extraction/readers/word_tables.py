"""Tables of Word documents, whichever format they are stored in: placed cells to blocks in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from extraction.document import RawCell
from extraction.readers.blocks import Block, ParagraphBlock, TableBlock
from extraction.readers.grid import CellShape, is_layout

VerticalMerge = Literal["restart", "continue"]


@dataclass(frozen=True, slots=True)
class WordCell:
    """A cell over half-open grid columns, what it holds, and its part in a vertical merge."""

    col_start: int
    col_end: int
    merge: VerticalMerge | None
    blocks: Sequence[Block]


def table_blocks(rows: Sequence[Sequence[WordCell]]) -> list[Block]:
    """The table with its inner tables after it; of a table that only arranges the page, what its cells hold."""
    if is_layout([[_shape(cell.blocks) for cell in row] for row in rows]):
        return [block for row in rows for cell in row for block in cell.blocks]
    inner = [
        TableBlock(block.cells, inner=True)
        for row in rows
        for cell in row
        for block in cell.blocks
        if isinstance(block, TableBlock)
    ]
    return [TableBlock(_merged(rows)), *inner]


def _merged(rows: Sequence[Sequence[WordCell]]) -> list[RawCell]:
    """Cells with vertical merges joined; a continuation without a cell of its width above stands alone."""
    cells: list[RawCell] = []
    above: dict[tuple[int, int], int] = {}  # (start, end column) to the index of the cell that may go on
    for row, row_cells in enumerate(rows):
        open_cells: dict[tuple[int, int], int] = {}
        for word_cell in row_cells:
            start, end = place = (word_cell.col_start, word_cell.col_end)
            if word_cell.merge == "continue" and place in above:
                index = above[place]
                cell = cells[index]
                cells[index] = RawCell(cell.row_start, row + 1, start, end, cell.text)
            else:
                index = len(cells)
                cells.append(RawCell(row, row + 1, start, end, _text(word_cell.blocks)))
            if word_cell.merge is not None:
                open_cells[place] = index
        above = open_cells
    return cells


def _text(blocks: Sequence[Block]) -> str:
    return "\n".join(block.text for block in blocks if isinstance(block, ParagraphBlock))


def _shape(blocks: Sequence[Block]) -> CellShape:
    length = sum(len(block.text.strip()) for block in blocks if isinstance(block, ParagraphBlock))
    return CellShape(length, any(isinstance(block, TableBlock) for block in blocks))
