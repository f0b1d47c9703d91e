"""Pages of characters and rules to a document: tables, lines, running matter, fragments over page ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from extraction.document import Document, DocumentBuilder, Format, TableJoin
from extraction.readers.pdf_gaps import Block, SpacedLines, group_by_gaps
from extraction.readers.pdf_grid import merge_rules
from extraction.readers.pdf_lines import Line, PageLines, build_lines, running_matter
from extraction.readers.pdf_page import PageContent
from extraction.readers.pdf_paragraphs import measure_pages, paragraphs
from extraction.readers.pdf_tables import (
    PageTable,
    on_shared_columns,
    repeated_head_rows,
    ruled_tables,
    same_columns,
)

_CONTINUATION_NOTE = re.compile(r"[（(]?(?:续|接)(?:上|下)?(?:页|表)?[)）]?")


@dataclass(frozen=True, slots=True)
class PageLayout:
    """A page's blocks in reading order, and what was set aside as not part of the text."""

    blocks: tuple[Block, ...]
    aside: tuple[str, ...]
    width: float


@dataclass(frozen=True, slots=True)
class PagedContent:
    """What a file's pages show, and the title in its own metadata.

    `scanned` are the numbers of pages that were recognised from their images, `unread` of those that could not be.
    """

    pages: Sequence[PageContent]
    title: str | None = None
    scanned: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()


def document_of(content: PagedContent, format: Format) -> Document:
    """The document of a file of pages."""
    return assemble(lay_out(content.pages), content, format)


def lay_out(pages: Sequence[PageContent]) -> list[PageLayout]:
    """The layout of each page of a document."""
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
    return layouts


def assemble(layouts: Sequence[PageLayout], content: PagedContent, format: Format) -> Document:
    """The document of pages laid out: lines joined to paragraphs, tables in their places, fragments joined."""
    blocks, chains = _continued_tables(layouts)
    measures = measure_pages(
        [[block for block in layout.blocks if isinstance(block, Line)] for layout in layouts],
        [layout.width for layout in layouts],
    )
    builder = DocumentBuilder(format)
    indices: dict[int, int] = {}
    for kind, group in groupby(enumerate(blocks), key=lambda item: type(item[1])):
        if kind is Line:
            run = [block for _, block in group if isinstance(block, Line)]
            for text in paragraphs(run, measures):
                builder.paragraph(text.text, page=text.page, heading=text.heading, scores=text.scores)
            continue
        for place, block in group:
            if isinstance(block, PageTable):
                indices[place] = builder.table(block.cells, source=block.source, page=block.page)
            elif isinstance(block, SpacedLines):
                text_lines = [line.spaced_text for line in block.lines]
                ends = accumulate(len(line) + 1 for line in text_lines)
                scores = zip(ends, (line.score for line in block.lines), strict=True)
                builder.paragraph("\n".join(text_lines), page=block.lines[0].page, scores=scores)
    joins = tuple(TableJoin(tuple(indices[place] for place in chain), reason) for chain, reason in chains)
    return builder.build(
        joins=joins,
        pages=len(layouts),
        title=content.title,
        scanned_pages=content.scanned,
        unread_pages=content.unread,
    )


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
