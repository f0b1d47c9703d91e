"""Tables without upright rules: columns told by the wide gaps between words of consecutive lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from extraction.document import RawCell
from extraction.readers.line_breaks import WHOLE_HEADING
from extraction.readers.pdf_lines import Line
from extraction.readers.pdf_paths import Box, Rule
from extraction.readers.pdf_rows import PlacedLine, placed_line, rows_of
from extraction.readers.pdf_tables import PageTable

MIN_COLUMNS = 4  # three wide gaps
MIN_LINES = 3
_BETWEEN = 4  # lines with fewer gaps that may stand between two rich ones (labels over several lines)
_SIDE_BY_SIDE = 0.6  # ems between the baselines of lines that stand side by side
_BAND = 3.0  # ems; how far the rule above or below a row's text may be
_PROSE = 0.6  # share of the region's width from which a line without gaps is prose


@dataclass(frozen=True, slots=True)
class SpacedLines:
    """Lines whose gaps look like columns but do not line up."""

    lines: tuple[Line, ...]


Block = Line | PageTable | SpacedLines


def group_by_gaps(lines: Sequence[Line], rules: Sequence[Rule]) -> list[Block]:
    """Replaces table-like runs of lines by a table, or by `SpacedLines` where the columns are unsure.

    Args:
        lines: Lines of one page from top to bottom.
        rules: The page's horizontal rules, merged; they tell rows apart where labels run over several lines.
    """
    blocks: list[Block] = []
    at = 0
    while at < len(lines):
        stop = _region_end(lines, at, rules)
        if stop is None:
            blocks.append(lines[at])
            at += 1
            continue
        region = lines[at:stop]
        blocks.append(_table(region, rules) or SpacedLines(tuple(_on_one_row(region))))
        at = stop
    return blocks


def _on_one_row(region: Sequence[Line]) -> list[Line]:
    """The lines, those together that were set side by side with different baselines."""
    joined: list[Line] = []
    for line in region:
        last = joined[-1] if joined else None
        if last and line.y - last.y < _SIDE_BY_SIDE * line.size and not _overlap(last, line):
            segments = tuple(sorted((*last.segments, *line.segments)))
            joined[-1] = Line(segments, last.y, last.size, last.page, min(last.score, line.score))
        else:
            joined.append(line)
    return joined


def _overlap(one: Line, other: Line) -> bool:
    return any(left.x0 < right.x1 and right.x0 < left.x1 for left in one.segments for right in other.segments)


def _is_rich(line: Line, rules: Sequence[Rule]) -> bool:
    """Whether a line looks like a row: three wide gaps, or one between rules above and below."""
    if len(line.segments) >= MIN_COLUMNS:
        return True
    if len(line.segments) < 2:
        return False
    wide = [rule.at for rule in rules if rule.start < line.x0 + line.size and rule.end > line.x1 - line.size]
    above = any(0 < line.y - at < _BAND * line.size for at in wide)
    return above and any(0 < at - line.y < _BAND * line.size for at in wide)


def _region_end(lines: Sequence[Line], start: int, rules: Sequence[Rule]) -> int | None:
    """End of the table-like run that begins at `start`, `None` where none does."""
    if len(lines[start].segments) < 2:
        return None
    rich = stop = 0
    between = 0
    left, right = lines[start].x0, lines[start].x1
    for index in range(start, len(lines)):
        line = lines[index]
        if index > start and line.y - lines[index - 1].y > 5 * line.size:
            break
        if len(line.segments) == 1 and WHOLE_HEADING.match(line.text):
            break
        if len(line.segments) >= 2:
            rich += _is_rich(line, rules)
            left, right = min(left, line.x0), max(right, line.x1)
            stop, between = index + 1, 0
        elif stop == index and line.y - lines[index - 1].y < _SIDE_BY_SIDE * line.size:
            stop = index + 1
        else:
            between += 1
            if between > _BETWEEN or line.x1 - line.x0 > _PROSE * (right - left):
                break
    return stop if rich >= MIN_LINES else None


def _table(region: Sequence[Line], rules: Sequence[Rule]) -> PageTable | None:
    ruled = sum(_is_rich(line, rules) for line in region if len(line.segments) < MIN_COLUMNS) >= MIN_LINES
    needed = 2 if ruled else MIN_COLUMNS
    columns = _columns(region, needed)
    if len(columns) < needed:
        return None
    middles = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    xs = [columns[0][0], *middles, columns[-1][1]]
    placed = [placed_line(line, xs) for line in region]
    if any(line.is_crowded for line in placed):
        return None
    cells: list[RawCell] = []
    for number, row in enumerate(rows_of(placed, rules)):
        cells += _row_cells(number, row, len(columns))
    top, bottom = region[0].y - region[0].size / 2, region[-1].y + region[-1].size / 2
    return PageTable(region[0].page, Box(xs[0], top, xs[-1], bottom), tuple(xs), tuple(cells), "delimited")


def _columns(region: Sequence[Line], needed: int) -> list[tuple[float, float]]:
    """The x ranges covered by the words of the lines with most gaps, apart by at least half an em."""
    most = max(len(line.segments) for line in region)
    richest = [line for line in region if len(line.segments) >= max(needed, 0.8 * most)]
    columns: list[tuple[float, float]] = []
    for x0, x1 in sorted((segment.x0, segment.x1) for line in richest for segment in line.segments):
        if columns and x0 <= columns[-1][1] + richest[0].size / 2:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    left = [segment for line in region for segment in line.segments if segment.x1 < columns[0][0]]
    if left:  # labels whose lines are all set a little above or below their figures
        columns.insert(0, (min(segment.x0 for segment in left), max(segment.x1 for segment in left)))
    return columns


def _row_cells(number: int, row: Sequence[PlacedLine], n_columns: int) -> list[RawCell]:
    """Cells of one row; words that reach into several columns where nothing else stands span them."""
    texts: dict[tuple[int, int], list[str]] = {}
    figures = {column for item in row for column in item.figures}
    for item in row:
        for (first, end), text in item.words:
            if not item.figures:  # a label that reaches below the figures beside it
                end = min([end, *(column for column in figures if column > first)])
            clash = [key for key in texts if key[0] < end and first < key[1]]
            for key in clash:
                first, end = min(first, key[0]), max(end, key[1])
            texts[first, end] = [part for key in clash for part in texts.pop(key)] + [text]
    taken = {col for first, end in texts for col in range(first, end)}
    page, score = row[0].line.page, min(item.line.score for item in row)
    cells = [
        RawCell(number, number + 1, first, end, "\n".join(parts), page, score)
        for (first, end), parts in texts.items()
    ]
    cells += [RawCell(number, number + 1, col, col + 1, "", page) for col in range(n_columns) if col not in taken]
    return sorted(cells, key=lambda cell: cell.col_start)
