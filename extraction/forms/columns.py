"""Which column a row's values belong to: by the heads above them, else by place where the count is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from extraction.forms.definitions import ColumnDefinition, FormDefinition, RowDefinition
from extraction.forms.labels import column_similarity
from extraction.forms.source_rows import SourceRow, SourceValue
from extraction.forms.values import CellKind

_HEAD_LIKE = 0.8
_UNREAD = 0.3  # certainty of a blank where figures stand that were not read
_LAYOUT_TOLERANCE = 6  # terminal columns
_FEWEST_SERIALS = 5  # rows with a number before their figure that show the numbers to be running ones
_LONGEST_STEP = 12  # from a running number to the next one that is seen


@dataclass(frozen=True, slots=True)
class Placed:
    """A value at its column (`None`: nothing printed) and how sure the place is (0..1)."""

    value: SourceValue | None
    certainty: float


def matching_column(value: SourceValue, row: RowDefinition, definition: FormDefinition) -> str | None:
    """The row's column that the nearest fitting head above the value names."""
    return _column_of_heads(value.heads, row.columns, definition.columns)


@lru_cache(maxsize=8192)
def _column_of_heads(
    heads: tuple[str, ...], columns: tuple[str, ...], defined: tuple[ColumnDefinition, ...]
) -> str | None:
    candidates = [column for column in defined if column.id in columns]
    for head in heads:
        likeness, column = max((column_similarity(head, column), column.id) for column in candidates)
        if likeness >= _HEAD_LIKE:
            return column
    return None


def _number(value: SourceValue) -> Decimal | None:
    return value.reading.number if value.reading.kind is CellKind.NUMBER else None


def _adds_up(values: Sequence[SourceValue]) -> bool:
    """Whether the last value is the sum of the others and there is something to add."""
    numbers = [_number(value) for value in values]
    if numbers[-1] is None:
        return False
    return sum((number for number in numbers[:-1] if number is not None), Decimal(0)) == numbers[-1]


def layout_columns(rows: Sequence[SourceRow], expected: int) -> list[float] | None:
    """Where each column ends on its line, from the rows that are complete; `None` where the values do not
    stand side by side."""
    complete = [
        [value.x for value in row.values if value.x is not None]
        for row in rows
        if len(row.values) == expected
    ]
    complete = [xs for xs in complete if len(xs) == expected]
    if len(complete) < 2:
        return None
    columns = [float(sorted(xs)[len(xs) // 2]) for xs in zip(*complete, strict=True)]
    apart = all(right - left >= 3 for left, right in pairwise(columns))
    return columns if apart else None


def padded_at_end(rows: Sequence[tuple[SourceRow, int]]) -> bool:
    """Whether rows are filled up with blanks behind their values (crawlers' text) and not before them.

    Args:
        rows: Rows with the number of values that each must have; those that are complete tell.
    """
    before = behind = 0
    for row, expected in rows:
        numbers = [place for place, value in enumerate(row.values) if value.reading.kind is CellKind.NUMBER]
        surplus = len(row.values) - expected
        if surplus > 0 and numbers:
            before += numbers[0] == surplus
            behind += len(row.values) - 1 - numbers[-1] == surplus
    return behind > before


def without_serials(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Rows of one figure without the running numbers (代码 01, 02 …) that stand before the figures, or behind them
    where a text puts the next row's.

    The numbers are told by rising from row to row, by one as a rule. A row that has nothing but its running number is
    blank; one that has nothing but the number due for the next row may be.
    """
    for first in (True, False):
        running = _running_numbers(rows, first=first)
        if running:
            return _strip_serials(rows, running, first=first)
    return list(rows)


def _running_numbers(rows: Sequence[SourceRow], *, first: bool) -> dict[int, Decimal]:
    """The running numbers of the rows that have one beside a figure, by the rows' places; none where they do not run."""
    running = {
        index: number
        for index, row in enumerate(rows)
        if len(row.values) > 1 and (number := _number(row.values[0 if first else -1])) is not None
    }
    steps = [later - earlier for earlier, later in pairwise(running.values())]
    rising = len(running) >= _FEWEST_SERIALS and all(0 < step <= _LONGEST_STEP for step in steps)
    return running if rising and 2 * steps.count(Decimal(1)) > len(steps) else {}


def _strip_serials(rows: Sequence[SourceRow], running: dict[int, Decimal], *, first: bool) -> list[SourceRow]:
    stripped = []
    last = Decimal(0)
    for index, row in enumerate(rows):
        number = _number(row.values[0 if first else -1]) if row.values else None
        following = next((serial for at, serial in running.items() if at > index), last + _LONGEST_STEP)
        due = number is not None and last < number < following and number - last <= _LONGEST_STEP
        if number is not None and (index in running or due):
            values = row.values[1:] if first else row.values[:-1]
            row, last = replace(row, values=values, unread=not first and not values), number
        stripped.append(row)
    return stripped


def place_values(
    source: SourceRow,
    row: RowDefinition,
    definition: FormDefinition,
    layout: list[float] | None = None,
    *,
    padding_behind: bool = False,
    torn: bool = False,
) -> dict[str, Placed]:
    """Every column of the row with its value.

    Args:
        source: The printed row.
        row: The form's row.
        definition: The form.
        layout: Where the columns end on a line of laid-out text (`layout_columns`).
        padding_behind: Whether surplus blanks stand behind the values (`padded_at_end`).
        torn: Whether other rows have all columns, so that one with fewer cells has lost some.
    """
    values, columns = source.values, row.columns
    by_head = _by_heads(values, row, definition, torn=torn)
    if by_head is not None:
        return by_head
    if len(values) == len(columns):
        return {id_: Placed(value, 0.99) for id_, value in zip(columns, values, strict=True)}
    if source.unread:
        return dict.fromkeys(columns, Placed(None, _UNREAD))
    if source.is_blank:
        return dict.fromkeys(columns, Placed(None, 0.9 if len(values) <= 1 else 0.8))
    if len(values) > len(columns):
        return _window(values, columns, from_end=source.blanks_visible and not padding_behind)
    if layout and len(layout) == len(columns) and all(value.x is not None for value in values):
        by_layout = _by_layout(values, columns, layout)
        if by_layout is not None:
            return by_layout
    return _too_few(values, columns)


def _by_heads(
    values: Sequence[SourceValue], row: RowDefinition, definition: FormDefinition, *, torn: bool
) -> dict[str, Placed] | None:
    found: dict[str, SourceValue] = {}
    for value in values:
        column = matching_column(value, row, definition) if value.heads else None
        if column is not None:
            if column in found:
                return None
            found[column] = value
    if len(found) == len(row.columns):
        in_order = [found[column].start for column in row.columns]
        certainty = 1.0 if in_order == sorted(in_order) else 0.9
        if any(not value.heads and value.reading.kind is CellKind.NUMBER for value in values):
            certainty = 0.6  # a figure more than there are heads: which of them is too many is not seen
        return {id_: Placed(found[id_], certainty) for id_ in row.columns}
    if found and len(values) < len(row.columns) and len(found) == len(values):
        return {
            id_: Placed(found.get(id_), 0.6 if torn or id_ not in found else 0.9) for id_ in row.columns
        }
    return None


def _window(values: Sequence[SourceValue], columns: Sequence[str], *, from_end: bool) -> dict[str, Placed]:
    """More values than columns: the stretch that drops only blanks, or the one that adds up, else the last
    (`from_end`) or first."""
    size = len(columns)
    stretches = [values[start : start + size] for start in range(len(values) - size + 1)]
    numbers = sum(value.reading.kind is CellKind.NUMBER for value in values)

    def merit(stretch: Sequence[SourceValue]) -> tuple[bool, bool, bool]:
        keeps_all = sum(value.reading.kind is CellKind.NUMBER for value in stretch) == numbers
        full = all(value.reading.kind is CellKind.NUMBER for value in stretch)
        return keeps_all, size > 1 and _adds_up(stretch), full

    best = max(reversed(stretches) if from_end else stretches, key=merit)
    keeps_all, adds_up, full = merit(best)
    ties = sum(merit(stretch) == merit(best) for stretch in stretches)
    if keeps_all and ties == 1 and (adds_up or full):
        certainty = 0.97
    elif keeps_all:
        certainty = 0.75
    else:
        certainty = 0.25 if size > 1 else 0.6  # figures are left over: the row may be two that ran together
    return {id_: Placed(value, certainty) for id_, value in zip(columns, best, strict=True)}


def _by_layout(
    values: Sequence[SourceValue], columns: Sequence[str], layout: Sequence[float]
) -> dict[str, Placed] | None:
    placed: dict[str, Placed] = dict.fromkeys(columns, Placed(None, 0.85))
    for value in values:
        distance, id_ = min((abs(x - (value.x or 0)), id_) for x, id_ in zip(layout, columns, strict=True))
        if distance > _LAYOUT_TOLERANCE or placed[id_].value is not None:
            return None
        placed[id_] = Placed(value, 0.9)
    return placed


def _too_few(values: Sequence[SourceValue], columns: Sequence[str]) -> dict[str, Placed]:
    """Fewer values than columns and no sight of the blanks: only a total that adds up can be placed."""
    placed = dict.fromkeys(columns, Placed(None, 0.3))
    if len(values) >= 2 and _adds_up(values) and columns[-1] == "total":
        placed[columns[-1]] = Placed(values[-1], 0.6)
    elif len(columns) == 1:
        placed[columns[0]] = Placed(values[0], 0.6)
    return placed
