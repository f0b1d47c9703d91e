"""Invented reports as HTML pages, Word documents and PDFs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from html import escape

from evaluation.synthetic.printed import Block, PrintedTable, split_rows

_ROWS_OF_A_PAGE = 17
_WIDTH, _NARROW = 470, 36  # points: a table's, a column of values
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_CONTENT_TYPES = (
    f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN_PART}"/></Types>'
)
_RELATIONS = (
    f'<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)


def _html_table(table: PrintedTable) -> str:
    rows = []
    for line in range(table.n_rows):
        cells = []
        for cell in table.in_order():
            if cell.row != line:
                continue
            spans = ""
            if cell.row_end - cell.row > 1:
                spans += f' rowspan="{cell.row_end - cell.row}"'
            if cell.col_end - cell.col > 1:
                spans += f' colspan="{cell.col_end - cell.col}"'
            cells.append(f"<td{spans}><p><span>{escape(cell.text)}</span></p></td>")
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return '<table border="1">' + "".join(rows) + "</table>"


def html_page(blocks: Sequence[Block], *, encoding: str = "utf-8") -> bytes:
    """A content system's page: menu, title, the report, a share bar and a footer."""
    title = escape(str(blocks[0]))
    body = "".join(
        _html_table(block) if isinstance(block, PrintedTable) else f"<p>{escape(block)}</p>"
        for block in blocks[1:]
    )
    page = (
        f'<!DOCTYPE html><html><head><meta charset="{encoding}"><title>{title}</title></head><body>'
        '<div class="nav"><ul><li><a href="/">网站首页</a></li><li><a href="/zwgk">政务公开</a></li>'
        '<li><a href="/hd">互动交流</a></li></ul></div>'
        f'<div class="article"><h1>{title}</h1><div class="content">{body}</div></div>'
        '<div class="share"><a>打印</a> <a>关闭</a></div>'
        '<div class="footer"><a href="/sm">网站声明</a> <a href="/dt">网站地图</a></div></body></html>'
    )
    return page.encode(encoding)


def _word_paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _word_table(table: PrintedTable) -> str:
    rows = []
    for line in range(table.n_rows):
        cells = []
        covering = sorted(
            (cell for cell in table.cells if cell.row <= line < cell.row_end), key=lambda cell: cell.col
        )
        for cell in covering:
            merge = ""
            if cell.row_end - cell.row > 1:
                merge = '<w:vMerge w:val="restart"/>' if cell.row == line else "<w:vMerge/>"
            properties = f'<w:tcPr><w:gridSpan w:val="{cell.col_end - cell.col}"/>{merge}</w:tcPr>'
            cells.append(f"<w:tc>{properties}{_word_paragraph(cell.text if cell.row == line else '')}</w:tc>")
        rows.append("<w:tr>" + "".join(cells) + "</w:tr>")
    grid = '<w:gridCol w:w="900"/>' * table.n_cols
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def word_file(blocks: Sequence[Block]) -> bytes:
    """A Word document with merged cells (`gridSpan`, `vMerge`)."""
    body = "".join(
        _word_table(block) if isinstance(block, PrintedTable) else _word_paragraph(block) for block in blocks
    )
    document = f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        archive.writestr("_rels/.rels", _RELATIONS)
        archive.writestr("word/document.xml", document)
    return buffer.getvalue()


def pdf_file(blocks: Sequence[Block], *, ruled: bool = True) -> bytes:
    """A paged PDF (needs reportlab) with tables that may go on across pages: ruled in columns of one width, or without
    any rule, their values half way down their labels' lines."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Table

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    body = ParagraphStyle("body", fontName="STSong-Light", fontSize=12, leading=20, firstLineIndent=24,
                          wordWrap="CJK")  # fmt: skip
    small = ParagraphStyle("cell", fontName="STSong-Light", fontSize=8, leading=10, wordWrap="CJK")

    def laid_out(table: PrintedTable) -> Flowable:
        grid: list[list[object]] = [[""] * table.n_cols for _ in range(table.n_rows)]
        rules = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)
        style: list[tuple[object, ...]] = [rules if ruled else ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
        for cell in table.cells:
            grid[cell.row][cell.col] = Paragraph(escape(cell.text), small)
            if cell.row_end - cell.row > 1 or cell.col_end - cell.col > 1:
                style.append(("SPAN", (cell.col, cell.row), (cell.col_end - 1, cell.row_end - 1)))
        widths = [_WIDTH / table.n_cols] * table.n_cols if ruled else _fitted_widths(table)
        return Table(grid, colWidths=widths, style=style)

    def numbered(canvas: object, document: SimpleDocTemplate) -> None:
        canvas.setFont("STSong-Light", 9)  # type: ignore[attr-defined]
        canvas.drawCentredString(A4[0] / 2, 30, f"— {document.page} —")  # type: ignore[attr-defined]

    flow: list[Flowable] = []
    for block in blocks:
        if isinstance(block, str):
            flow.append(Paragraph(escape(block), body))
        elif block.n_rows > _ROWS_OF_A_PAGE:
            upper, lower = split_rows(block, _ROWS_OF_A_PAGE)
            flow += [PageBreak(), laid_out(upper), PageBreak(), laid_out(lower)]
        else:
            flow.append(laid_out(block))
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4).build(flow, onFirstPage=numbered, onLaterPages=numbered)
    return buffer.getvalue()


def _fitted_widths(table: PrintedTable) -> list[float]:
    """Narrow columns for values, the rest of the width for labels."""
    valued = {cell.col for cell in table.cells if cell.is_value}
    labels = table.n_cols - len(valued)
    narrow = min(_NARROW, _WIDTH / table.n_cols) if labels else _WIDTH / table.n_cols
    return [narrow if col in valued else (_WIDTH - narrow * len(valued)) / labels for col in range(table.n_cols)]


DOCUMENT_WRITERS: dict[str, Callable[[Sequence[Block]], bytes]] = {
    "html": html_page,
    "docx": word_file,
    "pdf": pdf_file,
}
