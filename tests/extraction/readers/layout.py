"""What a reader made of a document, as text: its paragraphs, and its tables as grids and as rows."""

from __future__ import annotations

from extraction.document import Document, Table


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
