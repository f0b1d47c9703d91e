from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.forms.values import CellKind, read_cell, strip_artifacts

FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


@pytest.mark.parametrize("text", ["", " ", "\u3000", "/", "／", "-", "—", "——", "－", "―", "--", "\\"])
def test_blanks_and_dashes_are_null_never_zero(text: str) -> None:
    reading = read_cell(text)
    assert reading.kind is CellKind.BLANK
    assert reading.number is None


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("0", 0, None),
        ("0件", 0, "件"),
        ("１２３", 123, None),
        ("1,234", 1234, None),
        ("１２，３４５", 12345, None),
        ("1 234", 1234, None),
        ("3 2 6", 326, None),
        ("12\n345", 12345, None),
        ("240.92万元", "240.92", "万元"),
        ("1211.66 万元", "1211.66", "万元"),
        ("+299", 299, None),
        ("-8", -8, None),
        ("－8", -8, None),
        ("增加8", 8, None),
        ("减少8项", -8, "项"),
        ("1.2万件", 12000, "件"),
        ("无", 0, None),
        ("0.00", 0, None),
    ],
)
def test_numbers_are_read_as_printed(text: str, number: int | str, unit: str | None) -> None:
    reading = read_cell(text)
    assert reading.kind is CellKind.NUMBER
    assert reading.number == Decimal(number)
    assert reading.unit == unit


@pytest.mark.parametrize("text", ["规章", "1.属于国家秘密", "12 34", "见附件", "行政许可", "（七）总计", "2020年"])
def test_labels_and_two_numbers_are_no_value(text: str) -> None:
    assert read_cell(text).kind is CellKind.TEXT


def test_interpreted_print_is_less_certain() -> None:
    assert read_cell("3 2 6").certainty < read_cell("326").certainty
    assert read_cell("O").certainty < 0.7
    assert read_cell("5（含上年1件）").certainty < 1


@given(st.integers(0, 10**9))
def test_every_print_of_a_number_reads_the_same(number: int) -> None:
    for text in (str(number), str(number).translate(FULL_WIDTH), f"{number:,}", f" {number}\u3000", f"{number}件"):
        assert read_cell(text).number == number


def test_converter_bookmarks_are_not_part_of_the_cell() -> None:
    text = "\t[bookmark: _GoBack]107345 "
    start, end = strip_artifacts(text)
    assert text[start:end] == "107345"
