"""Pages to be read, and what the reader made of them."""

from __future__ import annotations

from extraction.document import Document, Table
from extraction.readers import html

PROSE = "青禾县数据局认真贯彻落实条例，全年主动公开政府信息三百余条，较好地保障了公众的知情权。"
FORM = (
    "<table><tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td></tr>"
    "<tr><td>行政规范性文件</td><td>3</td><td>0</td></tr></table>"
)


def read(page: str) -> Document:
    return html.read(page.encode(), "page.html")


def lines(document: Document) -> list[str]:
    return ["".join(document.text[p.start : p.end] for p in par.pieces) for par in document.paragraphs]


def grid(document: Document, index: int = 0) -> list[tuple[int, int, int, int, str]]:
    table = document.tables[index]
    return [(c.row_start, c.row_end, c.col_start, c.col_end, document.quote(c)) for c in table.cells]


def rows(document: Document, table: Table) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(table.n_rows)]
    for cell in table.cells:
        found[cell.row_start].append(document.quote(cell))
    return found


def wrap(table: str) -> str:
    return f"<html><body><p>{PROSE}</p>{table}<p>{PROSE}</p></body></html>"
