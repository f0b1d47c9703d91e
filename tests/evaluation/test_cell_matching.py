"""Form cells: edition, row, column and value; an empty cell is not a zero."""

from __future__ import annotations

from scoring_helpers import cell

from evaluation.cell_matching import match_cells


def test_an_empty_cell_is_not_a_zero() -> None:
    assert match_cells([cell("granted", None)], [cell("granted", None)]).right == [(0, 0)]
    assert match_cells([cell("granted", None)], [cell("granted", "0")]) == ([], [(0, 0)])
    assert match_cells([cell("granted", "0")], [cell("granted", None)]) == ([], [(0, 0)])


def test_another_edition_row_or_column_is_another_cell() -> None:
    gold = [cell("granted", "3")]
    for other in (cell("partial", "3"), cell("granted", "3", column="social"), cell("granted", "3", edition="2019")):
        assert match_cells(gold, [other]) == ([], [])


def test_a_cell_given_twice_is_one_too_many() -> None:
    assert match_cells([cell("granted", "3")], [cell("granted", "3")] * 2).right == [(0, 0)]


def test_the_right_value_is_paired_before_a_wrong_one() -> None:
    match = match_cells([cell("granted", "3")], [cell("granted", "4"), cell("granted", "3")])
    assert match == ([(0, 1)], [])


def test_a_form_printed_for_two_years_keeps_them_apart() -> None:
    gold = [cell("granted", "3", year=2020), cell("granted", "5", year=2021)]
    swapped = [cell("granted", "5", year=2020), cell("granted", "3", year=2021)]
    assert match_cells(gold, gold).right == [(0, 0), (1, 1)]
    assert match_cells(gold, swapped) == ([], [(0, 0), (1, 1)])


def test_a_year_that_the_gold_does_not_print_does_not_count() -> None:
    assert match_cells([cell("granted", "3")], [cell("granted", "3", year=2021)]).right == [(0, 0)]
