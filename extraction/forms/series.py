"""A form of one column that prints several columns of figures: two years or two bodies side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from extraction.forms.align import Alignment
from extraction.forms.columns import matching_column
from extraction.forms.source_rows import SourceRow, SourceValue
from extraction.forms.values import CellKind

_FEWEST = 0.8  # of the rows must have a figure or a blank under a head that names a series
_YEAR = re.compile(r"(20\d\d)\s*年")


def series_of(alignment: Alignment) -> Iterator[tuple[Alignment, int | None]]:
    """The form once for each of its columns of figures, with the year that the column's head names; a form that
    prints one column, or whose own column is among them, as it is."""
    heads = _series_heads(alignment)
    if len(heads) < 2:
        yield alignment, None
        return
    for head in heads:
        matches = tuple(replace(match, source=_under(match.source, head)) for match in alignment.matches)
        unmatched = tuple(_under(row, head) for row in alignment.unmatched)
        years = _YEAR.findall(head)
        yield replace(alignment, matches=matches, unmatched=unmatched), int(years[-1]) if years else None


def _series_heads(alignment: Alignment) -> list[str]:
    rows = [match for match in alignment.matches if match.row.columns]
    values = [(value, match.row) for match in rows for value in match.source.values if value.heads]
    if any(matching_column(value, row, alignment.definition) for value, row in values):
        return []
    seen = Counter(_head(value) for value, _ in values if value.reading.kind is not CellKind.TEXT)
    figures = {_head(value) for value, _ in values if value.reading.kind is CellKind.NUMBER}
    return [head for head, count in seen.items() if count >= _FEWEST * len(rows) and head in figures]


def _head(value: SourceValue) -> str:
    """All that stands above a value, the nearest last."""
    return "".join(reversed(value.heads))


def _under(row: SourceRow, head: str) -> SourceRow:
    return replace(row, values=tuple(value for value in row.values if _head(value) == head))
