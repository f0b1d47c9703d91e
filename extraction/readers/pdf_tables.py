"""Tables of a page from its rules, and fragments of one table on consecutive pages."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, NamedTuple

from extraction.document import RawCell
from extraction.readers.pdf_grid import SNAP, Grid, Place, find_grids
from extraction.readers.pdf_lines import block_text, build_lines
from extraction.readers.pdf_page import Char, PageContent, certainty
from extraction.readers.pdf_paths import Box, Rule

_LOOSE_SNAP = 8.0  # for cells that are boxes of their own with gaps between
_FRAME_CELLS = 6  # a grid with fewer written cells that holds another table is a frame around it
_EDGE_TOLERANCE = 6.0
_MAX_TABLES = 60
_NUMERIC = frozenset("0123456789０１２３４５６７８９.．,，%％")
NUMBER = re.compile(r"[\d.,，．%％+\-]+|[-—–―－/／]+")


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table as it stands on one page; `xs` are its column edges."""

    page: int
    box: Box
    xs: tuple[float, ...]
    cells: tuple[RawCell, ...]
    source: Literal["ruled", "delimited"]


class _Run(NamedTuple):
    """Characters that stay together: one, or the digits of one printed number."""

    chars: list[Char]
    x: float
    y: float


def ruled_tables(page: PageContent) -> tuple[list[PageTable], list[Char]]:
    """The page's ruled tables from top to bottom, and the characters outside them."""
    if not (page.horizontal and page.vertical) and len(page.areas) < 4:
        return [], page.chars
    printed = [char for char in page.chars if not char.text.isspace()]
    centres = sorted(((char.x, char.y) for char in printed), key=lambda point: point[1])
    grids = find_grids(page.horizontal, page.vertical, centres)
    tables = [grid for grid in grids if len(grid.places) > 1]
    boxes = [grid.box for grid in grids if len(grid.places) == 1]
    tables += _tables_of_boxes(boxes + page.areas, tables, centres)
    tables.sort(key=lambda grid: len(grid.places), reverse=True)
    return _written(_without_frames(tables[:_MAX_TABLES], centres), page)


def _tables_of_boxes(boxes: list[Box], tables: list[Grid], centres: list[tuple[float, float]]) -> list[Grid]:
    """Grids made of separate boxes or coloured areas that lie side by side and one above the other."""
    loose = [box for box in boxes if not any(_overlap(box, grid.box) for grid in tables)]
    if not 4 <= len(loose) <= 2000:
        return []
    horizontal = [Rule(y, box.x0, box.x1) for box in loose for y in (box.top, box.bottom)]
    vertical = [Rule(x, box.top, box.bottom) for box in loose for x in (box.x0, box.x1)]
    grids = find_grids(horizontal, vertical, centres, snap=_LOOSE_SNAP)
    return [grid for grid in grids if len(grid.places) >= 4 and len(grid.xs) > 2 and len(grid.ys) > 2]


def _overlap(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.top < other.bottom and other.top < one.bottom


def _written(grids: list[Grid], page: PageContent) -> tuple[list[PageTable], list[Char]]:
    inside: list[dict[tuple[int, int], list[Char]]] = [defaultdict(list) for _ in grids]
    outside: list[Char] = []
    for run in _runs(page.chars):
        for grid, held in zip(grids, inside, strict=True):
            if (at := grid.spot(run.x, run.y)) is not None:
                held[at].extend(run.chars)
                break
        else:
            outside.extend(run.chars)
    tables = []
    for grid, held in zip(grids, inside, strict=True):
        cells = _cells(grid, held, page.number)
        if sum(bool(cell.text) for cell in cells) > 1:
            tables.append(PageTable(page.number, grid.box, grid.xs, tuple(cells), "ruled"))
        else:
            outside.extend(char for chars in held.values() for char in chars)
    return sorted(tables, key=lambda table: (table.box.top, table.box.x0)), outside


def _without_frames(grids: list[Grid], centres: list[tuple[float, float]]) -> list[Grid]:
    """Of a grid and one inside it keeps the table: the outer only where enough of its cells are written."""
    dropped: set[int] = set()
    for i, inner in enumerate(grids):
        for j, outer in enumerate(grids):
            if i == j or {i, j} & dropped or not _is_inside(inner.box, outer.box):
                continue
            owners = outer.owners()
            spots = {
                owners[at[0]][at[1]]
                for x, y in centres
                if inner.spot(x, y) is None and (at := outer.spot(x, y)) is not None
            }
            dropped.add(i if len(spots) >= _FRAME_CELLS else j)
    return [grid for index, grid in enumerate(grids) if index not in dropped]


def _is_inside(inner: Box, outer: Box) -> bool:
    return (
        outer.x0 - SNAP <= inner.x0
        and inner.x1 <= outer.x1 + SNAP
        and outer.top - SNAP <= inner.top
        and inner.bottom <= outer.bottom + SNAP
    )


def _runs(chars: Sequence[Char]) -> Iterator[_Run]:
    run: list[Char] = []
    for char in chars:
        if run and not (char.text in _NUMERIC and _continues_number(run[-1], char)):
            yield _Run(run, (run[0].x0 + run[-1].x1) / 2, run[0].y)
            run = []
        run.append(char)
    if run:
        yield _Run(run, (run[0].x0 + run[-1].x1) / 2, run[0].y)


def _continues_number(last: Char, char: Char) -> bool:
    return (
        last.text in _NUMERIC
        and last.turn == char.turn == 0
        and abs(char.y - last.y) < 0.2 * char.size
        and -0.4 * char.size < char.x0 - last.x1 < 0.12 * char.size
    )


def _cells(grid: Grid, held: dict[tuple[int, int], list[Char]], page: int) -> list[RawCell]:
    cells = []
    for place in grid.places:
        chars = [
            char
            for row in range(place.row_start, place.row_end)
            for col in range(place.col_start, place.col_end)
            if (row, col) in held
            for char in held[row, col]
        ]
        for part, inside in _split_numbers(place, chars, grid) or [(place, chars)]:
            cells.append(RawCell(*part, block_text(inside), page, certainty(inside)))
    return cells


def _split_numbers(place: Place, chars: list[Char], grid: Grid) -> list[tuple[Place, list[Char]]]:
    """Cuts a cell that holds several lone numbers, each at its own place of the grid: a rule is missing.

    Empty where the cell is one. Numbers above one another count as broken lines of one number unless the
    lines are far apart.
    """
    one_row, one_col = place.row_end - place.row_start == 1, place.col_end - place.col_start == 1
    if (one_row and one_col) or not chars:
        return []
    lines = build_lines(chars)
    pieces = [(segment, line) for line in lines for segment in line.segments]
    if len(pieces) < 2 or not all(NUMBER.fullmatch(segment.text) for segment, _ in pieces):
        return []
    spots = [grid.spot((segment.x0 + segment.x1) / 2, line.y) for segment, line in pieces]
    by_col = len({spot[1] for spot in spots if spot}) > 1
    by_row = len({spot[0] for spot in spots if spot}) > 1 and all(
        lower.y - upper.y > 1.8 * lower.size for upper, lower in pairwise(lines)
    )
    keys = {(spot[0] if by_row else 0, spot[1] if by_col else 0) for spot in spots if spot}
    if len(keys) < len(pieces):
        return []
    return _cut(place, chars, grid, by_row=by_row, by_col=by_col)


def _cut(
    place: Place, chars: list[Char], grid: Grid, *, by_row: bool, by_col: bool
) -> list[tuple[Place, list[Char]]]:
    rows = list(range(place.row_start, place.row_end + 1)) if by_row else [place.row_start, place.row_end]
    cols = list(range(place.col_start, place.col_end + 1)) if by_col else [place.col_start, place.col_end]
    held: dict[Place, list[Char]] = {
        Place(row, row_end, col, col_end): []
        for row, row_end in pairwise(rows)
        for col, col_end in pairwise(cols)
    }
    parts = list(held)
    for run in _runs(chars):
        row = min(max(bisect_right(rows, bisect_right(grid.ys, run.y) - 1) - 1, 0), len(rows) - 2)
        col = min(max(bisect_right(cols, bisect_right(grid.xs, run.x) - 1) - 1, 0), len(cols) - 2)
        held[parts[row * (len(cols) - 1) + col]].extend(run.chars)
    return list(held.items())


def same_columns(upper: PageTable, lower: PageTable) -> bool:
    """Whether the column edges of one are among those of the other, outer edges included."""
    shift = lower.xs[0] - upper.xs[0]
    moved = [x - shift for x in lower.xs]
    if abs(moved[-1] - upper.xs[-1]) > _EDGE_TOLERANCE:
        return False
    few, many = sorted((moved, list(upper.xs)), key=len)
    if abs(shift) > _EDGE_TOLERANCE and len(few) < len(many):
        return False  # elsewhere on the page and differently cut: another table
    return all(min(abs(edge - other) for other in many) <= _EDGE_TOLERANCE for edge in few)


def on_shared_columns(fragments: Sequence[PageTable]) -> list[PageTable]:
    """The fragments with their cells on one common column grid, so that equal indices mean equal columns."""
    first = fragments[0].xs[0]
    shared: list[float] = []
    for edge in sorted(x - table.xs[0] + first for table in fragments for x in table.xs):
        if not shared or edge - shared[-1] > _EDGE_TOLERANCE:
            shared.append(edge)
    placed = []
    for table in fragments:
        moved = [x - table.xs[0] + first for x in table.xs]
        index = [min(range(len(shared)), key=lambda i: abs(shared[i] - x)) for x in moved]
        if len(set(index)) < len(index):
            return list(fragments)
        cells = tuple(
            replace(cell, col_start=index[cell.col_start], col_end=index[cell.col_end])
            for cell in table.cells
        )
        placed.append(replace(table, cells=cells))
    return placed


def repeated_head_rows(upper: PageTable, lower: PageTable) -> int:
    """How many leading rows of `lower` print the same as those of `upper`."""
    count = 0
    for row, (one, other) in enumerate(zip(_row_texts(upper), _row_texts(lower), strict=False)):
        if one != other or not any(one):
            break
        count = row + 1
    return count


def _row_texts(table: PageTable) -> list[list[str]]:
    rows: dict[int, list[str]] = defaultdict(list)
    for cell in sorted(table.cells, key=lambda cell: (cell.row_start, cell.col_start)):
        rows[cell.row_start].append("".join(cell.text.split()))
    return [rows[row] for row in sorted(rows)]
