"""Characters and rules of one PDF page, straight from pdfium.

Everything is in reading coordinates: points, origin at the top left, y downwards, the page turned so that
its text runs left to right. pdfium is not thread-safe; neither is this module.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from ctypes import c_double, c_uint
from dataclasses import dataclass
from math import hypot
from statistics import median
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from extraction.readers.pdf_paths import FAINTEST, INVISIBLE_MODES, Box, Ink, Rule, read_ink

OBLIQUE = -1
# The font's own ascent and descent differ between the fonts of one line; a common share of the size does not.
_ASCENT, _DESCENT = 0.85, 0.15

# U+2E80–2EFF has hardly any compatibility mappings in Unicode, yet some fonts' ToUnicode maps point there
# for whole characters (source: EquivalentUnifiedIdeograph.txt, the members that stand alone as characters).
_SUPPLEMENT = {
    ord(radical): character
    for radical, character in zip(
        "⺁⺄⺇⺈⺌⺍⺎⺓⺗⺛⺜⺝⺟⺠⺧⺩⺫⺬⺮⺶⺼⻁⻄⻅⻆⻉⻋⻑⻒⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
        "厂乙几刀小小兀幺心旡日月母民牛王目示竹羊月虎西见角贝车長镸长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
        strict=True,
    )
}
# Kangxi radicals and Latin ligatures: what is printed is the ordinary character.
_COMPATIBILITY = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0x2F00, 0x2FD6), *range(0xFB00, 0xFB07))
}
# NFKC gives 戶 for the radical that simplified texts print as 户; pdfium marks a hyphen at a line end as 2.
_PRINTED = {**_COMPATIBILITY, **_SUPPLEMENT, 0x2F3E: "户", 0x02: "-", 0xAD: "-"}


class Char(NamedTuple):
    """A character and its place; `turn` counts quarter turns against the reading direction.

    `score` is how sure the recogniser is of a character of a scan.
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    turn: int
    order: int
    score: float = 1.0

    @property
    def x(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class PageContent:
    """What one page shows.

    `chars` are its visible characters without the `aside` ones (watermarks, oblique stamps). `areas` are
    visible fills, candidates for table cells. `image_share` is the part of the page that images cover and
    `junk_share` the part of the characters that have no known meaning.
    """

    number: int
    width: float
    height: float
    chars: list[Char]
    aside: list[Char]
    horizontal: list[Rule]
    vertical: list[Rule]
    areas: list[Box]
    image_share: float
    junk_share: float


def certainty(chars: Iterable[Char]) -> float:
    """How sure the recogniser is of the least certain figure; 1 without figures."""
    return min((char.score for char in chars if char.text.isdigit()), default=1.0)


class TooManyChars(Exception):
    """The page has more characters than the caller allows."""


class Glyph(NamedTuple):
    """A character in the page's own coordinates (y upwards)."""

    text: str
    box: tuple[float, float, float, float]
    size: float
    turn: int
    colour: int
    alpha: int
    visible: bool


@dataclass(frozen=True, slots=True)
class View:
    """How page coordinates turn into reading coordinates: the page box and clockwise quarter turns."""

    left: float
    bottom: float
    right: float
    top: float
    turns: int

    @property
    def size(self) -> tuple[float, float]:
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turns % 2 else (width, height)

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        if self.turns == 0:
            return Box(x0 - self.left, self.top - y1, x1 - self.left, self.top - y0)
        if self.turns == 1:
            return Box(y0 - self.bottom, x0 - self.left, y1 - self.bottom, x1 - self.left)
        if self.turns == 2:
            return Box(self.right - x1, y0 - self.bottom, self.right - x0, y1 - self.bottom)
        return Box(self.top - y1, self.right - x1, self.top - y0, self.right - x0)


def read_page(
    document: Any, index: int, *, max_chars: int, read_glyphs: Callable[[int], list[Glyph]]
) -> PageContent | None:
    """Reads page `index` (from 0) of an open pdfium document; `None` where pdfium cannot load it.

    Args:
        document: The handle of the open document.
        index: Which page.
        max_chars: How many characters are read at most.
        read_glyphs: A slower source of a page's characters, for pages where pdfium omits some.

    Raises:
        TooManyChars: The page has over `max_chars` characters.
    """
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return None
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        if text_page and pdfium.FPDFText_CountChars(text_page) > max_chars:
            raise TooManyChars
        bounds = pdfium.FS_RECTF()
        pdfium.FPDF_GetPageBoundingBox(page, bounds)
        ink = read_ink(page)
        incomplete = any(pdfium.FPDFTextObj_GetText(item, text_page, None, 0) <= 2 for item in ink.unmeasured)
        glyphs = list(_glyphs(text_page, plain=ink.plain_text)) if text_page and not incomplete else []
        quarter = pdfium.FPDFPage_GetRotation(page)
    finally:
        if text_page:
            pdfium.FPDFText_ClosePage(text_page)
        pdfium.FPDF_ClosePage(page)
    if incomplete:
        glyphs = read_glyphs(index)
    turns = (quarter + prevailing_turn(glyphs, quarter)) % 4
    view = View(bounds.left, bounds.bottom, bounds.right, bounds.top, turns)
    return page_content(index + 1, view, glyphs, ink)


def _glyphs(text_page: Any, *, plain: bool) -> Iterator[Glyph]:
    """The page's characters; the blanks and line ends that pdfium adds are left out."""
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    x, y = c_double(), c_double()
    high, high_left = 0, 0.0
    for i in range(pdfium.FPDFText_CountChars(text_page)):
        code = pdfium.FPDFText_GetUnicode(text_page, i)
        if code in (10, 13) or (code == 32 and pdfium.FPDFText_IsGenerated(text_page, i) == 1):
            continue
        pdfium.FPDFText_GetLooseCharBox(text_page, i, box)
        if 0xD800 <= code < 0xDC00:  # pdfium gives UTF-16 units
            high, high_left = code, box.left
            continue
        left = box.left
        if 0xDC00 <= code < 0xE000:
            code, left = _joined(high, code), high_left if high else left
        high = 0
        pdfium.FPDFText_GetMatrix(text_page, i, matrix)
        size, turn = _size_and_turn(matrix, pdfium.FPDFText_GetFontSize(text_page, i), box)
        if turn:
            pdfium.FPDFText_GetCharOrigin(text_page, i, x, y)
            where = glyph_box(turn, size, x.value, y.value, (left, box.bottom, box.right, box.top))
        else:  # upright letters stand on the baseline of their piece of text
            where = (left, matrix.f - _DESCENT * size, box.right, matrix.f + _ASCENT * size)
        colour, alpha, visible = (0, 255, True) if plain else _paint(text_page, i)
        yield Glyph(printed(code), where, size, turn, colour, alpha, visible)


def _paint(text_page: Any, index: int) -> tuple[int, int, bool]:
    """A character's darkest channel, its opacity and whether it is painted at all."""
    red, green, blue, alpha = c_uint(), c_uint(), c_uint(), c_uint()
    pdfium.FPDFText_GetFillColor(text_page, index, red, green, blue, alpha)
    text_object = pdfium.FPDFText_GetTextObject(text_page, index)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object) if text_object else 0
    return min(red.value, green.value, blue.value), alpha.value, mode not in INVISIBLE_MODES


def _joined(high: int, low: int) -> int:
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00) if high else 0xFFFD


def printed(code: int) -> str:
    if code in _PRINTED:
        return _PRINTED[code]
    if (code < 0x20 and code != 9) or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF:
        return "\ufffd"
    return chr(code)


def quarter_turns(a: float, b: float) -> int:
    """Quarter turns counter-clockwise of a text line along (a, b), or `OBLIQUE`."""
    if abs(b) <= 0.17 * abs(a):
        return 0 if a > 0 else 2
    if abs(a) <= 0.17 * abs(b):
        return 1 if b > 0 else 3
    return OBLIQUE


def _size_and_turn(matrix: Any, font_size: float, box: Any) -> tuple[float, int]:
    """The height of the em in points, and the line's turn."""
    a, b = matrix.a, matrix.b
    if b == 0 < a and 0.1 < (size := abs(font_size * matrix.d)) < 2000:
        return size, 0
    along = hypot(a, b)
    size = abs(font_size * (a * matrix.d - b * matrix.c)) / along if along else 0.0
    if not 0.1 < size < 2000:
        size = max(abs(box.top - box.bottom), 0.1)
    return size, quarter_turns(a, b)


def glyph_box(
    turn: int, size: float, x: float, y: float, loose: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Advance width along the line from pdfium, height from the baseline and the size."""
    left, bottom, right, top = loose
    up, down = _ASCENT * size, _DESCENT * size
    if turn == 0:
        return left, y - down, right, y + up
    if turn == 1:
        return x - up, bottom, x + down, top
    if turn == 2:
        return left, y - up, right, y + down
    if turn == 3:
        return x - down, bottom, x + up, top
    return loose


def prevailing_turn(glyphs: list[Glyph], quarter: int) -> int:
    """Quarter turns by which most of the text still lies on its side after the page's own rotation."""
    turns = Counter((glyph.turn - quarter) % 4 for glyph in glyphs if glyph.turn != OBLIQUE)
    if not turns:
        return 0
    turn, count = turns.most_common(1)[0]
    return turn if count >= 20 and count >= 0.8 * turns.total() else 0


def _is_junk(text: str) -> bool:
    return text == "\ufffd" or "\ue000" <= text <= "\uf8ff" or text > "\U000f0000"


def page_content(number: int, view: View, glyphs: list[Glyph], ink: Ink) -> PageContent:
    """What a page shows of its characters and ink, turned to reading coordinates."""
    width, height = view.size
    image_share = min(1.0, ink.image_area / max(width * height, 1.0))
    seen = [glyph for glyph in glyphs if _is_seen(glyph, ink, scanned=image_share > 0.5)]
    usual = median(glyph.size for glyph in seen) if seen else 0.0
    chars: list[Char] = []
    aside: list[Char] = []
    junk = visible = 0
    for order, glyph in enumerate(seen):
        x0, top, x1, bottom = view.box(*glyph.box)
        if not (-1 < (x0 + x1) / 2 < width + 1 and -1 < (top + bottom) / 2 < height + 1):
            continue
        turn = OBLIQUE if glyph.turn == OBLIQUE else (glyph.turn - view.turns) % 4
        if not glyph.text.isspace():
            visible += 1
            junk += _is_junk(glyph.text)
        kept = aside if turn == OBLIQUE or _is_watermark(glyph, usual) else chars
        kept.append(Char(glyph.text, x0, top, x1, bottom, glyph.size, turn, order))
    horizontal, vertical = _rules([view.box(*bar) for bar in ink.bars])
    return PageContent(
        number, width, height, chars, aside, horizontal, vertical,
        [view.box(*area) for area in ink.areas], image_share, junk / visible if visible else 0.0,
    )  # fmt: skip


def _is_seen(glyph: Glyph, ink: Ink, *, scanned: bool) -> bool:
    """Invisible text counts only over a scanned page, where it is the scanner's own reading of it."""
    if not glyph.visible:
        return scanned
    if glyph.alpha < FAINTEST:
        return False
    if glyph.colour < 250 or scanned:
        return True
    x0, y0, x1, y1 = glyph.box
    return min(ink.colour_at((x0 + x1) / 2, (y0 + y1) / 2)) < 247


def _is_watermark(glyph: Glyph, usual: float) -> bool:
    """Large and pale, by colour or by transparency."""
    paleness = 255 - (255 - glyph.colour) * glyph.alpha / 255
    return glyph.size > 1.8 * usual and 160 < paleness < 250


def _rules(bars: list[Box]) -> tuple[list[Rule], list[Rule]]:
    """Horizontal and vertical rules; a dot counts as both, since dotted rules are made of them."""
    horizontal, vertical = [], []
    for x0, top, x1, bottom in bars:
        width, height = x1 - x0, bottom - top
        dot = max(width, height) <= 1.6
        if width >= height or dot:
            horizontal.append(Rule((top + bottom) / 2, x0, x1))
        if height > width or dot:
            vertical.append(Rule((x0 + x1) / 2, top, bottom))
    return horizontal, vertical
