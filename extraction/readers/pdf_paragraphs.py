"""Printed lines to paragraphs: which line ends are the author's and which the typesetter's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from extraction.numbering import NUMERAL, PART, POINT
from extraction.readers.pdf_lines import Line

_SECTION = re.compile(rf"{NUMERAL}[、.．]|第{NUMERAL}[章节部]")
MARKER = re.compile(rf"{POINT}|{PART}|[①-⑳]|附[件表录注]")
_SENTENCE_END = re.compile(r"[。；：！？.;:!?][”’」』）)》]*$")
_ROW_END = re.compile(r"\s\d[\d.,]*\Z")  # a row's last figure
_LONGEST_HEADING = 40
_NARROWEST = 0.7  # least place of the right edge of the type area, as a share of the page width


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph's running text, the page where it begins and whether it looks like a heading.

    `scores` are how surely the figures of its printed lines were recognised: where each line ends in the text,
    and its score.
    """

    text: str
    page: int
    heading: bool
    scores: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """The type area of a page in points: edges of full lines, size of the letters, line pitch."""

    left: float
    right: float
    size: float
    pitch: float


def measure_pages(pages: Sequence[Sequence[Line]], widths: Sequence[float]) -> list[Measure]:
    """The type area of each page; one with little text takes that of the document."""
    lines = [line for page in pages for line in page]
    size = _body_size(lines)
    body = [[line for line in page if abs(line.size - size) <= 0.15 * size] for page in pages]
    pitch = _pitch(body, size)
    everything = [line for page in body for line in page]
    width = median(widths) if widths else 0.0
    left = _shared((line.x0 for line in everything), size, lowest=True, at_least=3)
    if left is None:
        left = min((line.x0 for line in everything), default=0.0)
    right = _shared((line.x1 for line in everything), size, lowest=False, at_least=3)
    if right is None or right < _NARROWEST * width:  # lines that end alike need not be full
        right = max(width - left, max((line.x1 for line in everything), default=0.0))
    measures = []
    for page in body:
        own_left = _shared((line.x0 for line in page), size, lowest=True, at_least=2)
        own_right = _shared((line.x1 for line in page), size, lowest=False, at_least=3)
        # A page may be set off (odd and even margins) but not narrower than the document.
        shift = (own_left - left) if own_left is not None and abs(own_left - left) > size else 0.0
        shift = shift if shift < 1.5 * size or len(page) > 5 else 0.0
        own = max(own_right or 0.0, right + min(shift, 0.0))
        measures.append(Measure(left + shift, own, size, pitch))
    return measures


def _body_size(lines: Iterable[Line]) -> float:
    """The size in which most characters outside tables are set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return max(sizes.most_common(1)[0][0], 1.0) if sizes else 10.5


def _pitch(pages: Sequence[Sequence[Line]], size: float) -> float:
    steps: Counter[float] = Counter()
    for page in pages:
        for one, other in pairwise(page):
            steps[round((other.y - one.y) * 2) / 2] += 1
    likely = Counter({step: count for step, count in steps.items() if 0.9 * size < step < 3.5 * size})
    return likely.most_common(1)[0][0] if likely else 1.6 * size


def _shared(values: Iterable[float], size: float, *, lowest: bool, at_least: int) -> float | None:
    """The outermost place where several lines begin (or end) within an em."""
    ordered = sorted(values, reverse=not lowest)
    for index, value in enumerate(ordered[: len(ordered) - at_least + 1]):
        if abs(ordered[index + at_least - 1] - value) <= size:
            return median(other for other in ordered[index:] if abs(other - value) <= size)
    return None


def paragraphs(lines: Sequence[Line], measures: Sequence[Measure]) -> list[TextBlock]:
    """Joins consecutive lines, over page ends too.

    Args:
        lines: Lines without a table between them, in reading order.
        measures: The type area of each page; `Line.page` counts from 1.
    """
    groups: list[list[Line]] = []
    for line in lines:
        measure = measures[line.page - 1]
        if groups and not _breaks(groups[-1], line, measures[groups[-1][-1].page - 1], measure):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_block(group, measures[group[0].page - 1]) for group in groups]


def _breaks(group: Sequence[Line], line: Line, before: Measure, after: Measure) -> bool:
    """Whether the author ended the paragraph between the last line of `group` and `line`."""
    last = group[-1]
    em = max(last.size, 1.0)
    same_page = last.page == line.page
    if abs(line.size - last.size) > 0.15 * em:
        return True
    if same_page and line.y - last.y > 1.45 * max(before.pitch * em / before.size, 1.3 * em):
        return True
    if len(last.segments) > 1 and len(line.segments) > 1:
        return True  # columns told by gaps
    if last.size > 1.15 * before.size and _is_balanced(last, before) and _is_balanced(line, after):
        return bool(MARKER.match(line.text))  # a title over several lines
    if _is_centred(last, before) or _is_centred(line, after):
        return True
    ended = bool(_SENTENCE_END.search(last.text) or _ROW_END.search(last.text))
    if MARKER.match(line.text) and (ended or _SECTION.match(line.text)):
        return True
    if _is_short(last, line, before):
        return True
    if line.x0 - after.left < 1.3 * em:
        return False
    # Indented: a new paragraph, unless the whole block is.
    return ended or abs((line.x0 - after.left) - (last.x0 - before.left)) > 0.5 * em


def _is_balanced(line: Line, measure: Measure) -> bool:
    """Whether about as much of the type area is free at the left as at the right."""
    left, right = line.x0 - measure.left, measure.right - line.x1
    return abs(left - right) < max(1.5 * line.size, 0.1 * (left + right))


def _is_centred(line: Line, measure: Measure) -> bool:
    free = min(line.x0 - measure.left, measure.right - line.x1)
    return free > 2.4 * line.size and _is_balanced(line, measure)


def _is_short(last: Line, line: Line, measure: Measure) -> bool:
    """Whether the next line's first word would still have fitted on the last."""
    word = re.match(r"[!-~]+", line.text)
    first = line.segments[0]
    letters = max(len(first.text), 1)
    needed = len(word.group()) * (first.x1 - first.x0) / letters if word else line.size
    if word and len(word.group()) < letters:
        needed = min(needed, 0.6 * line.size * len(word.group()))
    # A closing mark may not begin a line and takes the letter before it along.
    return measure.right - last.x1 > needed + 1.2 * line.size


def _block(group: Sequence[Line], measure: Measure) -> TextBlock:
    text = ""
    scores = []
    for line in group:
        text = _joined(text, line.spaced_text if len(group) == 1 else line.text)
        scores.append((len(text), line.score))
    first = group[0]
    short = len(text) <= _LONGEST_HEADING and not text.endswith(("。", "；", "，"))
    centred = _is_centred(first, measure) and first.size >= measure.size
    stands_out = centred or first.size > 1.15 * measure.size
    heading = short and (stands_out or bool(_SECTION.match(text)))
    return TextBlock(text, first.page, heading, tuple(scores))


def _joined(text: str, line: str) -> str:
    """No blank between Chinese characters, one between words; numbers and addresses go on."""
    if not text or not (text[-1].isascii() and line[0].isascii()):
        return text + line
    tail = re.search(r"[!-~]+$", text)
    if tail and re.search(r"[/@_]|www\.", tail.group()):
        return text + line
    if line[0].isdigit() and re.search(r"\d[.,]?$", text):
        return text + line
    ends_word = text[-1].isalnum() or text[-1] in ",;:.!?"
    return f"{text} {line}" if ends_word and line[0].isalnum() else text + line
