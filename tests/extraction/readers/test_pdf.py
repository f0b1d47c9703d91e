"""The PDF reader, on reports drawn here with invented content."""

from __future__ import annotations

import io
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reportlab.lib.colors import Color, black, grey, lightgrey, white
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from extraction.document import Document, Table
from extraction.errors import ErrorCode, ReadError
from extraction.readers import pdf

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
FONT, WIDTH, HEIGHT, LEFT, RIGHT = "STSong-Light", 595.0, 842.0, 72.0, 520.0
quick = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate]
)

Cell = tuple[int, int, int, int, str]  # row range, column range, text


@dataclass
class Paper:
    """A canvas with y downwards that remembers every visible character it was given."""

    encrypt: StandardEncryption | None = None
    drawn: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.file = io.BytesIO()
        self.canvas = Canvas(self.file, pagesize=(WIDTH, HEIGHT), encrypt=self.encrypt, invariant=1)

    def text(self, x: float, baseline: float, text: str, size: float = 12, colour: Color = black) -> None:
        self.canvas.setFont(FONT, size)
        self.canvas.setFillColor(colour)
        self.canvas.drawString(x, HEIGHT - baseline, text)
        self.drawn.update("".join(text.split()))

    def centred(self, middle: float, baseline: float, text: str, size: float = 12) -> None:
        self.text(middle - pdfmetrics.stringWidth(text, FONT, size) / 2, baseline, text, size)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.canvas.line(x0, HEIGHT - y0, x1, HEIGHT - y1)

    def box(self, x0: float, top: float, x1: float, bottom: float, *, fill: Color | None = None) -> None:
        self.canvas.setFillColor(fill or black)
        self.canvas.rect(
            x0, HEIGHT - bottom, x1 - x0, bottom - top, stroke=int(fill is None), fill=int(fill is not None)
        )

    def turn_page(self) -> None:
        self.canvas.showPage()

    def data(self) -> bytes:
        self.canvas.save()
        return self.file.getvalue()


def wrapped(text: str, width: float, size: float) -> list[str]:
    lines, line = [], ""
    for char in text:
        if pdfmetrics.stringWidth(line + char, FONT, size) > width:
            lines.append(line)
            line = ""
        line += char
    return [*lines, line] if line else lines


def edges(start: float, steps: Sequence[float]) -> list[float]:
    found = [start]
    for step in steps:
        found.append(found[-1] + step)
    return found


Style = Callable[[Paper, list[float], list[float], Sequence[Cell]], None]


def ruled(paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell]) -> None:
    for r0, r1, c0, c1, _ in cells:
        for x in (xs[c0], xs[c1]):
            paper.line(x, ys[r0], x, ys[r1])
        for y in (ys[r0], ys[r1]):
            paper.line(xs[c0], y, xs[c1], y)


def boxed(paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell]) -> None:
    for r0, r1, c0, c1, _ in cells:
        paper.box(xs[c0] + 0.4, ys[r0] + 0.4, xs[c1] - 0.4, ys[r1] - 0.4)


def spaced_boxes(paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell]) -> None:
    for r0, r1, c0, c1, _ in cells:
        paper.box(xs[c0] + 2.5, ys[r0] + 2.5, xs[c1] - 2.5, ys[r1] - 2.5)


def thin_fills(paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell]) -> None:
    for r0, r1, c0, c1, _ in cells:
        for x in (xs[c0], xs[c1]):
            paper.box(x - 0.25, ys[r0], x + 0.25, ys[r1], fill=black)
        for y in (ys[r0], ys[r1]):
            paper.box(xs[c0], y - 0.25, xs[c1], y + 0.25, fill=black)


def open_sided(paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell]) -> None:
    """No rules at the left and right edge."""
    for r0, r1, c0, c1, _ in cells:
        for col in (c0, c1):
            if 0 < col < len(xs) - 1:
                paper.line(xs[col], ys[r0], xs[col], ys[r1])
        for y in (ys[r0], ys[r1]):
            paper.line(xs[c0], y, xs[c1], y)


def dashed(paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell]) -> None:
    for r0, r1, c0, c1, _ in cells:
        for x in (xs[c0], xs[c1]):
            for y in edges(ys[r0], [4.0] * int((ys[r1] - ys[r0]) / 4))[:-1]:
                paper.line(x, y, x, y + 2)
        for y in (ys[r0], ys[r1]):
            for x in edges(xs[c0], [4.0] * int((xs[c1] - xs[c0]) / 4))[:-1]:
                paper.line(x, y, x + 2, y)


def doubled(paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell]) -> None:
    ruled(paper, xs, ys, cells)
    ruled(paper, [x + 1.5 for x in xs], [y + 1.5 for y in ys], cells)


def white_on_colour(paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell]) -> None:
    paper.box(xs[0], ys[0], xs[-1], ys[-1], fill=lightgrey)
    paper.canvas.setStrokeColor(white)
    ruled(paper, xs, ys, cells)
    paper.canvas.setStrokeColor(black)


STYLES = [ruled, boxed, spaced_boxes, thin_fills, open_sided, dashed, doubled, white_on_colour]


def write_cells(
    paper: Paper, xs: list[float], ys: list[float], cells: Sequence[Cell], size: float = 8
) -> list[Cell]:
    """Writes the cells' texts centred and wrapped; returns the cells with line breaks as written."""
    written = []
    for r0, r1, c0, c1, text in cells:
        lines = [part for line in text.split("\n") for part in wrapped(line, xs[c1] - xs[c0] - 6, size)]
        top = (ys[r0] + ys[r1]) / 2 - 1.2 * size * len(lines) / 2
        for number, line in enumerate(lines):
            # A lone letter gets a blank: without a font pdfium sees no extent in it (a test below is on that).
            paper.centred((xs[c0] + xs[c1]) / 2, top + 1.2 * size * number + size, line.ljust(2), size)
        written.append((r0, r1, c0, c1, "\n".join(lines)))
    return written


def in_order(cells: Sequence[Cell]) -> list[Cell]:
    return sorted(cells, key=lambda cell: (cell[0], cell[2]))


def cells_of(document: Document, table: Table) -> list[Cell]:
    return [(c.row_start, c.row_end, c.col_start, c.col_end, document.quote(c)) for c in table.cells]


def visible(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def assert_nothing_lost(paper: Paper, data: bytes) -> Document:
    """Every drawn character stands in one block or was set aside, and blocks do not overlap."""
    layouts, title = pdf.read_layouts(data, "report.pdf")
    document = pdf.assemble(layouts, title)
    aside = visible("".join(text for layout in layouts for text in layout.aside))
    assert visible(document.text) + aside == paper.drawn
    blocks = sorted([*document.paragraphs, *document.tables], key=lambda block: block.start)
    assert all(one.end <= other.start for one, other in pairwise(blocks))
    quoted = "".join(document.quote(paragraph) for paragraph in document.paragraphs)
    quoted += "".join(document.quote(cell) for table in document.tables for cell in table.cells)
    assert visible(quoted) == visible(document.text)
    return document


# The three standard forms --------------------------------------------------------------------------------

GROUPS = [
    ("三项", 1),
    ("四项", 1),
    ("（三）不予公开", 8),
    ("（四）无法提供", 3),
    ("（五）不予处理", 5),
    ("（六）其他处理", 3),
]


def requests_form(value: Callable[[], str]) -> tuple[list[float], list[float], list[Cell]]:
    """25 rows by 7 columns of numbers under a head of three levels, with grouped rows at the left."""
    cells: list[Cell] = [
        (0, 3, 0, 3, "本列数据之间的关系"),
        (0, 1, 3, 10, "申请人情况"),
        (1, 3, 3, 4, "自然人"),
    ]
    cells += [(1, 2, 4, 9, "法人或其他组织"), (1, 3, 9, 10, "总计")]
    cells += [
        (2, 3, 4 + i, 5 + i, text)
        for i, text in enumerate(["商业企业", "科研机构", "公益组织", "法律机构", "其他"])
    ]
    cells += [(3, 4, 0, 3, "一、本年新收"), (4, 5, 0, 3, "二、上年结转"), (5, 27, 0, 1, "三本年办理结果")]
    row = 5
    for name, count in GROUPS:
        if count == 1:
            cells.append((row, row + 1, 1, 3, name))
        else:
            cells.append((row, row + count, 1, 2, name))
            cells += [(row + i, row + i + 1, 2, 3, f"{i + 1}.某种情形") for i in range(count)]
        row += count
    cells += [(26, 27, 1, 3, "（七）总计"), (27, 28, 0, 3, "四、结转下年")]
    cells += [(r, r + 1, c, c + 1, value()) for r in range(3, 28) for c in range(3, 10)]
    return edges(80, [16, 50, 90, 38, 38, 38, 38, 38, 38, 44]), edges(120, [22] * 28), in_order(cells)


def review_form(value: Callable[[], str]) -> tuple[list[float], list[float], list[Cell]]:
    """15 numbers under a head of three levels."""
    heads = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    cells: list[Cell] = [(0, 1, 0, 5, "行政复议"), (0, 1, 5, 15, "行政诉讼")]
    cells += [(1, 2, 5, 10, "未经复议直接起诉"), (1, 2, 10, 15, "复议后起诉")]
    cells += [(1, 3, i, i + 1, head) for i, head in enumerate(heads)]
    cells += [(2, 3, 5 + i, 6 + i, head) for i, head in enumerate(heads * 2)]
    cells += [(3, 4, i, i + 1, value()) for i in range(15)]
    return edges(75, [30] * 15), edges(150, [24, 24, 60, 30]), in_order(cells)


def proactive_form(value: Callable[[], str]) -> tuple[list[float], list[float], list[Cell]]:
    """The table of proactive disclosure: full-width bands over rows of four and of two cells."""
    cells: list[Cell] = [(0, 1, 0, 4, "第二十条第（一）项")]
    cells += [
        (1, 2, i, i + 1, text)
        for i, text in enumerate(["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"])
    ]
    for row, label in ((2, "规章"), (3, "行政规范性文件")):
        cells += [(row, row + 1, 0, 1, label), *((row, row + 1, c, c + 1, value()) for c in (1, 2, 3))]
    cells += [(4, 5, 0, 4, "第二十条第（五）项"), (5, 6, 0, 1, "信息内容"), (5, 6, 1, 4, "本年处理决定数量")]
    cells += [(6, 7, 0, 1, "行政许可"), (6, 7, 1, 4, value())]
    return edges(80, [160, 90, 90, 90]), edges(130, [26] * 7), in_order(cells)


FORMS = [requests_form, review_form, proactive_form]


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

SYLLABLES = (
    "本市坚持依法公开政府信息不断完善平台建设加强监督保障各部门认真落实条例要求全年办理申请答复群众满意"
)


def invented_paragraphs(numbers: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        words = (
            numbers.choice([*SYLLABLES, "，", "2024年", "12.5%", "（一类）"])
            for _ in range(numbers.randrange(15, 150))
        )
        yield numbers.choice(SYLLABLES) + "".join(words).rstrip("，") + "。"


def type_paragraphs(paper: Paper, texts: Sequence[str], *, size: float = 12, foot: str = "- {} -") -> None:
    """Indented paragraphs set to full lines over as many pages as they need, with page numbers."""
    page, y = 1, 90.0
    for text in texts:
        first, *rest = wrapped("　　" + text, RIGHT - LEFT, size)
        for line in [first, *rest]:
            if y > 760:
                paper.centred(WIDTH / 2, 800, foot.format(page), 10)
                paper.turn_page()
                page, y = page + 1, 90.0
            paper.text(LEFT, y, line, size)
            y += 1.8 * size
    paper.centred(WIDTH / 2, 800, foot.format(page), 10)


@given(st.randoms(use_true_random=True), st.sampled_from(["- {} -", "— {} —", "第{}页", "{}"]))
@quick
def test_hard_line_breaks_are_joined_into_the_paragraphs_as_written(
    numbers: random.Random, foot: str
) -> None:
    texts = list(invented_paragraphs(numbers, 16))
    paper = Paper()
    type_paragraphs(paper, texts, foot=foot)
    document = assert_nothing_lost(paper, paper.data())
    assert [document.quote(paragraph) for paragraph in document.paragraphs] == texts
    assert document.pages is not None
    assert document.pages > 1
    pages = [paragraph.page or 0 for paragraph in document.paragraphs]
    assert pages == sorted(pages)
    assert pages[0] == 1


def test_headings_stand_alone_and_tables_interleave_with_text() -> None:
    paper = Paper()
    paper.centred(WIDTH / 2, 90, "清平县人民政府", 22)
    paper.centred(WIDTH / 2, 120, "2023年政府信息公开工作年度报告", 22)
    paper.text(LEFT + 24, 170, "一、总体情况")
    body = wrapped("　　" + "本县依法公开信息。" * 14, RIGHT - LEFT, 12)
    for row, line in enumerate(body):
        paper.text(LEFT, 195 + 22 * row, line)
    xs, ys, cells = proactive_form(lambda: "3")
    ys = [y + 180 for y in ys]
    paper.text(LEFT + 24, 300, "二、主动公开政府信息情况")
    ruled(paper, xs, ys, cells)
    write_cells(paper, xs, ys, cells)
    paper.text(LEFT + 24, 540, "三、其他需要报告的事项")
    paper.text(LEFT + 24, 562, "无其他需要报告的事项。")
    document = assert_nothing_lost(paper, paper.data())
    blocks = sorted([*document.paragraphs, *document.tables], key=lambda block: block.start)
    assert [None if isinstance(b, Table) else document.quote(b) for b in blocks] == [
        "清平县人民政府2023年政府信息公开工作年度报告", "一、总体情况", "本县依法公开信息。" * 14,
        "二、主动公开政府信息情况", None, "三、其他需要报告的事项", "无其他需要报告的事项。",
    ]  # fmt: skip
    headings = [document.quote(paragraph)[:2] for paragraph in document.paragraphs if paragraph.heading]
    assert headings == ["清平", "一、", "二、", "三、"]


def test_words_keep_their_blanks_and_broken_addresses_do_not_gain_any() -> None:
    paper = Paper()
    english = "　　The office published open data at the end of the year and answered all the requests in"
    lines = [
        english,
        "time，网址为https://www.qingping.example/open/annual/reports/and/tables/of/",
        "2023/index.html，全年共办理12件。",
    ]
    for row, line in enumerate(lines):
        paper.text(LEFT, 100 + 22 * row, line)
    for row in range(8):
        paper.text(LEFT, 166 + 22 * row, wrapped("另一段" * 40, RIGHT - LEFT, 12)[0])
    document = assert_nothing_lost(paper, paper.data())
    text = document.quote(document.paragraphs[0])
    assert "answered all the requests in time，" in text
    assert "https://www.qingping.example/open/annual/reports/and/tables/of/2023/index.html，全年" in text


def test_running_heads_watermarks_and_hidden_text_are_not_read() -> None:
    paper = Paper()
    texts = list(invented_paragraphs(random.Random(3), 2))
    for page in range(3):
        paper.text(LEFT, 40, "清平县政府信息公开年报", 9)
        paper.canvas.saveState()
        paper.canvas.translate(200, 300)
        paper.canvas.rotate(45)
        paper.canvas.setFillColor(lightgrey)
        paper.canvas.setFont(FONT, 60)
        paper.canvas.drawString(0, 0, "内部资料")
        paper.drawn.update("内部资料")
        paper.canvas.restoreState()
        for row, line in enumerate(wrapped("　　" + texts[page % 2], RIGHT - LEFT, 12)):
            paper.text(LEFT, 120 + 22 * row, line)
        paper.text(LEFT, 400, "一眼看不见的白字", colour=white)
        paper.drawn.subtract("一眼看不见的白字")
        paper.turn_page()
    document = assert_nothing_lost(paper, paper.data())
    assert [document.quote(paragraph) for paragraph in document.paragraphs] == [texts[0], texts[1], texts[0]]


def test_white_letters_on_a_dark_head_row_are_read() -> None:
    paper = Paper()
    xs, ys = edges(100, [120] * 3), edges(100, [30] * 3)
    cells: list[Cell] = [(r, r + 1, c, c + 1, "") for r in range(3) for c in range(3)]
    paper.box(xs[0], ys[0], xs[-1], ys[1], fill=grey)
    ruled(paper, xs, ys, cells)
    for col in range(3):
        paper.text(xs[col] + 20, 118, f"表头甲乙{col}", colour=white)
        paper.text(xs[col] + 20, 148, f"{col}10")
    document = assert_nothing_lost(paper, paper.data())
    assert [text for *_, text in cells_of(document, document.tables[0])][:6] == [
        "表头甲乙0", "表头甲乙1", "表头甲乙2", "010", "110", "210"
    ]  # fmt: skip


def mapped_pdf(codes: Sequence[int]) -> bytes:
    """A page whose letters A, B, … are mapped to the given characters by a ToUnicode table."""
    letters = "".join(chr(65 + index) for index in range(len(codes)))
    rows = "\n".join(f"<{65 + i:02x}> <{code:04x}>" for i, code in enumerate(codes))
    table = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapType 2 def 1 begincodespacerange <00> <ff> "
        f"endcodespacerange {len(codes)} beginbfchar\n{rows}\nendbfchar endcmap end"
    )
    page = f"BT /F 20 Tf 50 500 Td ({letters}) Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(page)}>>stream\n{page}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
        f"<</Length {len(table)}>>stream\n{table}\nendstream",
    ]
    body, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(f"{len(body):010} 00000 n \n")
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = f"xref\n0 7\n0000000000 65535 f \n{''.join(places)}trailer\n<</Root 1 0 R/Size 7>>\n"
    return f"{body}{table}startxref\n{len(body)}\n%%EOF".encode("ascii")


def test_radicals_that_stand_for_characters_are_read_as_printed() -> None:
    codes = [0x2F06, 0x2F08, 0x2ED3, 0x2ED4, 0x2F3E, 0x2F2F, *range(0x4E00, 0x4E0F)]
    document = pdf.read(mapped_pdf(codes), "radicals.pdf")
    assert document.text.startswith("二人长门户工")


# Refusals ------------------------------------------------------------------------------------------------


def a_report(encrypt: StandardEncryption | None = None) -> bytes:
    paper = Paper(encrypt)
    xs, ys, cells = proactive_form(lambda: "12")
    ruled(paper, xs, ys, cells)
    write_cells(paper, xs, ys, cells)
    type_paragraphs(paper, list(invented_paragraphs(random.Random(1), 3)))
    return paper.data()


def scanned(pages: int) -> bytes:
    paper = Paper()
    image = io.BytesIO(b"P5 8 8 255\n" + bytes(64))
    for _ in range(pages):
        paper.canvas.drawImage(ImageReader(image), 0, 0, WIDTH, HEIGHT)
        paper.text(500, 820, "12")
        paper.turn_page()
    return paper.data()


def code_of(data: bytes) -> ErrorCode:
    with pytest.raises(ReadError) as caught:
        pdf.read(data, "report.pdf")
    assert "report.pdf" in caught.value.message
    return caught.value.code


def test_unreadable_files_are_named_for_what_they_are() -> None:
    report = a_report()
    assert code_of(b"") is ErrorCode.EMPTY
    assert code_of(b"<html>404</html>") is ErrorCode.CORRUPT
    assert code_of(b"%PDF-1.7\n" + b"\x00" * 500 + b"%%EOF") is ErrorCode.CORRUPT
    assert code_of(report[: len(report) // 2]) is ErrorCode.TRUNCATED
    assert code_of(a_report(StandardEncryption("secret", "owner"))) is ErrorCode.ENCRYPTED
    assert code_of(scanned(3)) is ErrorCode.SCAN
    assert code_of(mapped_pdf([0xE000 + index for index in range(26)])) is ErrorCode.SCAN


def test_a_file_locked_only_against_changes_is_read() -> None:
    locked = a_report(StandardEncryption("", "owner", canModify=0))
    assert pdf.read(locked, "locked.pdf").text == pdf.read(a_report(), "open.pdf").text


def test_a_damaged_content_stream_is_refused_rather_than_read_in_part() -> None:
    page = b"BT /F 20 Tf 50 500 Td (ABCDEFGH) Tj ET " * 40
    packed = bytearray(zlib.compress(page))
    packed[len(packed) // 2] ^= 0x55
    stream = b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream endobj\n" % (len(packed), packed)
    whole = mapped_pdf(range(0x4E00, 0x4E08))
    assert pdf.read(whole, "whole.pdf").pages == 1
    assert code_of(whole[:9] + stream + whole[9:]) is ErrorCode.CORRUPT


def test_too_many_pages_or_characters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    report = a_report()
    monkeypatch.setattr(pdf, "MAX_CHARS", 50)
    assert code_of(report) is ErrorCode.TOO_LARGE
    monkeypatch.setattr(pdf, "MAX_PAGES", 0)
    assert code_of(report) is ErrorCode.TOO_LARGE


def test_a_content_stream_that_unpacks_to_hundreds_of_megabytes_is_refused() -> None:
    packer = zlib.compressobj(1)
    block = packer.compress(b"0 0 m " * 200_000)
    packed = block + b"".join(packer.compress(b"0 0 m " * 200_000) for _ in range(225)) + packer.flush()
    head = b"%PDF-1.4\n4 0 obj<</Filter/FlateDecode/Length 1>>stream\n"
    assert code_of(head + packed + b"\nendstream endobj\nstartxref\n0\n%%EOF") is ErrorCode.TOO_LARGE


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_damaged_bytes_give_a_document_or_a_read_error(data: st.DataObject) -> None:
    report = bytearray(a_report())
    for _ in range(data.draw(st.integers(1, 20))):
        report[data.draw(st.integers(0, len(report) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(report), len(report) - 10, len(report) // 3]))
    with suppress(ReadError):
        assert pdf.read(bytes(report[:end]), "damaged.pdf").pages
