"""The one thing that every reader makes: a canonical text with paragraphs and tables as offsets into it.

All offsets are Python character offsets into `Document.text`, end exclusive. The text is NFC with `\n`
line ends. Nothing downstream of the readers knows the file format.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Format = Literal["html", "docx", "doc", "pdf", "ofd", "text", "markdown", "image"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as its author meant it.

    `pieces` are its lines in order: one where the source keeps paragraphs whole, several where the source
    broke it into lines (flattened text). Joining the pieces without a separator gives the running text.
    """

    pieces: tuple[Span, ...]
    page: int | None = None
    heading: bool = False

    @property
    def start(self) -> int:
        return self.pieces[0].start

    @property
    def end(self) -> int:
        return self.pieces[-1].end


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell over half-open grid ranges; `start == end` where it is blank."""

    row_start: int
    row_end: int
    col_start: int
    col_end: int
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A grid of cells in reading order; no two cover the same place, but places may be uncovered.

    `source` says how far the grid can be trusted: `markup` (written by the author's program), `ruled`
    (rebuilt from lines on the page), `delimited` (tabs or pipes in a text).
    """

    cells: tuple[TableCell, ...]
    n_rows: int
    n_cols: int
    start: int
    end: int
    source: Literal["markup", "ruled", "delimited"]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class TableJoin:
    """The decision to read consecutive fragments (indices into `Document.tables`) as one table."""

    fragments: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """A range that was read from an image: how sure the recogniser is of its least certain figure."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Document:
    """A report's canonical text and its layout.

    `paragraphs` and `tables` are in reading order; their pieces and cells do not overlap. `pages` is the number of
    pages, or `None` where the format has none. `title` and `published` are what the container's own metadata says.
    `scanned_pages` are those whose text was recognised from an image, `unread_pages` those that could not be;
    `recognised` are the ranges of figures that the recogniser doubts.
    """

    text: str
    format: Format
    paragraphs: tuple[Paragraph, ...]
    tables: tuple[Table, ...]
    joins: tuple[TableJoin, ...] = ()
    pages: int | None = None
    title: str | None = None
    published: str | None = None
    scanned_pages: tuple[int, ...] = ()
    unread_pages: tuple[int, ...] = ()
    recognised: tuple[Recognised, ...] = ()

    def certainty(self, span: Span) -> float:
        """How surely the characters of a range were recognised; 1 where they were not read from an image."""
        first = bisect_right(self.recognised, span.start, key=lambda part: part.end)
        scores = []
        for part in self.recognised[first:]:
            if part.start >= span.end:
                break
            scores.append(part.score)
        return min(scores, default=1.0)

    def quote(self, span: Span | TableCell | Paragraph) -> str:
        return self.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as a reader met it, before it has a place in the canonical text."""

    row_start: int
    row_end: int
    col_start: int
    col_end: int
    text: str
    page: int | None = None
    score: float = 1.0


def normalise(text: str) -> str:
    """NFC with `\n` line ends and without NUL or byte-order marks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").replace("\ufeff", "")
    return unicodedata.normalize("NFC", text)


def tidy_cell(text: str) -> str:
    """A cell's text as printed: outer blanks and empty lines dropped, inner line breaks kept."""
    lines = (line.strip(" \t\u3000\xa0") for line in normalise(text).split("\n"))
    return "\n".join(line for line in lines if line)


@dataclass(slots=True)
class DocumentBuilder:
    """Collects blocks in reading order and hands out their offsets."""

    format: Format
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _paragraphs: list[Paragraph] = field(default_factory=list)
    _tables: list[Table] = field(default_factory=list)
    _recognised: list[Recognised] = field(default_factory=list)

    def _append(self, text: str) -> Span:
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return Span(start, self._length)

    def _score(self, start: int, end: int, score: float) -> None:
        if score < 1 and start < end:
            self._recognised.append(Recognised(start, end, score))

    def paragraph(
        self,
        text: str,
        *,
        page: int | None = None,
        heading: bool = False,
        scores: Iterable[tuple[int, float]] = (),
    ) -> None:
        """Adds one paragraph; line breaks inside it become its pieces. Blank ones are dropped.

        `scores` are those of its consecutive parts: where each ends in `text`, and how surely it was recognised.
        """
        start, end = self._length, 0
        for stop, score in scores:
            self._score(start + end, start + stop, score)
            end = stop
        lines = [line.strip(" \t\u3000\xa0") for line in normalise(text).split("\n")]
        pieces = []
        for line in lines:
            if line:
                pieces.append(self._append(line))
                self._append("\n")
        if pieces:
            self._paragraphs.append(Paragraph(tuple(pieces), page, heading))

    def table(
        self,
        cells: Iterable[RawCell],
        *,
        source: Literal["markup", "ruled", "delimited"],
        page: int | None = None,
    ) -> int:
        """Adds a table: its cells' texts row by row, a tab between cells. Returns the table's index."""
        ordered = sorted(cells, key=lambda cell: (cell.row_start, cell.col_start))
        start, placed = self._length, []
        last_row = None
        for cell in ordered:
            if last_row is not None:
                self._append("\t" if cell.row_start == last_row else "\n")
            last_row = cell.row_start
            span = self._append(tidy_cell(cell.text))
            self._score(span.start, span.end, cell.score)
            placed.append(
                TableCell(
                    cell.row_start, cell.row_end, cell.col_start, cell.col_end,
                    span.start, span.end, cell.page if cell.page is not None else page,
                )
            )  # fmt: skip
        end = self._length
        self._append("\n")
        n_rows = max((cell.row_end for cell in placed), default=0)
        n_cols = max((cell.col_end for cell in placed), default=0)
        self._tables.append(Table(tuple(placed), n_rows, n_cols, start, end, source, page))
        return len(self._tables) - 1

    @property
    def tables(self) -> Sequence[Table]:
        return self._tables

    def build(
        self,
        *,
        joins: tuple[TableJoin, ...] = (),
        pages: int | None = None,
        title: str | None = None,
        published: str | None = None,
        scanned_pages: tuple[int, ...] = (),
        unread_pages: tuple[int, ...] = (),
    ) -> Document:
        return Document(
            "".join(self._parts), self.format, tuple(self._paragraphs), tuple(self._tables), joins,
            pages, title, published, scanned_pages, unread_pages, tuple(self._recognised),
        )  # fmt: skip
