"""Reads PDFs with a text layer. Text, rules and places come from pdfium; nothing is rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import create_string_buffer
from dataclasses import dataclass
from itertools import groupby
from threading import Lock
from typing import Any

import pypdfium2.raw as pdfium

from extraction.document import Document, DocumentBuilder, TableJoin
from extraction.errors import ErrorCode, ReadError
from extraction.readers.pdf_checks import refuse_bad_streams, refuse_damaged
from extraction.readers.pdf_gaps import Block, SpacedLines, group_by_gaps
from extraction.readers.pdf_grid import merge_rules
from extraction.readers.pdf_lines import Line, PageLines, build_lines, running_matter
from extraction.readers.pdf_miner import Miner
from extraction.readers.pdf_page import PageContent, TooManyChars, read_page
from extraction.readers.pdf_paragraphs import measure_pages, paragraphs
from extraction.readers.pdf_tables import (
    PageTable,
    on_shared_columns,
    repeated_head_rows,
    ruled_tables,
    same_columns,
)

MAX_PAGES = 1000
MAX_CHARS = 2_000_000
_FEWEST_CHARS = 16  # a page with fewer (a stamp, a page number) has no text layer worth the name
_MOST_JUNK = 0.3
_SCANNED_TO_READABLE = 4  # from this proportion on, what can be read is not the report
_CONTINUATION_NOTE = re.compile(r"[（(]?(?:续|接)(?:上|下)?(?:页|表)?[)）]?")
_NO_TITLE = re.compile(r"(?i)\(?(?:untitled|anonymous|unknown|无标题|文档\s*\d*|新建.*)\)?")
_PDFIUM = Lock()  # pdfium is not thread-safe


@dataclass(frozen=True, slots=True)
class PageLayout:
    """A page's blocks in reading order, and what was set aside as not part of the text."""

    blocks: tuple[Block, ...]
    aside: tuple[str, ...]
    width: float


def read(data: bytes, name: str) -> Document:
    """Reads a PDF into a `Document`; table fragments stay apart, `joins` says which belong together.

    Raises:
        ReadError: EMPTY, CORRUPT, TRUNCATED, ENCRYPTED, TOO_LARGE, or SCAN where there is no text layer.
    """
    return assemble(*read_layouts(data, name))


def assemble(layouts: Sequence[PageLayout], title: str | None) -> Document:
    """The document of pages laid out: lines joined to paragraphs, tables in their places, fragments joined."""
    blocks, chains = _continued_tables(layouts)
    measures = measure_pages(
        [[block for block in layout.blocks if isinstance(block, Line)] for layout in layouts],
        [layout.width for layout in layouts],
    )
    builder = DocumentBuilder("pdf")
    indices: dict[int, int] = {}
    for kind, group in groupby(enumerate(blocks), key=lambda item: type(item[1])):
        if kind is Line:
            run = [block for _, block in group if isinstance(block, Line)]
            for text in paragraphs(run, measures):
                builder.paragraph(text.text, page=text.page, heading=text.heading)
            continue
        for place, block in group:
            if isinstance(block, PageTable):
                indices[place] = builder.table(block.cells, source=block.source, page=block.page)
            elif isinstance(block, SpacedLines):
                text_lines = [line.spaced_text for line in block.lines]
                builder.paragraph("\n".join(text_lines), page=block.lines[0].page)
    joins = tuple(TableJoin(tuple(indices[place] for place in chain), reason) for chain, reason in chains)
    return builder.build(joins=joins, pages=len(layouts), title=title)


def read_layouts(data: bytes, name: str) -> tuple[list[PageLayout], str | None]:
    """The layout of each page and the title in the file's own metadata. Raises as `read` does."""
    refuse_damaged(data, name)
    refuse_bad_streams(data, name)
    with _PDFIUM, _opened(data, name) as document:
        title = _title(document)
        pages = list(_pages(document, data, name))
    _refuse_scan(pages, name)
    tables: list[list[PageTable]] = []
    lines: list[PageLines] = []
    aside: list[list[str]] = []
    for page in pages:
        found, rest = ruled_tables(page)
        tables.append(found)
        lines.append(PageLines(build_lines((c for c in rest if c.turn == 0), page=page.number), page.height))
        aside.append([char.text for char in [*page.aside, *(char for char in rest if char.turn)]])
    running = running_matter(lines)
    layouts = []
    for index, page in enumerate(pages):
        body = [line for i, line in enumerate(lines[index].lines) if (index, i) not in running]
        aside[index] += [line.text for i, line in enumerate(lines[index].lines) if (index, i) in running]
        blocks = tuple(_ordered(body, tables[index], page))
        layouts.append(PageLayout(blocks, tuple(aside[index]), page.width))
    return layouts, title


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Any]:
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        reason = pdfium.FPDF_GetLastError()
        if reason in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise ReadError(ErrorCode.ENCRYPTED, name)
        raise ReadError(ErrorCode.CORRUPT, name, f"pdfium error {reason}")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _title(document: Any) -> str | None:
    size = pdfium.FPDF_GetMetaText(document, b"Title", None, 0)
    buffer = create_string_buffer(min(size, 4096))
    pdfium.FPDF_GetMetaText(document, b"Title", buffer, len(buffer))
    title = buffer.raw[: len(buffer.raw) // 2 * 2].decode("utf-16-le", "ignore").split("\x00")[0].strip()
    title = re.sub(r"^Microsoft Word - |\.(?:docx?|wps|pdf|xlsx?)$", "", title)
    return None if not title or _NO_TITLE.fullmatch(title) else title


def _pages(document: Any, data: bytes, name: str) -> Iterator[PageContent]:
    count = pdfium.FPDF_GetPageCount(document)
    if count < 1:
        raise ReadError(ErrorCode.CORRUPT, name, "no pages")
    if count > MAX_PAGES:
        raise ReadError(ErrorCode.TOO_LARGE, name, f"{count} pages; at most {MAX_PAGES} are read")
    left = MAX_CHARS
    miner = Miner(data, name)
    for index in range(count):
        try:
            page = read_page(document, index, max_chars=left, read_glyphs=miner.glyphs)
        except TooManyChars:
            raise ReadError(ErrorCode.TOO_LARGE, name, f"over {MAX_CHARS} characters") from None
        if page is None:
            raise ReadError(ErrorCode.CORRUPT, name, f"page {index + 1} cannot be read")
        left -= len(page.chars)
        yield page


def _refuse_scan(pages: Sequence[PageContent], name: str) -> None:
    """Raises where pages of images or of characters without meaning outweigh the readable ones."""
    readable = scanned = 0
    for page in pages:
        printed = sum(not char.text.isspace() for char in page.chars)
        if page.junk_share > _MOST_JUNK or (printed < _FEWEST_CHARS and page.image_share > 0.3):
            scanned += 1
        else:
            readable += printed > 0
    if not readable or scanned >= _SCANNED_TO_READABLE * readable:
        raise ReadError(ErrorCode.SCAN, name, f"{readable} of {len(pages)} pages have a text layer")


def _ordered(lines: Sequence[Line], tables: Sequence[PageTable], page: PageContent) -> Iterator[Block]:
    """Lines and tables by height; lines between two tables are searched for columns told by gaps."""
    rules = merge_rules(page.horizontal)
    start = 0
    for table in tables:
        stop = start
        while stop < len(lines) and lines[stop].y < table.box.top:
            stop += 1
        yield from group_by_gaps(lines[start:stop], rules)
        yield table
        start = stop
    yield from group_by_gaps(lines[start:], rules)


def _continued_tables(
    layouts: Sequence[PageLayout],
) -> tuple[list[Block], list[tuple[list[int], str]]]:
    """All blocks in order, and the places among them of table fragments that go on over page ends."""
    blocks: list[Block] = []
    chains: list[list[int]] = []
    for layout in layouts:
        last, first = _outermost(blocks, -1), _outermost(layout.blocks, 0)
        offset = len(blocks)
        blocks += layout.blocks
        if last is None or first is None:
            continue
        upper, lower = blocks[last], blocks[offset + first]
        if not (isinstance(upper, PageTable) and isinstance(lower, PageTable)):
            continue
        if lower.page - upper.page == 1 and upper.source == lower.source and same_columns(upper, lower):
            if chains and chains[-1][-1] == last:
                chains[-1].append(offset + first)
            else:
                chains.append([last, offset + first])
    reasons = []
    for chain in chains:
        fragments = [block for place in chain if isinstance(block := blocks[place], PageTable)]
        reasons.append((chain, _reason(fragments)))
        for place, fragment in zip(chain, on_shared_columns(fragments), strict=True):
            blocks[place] = fragment
    return blocks, reasons


def _outermost(blocks: Sequence[Block], end: int) -> int | None:
    """Index of the first (0) or last (-1) block that is more than a note of continuation."""
    order = range(len(blocks)) if end == 0 else range(len(blocks) - 1, -1, -1)
    for index in order:
        block = blocks[index]
        if not (isinstance(block, Line) and _CONTINUATION_NOTE.fullmatch(block.text)):
            return index
    return None


def _reason(fragments: Sequence[PageTable]) -> str:
    heads = [repeated_head_rows(fragments[0], fragment) for fragment in fragments[1:]]
    pages = "–".join(str(fragment.page) for fragment in fragments)
    note = f"; {max(heads)} head rows repeated" if any(heads) else ""
    return f"same column edges at the page ends {pages}{note}"
