"""Page images, alone or as the pages of a PDF, to the characters and rules that a printed page has.

What is recognised goes the way of a page with a text layer: the same grids, lines and paragraphs. Each
character keeps the recogniser's score, so that doubt reaches the cells and facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from extraction.readers.pdf_page import Char, PageContent
from extraction.readers.pdf_paths import Rule
from extraction.readers.scans.angle import levelled
from extraction.readers.scans.marks import marks_passed_over
from extraction.readers.scans.recognition import Image, Letter, TextLine, read_box, recognise
from extraction.readers.scans.rules import Bar, Mask, find_bars, ink_mask, without_rules
from extraction.readers.scans.scale import POINTS_AN_INCH
from extraction.readers.scans.seals import without_seals

_POOR_SCORE = 0.8  # mean score from which down the page may stand on its head
_EM = 0.85  # of the height of the recogniser's box
_WORD_GAP = 0.7  # ems of paper from which on two letters are not of one word
_TURNED = 1.45  # heights over widths from which on the recogniser turns a box
_TALLEST_LETTER = 3.5  # what is taller is a column of letters


def read_page_image(image: Image, number: int, dpi: float) -> PageContent:
    """What an image of a page shows, in points from its top left corner, turned upright and levelled."""
    image, lines = _upright(levelled(without_seals(image, dpi)), dpi)
    lines = [_reread(image, line) for line in lines if line.letters]
    mask = ink_mask(image, dpi)
    horizontal, vertical = find_bars(mask, lines, dpi)
    groups = [_on_ink(line.letters, mask, vertical) for line in lines]
    groups += marks_passed_over(image, mask, lines, [*horizontal, *vertical], dpi)
    scale = POINTS_AN_INCH / dpi
    letters = [letter for group in groups for letter in group]
    height, width = image.shape[:2]
    return PageContent(
        number, width * scale, height * scale,
        [_char(letter, order, scale) for order, letter in enumerate(letters)], [],
        [Rule((bar.top + bar.bottom) / 2 * scale, bar.x0 * scale, bar.x1 * scale) for bar in horizontal],
        [Rule((bar.x0 + bar.x1) / 2 * scale, bar.top * scale, bar.bottom * scale) for bar in vertical],
        [], 0.0, 0.0,
    )  # fmt: skip


def _upright(image: Image, dpi: float) -> tuple[Image, list[TextLine]]:
    """The image turned by the quarters in which it reads best, and its lines."""
    lines = _lines(image, dpi)
    several = [line for line in lines if len(line.letters) > 2]
    sideways = sum(not line.is_upright for line in several) > len(several) / 2
    if not several or (not sideways and _mean_score(several) >= _POOR_SCORE):
        return image, lines
    turned = [levelled(np.ascontiguousarray(np.rot90(image, turns))) for turns in ((1, 3) if sideways else (2,))]
    readings = [(image, lines), *((other, _lines(other, dpi)) for other in turned)]
    return max(readings, key=lambda reading: _legibility(reading[1]))


def _lines(image: Image, dpi: float) -> list[TextLine]:
    return recognise(without_rules(image, ink_mask(image, dpi), dpi))


def _reread(image: Image, line: TextLine) -> TextLine:
    """A narrow line read without the quarter turn that the recogniser gives to all that is higher than wide.

    A lone 1 would lie on its side and be a 一. What is no figure either way stays as it was.
    """
    letter, tallness = line.letters[0], (line.bottom - line.top) / max(line.x1 - line.x0, 1)
    if len(line.letters) > 1 or not _TURNED <= tallness <= _TALLEST_LETTER:
        return line
    text, score = read_box(image, int(line.x0), int(line.top), int(line.x1), int(line.bottom))
    if not (len(text) == 1 and text.isdigit()) or (letter.text.isdigit() and letter.score >= score):
        return line
    return replace(line, letters=(Letter(text, line.x0, line.top, line.x1, line.bottom, score),), score=score)


def _legibility(lines: Sequence[TextLine]) -> float:
    """How much is read with confidence: many sure letters, not a few sure strokes among letters on their side."""
    return sum(letter.score - 0.5 for line in lines if line.is_upright for letter in line.letters)


def _mean_score(lines: Sequence[TextLine]) -> float:
    letters = [letter for line in lines for letter in line.letters]
    return fmean(letter.score for letter in letters) if letters else 0.0


def _on_ink(letters: tuple[Letter, ...], mask: Mask, rules: Sequence[Bar]) -> tuple[Letter, ...]:
    """The line's letters so that those of one word touch and wide gaps between words are as wide as printed.

    The recogniser's boxes leave slits between letters, and the detector's hold paper at a line's ends: neither
    tells a gap between two columns.
    """
    height = median(letter.bottom - letter.top for letter in letters)
    top, bottom, start = (max(int(place), 0) for place in (letters[0].top, letters[0].bottom, letters[0].x0))
    rows = slice(top + int(height / 4), bottom - int(height / 4))
    inked = np.flatnonzero(mask[rows, start : int(letters[-1].x1)].any(axis=0)) + start
    if not inked.size:
        return letters
    widest = _WORD_GAP * _EM * height
    placed = [letters[0]._replace(x0=min(float(inked[0]), letters[0].x1))]
    for letter in letters[1:]:
        last = placed[-1]
        gap = None if _holds_paper(last.text, letter.text) else _widest_gap(inked, last, letter)
        if rule := _rule_between(last, letter, rules):
            placed[-1], letter = last._replace(x1=min(last.x1, rule.x0)), letter._replace(x0=max(letter.x0, rule.x1))
        elif gap and gap[1] - gap[0] > widest:
            placed[-1], letter = last._replace(x1=gap[0]), letter._replace(x0=gap[1])
        elif 0 < letter.x0 - last.x1 < widest:
            placed[-1] = last._replace(x1=letter.x0)
        placed.append(letter)
    placed[-1] = placed[-1]._replace(x1=max(float(inked[-1]) + 1, placed[-1].x0))
    return tuple(placed)


def _rule_between(one: Letter, other: Letter, rules: Sequence[Bar]) -> Bar | None:
    low, high, level = (one.x0 + one.x1) / 2, (other.x0 + other.x1) / 2, (one.top + one.bottom) / 2
    return next((rule for rule in rules if low < rule.x0 and rule.x1 < high and rule.top <= level <= rule.bottom), None)


def _holds_paper(one: str, other: str) -> bool:
    """Whether one of two letters is a mark that stands at a side of its square."""
    return not (one.isalnum() and other.isalnum())


def _widest_gap(inked: NDArray[np.intp], one: Letter, other: Letter) -> tuple[float, float] | None:
    """The widest run of columns without ink between the middles of two letters."""
    low, high = (one.x0 + one.x1) / 2, (other.x0 + other.x1) / 2
    between = inked[(inked >= low) & (inked <= high)]
    if between.size < 2:
        return None
    steps = np.diff(between)
    at = int(steps.argmax())
    return float(between[at]) + 1, float(between[at + 1])


def _char(letter: Letter, order: int, scale: float) -> Char:
    size = _EM * (letter.bottom - letter.top) * scale
    return Char(
        letter.text, letter.x0 * scale, letter.top * scale, letter.x1 * scale, letter.bottom * scale,
        size, 0, order, letter.score,
    )  # fmt: skip
