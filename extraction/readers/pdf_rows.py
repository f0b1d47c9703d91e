"""Which printed lines of a table without rules make one row: figures at one height, and the lines of their label."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, takewhile
from math import inf

from extraction.readers.pdf_lines import Line, Segment
from extraction.readers.pdf_paragraphs import MARKER
from extraction.readers.pdf_paths import Rule
from extraction.readers.pdf_tables import NUMBER

_SAME_ROW = 0.9  # ems; nearer than the pitch of running text: one row, set with different line breaks
_LABEL_PITCH = 1.6  # ems between the lines of a label
_FARTHER = 1.2  # how much farther off than its own row another must be
_TINY = 0.1  # points; a letter without height
_FEWEST_LABELS = 0.1  # of the rows that have words; a column with fewer is none of labels


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line with the half-open range of columns of each word, and the columns in which it has figures."""

    line: Line
    words: list[tuple[tuple[int, int], str]]
    figures: set[int]

    @property
    def is_crowded(self) -> bool:
        """Whether a figure shares its column with other words: the columns are not the line's."""
        return any(
            one[0] < other[1] and other[0] < one[1] and (_is_figure(text) or _is_figure(next_text))
            for (one, text), (other, next_text) in pairwise(self.words)
        )


def _is_figure(text: str) -> bool:
    return NUMBER.fullmatch("".join(text.split())) is not None


def placed_line(line: Line, xs: Sequence[float]) -> PlacedLine:
    """The line on a grid with the given column edges (points, one more than columns)."""
    last = len(xs) - 2
    words = [(_span(segment, xs, last), segment.text) for segment in line.segments]
    figures = [columns for columns, text in words if _is_figure(text)]
    return PlacedLine(line, words, {column for start, end in figures for column in range(start, end)})


def rows_of(lines: Sequence[PlacedLine], rules: Sequence[Rule]) -> list[list[PlacedLine]]:
    """The lines row by row: by the rules between them where each row has its own band, else by their distances.

    Args:
        lines: A table's, from top to bottom.
        rules: The page's horizontal rules.
    """
    left, right = min(item.line.x0 for item in lines), max(item.line.x1 for item in lines)
    edges = sorted(rule.at for rule in rules if rule.end - rule.start > 0.6 * (right - left))
    bands = [bisect_right(edges, item.line.y) for item in lines]
    rich_bands = [band for band, item in zip(bands, lines, strict=True) if len(item.words) >= 2]
    if len(set(rich_bands)) < len(rich_bands):
        return _rows_by_pitch(lines)
    return [[item for _, item in group] for _, group in groupby(zip(bands, lines, strict=True), lambda pair: pair[0])]


def _rows_by_pitch(lines: Sequence[PlacedLine]) -> list[list[PlacedLine]]:
    """A row for the figures at each height, with the lines of its label above and below; other lines make their own."""
    anchors = _by_nearness([at for at, item in enumerate(lines) if item.figures], lines)
    columns = _label_columns(lines)
    owners = {at: row for row, places in enumerate(anchors) for at in places}
    for row in range(len(anchors) + 1):
        above = anchors[row - 1][-1] if row else None
        below = anchors[row][0] if row < len(anchors) else None
        upwards, downwards = _shared_out(lines, columns, above, below)
        owners |= dict.fromkeys(upwards, row - 1) | dict.fromkeys(downwards, row)
    rows: list[list[int]] = [[] for _ in anchors]
    for at, row in sorted(owners.items()):
        rows[row].append(at)
    rows += _by_nearness([at for at in range(len(lines)) if at not in owners], lines)
    rows.sort(key=lambda row: next((at for at in row if lines[at].figures), row[0]))
    return [[lines[at] for at in row] for row in rows]


def _by_nearness(places: Sequence[int], lines: Sequence[PlacedLine]) -> list[list[int]]:
    """The places in groups of lines that were set on one row and have no figures in one column."""
    groups: list[list[int]] = []
    for at in places:
        last = groups[-1][-1] if groups else at
        if groups and _ems(lines[last], lines[at]) < _SAME_ROW and not lines[last].figures & lines[at].figures:
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _ems(upper: PlacedLine, lower: PlacedLine) -> float:
    return (lower.line.y - upper.line.y) / max(lower.line.size, _TINY)


def _label_columns(lines: Sequence[PlacedLine]) -> set[int]:
    """The columns in which rows have the last words before their figures."""
    words = [[span for span, text in item.words if not _is_figure(text)] for item in lines if item.figures]
    columns = Counter(spans[-1][1] - 1 for spans in words if spans)
    if not columns:
        return {min((min(item.figures) for item in lines if item.figures), default=1) - 1}
    return {column for column, count in columns.items() if count >= _FEWEST_LABELS * columns.total()}


def _shared_out(
    lines: Sequence[PlacedLine], columns: set[int], above: int | None, below: int | None
) -> tuple[list[int], list[int]]:
    """The lines between two rows of figures that belong to the upper and to the lower one.

    A label's lines part where they are clearly farthest from one another. Lines to the left of all labels, of heads
    over several rows, go to the nearer row; titles to the right of them to none.
    """
    between = range(0 if above is None else above + 1, len(lines) if below is None else below)
    labels = [at for at in between if _is_label(lines[at], columns)]
    heads = [at for at in between if lines[at].words[-1][0][1] <= min(columns, default=0)]
    chain = [*([] if above is None else [above]), *labels, *([] if below is None else [below])]
    gaps = [_ems(lines[one], lines[other]) for one, other in pairwise(chain)]
    if above is not None and below is not None:
        upwards, downwards = _parted(labels, gaps, [_opens_label(lines[at]) for at in (*labels, below)])
    elif below is not None:
        upwards, downwards = [], _leading([lines[at] for at in labels], labels, gaps)
    else:
        upwards, downwards = [at for at, gap in zip(labels[:1], gaps, strict=False) if gap < _SAME_ROW], []
    for at in heads:
        up = _ems(lines[above], lines[at]) if above is not None else inf
        down = _ems(lines[at], lines[below]) if below is not None else inf
        if min(up, down) <= _LABEL_PITCH:
            (upwards if up <= down else downwards).append(at)
    return upwards, downwards


def _is_label(item: PlacedLine, columns: set[int]) -> bool:
    """Whether a line stands in the labels' columns and has no words beyond them, as column heads have."""
    spans = [span for span, _ in item.words]
    return any(columns & set(range(*span)) for span in spans) and spans[-1][0] <= max(columns)


def _parted(labels: Sequence[int], gaps: Sequence[float], numbered: Sequence[bool]) -> tuple[list[int], list[int]]:
    """The label lines between two rows, parted before the one with a number, else at the widest gap.

    Where neither tells, only those that are set on a row belong to it.

    Args:
        labels: The lines' places.
        gaps: In ems, from the upper row on; one more than labels.
        numbered: Whether a line begins with a number: the labels', and last the lower row's.
    """
    if not labels:
        return [], []
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    is_widest = gaps[widest] > _FARTHER * max(gap for at, gap in enumerate(gaps) if at != widest)
    if any(numbered) or is_widest:
        part = numbered.index(True) if any(numbered) else widest
        return _reached(labels[:part], gaps), _reached(labels[part:][::-1], gaps[::-1])[::-1]
    upper = [labels[0]] if gaps[0] < min(_SAME_ROW, gaps[-1] if len(labels) == 1 else _SAME_ROW) else []
    lower = [labels[-1]] if gaps[-1] < _SAME_ROW and labels[-1] not in upper else []
    return upper, lower


def _opens_label(item: PlacedLine) -> bool:
    return any(MARKER.match(text) or text.startswith("其中") for _, text in item.words)


def _reached(labels: Sequence[int], gaps: Sequence[float]) -> list[int]:
    """The labels up to the first that is too far from the one before it to be the same label's."""
    return [at for at, _ in takewhile(lambda pair: pair[1] <= _LABEL_PITCH, zip(labels, gaps, strict=False))]


def _leading(lines: Sequence[PlacedLine], labels: Sequence[int], gaps: Sequence[float]) -> list[int]:
    """The lines of the first row's label above its figures: single words, no farther apart than the last is from them."""
    found: list[int] = []
    for line, at, gap in zip(reversed(lines), reversed(labels), reversed(gaps), strict=True):
        is_label = len(line.words) == 1 and gap <= min(_LABEL_PITCH, _FARTHER * gaps[-1])
        if not (is_label or (not found and gap < _SAME_ROW)):
            break
        found.insert(0, at)
    return found


def _span(segment: Segment, xs: Sequence[float], last: int) -> tuple[int, int]:
    """Columns under the words, a slight overhang not counted."""
    slack = min(3.0, (segment.x1 - segment.x0) / 3)
    first = min(max(bisect_right(xs, segment.x0 + slack) - 1, 0), last)
    end = min(max(bisect_right(xs, segment.x1 - slack) - 1, first), last)
    return first, end + 1
