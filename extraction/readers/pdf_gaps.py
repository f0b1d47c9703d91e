"""Tables without upright rules: columns told by the wide gaps between words of consecutive lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from extraction.document import RawCell
from extraction.readers.pdf_lines import Line, Segment
from extraction.readers.pdf_paths import Box, Rule
from extraction.readers.pdf_tables import PageTable

MIN_COLUMNS = 4  # three wide gaps
MIN_LINES = 3
_BETWEEN = 4  # lines with fewer gaps that may stand between two rich ones (labels over several lines)
_SAME_ROW = 0.9  # ems; nearer than the pitch of running text: one row, set with different line breaks
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
        blocks.append(_table(region, rules) or SpacedLines(tuple(region)))
        at = stop
    return blocks


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
        if len(line.segments) >= 2:
            rich += _is_rich(line, rules)
            left, right = min(left, line.x0), max(right, line.x1)
            stop, between = index + 1, 0
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
    rows = _rows(region, rules)
    middles = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    xs = [columns[0][0], *middles, columns[-1][1]]
    cells: list[RawCell] = []
    for number, row in enumerate(rows):
        cells += _row_cells(number, row, xs)
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
    return columns


def _rows(region: Sequence[Line], rules: Sequence[Rule]) -> list[list[Line]]:
    left, right = min(line.x0 for line in region), max(line.x1 for line in region)
    edges = sorted(rule.at for rule in rules if rule.end - rule.start > 0.6 * (right - left))
    bands = [bisect_right(edges, line.y) for line in region]
    rich_bands = [band for band, line in zip(bands, region, strict=True) if len(line.segments) >= 2]
    ruled = len(set(rich_bands)) == len(rich_bands)
    rows: list[list[Line]] = []
    for index, line in enumerate(region):
        near = index > 0 and line.y - region[index - 1].y < _SAME_ROW * line.size
        if index and (bands[index] == bands[index - 1] if ruled else near):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _row_cells(number: int, row: Sequence[Line], xs: list[float]) -> list[RawCell]:
    """Cells of one row; words that reach into several columns where nothing else stands span them."""
    last = len(xs) - 2
    texts: dict[tuple[int, int], list[str]] = {}
    for line in row:
        for segment in line.segments:
            first, end = _span(segment, xs, last)
            clash = [key for key in texts if key[0] < end and first < key[1]]
            for key in clash:
                first, end = min(first, key[0]), max(end, key[1])
            texts[first, end] = [text for key in clash for text in texts.pop(key)] + [segment.text]
    taken = {col for first, end in texts for col in range(first, end)}
    cells = [
        RawCell(number, number + 1, first, end, "\n".join(lines), row[0].page)
        for (first, end), lines in texts.items()
    ]
    cells += [
        RawCell(number, number + 1, col, col + 1, "", row[0].page)
        for col in range(last + 1)
        if col not in taken
    ]
    return sorted(cells, key=lambda cell: cell.col_start)


def _span(segment: Segment, xs: list[float], last: int) -> tuple[int, int]:
    """Columns under the words, a slight overhang not counted."""
    slack = min(3.0, (segment.x1 - segment.x0) / 3)
    first = min(max(bisect_right(xs, segment.x0 + slack) - 1, 0), last)
    end = min(max(bisect_right(xs, segment.x1 - slack) - 1, first), last)
    return first, end + 1
