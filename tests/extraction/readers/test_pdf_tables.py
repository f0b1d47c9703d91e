"""Tables of PDFs: every cell in its place, whatever the rules look like."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_paper import (
    FORMS,
    HEIGHT,
    LEFT,
    STYLES,
    WIDTH,
    Cell,
    Paper,
    Style,
    assert_nothing_lost,
    boxed,
    cells_of,
    edges,
    in_order,
    open_sided,
    proactive_form,
    quick,
    requests_form,
    review_form,
    ruled,
    thin_fills,
    write_cells,
)


@pytest.mark.parametrize("style", STYLES)
@given(form=st.sampled_from(FORMS), numbers=st.randoms(use_true_random=False))
@quick
def test_every_cell_of_a_standard_form_lands_in_its_place(
    form: Callable[[Callable[[], str]], tuple[list[float], list[float], list[Cell]]],
    style: Style,
    numbers: random.Random,
) -> None:
    xs, ys, cells = form(lambda: numbers.choice(["", "0", "/", "—", str(numbers.randrange(100_000))]))
    paper = Paper()
    style(paper, xs, ys, cells)
    written = write_cells(paper, xs, ys, cells)
    document = assert_nothing_lost(paper, paper.data())
    if (form, style) == (proactive_form, open_sided):
        return  # a band without upright rules cannot be told from a heading between two tables
    [table] = document.tables
    assert table.source == "ruled"
    assert cells_of(document, table) == written


@given(
    st.sampled_from([4, 5, *range(9, 28)]),
    st.booleans(),
    st.sampled_from([ruled, boxed, thin_fills]),
    st.randoms(),
)
@quick
def test_a_form_cut_by_page_ends_is_fragments_and_a_join(
    cut: int, repeat_head: bool, style: Style, numbers: random.Random
) -> None:
    xs, ys, cells = requests_form(lambda: str(numbers.randrange(1000)))
    upper = [(r0, min(r1, cut), c0, c1, text) for r0, r1, c0, c1, text in cells if r0 < cut]
    head = [cell for cell in cells if cell[1] <= 3] if repeat_head else []
    shift = cut - (3 if repeat_head else 0)
    rest = [
        (max(r0, cut) - shift, r1 - shift, c0, c1, text if r0 >= cut else "")
        for r0, r1, c0, c1, text in cells
        if r1 > cut
    ]
    paper = Paper()
    style(paper, xs, ys, upper)
    first = write_cells(paper, xs, ys, upper)
    paper.centred(WIDTH / 2, 810, "— 1 —")
    paper.turn_page()
    lower = in_order([*head, *rest])
    style(paper, xs, edges(90, [22] * (28 - shift)), lower)
    second = write_cells(paper, xs, edges(90, [22] * (28 - shift)), lower)
    paper.centred(WIDTH / 2, 810, "— 2 —")
    document = assert_nothing_lost(paper, paper.data())
    assert [table.page for table in document.tables] == [1, 2]
    assert cells_of(document, document.tables[0]) == first
    assert cells_of(document, document.tables[1]) == second
    [join] = document.joins
    assert join.fragments == (0, 1)
    assert ("head rows repeated" in join.reason) == repeat_head
    assert {cell.page for cell in document.tables[1].cells} == {2}


def test_fragments_with_fewer_columns_share_the_column_grid() -> None:
    paper = Paper()
    xs, ys = edges(80, [160, 90, 90, 90]), edges(600, [30] * 5)
    top: list[Cell] = [(r, r + 1, c, c + 1, f"{r}{c}") for r in range(5) for c in range(4)]
    ruled(paper, xs, ys, top)
    write_cells(paper, xs, ys, top)
    paper.turn_page()
    low = [(r, r + 1, c, c + 1, f"{r}{c}") for r in range(3) for c in range(2)]
    low_xs, low_ys = [xs[0], xs[1], xs[4]], edges(80, [30] * 3)
    ruled(paper, low_xs, low_ys, low)
    write_cells(paper, low_xs, low_ys, low)
    document = assert_nothing_lost(paper, paper.data())
    assert [join.fragments for join in document.joins] == [(0, 1)]
    assert {(cell.col_start, cell.col_end) for cell in document.tables[1].cells} == {(0, 1), (1, 4)}


@pytest.mark.parametrize("between", ["三、另一部分", None])
def test_tables_are_joined_only_where_nothing_stands_between_and_columns_agree(between: str | None) -> None:
    paper = Paper()
    for page, steps in enumerate(([100, 100, 100], [100, 100, 100] if between else [60, 150, 90])):
        if page and between:
            paper.text(100, 70, between)
        cells: list[Cell] = [(r, r + 1, c, c + 1, f"{r}{c}") for r in range(3) for c in range(3)]
        ruled(paper, edges(90, steps), edges(90, [30] * 3), cells)
        write_cells(paper, edges(90, steps), edges(90, [30] * 3), cells)
        paper.turn_page()
    document = assert_nothing_lost(paper, paper.data())
    assert len(document.tables) == 2
    assert document.joins == ()


def test_a_missing_rule_between_numbers_does_not_glue_them() -> None:
    paper = Paper()
    xs, ys = edges(100, [60] * 4), edges(100, [24] * 4)
    cells: list[Cell] = [(r, r + 1, c, c + 1, f"{r + 1}{c}7") for r in range(4) for c in range(4)]
    ruled(paper, xs, ys, [cell for cell in cells if cell[:3] not in ((2, 3, 1), (2, 3, 2))])
    paper.line(xs[1], ys[2], xs[3], ys[2])  # the rule between columns 1 and 2 of row 2 was not drawn
    paper.line(xs[1], ys[3], xs[3], ys[3])
    written = write_cells(paper, xs, ys, cells)
    document = assert_nothing_lost(paper, paper.data())
    assert cells_of(document, document.tables[0]) == written


def test_a_number_that_overhangs_its_cell_stays_whole() -> None:
    paper = Paper()
    xs, ys = edges(100, [30] * 4), edges(100, [24] * 3)
    cells: list[Cell] = [(r, r + 1, c, c + 1, "") for r in range(3) for c in range(4)]
    ruled(paper, xs, ys, cells)
    paper.text(xs[1] + 3, 116, "326780865", size=9)
    paper.text(xs[3] + 10, 140, "5", size=9)
    document = assert_nothing_lost(paper, paper.data())
    found = {cell[:4]: cell[4] for cell in cells_of(document, document.tables[0])}
    assert {place: text for place, text in found.items() if text} == {
        (0, 1, 1, 2): "326780865",
        (1, 2, 3, 4): "5",
    }
    assert len(found) == 12


def test_a_number_broken_in_a_narrow_cell_keeps_its_line_break() -> None:
    paper = Paper()
    xs, ys = edges(100, [80, 26, 26]), edges(100, [30, 30])
    cells: list[Cell] = [(0, 1, 0, 1, "行政许可"), (0, 1, 1, 2, "1234\n56"), (0, 1, 2, 3, "7")]
    cells += [(1, 2, 0, 1, "行政强制"), (1, 2, 1, 2, "0"), (1, 2, 2, 3, "")]
    ruled(paper, xs, ys, cells)
    write_cells(paper, xs, ys, cells)
    document = assert_nothing_lost(paper, paper.data())
    assert cells_of(document, document.tables[0]) == cells


def test_turned_and_flattened_pages_read_like_upright_ones() -> None:
    """A landscape form by /Rotate, with its content turned to match."""
    numbers = random.Random(5)
    xs, ys, cells = review_form(lambda: str(numbers.randrange(100)))
    paper = Paper()
    paper.canvas.setPageRotation(90)
    paper.canvas.translate(WIDTH, 0)
    paper.canvas.rotate(90)
    paper.canvas.translate(0, WIDTH - HEIGHT)
    ruled(paper, xs, ys, cells)
    written = write_cells(paper, xs, ys, cells)
    document = assert_nothing_lost(paper, paper.data())
    assert cells_of(document, document.tables[0]) == written


def test_letters_drawn_one_by_one_in_a_font_that_is_not_there_are_read() -> None:
    paper = Paper()
    xs, ys = edges(100, [30, 100]), edges(100, [100, 30])
    cells: list[Cell] = [(0, 1, 0, 1, "办\n理\n结\n果"), (0, 1, 1, 2, "予以公开"), (1, 2, 0, 2, "总计若干")]
    ruled(paper, xs, ys, cells)
    for r0, _, c0, _, text in cells:
        for row, line in enumerate(text.split("\n")):
            for col, char in enumerate(line):
                paper.text(xs[c0] + 8 + 12 * col, ys[r0] + 20 + 15 * row, char)
    paper.text(100, 300, "一、另有一段正文，不在表内。")
    document = assert_nothing_lost(paper, paper.data())
    assert cells_of(document, document.tables[0]) == cells


def test_words_turned_inside_a_cell_belong_to_it() -> None:
    paper = Paper()
    xs, ys = edges(100, [30, 100]), edges(100, [100, 30])
    ruled(paper, xs, ys, [(0, 1, 0, 1, ""), (0, 1, 1, 2, ""), (1, 2, 0, 1, ""), (1, 2, 1, 2, "")])
    paper.text(140, 150, "予以公开的许多件")
    paper.text(140, 220, "总计")
    paper.canvas.saveState()
    paper.canvas.translate(118, HEIGHT - 180)
    paper.canvas.rotate(90)
    paper.canvas.drawString(0, 0, "办理结果")
    paper.drawn.update("办理结果")
    paper.canvas.restoreState()
    document = assert_nothing_lost(paper, paper.data())
    assert cells_of(document, document.tables[0])[0] == (0, 1, 0, 1, "办理结果")


def test_a_frame_around_text_and_a_form_is_no_table() -> None:
    paper = Paper()
    paper.box(50, 50, 545, 790)
    paper.text(80, 80, "二、主动公开政府信息情况")
    xs, ys, cells = proactive_form(lambda: "12")
    ruled(paper, xs, ys, cells)
    written = write_cells(paper, xs, ys, cells)
    paper.text(80, 400, "三、另一部分的标题")
    document = assert_nothing_lost(paper, paper.data())
    assert [cells_of(document, table) for table in document.tables] == [written]
    assert [document.quote(p) for p in document.paragraphs] == [
        "二、主动公开政府信息情况",
        "三、另一部分的标题",
    ]


def test_underlines_and_lone_rules_make_no_table() -> None:
    paper = Paper()
    for row in range(6):
        paper.text(LEFT, 100 + 30 * row, f"第{row}行：带有下划线的一行文字。")
        paper.line(LEFT, 104 + 30 * row, 300, 104 + 30 * row)
    document = assert_nothing_lost(paper, paper.data())
    assert document.tables == ()


def test_a_form_without_upright_rules_becomes_columns_by_its_gaps() -> None:
    paper = Paper()
    for row, label in enumerate(["信息内容", "规章", "行政规范性文件", "地方性法规", "其他文件"]):
        for col, text in enumerate([label, f"{row}1", f"{row}22", f"{row}333"]):
            paper.text(80 + 120 * col, 120 + 24 * row, text)
    document = assert_nothing_lost(paper, paper.data())
    [table] = document.tables
    assert table.source == "delimited"
    assert (table.n_rows, table.n_cols) == (5, 4)
    assert cells_of(document, table)[8:12] == [
        (2, 3, 0, 1, "行政规范性文件"), (2, 3, 1, 2, "21"), (2, 3, 2, 3, "222"), (2, 3, 3, 4, "2333")
    ]  # fmt: skip


def test_rows_between_rules_without_upright_ones_are_a_table_of_few_columns() -> None:
    paper = Paper()
    paper.line(80, 96, 500, 96)
    rows = [("信息内容", "本年处理决定数量"), ("行政许可", "123"), ("行政处罚", "45"), ("行政强制", "6")]
    for row, texts in enumerate(rows):
        for col, text in enumerate(texts):
            paper.text(80 + 220 * col, 115 + 26 * row, text)
        paper.line(80, 122 + 26 * row, 500, 122 + 26 * row)
    document = assert_nothing_lost(paper, paper.data())
    [table] = document.tables
    assert [text for *_, text in cells_of(document, table)] == [text for texts in rows for text in texts]


# Running text --------------------------------------------------------------------------------------------
