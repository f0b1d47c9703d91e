"""The ways in which programs flatten a report's tables into text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evaluation.synthetic.printed import Block, PrintedCell, PrintedTable

_LINE = 28  # characters of a printed line


def _rows(table: PrintedTable) -> list[list[PrintedCell | None]]:
    """Each row's cells in order; `None` for the place of a cell that came down from a row above."""
    rows: list[list[PrintedCell | None]] = []
    for line in range(table.n_rows):
        covering = sorted(
            (cell for cell in table.cells if cell.row <= line < cell.row_end), key=lambda cell: cell.col
        )
        rows.append([cell if cell.row == line else None for cell in covering])
    return rows


def cell_per_line(blocks: Sequence[Block]) -> str:
    """A word processor's text export: a tab before each cell, a blank line after each row."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.append(block)
            continue
        for row in _rows(block):
            lines.extend("\t" + (cell.text if cell else "") for cell in row)
            lines.append("")
        lines.append("")
    return "\n".join(lines) + "\n"


def paragraph_per_cell(blocks: Sequence[Block]) -> str:
    """A web page's text: every printed cell a paragraph, a blank line between paragraphs."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(block)
        else:
            parts.extend(cell.text for cell in block.in_order() if cell.text)
    return "\n\n".join(parts) + "\n"


def tab_rows(blocks: Sequence[Block]) -> str:
    """OCR output: a line a row, tabs between cells, an empty field where a merged cell goes on."""
    return _delimited(blocks, "\t", "", "")


def pipe_rows(blocks: Sequence[Block]) -> str:
    """Markdown: a line a row between pipes."""
    return _delimited(blocks, " | ", "| ", " |")


def _delimited(blocks: Sequence[Block], separator: str, opening: str, closing: str) -> str:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.extend([block, ""])
            continue
        for row in _rows(block):
            lines.append(opening + separator.join(cell.text if cell else "" for cell in row) + closing)
        lines.append("")
    return "\n".join(lines) + "\n"


def padded_pipes(blocks: Sequence[Block]) -> str:
    """A crawler's text: printed cells between bars, each row filled up with bars to the table's width."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.append(block)
            continue
        for row in _rows(block):
            printed = [cell for cell in row if cell]
            missing = block.n_cols - len(printed)
            lines.append(" | ".join(cell.text for cell in printed) + " | " + "|" * missing)
    return "\n".join(lines) + "\n"


def line_per_cell(blocks: Sequence[Block]) -> str:
    """A page's bare text nodes: every printed cell a line."""
    return paragraph_per_cell(blocks).replace("\n\n", "\n")


def one_line_tables(blocks: Sequence[Block]) -> str:
    """A table's text nodes joined by blanks: a whole form in one line."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.append(block)
        else:
            lines.append(" ".join(cell.text for cell in block.in_order() if cell.text))
    return "\n".join(lines) + "\n"


def one_line(blocks: Sequence[Block]) -> str:
    """A page's text nodes joined by blanks: the whole report in one line."""
    return " ".join(one_line_tables(blocks).split())


def drawn_with_letters(blocks: Sequence[Block]) -> str:
    """A terminal browser's text: tables drawn with box letters (U+2500), a rule between rows."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.extend([block, ""])
            continue
        rule = "─" * 16
        lines.append("┌" + rule + "┐")
        for row in _rows(block):
            lines.append("│" + "│".join(cell.text if cell else "" for cell in row) + "│")
            lines.append("├" + "┼".join([rule] * block.n_cols) + "┤")
        lines.append("└" + rule + "┘")
    return "\n".join(lines) + "\n"


def pdf_text(blocks: Sequence[Block]) -> str:
    """A PDF's plain text: lines of a fixed width, labels broken, a blank line after every line."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.extend(block[start : start + _LINE] for start in range(0, len(block), _LINE))
            continue
        for row in _rows(block):
            lines.extend(_pdf_row([cell for cell in row if cell]))
    return "\n\n".join(lines) + "\n"


def _pdf_row(cells: Sequence[PrintedCell]) -> list[str]:
    lines: list[str] = []
    for cell in cells:
        if not cell.is_value:
            width = 14
            lines.extend(cell.text[start : start + width] for start in range(0, len(cell.text), width))
    values = " ".join(cell.text for cell in cells if cell.is_value)
    if values and lines and len(lines[-1]) < 13:
        lines[-1] += " " + values
    elif values:
        lines.append(values)
    return lines


def layout_text(blocks: Sequence[Block]) -> str:
    """`pdftotext -layout`: columns kept apart by blanks, a label of several lines around its values."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.extend(block[start : start + 36] for start in range(0, len(block), 36))
            lines.append("")
            continue
        widths = _column_widths(block)
        for row in _rows(block):
            lines.extend(_layout_row([cell for cell in row if cell], widths))
    return "\n".join(lines) + "\n"


def _column_widths(table: PrintedTable) -> list[int]:
    """Terminal columns of each table column: wide for labels, as wide as the longest value otherwise."""
    widths = [table.label_width] * table.n_cols
    for column in range(table.n_cols):
        values = [cell for cell in table.cells if cell.is_value and cell.col == column]
        if values:
            widths[column] = max(8, 2 + max(_width(cell.text) for cell in values))
    return widths


def _width(text: str) -> int:
    return len(text) + sum(character > "\u2e7f" for character in text)


def _layout_row(cells: Sequence[PrintedCell], widths: Sequence[int]) -> list[str]:
    wrapped: list[tuple[int, int, list[str]]] = []
    for cell in cells:
        left = sum(widths[: cell.col])
        room = sum(widths[cell.col : cell.col_end])
        fit = len(cell.text) if cell.is_value else max(2, room // 2 - 1)
        parts = [cell.text[at : at + fit] for at in range(0, len(cell.text), fit or 1)] or [""]
        wrapped.append((left, room, parts))
    height = max(len(parts) for _, _, parts in wrapped)
    lines = []
    for number in range(height):
        line = ""
        for left, room, parts in wrapped:
            offset = number - (height - len(parts)) // 2
            text = parts[offset] if 0 <= offset < len(parts) else ""
            if text:
                start = left + max(0, (room - _width(text)) // 2)
                line += " " * max(1 if line else 0, start - _width(line)) + text
        lines.append(line.rstrip())
    return lines


TEXT_WRITERS: dict[str, Callable[[Sequence[Block]], str]] = {
    "cell_per_line": cell_per_line,
    "paragraph_per_cell": paragraph_per_cell,
    "tab_rows": tab_rows,
    "pipe_rows": pipe_rows,
    "padded_pipes": padded_pipes,
    "line_per_cell": line_per_cell,
    "one_line_tables": one_line_tables,
    "one_line": one_line,
    "drawn_with_letters": drawn_with_letters,
    "pdf_text": pdf_text,
    "layout_text": layout_text,
}
# Flattenings in which an empty cell leaves a trace.
BLANKS_VISIBLE = frozenset({"cell_per_line", "tab_rows", "pipe_rows", "padded_pipes", "drawn_with_letters"})
