"""Plain text and Markdown, however they flattened the report: the text stays as it is, the layout is found.

The canonical text is the file's own (NFC, `\\n`), so that offsets into the file hold. Lines that a program
broke are put together as the pieces of one paragraph; lines whose cells are told apart by tabs or pipes
become tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from extraction.document import Document, Format, Paragraph, Span, Table, TableCell, normalise
from extraction.numbering import POINT
from extraction.readers.barred_cells import PADDED, SECTION_HEADING, barred_cells
from extraction.readers.encoding import decode
from extraction.readers.line_breaks import CLAUSE, flattened_cuts, join_lines
from extraction.readers.markup_tables import cuts, markup_table

_BOXES = str.maketrans("│┃║┆┊─━═┄┈" + "┌┐└┘├┤┬┴┼" + "╔╗╚╝╠╣╦╩╬" + "┏┓┗┛┣┫┳┻╋", "|||||-----" + "+" * 27)  # tables drawn with letters
_TWO_CELLS = re.compile(r"[^|。；;]{2,60}\|[^|。；;]{1,30}")  # 行政许可|1307
_PIPE_RULE = re.compile(r"[\s|:\-—=+]*\Z")
_NUMBERED = re.compile(POINT)
_FEWEST_TORN, _LONGEST_TORN = 4, 30  # cells of a row whose label is torn; characters of the label's upper half
_MOST_BARRED = 4000  # lines of one table of one cell a line
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+")
_EMPHATIC = re.compile(r"(\*{2,3})[^*]+\1")
_EMPHASIS = re.compile(r"\*{2,3}")


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str


def _lines(text: str) -> list[_Line]:
    lines, start = [], 0
    for raw in re.split(r"[\n\f]", text):
        plain = raw.translate(_BOXES)
        for begin, end in pairwise([0, *sorted({*cuts(raw), *flattened_cuts(raw)} - {0, len(raw)}), len(raw)]):
            lines.append(_Line(start + begin, start + end, plain[begin:end]))
        start += len(raw) + 1
    return lines


def _separator(line: str) -> str | None:
    """The character that parts a line's cells, if it has at least two cells."""
    if line.count("|") >= 2 or _TWO_CELLS.fullmatch(line):
        return "|"
    if "\t" in line.strip("\t ") or line.count("\t") >= 2:
        return "\t"
    return None


def _split_cells(line: _Line, separator: str, *, opened: bool, closed: bool) -> list[tuple[int, int]]:
    """The trimmed ranges of a line's cells; bars that open and close a table's lines bound no cell."""
    text, offset = line.text, line.start
    if separator == "|":
        text = PADDED.sub("", text.rstrip())
        if closed:
            text = text.removesuffix("|")
        if opened:
            offset += text.index("|") + 1
            text = text[text.index("|") + 1 :]
    ranges, start = [], 0
    for part in text.split(separator):
        lead = len(part) - len(part.lstrip(" \u3000\xa0"))
        begin = offset + start + lead
        ranges.append((begin, max(begin, offset + start + len(part.rstrip(" \u3000\xa0")))))
        start += len(part) + 1
    return ranges


def _table(rows: Sequence[Sequence[tuple[int, int]]]) -> Table:
    cells = tuple(
        TableCell(row, row + 1, column, column + 1, start, end)
        for row, ranges in enumerate(rows)
        for column, (start, end) in enumerate(ranges)
    )
    return Table(
        cells, len(rows), max(len(row) for row in rows), rows[0][0][0], max(cell.end for cell in cells),
        "delimited",
    )  # fmt: skip


def _delimited(lines: Sequence[_Line], at: int) -> tuple[Table, int] | None:
    """A table of lines with tabs or pipes that starts at line `at`, and the line after it."""
    separator = _separator(lines[at].text)
    if separator is None:
        return None
    found: list[_Line] = []
    index = at
    while index < len(lines):
        line = lines[index].text
        if separator in line and (separator == "\t" or not _PIPE_RULE.match(line)):
            found.append(lines[index])
        elif found and _tears_label(lines, index, separator):
            below = lines[index + 1]
            found.append(_Line(lines[index].start, below.end, f"{line}\n{below.text}"))
            index += 1
        elif (line.strip() and not (separator == "|" and _PIPE_RULE.match(line))) or (not line.strip() and not _goes_on(lines, index, separator)):
            break
        index += 1
    if len(found) < 2:
        return None
    opened = separator == "|" and all(line.text.lstrip().startswith("|") for line in found)
    closed = separator == "|" and 2 * sum(line.text.rstrip().endswith("|") for line in found) > len(found)
    return _table([_split_cells(line, separator, opened=opened, closed=closed) for line in found]), index


def _tears_label(lines: Sequence[_Line], index: int, separator: str) -> bool:
    """Whether a line without a separator is the upper half of the label that opens the next line's row."""
    if index + 1 >= len(lines) or lines[index + 1].text.count(separator) < _FEWEST_TORN:
        return False
    upper, lower = lines[index].text.strip(), lines[index + 1].text.strip()
    if len(upper) > _LONGEST_TORN or re.search(r"[。；：，:;]", upper) or SECTION_HEADING.match(upper):
        return False
    label, *values = lower.split(separator)
    figures = not any(re.search(r"[\u4e00-\u9fff]{2}", value) for value in values)
    return bool(label and figures and _NUMBERED.match(upper) and not _NUMBERED.match(lower))


def _goes_on(lines: Sequence[_Line], index: int, separator: str) -> bool:
    """Whether the table goes on after blank lines (a page break)."""
    following = next((line for line in lines[index : index + 4] if line.text.strip()), None)
    return following is not None and _separator(following.text) == separator


def _cell_per_line(lines: Sequence[_Line], at: int) -> tuple[Table, int] | None:
    """A table exported with one cell a line: a tab opens a cell, a blank line ends a row."""
    if not _opens_cell(lines[at].text):
        return None
    rows: list[list[tuple[int, int]]] = [[]]
    index = at
    while index < len(lines):
        line = lines[index]
        if _opens_cell(line.text):
            begin = line.start + 1 + len(line.text[1:]) - len(line.text[1:].lstrip(" "))
            rows[-1].append((begin, max(begin, line.start + len(line.text.rstrip(" ")))))
        elif not line.text.strip():
            if not (index + 1 < len(lines) and _opens_cell(lines[index + 1].text)):
                break
            rows.append([])
        elif rows[-1] and _cell_goes_on(lines, index):
            rows[-1][-1] = (rows[-1][-1][0], line.end)
        else:
            break
        index += 1
    rows = [row for row in rows if row]
    return (_table(rows), index) if sum(map(len, rows)) >= 4 else None


def _opens_cell(line: str) -> bool:
    return line.startswith("\t") and line.count("\t") == 1


def _cell_goes_on(lines: Sequence[_Line], index: int) -> bool:
    """Whether a line without a tab is a further line of the cell above: the row goes on or ends after it."""
    if len(lines[index].text) > 60:
        return False
    following = next((line.text for line in lines[index + 1 : index + 3] if line.text.strip()), "")
    return _opens_cell(following)


def _markup(text: str, lines: Sequence[_Line], at: int) -> tuple[Table, int] | None:
    """An HTML table that a line opens."""
    if "<" not in lines[at].text:
        return None
    found = markup_table(text, lines[at].start, lines[at].end)
    if found is None:
        return None
    index = at
    while index < len(lines) and lines[index].start < found[1]:
        index += 1
    return found[0], index


def _barred_cells(lines: Sequence[_Line], at: int) -> tuple[Table, int] | None:
    found = barred_cells([(line.start, line.text) for line in lines[at : at + _MOST_BARRED]])
    return (_table(found[0]), at + found[1]) if found else None


def read(data: bytes, name: str, format_: Format = "text") -> Document:
    """Reads plain text or Markdown.

    Raises:
        ReadError: `corrupt` where the bytes are no text in any known encoding.
    """
    text = normalise(decode(data))
    lines = _lines(text)
    tables: list[Table] = []
    paragraphs: list[Paragraph] = []
    pending: list[Span] = []

    def flush() -> None:
        if pending:
            paragraphs.extend(join_lines(text, pending))
            pending.clear()

    index = 0
    while index < len(lines):
        found = _markup(text, lines, index) or _cell_per_line(lines, index) or _barred_cells(lines, index) or _delimited(lines, index)
        if found:
            flush()
            tables.append(found[0])
            index = found[1]
            continue
        line = lines[index]
        stripped = line.text.strip(" \t\u3000\xa0")
        mark = _MARKDOWN_HEADING.match(stripped) if format_ == "markdown" else None
        if stripped:
            start = line.start + line.text.index(stripped)
            if mark:
                flush()
                piece = Span(start + mark.end(), start + len(stripped))
                paragraphs.append(Paragraph((piece,), heading=True))
            else:
                pending.append(Span(start, start + len(stripped)))
        index += 1
    flush()
    if format_ == "markdown":
        paragraphs = [_without_emphasis(text, paragraph) for paragraph in paragraphs]
    return Document(text, format_, tuple(paragraphs), tuple(tables))


def _without_emphasis(text: str, paragraph: Paragraph) -> Paragraph:
    """A sentence (公开信息**186**条) or a whole title without its asterisks; a form's lines stay as they are."""
    line = text[paragraph.start : paragraph.end]
    if not (_EMPHASIS.search(line) and (CLAUSE.search(line) or _EMPHATIC.fullmatch(line))):
        return paragraph
    pieces: list[Span] = []
    for piece in paragraph.pieces:
        start = piece.start
        for mark in _EMPHASIS.finditer(text, piece.start, piece.end):
            pieces.append(Span(start, mark.start()))
            start = mark.end()
        pieces.append(Span(start, piece.end))
    kept = tuple(piece for piece in pieces if piece.start < piece.end)
    return replace(paragraph, pieces=kept) if kept else paragraph
