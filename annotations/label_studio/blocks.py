"""The paragraphs of a text of which only the lines are known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

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


def joined_for(document: AnnotatedDocument) -> list[Block]:
    """The document's blocks, those joined that a span, a fact with its links, or a parent further on crosses.

    The format wants each span inside one block, a fact's links in its own, and its parent there or earlier.
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
    return _joined(document.blocks, ranges)


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
