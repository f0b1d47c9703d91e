"""The paragraphs of a text of which only the lines are known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

from annotations.corpus_format import AnnotatedDocument, Block

_MARKS = ("@", ": ", "## ", "| ")


def line_blocks(text: str) -> list[Block]:
    """A block a line. Blank lines, and lines that the corpus's format would read as markup, join the one before."""
    starts = [0]
    place = 0
    for line in text.split("\n"):
        if line.strip() and not line.startswith(_MARKS) and text[starts[-1] : place].strip():
            starts.append(place)
        place += len(line) + 1
    ends = [start - 1 for start in starts[1:]] + [len(text)]
    return [Block("paragraph", start, end) for start, end in zip(starts, ends, strict=True)]


def told_apart(
    blocks: Iterable[Block], text: str, headings: Collection[str], cells: Collection[int]
) -> list[Block]:
    """The blocks with headings and a form's rows told from paragraphs.

    Args:
        blocks: Those of the text.
        text: The text.
        headings: The sections' titles.
        cells: Where the forms' cells begin.
    """
    told = []
    for block in blocks:
        line = text[block.start : block.end]
        kind = "paragraph"
        if "\n" not in line and "\r" not in line and line.strip():
            if line.strip() in headings:
                kind = "heading"
            elif any(block.start <= cell < block.end for cell in cells):
                kind = "table"
        told.append(Block(kind, block.start, block.end))
    return told


def joined_for(document: AnnotatedDocument) -> list[Block]:
    """The document's blocks, those joined that a span, a fact with its links, or a parent further on crosses.

    The format wants each span inside one paragraph, a fact's links in its own, and its parent there or earlier.
    """
    ranges = [(span.start, span.end) for span in document.spans]
    for fact in document.facts:
        linked = [fact.value_span, fact.item, fact.action, fact.scope, fact.period, fact.channel]
        spans = [document.spans[index] for index in linked if index is not None]
        if fact.parent is not None:
            parent = document.spans[document.facts[fact.parent].value_span]
            if parent.start > document.spans[fact.value_span].start:
                spans.append(parent)
        ranges.append((min(span.start for span in spans), max(span.end for span in spans)))
    marked = [span.start for span in document.spans]
    return [
        Block("paragraph", block.start, block.end)
        if any(block.start <= at < block.end for at in marked)
        else block
        for block in _joined(document.blocks, ranges)
    ]


def block_at(blocks: Sequence[Block], place: int) -> int:
    """The index of the block that a character stands in, or, between two blocks, of the one before."""
    return max(bisect_right([block.start for block in blocks], place) - 1, 0)


def _joined(blocks: Sequence[Block], ranges: Iterable[tuple[int, int]]) -> list[Block]:
    last_of = list(range(len(blocks)))
    for start, end in ranges:
        first = block_at(blocks, start)
        last_of[first] = max(last_of[first], block_at(blocks, end - 1))
    joined: list[Block] = []
    reach = -1
    for index, block in enumerate(blocks):
        if index <= reach:
            joined[-1] = Block("paragraph", joined[-1].start, block.end)
        else:
            joined.append(block)
        reach = max(reach, last_of[index])
    return joined
