"""Tells line breaks that a program made from those that the author made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.document import Paragraph, Span
from extraction.numbering import BRACKETED, NUMERAL, PART, POINT
from extraction.page_furniture import BARE_PAGE_NUMBER, MARKED_PAGE_NUMBER

_OPENS_PARAGRAPH = re.compile(rf"{POINT}|{PART}|[①-⑳]|https?://|#|[-*•]\s")
WHOLE_HEADING = re.compile(
    rf"(?:{BRACKETED}|{NUMERAL}[）)、.．])[^，。；]{{2,40}}(?:情况|事项|问题|措施|概述)\Z|[^，。；：]{{4,50}}(?:年度报告|年报)\Z"
)
# Titles may have a comma: （一）夯实基础，抓好主动公开.
_NUMBERED_TITLE = re.compile(rf"(?:{_OPENS_PARAGRAPH.pattern})[^。；;：:]{{2,40}}[^。；;：:\d]\Z")
_HEADING_WITHIN = re.compile(r"(?<=\s)[一二三四五六七八]\s?[、.．]\s?[^\s，。；]{2,40}?(?:情况|事项|问题|措施|概述)(?=\s)")
_SENTENCE_WITHIN = re.compile(r"[。；]\s(?!\s)")
_LONGEST_PRINTED = 1000  # characters; a longer line is several that a program put on one
_FEWEST_HEADINGS = 3
_BROKEN_NUMBER = re.compile(r"\d[.．,，]\Z")
_UNIT = "[件条次项个份篇期场名人家起宗户元]|人次"
_FIGURE = re.compile(r"[\d０-９][\d０-９.,，．]*")
_MEASURED = re.compile(rf"(?:{_UNIT}|[％%万亿])[^\n]*[，。；]")
_NARROW = 40  # columns; the lines of forms are narrower than those of prose
# With these a line may end for which its author wrote no full stop, unless the next goes on with a mark or a unit.
_WHOLE_FIGURE = re.compile(rf"(?:\d\s*[万亿余多]{{0,2}}(?:{_UNIT})|\d[万亿]|[%％])\Z")
_GOES_ON = re.compile(rf"[，。、；,;）)]|(?:{_UNIT})")
_LABELLED = re.compile(r"(?!其中)[^，。；,;：:]{1,12}[：:]")  # 微信：发布信息415条
_OPEN_END = re.compile(r"[、，（(《“]\Z")
_ENDS_SENTENCE = re.compile(r"[。！？；：!?;:]['\"”’）)]*\Z")
CLAUSE = re.compile(r"[，。；,;]")
_TABLE_LINE = re.compile(r"(?:^|\s)[\d.,０-９/—-]+(?:\s+[\d.,０-９/—-]+)*\Z")


def flattened_cuts(line: str) -> list[int]:
    """Where a line that holds a whole report's sections goes on in another of them, or behind a sentence."""
    if len(line) < _LONGEST_PRINTED:
        return []
    headings = list(_HEADING_WITHIN.finditer(line))
    if len(headings) < _FEWEST_HEADINGS:
        return []
    return [at for match in headings for at in match.span()] + [match.end() for match in _SENTENCE_WITHIN.finditer(line)]


def display_width(text: str) -> int:
    """Terminal columns: wide characters take two."""
    return len(text) + sum(character > "\u2e7f" for character in text)


def wrap_width(lines: Sequence[str]) -> int | None:
    """The width at which a program broke the lines, or `None` where lines are the author's own.

    A wrapped text has many lines of nearly the same, largest width, most of which end inside a sentence; a
    text with whole paragraphs has lines of all widths. Lines without clauses, such as a form's, say nothing.
    """
    prose = (line for line in lines if CLAUSE.search(line) and not _is_row(line) and not _OPENS_PARAGRAPH.match(line))
    long = sorted((width, line) for line in prose if (width := display_width(line)) >= 24)
    if len(long) < 3:
        return None
    widest = long[int(len(long) * 0.9)][0]
    if widest > 140:
        return None
    near = [line for width, line in long if widest - 6 <= width <= widest + 6]
    inside = sum(_ENDS_SENTENCE.search(line) is None for line in near)
    return widest if len(near) >= max(2, 0.4 * len(long)) and inside >= 0.5 * len(near) else None


def join_lines(text: str, lines: Sequence[Span]) -> list[Paragraph]:
    """Groups lines into paragraphs; a line that reaches the wrapping width, or breaks off, goes on in the next one.

    A figure on a line of its own belongs to the sentence that its measure word goes on with; a page's number between
    two lines of a paragraph is a paragraph of its own behind it.
    """
    texts = [text[line.start : line.end] for line in lines]
    wrap = wrap_width(texts)
    paragraphs: list[Paragraph] = []
    pieces: list[int] = []
    numbers: list[Paragraph] = []
    is_inside = False  # a figure that the next line goes on with
    for index, line in enumerate(lines):
        was_inside, is_inside = is_inside, bool(pieces) and _is_figure_inside(texts, index)
        if pieces and not is_inside and _parts_lines(texts, pieces, index, wrap):
            numbers.append(Paragraph((line,)))
            continue
        goes_on = was_inside or is_inside or not pieces
        if not (goes_on or _continues([texts[piece] for piece in pieces[-3:]], texts[index], wrap)):
            paragraphs += [Paragraph(tuple(lines[piece] for piece in pieces)), *numbers]
            pieces, numbers = [], []
        pieces.append(index)
    if pieces:
        paragraphs += [Paragraph(tuple(lines[piece] for piece in pieces)), *numbers]
    return paragraphs


def _is_figure_inside(texts: Sequence[str], index: int) -> bool:
    """Whether a line is a bare figure between the beginning of a sentence and a measure word with more behind it."""
    if not (_FIGURE.fullmatch(texts[index]) and index + 1 < len(texts)):
        return False
    above, below = texts[index - 1], texts[index + 1]
    return _ENDS_SENTENCE.search(above) is None and not _is_row(above) and _MEASURED.match(below) is not None


def _parts_lines(texts: Sequence[str], pieces: Sequence[int], index: int, wrap: int | None) -> bool:
    """Whether a line is a page's number, and the paragraph before it goes on behind it."""
    is_bare = BARE_PAGE_NUMBER.fullmatch(texts[index]) is not None
    if index + 1 >= len(texts) or not (is_bare or MARKED_PAGE_NUMBER.fullmatch(texts[index])):
        return False
    above, below = [texts[piece] for piece in pieces[-3:]], texts[index + 1]
    if CLAUSE.search(below) is None or display_width(above[-1]) < _NARROW:
        return False
    return _continues(above, below, wrap) and (not is_bare or _breaks_off(above, below))


def is_torn(above: str, below: str) -> bool:
    """Whether two paragraphs of a marked-up page are one sentence: the first ends with a comma or a bare figure."""
    if _OPENS_PARAGRAPH.match(below) or _is_row(above) or _is_row(below):
        return False
    above = above.rstrip()
    return _OPEN_END.search(above) is not None or (CLAUSE.search(above) is not None and above[-1:].isdigit())


def _continues(lines: Sequence[str], below: str, wrap: int | None) -> bool:
    """Whether a paragraph, of which the last lines are given, goes on in the next line."""
    above = lines[-1]
    if _BROKEN_NUMBER.search(above) and below[0].isdigit():
        return not _is_row(below)
    # No author ends a paragraph with a comma or an open bracket, or inside a sentence that has a clause before.
    if _OPENS_PARAGRAPH.match(below) or _is_row(above) or _is_row(below):
        return _OPEN_END.search(above) is not None and not _is_row(below)
    if WHOLE_HEADING.match(above):
        return False
    if _OPEN_END.search(above) or _breaks_off(lines, below):
        return True
    width = display_width(above)
    if wrap is None or width < wrap - 8:
        return False
    return not (width < wrap - 3 and _ENDS_SENTENCE.search(above))


def _breaks_off(lines: Sequence[str], below: str) -> bool:
    """Whether a paragraph's last lines end inside a sentence of several clauses that the next line can go on with."""
    above = lines[-1]
    if _ENDS_SENTENCE.search(above) or not any(CLAUSE.search(line) for line in lines) or _LABELLED.match(below):
        return False
    if _WHOLE_FIGURE.search(above):
        return _GOES_ON.match(below) is not None
    return not (len(lines) == 1 and _NUMBERED_TITLE.match(above))


def _is_row(line: str) -> bool:
    """Whether a line is a table's: a label and its figures. A clause that a program broke behind a figure is none."""
    return _TABLE_LINE.search(line) is not None and CLAUSE.search(line) is None
