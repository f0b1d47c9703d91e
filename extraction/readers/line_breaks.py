"""Tells line breaks that a program made from those that the author made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.document import Paragraph, Span

_OPENS_PARAGRAPH = re.compile(
    r"[（(]?[一二三四五六七八九十]{1,3}[）)、.．]|[（(]\d{1,2}[）)]|\d{1,2}\s*[.．、](?!\d)|[①-⑳]|第[一二三四五六七八九十]+[章部条]|https?://|#|[-*•]\s"
)
_ENDS_SENTENCE = re.compile(r"[。！？；：!?;:]['\"”’）)]*\Z")
_TABLE_LINE = re.compile(r"(?:^|\s)[\d.,０-９/—-]+(?:\s+[\d.,０-９/—-]+)*\Z")


def display_width(text: str) -> int:
    """Terminal columns: wide characters take two."""
    return len(text) + sum(character > "\u2e7f" for character in text)


def wrap_width(widths: Sequence[int]) -> int | None:
    """The width at which a program broke the lines, or `None` where lines are the author's own.

    A wrapped text has many lines of nearly the same, largest width; a text with whole paragraphs has lines
    of all widths.
    """
    long = sorted(width for width in widths if width >= 24)
    if len(long) < 8:
        return None
    widest = long[int(len(long) * 0.9)]
    if widest > 140:
        return None
    near = sum(widest - 6 <= width <= widest + 6 for width in long)
    return widest if near >= 0.4 * len(long) else None


def join_lines(text: str, lines: Sequence[Span]) -> list[Paragraph]:
    """Groups lines into paragraphs; a line that reaches the wrapping width goes on in the next one."""
    widths = [display_width(text[line.start : line.end]) for line in lines]
    wrap = wrap_width(widths)
    if wrap is None:
        return [Paragraph((line,)) for line in lines]
    paragraphs: list[Paragraph] = []
    pieces: list[Span] = []
    for index, line in enumerate(lines):
        if pieces and not _continues(text, lines[index - 1], line, widths[index - 1], wrap):
            paragraphs.append(Paragraph(tuple(pieces)))
            pieces = []
        pieces.append(line)
    if pieces:
        paragraphs.append(Paragraph(tuple(pieces)))
    return paragraphs


def _continues(text: str, previous: Span, line: Span, width: int, wrap: int) -> bool:
    above, below = text[previous.start : previous.end], text[line.start : line.end]
    if _OPENS_PARAGRAPH.match(below) or _TABLE_LINE.search(above) or _TABLE_LINE.search(below):
        return bool(re.search(r"[（(《“、，]\Z", above)) and not _TABLE_LINE.search(below)
    if width >= wrap - 8:
        return not (width < wrap - 3 and _ENDS_SENTENCE.search(above))
    return False
