"""How sure a form's cell is: the label's likeness, the value's place and print, and the sums it takes part in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from extraction.forms.align import RowMatch
from extraction.forms.columns import Placed
from extraction.forms.definitions import FormDefinition
from extraction.forms.model import FormCell
from extraction.forms.values import CellKind

_GRID, _TEXT = 0.99, 0.97
_CONFIRMED, _REFUTED = 0.3, 0.85  # what a sum leaves of the doubt, and of the confidence
_MOSTLY_REFUTED = 0.6  # more sums fail than hold: the columns may be others than those taken for granted
_FEWEST_SUMS = 4
_UNREAD = 0.3  # a cell whose print is neither a number nor blank


def base_confidence(match: RowMatch, placed: Placed) -> float:
    """The confidence before the sums are looked at."""
    source = _GRID if match.source.table is not None else _TEXT
    likeness = 1.0 if match.likeness >= 0.9 else max(0.5, match.likeness)
    reading = placed.value.reading.certainty if placed.value else 1.0
    if placed.value and placed.value.reading.kind is CellKind.TEXT:
        reading = _UNREAD
    return source * likeness * placed.certainty * reading


def relations_of(definition: FormDefinition, cells: Sequence[FormCell]) -> Iterator[tuple[list[int], bool]]:
    """Every sum whose members are all there: the members' indices and whether it holds."""
    index = {(cell.row, cell.column): number for number, cell in enumerate(cells)}
    for relation in definition.sums:
        lines = definition.rows if relation.over == "columns" else definition.columns
        for line in lines:
            keys = [
                (line.id, part) if relation.over == "columns" else (part, line.id)
                for part in (*relation.parts, relation.total)
            ]
            if all(key in index and cells[index[key]].value is not None for key in keys):
                members = [index[key] for key in keys]
                values = [cells[member].value or Decimal(0) for member in members]
                yield members, sum(values[:-1], Decimal(0)) == values[-1]


def adjust_by_sums(definition: FormDefinition, cells: list[FormCell]) -> list[FormCell]:
    """Raises the confidence of cells in sums that hold with something to add, lowers it where sums fail."""
    adjusted = list(cells)
    relations = [
        (members, holds, any(cells[member].value for member in members))
        for members, holds in relations_of(definition, cells)
    ]
    failing = sum(not holds for _, holds, _ in relations)
    holding = sum(holds and informative for _, holds, informative in relations)
    mostly_refuted = failing >= _FEWEST_SUMS and failing > 2 * holding
    for members, holds, informative in relations:
        for member in members:
            confidence = adjusted[member].confidence
            if not holds:
                confidence *= _REFUTED
            elif informative:
                confidence = 1 - (1 - confidence) * _CONFIRMED
            adjusted[member] = replace(adjusted[member], confidence=confidence)
    if mostly_refuted:
        return [replace(cell, confidence=cell.confidence * _MOSTLY_REFUTED) for cell in adjusted]
    return adjusted
