"""The form of reviews and litigation: 15 cells that are printed across, down, or as three rows of five."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from extraction.document import Document, Span
from extraction.forms.columns import Placed
from extraction.forms.definitions import FormDefinition, normalise_label
from extraction.forms.labels import column_similarity, row_similarity
from extraction.forms.source_rows import SourceRow, SourceValue

Grid = dict[tuple[str, str], Placed]

_LIKE = 0.8
_LONGEST_BLOCK_HEAD = 20  # characters from a group's name to its outcomes
_SECTION_HEADING = re.compile(r"[^\n]*行政复议[^\n]*情况[^\n]*")
_CONTEXT = 700  # characters before the values in which the form's heads must stand


def _keys(definition: FormDefinition) -> list[tuple[str, str]]:
    return [(row.id, column.id) for row in definition.rows for column in definition.columns]


def _group_of(texts: Sequence[str], definition: FormDefinition) -> str | None:
    for text in texts:
        likeness, id_ = max((row_similarity(text, row), row.id) for row in definition.rows)
        if likeness >= _LIKE:
            return id_
    return None


def _result_of(texts: Sequence[str], definition: FormDefinition) -> str | None:
    for text in texts:
        likeness, id_ = max((column_similarity(text, column), column.id) for column in definition.columns)
        if likeness >= _LIKE:
            return id_
    return None


def _by_labels(rows: Sequence[SourceRow], definition: FormDefinition) -> Grid | None:
    """Reads each value's group and result from the heads above and the labels to the left of it."""
    grid: Grid = {}
    for row in rows:
        beside = (row.label, row.group)
        for value in row.values:
            group = _group_of((*value.heads, *beside), definition)
            result = _result_of((*value.heads, *beside), definition)
            if group and result and (group, result) not in grid:
                grid[group, result] = Placed(value, 1.0)
            elif group and result:
                return None
    return grid if len(grid) == len(_keys(definition)) else None


def _heads_nearby(document: Document, row: SourceRow) -> bool:
    """Whether the form's heads stand above a row: its groups, and its outcomes at least letter by letter
    (a narrow head is broken over lines)."""
    context = normalise_label(document.text[max(0, row.start - _CONTEXT) : row.end])
    groups = sum(word in context for word in ("行政复议", "行政诉讼", "未经复议", "直接起诉", "复议后起诉"))
    return groups >= 2 and all(letter in context for letter in "维持纠正审结")


def _across(document: Document, rows: Sequence[SourceRow], definition: FormDefinition) -> Grid | None:
    """One row of 15 values below the heads (or the first 15 of more, where blanks were seen)."""
    keys = _keys(definition)
    for row in rows:
        values = _drop_surplus_blanks(row.values, len(keys)) if row.blanks_visible else row.values
        if len(values) == len(keys) and (_heads_nearby(document, row) or _adds_up(document, row, values)):
            return {key: Placed(value, 0.99) for key, value in zip(keys, values, strict=True)}
    return None


def _adds_up(document: Document, row: SourceRow, values: Sequence[SourceValue]) -> bool:
    """Whether 15 figures whose outcome heads are lost stand below the groups' names and add up thrice."""
    context = normalise_label(document.text[max(0, row.start - _CONTEXT) : row.start])
    numbers = [value.reading.number for value in values]
    if "行政复议" not in context or "行政诉讼" not in context or None in numbers:
        return False
    plain = [number or Decimal(0) for number in numbers]
    return all(sum(plain[at : at + 4], Decimal(0)) == plain[at + 4] for at in (0, 5, 10))


def _drop_surplus_blanks(values: tuple[SourceValue, ...], expected: int) -> tuple[SourceValue, ...]:
    while len(values) > expected and values[0].start == values[0].end:
        values = values[1:]
    while len(values) > expected and values[-1].start == values[-1].end:
        values = values[:-1]
    return values


def _in_lines(document: Document, rows: Sequence[SourceRow], definition: FormDefinition) -> Grid | None:
    """Three rows of five under their own labels, five rows of three, or fifteen rows of one."""
    results = [column.id for column in definition.columns]
    groups = [row.id for row in definition.rows]
    for size, names, others in ((5, groups, results), (3, results, groups), (1, results * 3, [""])):
        for start in range(len(rows) - len(names) + 1):
            stretch = rows[start : start + len(names)]
            if any(len(row.values) != size for row in stretch) or not _adjacent(stretch):
                continue
            if not all(
                _names(row, name, definition) for row, name in zip(stretch, names, strict=True)
            ) or not _heads_nearby(document, stretch[-1]):
                continue
            grid: Grid = {}
            for index, (row, name) in enumerate(zip(stretch, names, strict=True)):
                for value, other in zip(row.values, others, strict=True):
                    group = name if size == 5 else other or groups[index // 5]
                    grid[group, other if size == 5 else name] = Placed(value, 0.97)
            return grid
    return None


def _in_blocks(document: Document, rows: Sequence[SourceRow], definition: FormDefinition) -> Grid | None:
    """A block a group, each with its own outcome heads over five values; groups may be left out."""
    outcomes = [column.id for column in definition.columns]
    heads = normalise_label("".join(column.zh for column in definition.columns))
    grid: Grid = {}
    end = 0
    for row in rows:
        values = _drop_surplus_blanks(row.values, len(outcomes)) if row.blanks_visible else row.values
        if len(values) != len(outcomes):
            continue
        above = document.text[max(end, values[0].start - _CONTEXT) : values[0].start]
        end = values[-1].end
        printed = normalise_label(_SECTION_HEADING.sub("", above))
        group = _only_group(printed.removesuffix(heads), definition) if printed.endswith(heads) else None
        if group and (group, outcomes[0]) not in grid:
            grid |= {(group, id_): Placed(value, 0.97) for id_, value in zip(outcomes, values, strict=True)}
        elif grid:
            break
    return grid or None


def _only_group(printed: str, definition: FormDefinition) -> str | None:
    """The group that a block's head names; `None` where it names several, of which one may be the values' own."""
    named = {row.id: max(printed.rfind(label) for label in row.labels) for row in definition.rows}
    found = [id_ for id_, place in named.items() if place >= 0]
    return found[0] if len(found) == 1 and len(printed) - named[found[0]] < _LONGEST_BLOCK_HEAD else None


def _adjacent(rows: Sequence[SourceRow]) -> bool:
    return all(later.start - earlier.end < 120 for earlier, later in pairwise(rows))


def _names(row: SourceRow, name: str, definition: FormDefinition) -> bool:
    # A row and a column never share an id: `review` is a group, `other` an outcome.
    by_id = {column.id: column.labels for column in definition.columns}
    by_id |= {group.id: group.labels for group in definition.rows}
    labels = by_id[name]
    text = row.before or normalise_label(row.label)
    return any(text.endswith(label) for label in labels)


def read_review(
    document: Document, rows: Sequence[SourceRow], definition: FormDefinition
) -> tuple[Grid, tuple[SourceRow, ...]] | None:
    """The first review form among the rows.

    Returns:
        The placed values by (row, column), 15 but where a report leaves groups out, and the rows that they
        stand in; or `None`.
    """
    tables = dict.fromkeys(row.table for row in rows if row.table is not None)
    for table in tables:
        own = [row for row in rows if row.table == table]
        grid = _by_labels(own, definition)
        if grid and _heads_nearby(document, own[-1]):
            return grid, tuple(own)
    for reader in (_across, _in_lines, _in_blocks):
        grid = reader(document, rows, definition)
        if grid:
            used = {placed.value.start for placed in grid.values() if placed.value}
            inside = [row for row in rows if any(value.start in used for value in row.values)]
            return grid, tuple(inside)
    return None


_LAST_HEAD = re.compile(r"复\s*议\s*后\s*起\s*诉|未\s*经\s*复\s*议\s*直\s*接\s*起\s*诉")
_FORM_ENDS = re.compile(r"。|[五六]\s*[、.．]|存在的")


def find_review_heads(document: Document) -> tuple[Span, bool] | None:
    """The heads of a review form whose values could not be read.

    Returns:
        The range of the heads and what follows them up to the next section, and whether it holds figures
        (without figures the form was printed empty); `None` where no such heads are printed.
    """
    for match in reversed(list(_LAST_HEAD.finditer(document.text))):
        start = max(0, match.start() - 300)
        stop = _FORM_ENDS.search(document.text, match.end(), match.end() + 400)
        end = stop.start() if stop else min(len(document.text), match.end() + 400)
        printed = normalise_label(document.text[start:end])
        if min(printed.count(letter) for letter in "维纠审") >= 2:
            return Span(match.start(), end), bool(re.search(r"\d", document.text[match.end() : end]))
    return None
