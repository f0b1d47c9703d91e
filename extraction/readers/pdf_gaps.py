"""Tables without upright rules: columns told by the wide gaps between words of consecutive lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import inf

from extraction.document import RawCell
from extraction.readers.line_breaks import WHOLE_HEADING
from extraction.readers.pdf_lines import Line, Segment
from extraction.readers.pdf_paths import Box, Rule
from extraction.readers.pdf_tables import PageTable

MIN_COLUMNS = 4  # three wide gaps
MIN_LINES = 3
_BETWEEN = 4  # lines with fewer gaps that may stand between two rich ones (labels over several lines)
_SAME_ROW = 0.9  # ems; nearer than the pitch of running text: one row, set with different line breaks
_LABEL_PITCH = 1.6  # ems between the lines of a label
_FARTHER = 1.2  # how much farther off than its own row another must be
_BAND = 3.0  # ems; how far the rule above or below a row's text may be
_PROSE = 0.6  # share of the region's width from which a line without gaps is prose
_FIGURE = re.compile(r"[\d.,，．%％+\-—–/／ ]+")


@dataclass(frozen=True, slots=True)
class SpacedLines:
    """Lines whose gaps look like columns but do not line up."""

    lines: tuple[Line, ...]


Block = Line | PageTable | SpacedLines


@dataclass(frozen=True, slots=True)
class _PlacedLine:
    """A line with the half-open range of columns of each word, and the columns in which it has figures."""

    line: Line
    words: list[tuple[tuple[int, int], str]]
    figures: set[int]

    @property
    def is_crowded(self) -> bool:
        """Whether a figure shares its column with other words: the columns are not the line's."""
        return any(
            one[0] < other[1] and other[0] < one[1] and bool(_FIGURE.fullmatch(text) or _FIGURE.fullmatch(next_text))
            for (one, text), (other, next_text) in pairwise(self.words)
        )


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
        if len(line.segments) == 1 and WHOLE_HEADING.match(line.text):
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
    middles = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    xs = [columns[0][0], *middles, columns[-1][1]]
    placed = [_placed(line, xs) for line in region]
    if any(line.is_crowded for line in placed):
        return None
    cells: list[RawCell] = []
    for number, row in enumerate(_rows(placed, rules)):
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
    return columns


def _placed(line: Line, xs: Sequence[float]) -> _PlacedLine:
    last = len(xs) - 2
    words = [(_span(segment, xs, last), segment.text) for segment in line.segments]
    figures = [columns for columns, text in words if _FIGURE.fullmatch(text)]
    return _PlacedLine(line, words, {column for start, end in figures for column in range(start, end)})


def _rows(lines: Sequence[_PlacedLine], rules: Sequence[Rule]) -> list[list[_PlacedLine]]:
    left, right = min(item.line.x0 for item in lines), max(item.line.x1 for item in lines)
    edges = sorted(rule.at for rule in rules if rule.end - rule.start > 0.6 * (right - left))
    bands = [bisect_right(edges, item.line.y) for item in lines]
    rich_bands = [band for band, item in zip(bands, lines, strict=True) if len(item.words) >= 2]
    if len(set(rich_bands)) < len(rich_bands):
        return _rows_by_pitch(lines)
    return [[item for _, item in group] for _, group in groupby(zip(bands, lines, strict=True), lambda pair: pair[0])]


def _rows_by_pitch(lines: Sequence[_PlacedLine]) -> list[list[_PlacedLine]]:
    """A row for the figures at each height, with the lines of its label above and below; other lines make their own."""
    anchors = _by_nearness([at for at, item in enumerate(lines) if item.figures], lines)
    owners = {at: row for row, places in enumerate(anchors) for at in places}
    for row in range(len(anchors) + 1):
        above = anchors[row - 1][-1] if row else None
        below = anchors[row][0] if row < len(anchors) else None
        upwards, downwards = _shared_out(lines, above, below)
        owners |= dict.fromkeys(upwards, row - 1) | dict.fromkeys(downwards, row)
    rows = [[at for at in range(len(lines)) if owners.get(at) == row] for row in range(len(anchors))]
    rows += _by_nearness([at for at in range(len(lines)) if at not in owners], lines)
    rows.sort(key=lambda row: next((at for at in row if lines[at].figures), row[0]))
    return [[lines[at] for at in row] for row in rows]


def _by_nearness(places: Sequence[int], lines: Sequence[_PlacedLine]) -> list[list[int]]:
    """The places in groups of lines that were set on one row and have no figures in one column."""
    groups: list[list[int]] = []
    for at in places:
        last = groups[-1][-1] if groups else at
        if groups and _ems(lines[last], lines[at]) < _SAME_ROW and not lines[last].figures & lines[at].figures:
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _ems(upper: _PlacedLine, lower: _PlacedLine) -> float:
    return (lower.line.y - upper.line.y) / lower.line.size


def _shared_out(lines: Sequence[_PlacedLine], above: int | None, below: int | None) -> tuple[list[int], list[int]]:
    """The lines between two rows of figures that belong to the upper and to the lower one.

    A label's lines part where they are clearly farthest from one another. Lines to the left of the labels, of heads
    over several rows, go to the nearer row.
    """
    between = range(0 if above is None else above + 1, len(lines) if below is None else below)
    row = lines[below if below is not None else above or 0]
    label_column = min(row.figures, default=1) - 1
    labels = [at for at in between if lines[at].words[-1][0][1] > label_column]
    chain = [*([] if above is None else [above]), *labels, *([] if below is None else [below])]
    gaps = [_ems(lines[one], lines[other]) for one, other in pairwise(chain)]
    if above is not None and below is not None:
        upwards, downwards = _parted(labels, gaps)
    else:
        upwards, downwards = [], _leading([lines[at] for at in labels], labels, gaps) if below is not None else []
    for at in sorted(set(between) - set(labels)):
        up = _ems(lines[above], lines[at]) if above is not None else inf
        down = _ems(lines[at], lines[below]) if below is not None else inf
        if min(up, down) <= _LABEL_PITCH:
            (upwards if up <= down else downwards).append(at)
    return upwards, downwards


def _parted(labels: Sequence[int], gaps: Sequence[float]) -> tuple[list[int], list[int]]:
    """The label lines between two rows, parted at the widest gap; where none is widest, only those set on a row."""
    if not labels:
        return [], []
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    others = max(gap for at, gap in enumerate(gaps) if at != widest)
    if gaps[widest] > _FARTHER * others and others <= _LABEL_PITCH:
        return list(labels[:widest]), list(labels[widest:])
    upper = [labels[0]] if gaps[0] < min(_SAME_ROW, gaps[-1] if len(labels) == 1 else _SAME_ROW) else []
    lower = [labels[-1]] if gaps[-1] < _SAME_ROW and labels[-1] not in upper else []
    return upper, lower


def _leading(lines: Sequence[_PlacedLine], labels: Sequence[int], gaps: Sequence[float]) -> list[int]:
    """The lines of the first row's label above its figures: single words, no farther apart than the last is from them."""
    found: list[int] = []
    for line, at, gap in zip(reversed(lines), reversed(labels), reversed(gaps), strict=True):
        is_label = len(line.words) == 1 and gap <= min(_LABEL_PITCH, _FARTHER * gaps[-1])
        if not (is_label or (not found and gap < _SAME_ROW)):
            break
        found.insert(0, at)
    return found


def _row_cells(number: int, row: Sequence[_PlacedLine], n_columns: int) -> list[RawCell]:
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
    page = row[0].line.page
    cells = [RawCell(number, number + 1, first, end, "\n".join(parts), page) for (first, end), parts in texts.items()]
    cells += [RawCell(number, number + 1, col, col + 1, "", page) for col in range(n_columns) if col not in taken]
    return sorted(cells, key=lambda cell: cell.col_start)


def _span(segment: Segment, xs: Sequence[float], last: int) -> tuple[int, int]:
    """Columns under the words, a slight overhang not counted."""
    slack = min(3.0, (segment.x1 - segment.x0) / 3)
    first = min(max(bisect_right(xs, segment.x0 + slack) - 1, 0), last)
    end = min(max(bisect_right(xs, segment.x1 - slack) - 1, first), last)
    return first, end + 1
