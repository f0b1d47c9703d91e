"""Which predicted form cells are which gold ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from evaluation.assignment import Pair
from evaluation.model import ScoredCell


class CellMatch(NamedTuple):
    """The pairs (gold index, predicted index) of equal cells, and of wrong values in the right place."""

    right: list[Pair]
    wrong: list[Pair]


def match_cells(gold: Sequence[ScoredCell], predicted: Sequence[ScoredCell]) -> CellMatch:
    """Pairs cells as multisets over form, edition, row, column and value; what is left over, by place.

    Where the gold prints a form's year, the report has the form for several years: the year decides too.
    """
    dated = {cell.form for cell in gold if cell.year is not None}
    gold_places = [_place(cell, dated) for cell in gold]
    predicted_places = [_place(cell, dated) for cell in predicted]
    right = _pair_equal(
        [(index, (gold_places[index], cell.value)) for index, cell in enumerate(gold)],
        [(index, (predicted_places[index], cell.value)) for index, cell in enumerate(predicted)],
    )
    gold_done, predicted_done = {g for g, _ in right}, {p for _, p in right}
    wrong = _pair_equal(
        [(index, place) for index, place in enumerate(gold_places) if index not in gold_done],
        [(index, place) for index, place in enumerate(predicted_places) if index not in predicted_done],
    )
    return CellMatch(right, wrong)


def _place(cell: ScoredCell, dated: set[str]) -> Hashable:
    year = cell.year if cell.form in dated else None
    return (cell.form, cell.edition, year, cell.row, cell.column)


def _pair_equal(
    gold: Sequence[tuple[int, Hashable]], predicted: Sequence[tuple[int, Hashable]]
) -> list[Pair]:
    """Pairs equal keys one to one, the first with the first."""
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for index, key in reversed(predicted):
        waiting[key].append(index)
    return [(index, waiting[key].pop()) for index, key in gold if waiting.get(key)]
