"""What an OFD page draws: text, paths and images, in points with y upwards as on a PDF page.

Characters are those of the text codes; glyph substitutions (CGTransform) only change their shapes. Annotations
and signatures, seals among them, stand in parts of their own and are not part of a page's content.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from math import hypot
from typing import NamedTuple

from lxml import etree

from extraction.readers.ofd_package import Page, Resources, child, children, local, number, numbers
from extraction.readers.ofd_paths import outlines
from extraction.readers.pdf_page import OBLIQUE, Glyph, TooManyChars, glyph_box, printed, quarter_turns
from extraction.readers.pdf_paths import (
    FAINTEST,
    IDENTITY,
    MAX_DEPTH,
    MAX_OBJECTS,
    MAX_SEGMENTS,
    Colour,
    Ink,
    Matrix,
    fill_outline,
    on_white,
    product,
    stroke_outline,
)

POINTS_A_MILLIMETRE = 72 / 25.4
_LINE_WIDTH = 0.353
_USUAL_SIZE = 3.7  # millimetres, 10.5 points
_BLACK: Colour = (0, 0, 0)
_TURNS = {90: (0.0, 1.0), 180: (-1.0, 0.0), 270: (0.0, -1.0)}  # clockwise, y downwards
_DELTA = re.compile(r"[^\s,]+")
_CHANNEL = re.compile(r"#[0-9A-Fa-f]{1,2}|\d+")


class Picture(NamedTuple):
    """An image part and the matrix from its unit square, y downwards, to the page."""

    part: str
    matrix: Matrix


@dataclass(slots=True)
class Budget:
    """How much all pages of a file may hold; `TooManyChars` where it is spent."""

    chars: int
    objects: int = 10 * MAX_OBJECTS


@dataclass(slots=True)
class Drawing:
    """Collects a page's characters, ink and pictures in painting order."""

    resources: Resources
    budget: Budget
    glyphs: list[Glyph] = field(default_factory=list)
    ink: Ink = field(default_factory=Ink)
    pictures: list[Picture] = field(default_factory=list)
    _objects: int = MAX_OBJECTS
    _segments: int = MAX_SEGMENTS

    def draw(
        self, container: etree._Element, matrix: Matrix, layer: etree._Element | None, depth: int = 0
    ) -> None:
        """Draws the objects of a layer, a block or a drawing used several times."""
        for element in container:
            self._objects -= 1
            self.budget.objects -= 1
            if self.budget.objects < 0:
                raise TooManyChars
            if self._objects < 0:
                return
            kind = local(element)
            if kind == "PageBlock":
                self.draw(element, matrix, layer, depth)
            elif element.get("Visible") in ("false", "0"):
                continue
            elif kind == "TextObject":
                self._text(element, _placed(element, matrix), layer)
            elif kind == "PathObject":
                self._path(element, _placed(element, matrix), layer)
            elif kind == "ImageObject":
                self._image(element, matrix)
            elif kind in ("CompositeObject", "CompositeGraphicUnit") and depth < MAX_DEPTH:
                unit = self.resources.units.get(element.get("ResourceID") or "")
                content = child(unit, "Content")
                if content is not None:
                    self.draw(content, _placed(element, matrix), layer, depth + 1)

    def _text(self, element: etree._Element, matrix: Matrix, layer: etree._Element | None) -> None:
        settling = list(self.resources.chain(element, layer))
        filled, stroked = element.get("Fill") not in ("false", "0"), element.get("Stroke") in ("true", "1")
        colour, alpha = _colour(settling, "FillColor" if filled or not stroked else "StrokeColor")
        alpha = alpha * _opacity(element) // 255
        x = y = 0.0
        for code in children(element, "TextCode"):
            x, y = number(code.get("X"), x), number(code.get("Y"), y)
            for text, where, size, turn in _letters(element, code, (x, y), matrix):
                self.budget.chars -= 1
                if self.budget.chars < 0:
                    raise TooManyChars
                self.glyphs.append(Glyph(text, where, size, turn, min(colour), alpha, filled or stroked))

    def _path(self, element: etree._Element, matrix: Matrix, layer: etree._Element | None) -> None:
        settling = list(self.resources.chain(element, layer))
        data = child(element, "AbbreviatedData")
        shapes = list(outlines((data.text if data is not None else "") or "", matrix, self._segments))
        self._segments = max(self._segments - sum(len(points) for points, _, _ in shapes), 0)
        if element.get("Fill") in ("true", "1") and (colour := self._shown(element, settling, "FillColor")):
            for points, straight, _ in shapes:
                if straight and len(points) > 1:
                    fill_outline(points, self.ink, colour)
        if element.get("Stroke") not in ("false", "0") and (
            colour := self._shown(element, settling, "StrokeColor")
        ):
            a, b, c, d, _, _ = matrix
            widths = (owner.get("LineWidth") for owner in settling)
            width = number(next((width for width in widths if width), None), _LINE_WIDTH)
            thickness = width * abs(a * d - b * c) ** 0.5
            for points, _, closed in shapes:
                ends = points[1:] + points[:1] if closed else points[1:]
                stroke_outline(ends, points, self.ink, thickness, colour)

    def _shown(self, element: etree._Element, settling: list[etree._Element], kind: str) -> Colour | None:
        """The colour as it shows on white; `None` where transparent."""
        colour, alpha = _colour(settling, kind)
        return on_white(colour, alpha * _opacity(element) // 255)

    def _image(self, element: etree._Element, matrix: Matrix) -> None:
        if _opacity(element) < FAINTEST:
            return
        x, y, width, height = _boundary(element)
        square = tuple(numbers(element.get("CTM"), 6))
        inner: Matrix = square if len(square) == 6 else (width, 0, 0, height, 0, 0)
        a, b, c, d, e, f = product(product(inner, (1, 0, 0, 1, x, y)), matrix)
        self.ink.image_area += abs(a * d - b * c)
        if part := self.resources.images.get(element.get("ResourceID") or ""):
            self.pictures.append(Picture(part, (a, b, c, d, e, f)))


def draw_page(page: Page, budget: Budget) -> Drawing:
    """What a page draws: the templates below its own layers, these, the templates above.

    Raises:
        TooManyChars: The budget is spent.
    """
    drawing = Drawing(page.resources, budget)
    x, y, _, height = page.area
    matrix: Matrix = (POINTS_A_MILLIMETRE, 0, 0, -POINTS_A_MILLIMETRE, -x * POINTS_A_MILLIMETRE, (height + y) * POINTS_A_MILLIMETRE)
    below = [template for template, above in page.templates if not above]
    above = [template for template, above in page.templates if above]
    for root in [*below, page.root, *above]:
        for content in children(root, "Content"):
            for layer in children(content, "Layer"):
                drawing.draw(layer, matrix, layer)
    return drawing


def _boundary(element: etree._Element) -> tuple[float, float, float, float]:
    box = numbers(element.get("Boundary"), 4)
    return (box[0], box[1], box[2], box[3]) if len(box) == 4 else (0.0, 0.0, 0.0, 0.0)


def _placed(element: etree._Element, outer: Matrix) -> Matrix:
    """From an object's own coordinates to the page's."""
    x, y, _, _ = _boundary(element)
    own = tuple(numbers(element.get("CTM"), 6))
    inner: Matrix = own if len(own) == 6 else IDENTITY
    return product(product(inner, (1, 0, 0, 1, x, y)), outer)


def _opacity(element: etree._Element) -> int:
    return int(min(max(number(element.get("Alpha"), 255), 0), 255))


def _colour(settling: list[etree._Element], kind: str) -> tuple[Colour, int]:
    """The nearest colour of a kind, and its opacity; black where none is given or it is a pattern."""
    element = next((found for owner in settling if (found := child(owner, kind)) is not None), None)
    if element is None:
        return _BLACK, 255
    parts = _channels(element)
    if len(parts) == 1:
        return (parts[0], parts[0], parts[0]), _opacity(element)
    if len(parts) == 4:
        cyan, magenta, yellow, key = parts
        red, green, blue = ((255 - part) * (255 - key) // 255 for part in (cyan, magenta, yellow))
        return (red, green, blue), _opacity(element)
    return ((parts[0], parts[1], parts[2]) if len(parts) == 3 else _BLACK), _opacity(element)


def _channels(element: etree._Element) -> list[int]:
    marks = (match[0] for match in islice(_CHANNEL.finditer(element.get("Value") or ""), 5))
    return [min(int(mark[1:], 16) if mark[0] == "#" else int(mark[:4]), 255) for mark in marks]


def _letters(
    element: etree._Element, code: etree._Element, start: tuple[float, float], matrix: Matrix
) -> Iterator[tuple[str, tuple[float, float, float, float], float, int]]:
    """The characters of a text code with their boxes, sizes and turns on the page."""
    a, b, c, d, e, f = matrix
    em = abs(number(element.get("Size") or element.get("size"), _USUAL_SIZE)) or _USUAL_SIZE
    stretch = abs(number(element.get("HScale"), 1.0)) or 1.0
    u, v = _TURNS.get(_degrees(element, "CharDirection"), (1.0, 0.0))
    reading = _TURNS.get(_degrees(element, "ReadDirection"), (1.0, 0.0))
    along, across = a * u + c * v, b * u + d * v
    scale = hypot(along, across)
    size = em * abs(a * d - b * c) / scale if scale else 0.0
    if not 0.1 < size < 2000:
        return
    turn = quarter_turns(along, across)
    x, y = start
    for char, dx, dy in _steps(element, code, em * stretch, reading):
        if char not in "\r\n":
            width = _width(char, em * stretch, dx * u + dy * v)
            px, py = a * x + c * y + e, b * x + d * y + f
            yield printed(ord(char)), _box(turn, size, (px, py), (along * width, across * width)), size, turn
        x, y = x + dx, y + dy


def _box(
    turn: int, size: float, origin: tuple[float, float], advance: tuple[float, float]
) -> tuple[float, float, float, float]:
    """From the baseline and the advance; an oblique letter has a square of its size."""
    (x, y), (u, v) = origin, advance
    if turn == OBLIQUE:
        x, y = x + u / 2, y + v / 2
        return x - size / 2, y - size / 2, x + size / 2, y + size / 2
    return glyph_box(turn, size, x, y, (min(x, x + u), min(y, y + v), max(x, x + u), max(y, y + v)))


def _degrees(element: etree._Element, kind: str) -> int:
    return round(number(element.get(kind), 0)) % 360


def _steps(
    element: etree._Element, code: etree._Element, em: float, reading: tuple[float, float]
) -> Iterator[tuple[str, float, float]]:
    """Each character and the way to the next, by the type's own width where the deltas do not tell."""
    text = _text_of(element, code)
    ways = zip(
        chain(_deltas(code.get("DeltaX"), len(text)), repeat(None)),
        chain(_deltas(code.get("DeltaY"), len(text)), repeat(None)),
        strict=False,
    )
    vertical = bool(reading[1]) and not code.get("DeltaY")
    for char, (dx, dy) in zip(text, ways, strict=False):
        if dx is None and dy is None:
            advance = em * (_ems(char) if not reading[1] else 1.0)
            yield char, advance * reading[0], advance * reading[1]
        elif vertical:  # some producers write DeltaX along the line whichever way it runs
            yield char, 0.0, (dx or 0.0) * reading[1]
        else:
            yield char, dx or 0.0, dy or 0.0


def _text_of(element: etree._Element, code: etree._Element) -> str:
    """A text code's characters; glyphs without any have no known meaning."""
    text = code.text or ""
    if text[:1] in ("\r", "\n"):  # laid out by the producer for reading
        text = text.strip()
    if text:
        return text
    glyphs = sum(number(element.get("GlyphCount"), 0) for element in children(element, "CGTransform"))
    return "\ufffd" * int(min(glyphs, 10_000))


def _deltas(text: str | None, count: int) -> Iterator[float]:
    """At most `count` distances; `g n d` stands for n times d."""
    marks = (match[0] for match in _DELTA.finditer(text or ""))
    left = count
    while left > 0 and (mark := next(marks, None)) is not None:
        if mark != "g":
            yield number(mark, 0)
            left -= 1
            continue
        times = int(min(max(number(next(marks, None), 0), 0), left))
        yield from repeat(number(next(marks, None), 0), times)
        left -= times


def _ems(char: str) -> float:
    return 1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5


def _width(char: str, em: float, way: float) -> float:
    """A letter's own width: the way to the next as long as no gap is part of it."""
    usual = _ems(char) * em
    widest = em if char.isascii() and char.isalpha() else 1.2 * usual
    return way if 0.1 * em < way <= widest else usual
