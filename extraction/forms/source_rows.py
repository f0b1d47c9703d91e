"""Rows as a report prints them: a label and the values beside it, from grids, delimited lines or bare text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from extraction.document import Document, Paragraph, Table, TableCell
from extraction.forms.definitions import load_definitions, normalise_label
from extraction.forms.values import CellKind, CellValue, read_cell, strip_artifacts


@dataclass(frozen=True, slots=True)
class SourceValue:
    """A value cell: its trimmed range in the text, its reading and the heads printed above it (nearest first).

    `x` is the terminal column where it ends, on a line that is laid out with several blanks between values.
    """

    start: int
    end: int
    reading: CellValue
    page: int | None = None
    heads: tuple[str, ...] = ()
    x: int | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A printed row.

    `label` is the nearest label text; `before` and `after` are all label characters between the values of the
    rows above and below, where the text does not tell cells apart. `blanks_visible` says that an empty cell
    would have been seen. `table` is the index of the logical table, `None` in running text. `unread` says that
    figures stand behind the row which could not be read as its values.
    """

    label: str
    values: tuple[SourceValue, ...]
    start: int
    end: int
    group: str = ""
    before: str = ""
    after: str = ""
    blanks_visible: bool = True
    table: int | None = None
    unread: bool = False

    @property
    def is_blank(self) -> bool:
        return all(value.reading.kind is CellKind.BLANK for value in self.values)


@dataclass(frozen=True, slots=True)
class _GridCell:
    cell: TableCell
    row_start: int
    row_end: int
    text: str
    start: int
    reading: CellValue


def logical_tables(document: Document) -> list[tuple[Table, ...]]:
    """The tables with their joined fragments put together, in reading order."""
    joined = {first: join.fragments for join in document.joins for first in join.fragments[:1]}
    inner = {index for join in document.joins for index in join.fragments[1:]}
    return [
        tuple(document.tables[part] for part in joined.get(index, (index,)))
        for index in range(len(document.tables))
        if index not in inner
    ]


def _grid_cells(document: Document, fragments: Sequence[Table]) -> list[_GridCell]:
    cells, offset = [], 0
    for fragment in fragments:
        for cell in fragment.cells:
            raw = document.quote(cell)
            start, end = strip_artifacts(raw)
            text = raw[start:end]
            cells.append(
                _GridCell(
                    cell, cell.row_start + offset, cell.row_end + offset,
                    text, cell.start + start, read_cell(text),
                )
            )  # fmt: skip
        offset += fragment.n_rows
    return cells


def _label_index(cells: Sequence[_GridCell]) -> int:
    """The index of the row's label: the last text cell with values after it and at most a serial before it."""
    numbers_before = 0
    label = -1
    for index, cell in enumerate(cells):
        if cell.reading.kind is CellKind.NUMBER:
            numbers_before += 1
        elif cell.reading.kind is CellKind.TEXT and numbers_before <= 1 and index + 1 < len(cells):
            label = index
    return label


def _table_rows(document: Document, fragments: Sequence[Table], number: int) -> Iterator[SourceRow]:
    cells = _grid_cells(document, fragments)
    gridded = fragments[0].source != "delimited"
    texts = [cell for cell in cells if cell.reading.kind is CellKind.TEXT] if gridded else []
    by_row: dict[int, list[_GridCell]] = {}
    for cell in cells:
        for row in range(cell.row_start, cell.row_end):
            by_row.setdefault(row, []).append(cell)
    head: list[_GridCell] = []
    for row in sorted(by_row):
        covering = sorted(by_row[row], key=lambda cell: cell.cell.col_start)
        if not gridded:
            head = _head_row(covering, head)
        index = _label_index(covering)
        values = [cell for cell in covering[index + 1 :] if cell.row_start == row]
        if not any(cell.reading.kind is not CellKind.TEXT or _FIGURE.match(cell.text) for cell in values):
            continue
        labels = [cell for cell in covering[: index + 1] if cell.reading.kind is CellKind.TEXT]
        own = labels[-1] if labels else None
        yield SourceRow(
            label=own.text if own else "",
            group="".join(cell.text for cell in labels[:-1]),
            values=tuple(
                SourceValue(cell.start, cell.start + len(cell.text), cell.reading, cell.cell.page, heads)
                for cell, heads in zip(
                    values,
                    [_heads_above(cell, texts) for cell in values] if gridded else _heads_in_order(head, values),
                    strict=True,
                )
            ),
            start=min(cell.cell.start for cell in covering),
            end=max(cell.cell.end for cell in covering),
            table=number,
        )


def _head_row(cells: Sequence[_GridCell], current: list[_GridCell]) -> list[_GridCell]:
    """The heads that hold for the rows below: a row of texts alone that opens with its labels' own head."""
    printed = [cell for cell in cells if cell.reading.kind is not CellKind.BLANK]
    if len(printed) < 2 or any(cell.reading.kind is not CellKind.TEXT for cell in printed):
        return current if len(printed) > 1 else []
    return printed if _CORNER.match("".join(printed[0].text.split())) else []


def _heads_in_order(head: Sequence[_GridCell], values: Sequence[_GridCell]) -> list[tuple[str, ...]]:
    """For each value the head of its place, where there are as many heads as values."""
    if len(head) != len(values) + 1:
        return [() for _ in values]
    return [(cell.text,) for cell in head[1:]]


def _heads_above(cell: _GridCell, texts: Iterable[_GridCell]) -> tuple[str, ...]:
    above = [
        other
        for other in texts
        if other.row_end <= cell.row_start
        and other.cell.col_start < cell.cell.col_end
        and cell.cell.col_start < other.cell.col_end
    ]
    above.sort(key=lambda other: -other.row_end)
    return tuple(other.text for other in above)


_CORNER = re.compile(r"(?:信息|公开)?(?:内容|项目|指标|类别|事项|名称)(?:名称|内容)?\Z")
_SPACED = re.compile(r"\S+")
_UNIT_WORD = re.compile(r"(?:[件个项条次份宗起元]|万元|[（(](?:[件个项条次份宗起元]|万元)[）)])\Z")
_ENUMERATED = re.compile(r"\A[（(]?\d{1,2}[）)、.．]")
_FIGURE = re.compile(r"\d.{0,19}\Z")  # a figure, if one that cannot be read (1.2E5)
_DIGIT = re.compile(r"\d")
_SENTENCE = re.compile(r"[。；!?？！]|https?://")
_BRACKETED = re.compile(r"[（(][^）)]*(?:[）)]|\Z)")
_COMMA = re.compile(r"[，,](?!\d)")
_PAGE_NUMBER = re.compile(r"\s*(?:[-—–－]\s*\d+\s*[-—–－]|第\s*\d+\s*页.*)\s*\Z")
_GOES_ON_AS_PROSE = re.compile(r"\s*[件项条个次万亿元年月日人家篇份户起宗，。、；％%)）]")
_GOES_ON_AS_LABEL = re.compile(r"\s*[（(](?![一二三四五六七八九十\d]+[）)])|\s*(?:指|含|区分)")
_LABEL_STARTS = re.compile(r"\d{1,2}[.．、]|[（(][一二三四五六七八九十][）)]|[一二三四五六]、|第二十条")


def _starts_label(text: str) -> bool:
    if _LABEL_STARTS.match(text):
        return True
    label = normalise_label(text)
    return bool(label) and any(
        label.startswith(known) or known.startswith(label)
        for definition in load_definitions()
        for labels in (*(row.labels for row in definition.rows), *(column.labels for column in definition.columns))
        for known in labels
    )


def _words(line: str) -> list[tuple[int, int]]:
    """The ranges of a line's words; a unit that stands apart from its number (`15 件`) belongs to it."""
    words: list[tuple[int, int]] = []
    for match in _SPACED.finditer(line):
        start = words[-1][0] if words else 0
        if words and _UNIT_WORD.match(match[0]) and _is_bare_number(line[slice(*words[-1])]):
            words[-1] = (start, match.end())
        else:
            words.append((match.start(), match.end()))
    return words


def _is_bare_number(word: str) -> bool:
    reading = read_cell(word)
    return reading.kind is CellKind.NUMBER and reading.unit is None


def _split_line(line: str) -> list[tuple[bool, int, int]]:
    """A line's runs of text (parted by two blanks) and single values as (is value, start, end).

    Values are whole words; in mid-line they count only side by side or where a new label follows them.
    """
    words = _words(line)
    is_value = [read_cell(line[start:end]).kind is not CellKind.TEXT for start, end in words]
    accepted = list(is_value)
    index = len(words)
    while index > 0 and is_value[index - 1]:
        index -= 1
    opening = 0  # where the words since the last value begin
    for position in range(index):
        if is_value[position]:
            after = next(k for k in range(position, len(words)) if not is_value[k])
            several = (position > 1 and is_value[position - 1]) or is_value[position + 1]
            named = _ends_with_row_label(line[opening : words[position][0]])
            accepted[position] = position > 0 and (several or named or _starts_label(line[words[after][0] :]))
            opening = words[position][1]
    runs: list[tuple[bool, int, int]] = []
    for (start, end), value in zip(words, accepted, strict=True):
        if not value and runs and not runs[-1][0] and start - runs[-1][2] < 2:
            runs[-1] = (False, runs[-1][1], end)
        else:
            runs.append((value, start, end))
    return runs


def _display_column(line: str, end: int) -> int:
    """The terminal column where `line[:end]` ends (wide characters take two)."""
    return end + sum(character > "\u2e7f" for character in line[:end])


class _LineReader:
    """Turns lines of bare text into rows: labels gather until values come, values until a label comes."""

    def __init__(self) -> None:
        self.rows: list[SourceRow] = []
        self._labels: list[tuple[str, int]] = []
        self._values: list[SourceValue] = []
        self._end = 0

    def feed(self, line: str, start: int, page: int | None, following: str) -> None:
        if _PAGE_NUMBER.match(line):
            return
        runs = _split_line(line)
        if _SENTENCE.search(line) or _is_prose(line, runs, following):
            self.close()
            self._labels.clear()
            return
        starts = [run_start for value, run_start, _ in runs if value]
        laid_out = all(line[max(0, run_start - 2) : run_start].isspace() for run_start in starts)
        for value, run_start, run_end in runs:
            text = line[run_start:run_end]
            if not value:
                self._add_label(text, start + run_start)
                continue
            inner_start, inner_end = strip_artifacts(text)
            self._values.append(
                SourceValue(
                    start + run_start + inner_start, start + run_start + inner_end,
                    read_cell(text[inner_start:inner_end]), page, x=_display_column(line, run_end) if laid_out else None,
                )
            )  # fmt: skip
            self._end = start + run_end

    def _add_label(self, text: str, start: int) -> None:
        if self._values:
            self.close()
        elif self._labels and _is_row_label(self._labels[-1][0]) and not _GOES_ON_AS_LABEL.match(text):
            self._flush(())
        self._labels.append((text, start))
        self._end = start + len(text)

    def close(self) -> None:
        """Ends the row that is being gathered."""
        if self._values:
            self._flush(tuple(self._values))
            self._values = []

    def _flush(self, values: tuple[SourceValue, ...]) -> None:
        before = normalise_label("".join(text for text, _ in self._labels[-12:]))
        label, start = self._labels[-1] if self._labels else ("", values[0].start)
        self.rows.append(SourceRow(label, values, start, self._end, before=before, blanks_visible=False))
        self._labels = []


def _is_row_label(text: str) -> bool:
    label = normalise_label(text)
    return any(label in row.labels for definition in load_definitions() for row in definition.rows)


def _ends_with_row_label(text: str) -> bool:
    label = normalise_label(text[-80:])
    return any(
        len(known) >= 4 and label.endswith(known)
        for definition in load_definitions()
        for row in definition.rows
        for known in row.labels
    )


def _is_prose(line: str, runs: Sequence[tuple[bool, int, int]], following: str) -> bool:
    labels = [line[start:end] for value, start, end in runs if not value]
    n_values = len(runs) - len(labels)
    if not n_values or not labels:
        return False
    if _COMMA.search(_BRACKETED.sub("", labels[0])) and normalise_label(labels[0])[-4:] not in _comma_label_tails():
        return True
    return n_values == 1 and bool(_GOES_ON_AS_PROSE.match(following))


def _comma_label_tails() -> frozenset[str]:
    return frozenset(
        label[-4:] for definition in load_definitions() for row in definition.rows for label in row.labels
    )


def _line_rows(document: Document, paragraphs: Iterable[Paragraph]) -> list[SourceRow]:
    reader = _LineReader()
    lines = [
        (document.text[piece.start : piece.end], piece.start, paragraph.page)
        for paragraph in paragraphs
        for piece in paragraph.pieces
    ]
    for index, (line, start, page) in enumerate(lines):
        following = lines[index + 1][0] if index + 1 < len(lines) else ""
        reader.feed(line, start, page, following)
    reader.close()
    return [
        replace(
            row,
            after=following.before if following else "",
            unread=not row.values and _has_unread(document, row, following),
        )
        for row, following in zip_longest(reader.rows, reader.rows[1:])
    ]


def _has_unread(document: Document, row: SourceRow, following: SourceRow | None) -> bool:
    """Whether a row without values has figures in its label or behind it."""
    inside = _ENUMERATED.sub("", document.text[row.start : row.end].strip())
    return bool(_DIGIT.search(inside) or (following and _DIGIT.search(document.text, row.end, following.start)))


def source_rows(document: Document) -> list[SourceRow]:
    """All rows with values (or with a known label and none) of a document, in reading order."""
    rows = _line_rows(document, document.paragraphs)
    for number, fragments in enumerate(logical_tables(document)):
        rows.extend(_table_rows(document, fragments, number))
    return sorted(rows, key=lambda row: row.start)
