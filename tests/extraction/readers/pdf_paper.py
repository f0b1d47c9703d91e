"""A sheet to draw invented PDFs on, and the standard forms drawn in the ways that reports draw them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from reportlab.lib.colors import Color, black, lightgrey, white
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from extraction.document import Document, Format, Table
from extraction.readers import pdf
from extraction.readers.page_layout import PagedContent, assemble, lay_out

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
    return assert_all_in_blocks(pdf.read_content(data, "report.pdf"), paper.drawn, "pdf")


def assert_all_in_blocks(content: PagedContent, drawn: Counter[str], format: Format) -> Document:
    layouts = lay_out(content.pages)
    document = assemble(layouts, content, format)
    aside = visible("".join(text for layout in layouts for text in layout.aside))
    assert visible(document.text) + aside == drawn
    blocks = sorted([*document.paragraphs, *document.tables], key=lambda block: block.start)
    assert all(one.end <= other.start for one, other in pairwise(blocks))
    quoted = "".join(document.quote(paragraph) for paragraph in document.paragraphs)
    quoted += "".join(document.quote(cell) for table in document.tables for cell in table.cells)
    assert visible(quoted) == visible(document.text)
    return document


def damaged(report: bytes, data: st.DataObject) -> bytes:
    """The report with some bytes changed, perhaps cut off."""
    changed = bytearray(report)
    for _ in range(data.draw(st.integers(1, 20))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    return bytes(changed[: data.draw(st.sampled_from([len(changed), len(changed) - 10, len(changed) // 3]))])


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
