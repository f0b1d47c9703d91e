"""Tables without upright rules: what lies on one row, in one column, and where a table ends."""

from __future__ import annotations

import pytest

from tests.extraction.readers.pdf_paper import Paper, assert_nothing_lost, cells_of

COLUMNS = (70.0, 240.0, 310.0, 380.0, 450.0)


def row(paper: Paper, y: float, *texts: str, size: float = 9) -> None:
    for x, text in zip(COLUMNS, texts, strict=False):
        if text:
            paper.text(x, y, text.ljust(2), size)


@pytest.mark.parametrize("pitch", [5.5, 12.0])
def test_the_lines_of_a_label_above_and_below_its_figures_are_on_their_row(pitch: float) -> None:
    paper = Paper()
    row(paper, 100, "一、新收申请", "17", "22", "39", "78")
    for middle, figures in ((140, ("4", "0", "4", "8")), (180, ("8", "1", "9", "18"))):
        row(paper, middle - pitch, "申请人逾期未按要求缴费")
        row(paper, middle, "" if pitch < 9 else "的，行政机关不再处理其", *figures)
        row(paper, middle + pitch, "申请的数量")
    row(paper, 215, "七、总计", "29", "23", "52", "104")
    document = assert_nothing_lost(paper, paper.data())
    [table] = document.tables
    assert table.n_rows == 4
    found = [cell for cell in cells_of(document, table) if cell[0] == 1]
    assert [text for *_, text in found][1:] == ["4", "0", "4", "8"]
    assert "".join(found[0][-1].split()).startswith("申请人逾期未按要求缴费")
    assert found[0][-1].endswith("申请的数量")


def test_a_number_opens_the_next_row_s_label_where_all_lines_are_equally_far() -> None:
    paper = Paper()
    for number in range(3):
        row(paper, 100 + 26 * number, f"{number + 1}.申请人逾期未按", "17", "22", "39", "78")
        row(paper, 113 + 26 * number, "要求补正的申请" if number % 2 else "要求缴费的申请")
    row(paper, 178, "4.申请人不明确且")
    row(paper, 191, "没有补正的申请", "4", "5", "6", "15")
    document = assert_nothing_lost(paper, paper.data())
    [table] = document.tables
    labels = ["".join(text.split()) for _, _, column, _, text in cells_of(document, table) if column == 0]
    beginnings = ["1.申请人逾期未按要求缴费", "2.申请人逾期未按要求补正", "3.申请人逾期未按要求缴费", "4.申请人不明确且没有补正"]
    assert labels == [f"{beginning}的申请" for beginning in beginnings]


def test_a_label_set_a_little_lower_than_its_figures_is_on_their_line() -> None:
    paper = Paper()
    for number in range(3):
        paper.text(70, 104.5 + 20 * number, f"第{number}类信息", 9)
        for x, text in zip((200 + 40 * number, 300 + 20 * number, 420, 460), ("17", "22", "39", "78"), strict=True):
            paper.text(x, 100 + 20 * number, text, 9)
    document = assert_nothing_lost(paper, paper.data())
    assert document.text.split() == [word for number in range(3) for word in (f"第{number}类信息", "17", "22", "39", "78")]


def test_a_label_s_line_half_way_between_two_rows_belongs_to_neither() -> None:
    paper = Paper()
    for number in range(3):
        row(paper, 100 + 30 * number, f"第{number}类", "17", "22", "39", "78")
        row(paper, 115 + 30 * number, "小标题")
    document = assert_nothing_lost(paper, paper.data())
    [table] = document.tables
    labels = [text for _, _, column, _, text in cells_of(document, table) if column == 0]
    assert labels == ["第0类", "小标题", "第1类", "小标题", "第2类"]


def test_rows_whose_figures_stand_in_other_columns_have_one_figure_a_cell() -> None:
    paper = Paper()
    for number, places in enumerate([(70, 200, 270, 340), (70, 300, 350, 400), (70, 230, 290, 450)]):
        for part in range(2):
            label = "其他对外管理服务事项的数量" if number else "规章"
            for x, text in zip(places, [label, "11", "22", "33"], strict=True):
                paper.text(x, 100 + 50 * number + 20 * part, text, 9)
    document = assert_nothing_lost(paper, paper.data())
    [table] = document.tables
    rows: dict[int, list[str]] = {}
    for row, _, _, _, text in cells_of(document, table):
        rows.setdefault(row, []).extend([text] if text.isdigit() else [])
    assert list(rows.values()) == [["11", "22", "33"]] * 6


def test_figures_closer_than_words_are_figures_of_two_columns() -> None:
    paper = Paper()
    for number in range(4):
        for x, text in ((70, "合计"), (200, "31"), (260, "2732"), (260 + 4 * 9 / 2 + 6, "189")):
            paper.text(x, 100 + 20 * number, text, 9)
    document = assert_nothing_lost(paper, paper.data())
    [table] = document.tables
    assert [text for _, _, column, _, text in cells_of(document, table) if column >= 2] == ["2732", "189"] * 4


def test_a_section_s_heading_ends_a_table() -> None:
    paper = Paper()
    for number in range(4):
        row(paper, 100 + 20 * number, f"第{number}类", "17", "22", "39", "78")
    paper.text(70, 180, "四、政府信息公开行政复议、行政诉讼情况", 12)
    for number in range(4):
        row(paper, 205 + 20 * number, f"第{number}种", "1", "2", "3", "6")
    document = assert_nothing_lost(paper, paper.data())
    assert [(table.n_rows, table.n_cols) for table in document.tables] == [(4, 5), (4, 5)]
