"""What the markup readers hand over: paragraphs and tables in reading order, made into a `Document`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extraction.document import Document, DocumentBuilder, Format, RawCell, TableJoin
from extraction.numbering import PART, POINT
from extraction.readers.grid import split_at_prose
from extraction.readers.line_breaks import is_torn

_INDENTED = re.compile(r"\u3000| {2}|\t")
_ENUMERATED = re.compile(rf"\s*(?:{POINT}|{PART})")
_SENTENCE_END = re.compile(r"[。；！？;!?：:]['”’」』）)]*\s*$")
_MAX_HEADING = 40
_MAX_HEADING_REST = 12


@dataclass(frozen=True, slots=True)
class ParagraphBlock:
    """A paragraph; `\\n` where its author broke the line."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A data table; `inner` for one that stood in a cell of another, which never continues its neighbour."""

    cells: Sequence[RawCell]
    inner: bool = False


Block = ParagraphBlock | TableBlock


def build(
    fmt: Format, blocks: Iterable[Block], *, title: str | None = None, published: str | None = None
) -> Document:
    """The document of `blocks`; neighbouring tables of equal width are joined, their fragments kept."""
    builder = DocumentBuilder(fmt)
    order: list[int | None] = []  # table index, or None for anything that keeps its neighbours apart
    for block in _mended(blocks):
        if isinstance(block, ParagraphBlock):
            _add_paragraph(builder, order, block)
            continue
        for segment in split_at_prose(block.cells):
            if isinstance(segment, str):
                for line in segment.split("\n"):
                    _add_paragraph(builder, order, ParagraphBlock(line))
            else:
                index = builder.table(segment, source="markup")
                order += [None, index, None] if block.inner else [index]
    return builder.build(joins=_joins(builder, order), title=title, published=published)


def _mended(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with torn sentences made whole: some pages have an element for each printed line."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, ParagraphBlock) and not block.heading and block.text.strip():
            text = block.text.strip("\n")
            if lines and not is_torn(lines[-1], text.strip()):
                yield ParagraphBlock("\n".join(lines))
                lines = []
            lines.append(text)
            continue
        if lines:
            yield ParagraphBlock("\n".join(lines))
            lines = []
        yield block
    if lines:
        yield ParagraphBlock("\n".join(lines))


def _add_paragraph(builder: DocumentBuilder, order: list[int | None], block: ParagraphBlock) -> None:
    if not block.text.strip():
        return
    order.append(None)
    for text in [block.text] if block.heading else split_lines(block.text):
        builder.paragraph(text, heading=block.heading)


def split_lines(text: str) -> list[str]:
    """Paragraphs of a text broken by line breaks: pages set whole reports with `<br>` or Shift+Enter.

    A line goes on into the next unless it ends a sentence or is a heading, or the next is indented or
    enumerated; lines of one paragraph stay joined by `\\n`.
    """
    if "\n" not in text:
        return [text]
    paragraphs: list[list[str]] = []
    previous = ""
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            if paragraphs and previous and _continues(previous, line):
                paragraphs[-1].append(stripped)
            else:
                paragraphs.append([stripped])
        previous = stripped
    return ["\n".join(lines) for lines in paragraphs]


def _continues(previous: str, line: str) -> bool:
    if _SENTENCE_END.search(previous) or _INDENTED.match(line) or _ENUMERATED.match(line):
        return False
    if _ENUMERATED.match(previous) and len(previous) <= _MAX_HEADING:
        return len(line.strip()) <= _MAX_HEADING_REST and not _SENTENCE_END.search(line)
    return True


def _joins(builder: DocumentBuilder, order: Sequence[int | None]) -> tuple[TableJoin, ...]:
    joins: list[TableJoin] = []
    run: list[int] = []
    for index in [*order, None]:
        if index is not None and run and builder.tables[run[-1]].n_cols == builder.tables[index].n_cols:
            run.append(index)
            continue
        if len(run) > 1:
            width = builder.tables[run[0]].n_cols
            joins.append(TableJoin(tuple(run), f"nothing but blank paragraphs between, {width} columns each"))
        run = [] if index is None else [index]
    return tuple(joins)
