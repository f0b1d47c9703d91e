"""What a PDF page draws besides text: bars (strokes and thin fills), filled areas and images, via pdfium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ctypes import c_float, c_int, c_uint, create_string_buffer, pointer
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

Corners = tuple[float, float, float, float]
Colour = tuple[int, int, int]
Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]

WHITE: Colour = (255, 255, 255)
INVISIBLE_MODES = {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}
_WESTERN_FONT = re.compile(rb"Times|Arial|Helvetica|Courier|Calibri|Cambria|Symbol|Dingbats|Wingdings")

THICKEST_RULE = 3.5
FAINTEST = 13  # opacity, of 255, below which nothing is seen
# Bounds against drawings (maps, charts) that no form needs.
MAX_OBJECTS, MAX_BARS, MAX_SEGMENTS, MAX_DEPTH = 100_000, 20_000, 300_000, 8
_MAX_FILLS = 200
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


class Box(NamedTuple):
    """A rectangle in reading coordinates (points, y downwards)."""

    x0: float
    top: float
    x1: float
    bottom: float


class Rule(NamedTuple):
    """An axis-parallel line in reading coordinates: `at` its place across, `start`–`end` along."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Ink:
    """Drawn things in the page's own coordinates, each as (x0, y0, x1, y1).

    `bars` are visible strokes and thin fills, `areas` visible fills. `unmeasured` are pdfium's handles of
    text without extent, which comes of fonts that are neither in the file nor on this machine. `plain_text`
    holds where all text is painted in an opaque dark colour, so that nobody need ask letter by letter.
    """

    bars: list[Corners] = field(default_factory=list)
    areas: list[Corners] = field(default_factory=list)
    image_area: float = 0.0
    unmeasured: list[Any] = field(default_factory=list)
    plain_text: bool = True
    _fills: list[tuple[Corners, Colour]] = field(default_factory=list)

    def colour_at(self, x: float, y: float) -> Colour:
        """The colour of the last fill so far that covers the point; paper is white."""
        for (x0, y0, x1, y1), colour in reversed(self._fills):
            if x0 <= x <= x1 and y0 <= y <= y1:
                return colour
        return WHITE

    def bar(self, box: Corners, colour: Colour) -> None:
        if len(self.bars) < MAX_BARS and self._shows(box, colour):
            self.bars.append(box)

    def fill(self, box: Corners, colour: Colour) -> None:
        if len(self.areas) < MAX_BARS and self._shows(box, colour):
            self.areas.append(box)
        if len(self._fills) < _MAX_FILLS:
            self._fills.append((box, colour))

    def _shows(self, box: Corners, colour: Colour) -> bool:
        under = self.colour_at((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        return max(abs(part - other) for part, other in zip(colour, under, strict=True)) > 8


@dataclass(slots=True)
class _Budget:
    objects: int = MAX_OBJECTS
    segments: int = MAX_SEGMENTS


def read_ink(page: Any) -> Ink:
    """Collects the page's paths and images in painting order, those inside form XObjects included."""
    ink, budget, check = Ink(), _Budget(), _TextCheck()
    for item, kind, matrix in _objects(page, IDENTITY, 0, budget):
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            if check.is_unmeasured(item):
                ink.unmeasured.append(item)
            ink.plain_text = ink.plain_text and check.is_plain(item)
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            a, b, c, d, _, _ = matrix
            ink.image_area += abs(a * d - b * c)
        else:
            _draw(item, matrix, ink, budget)
    return ink


def _objects(
    container: Any, outer: Matrix, depth: int, budget: _Budget
) -> Iterator[tuple[Any, int, Matrix]]:
    if depth:
        count, get = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
    else:
        count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    for index in range(count(container)):
        budget.objects -= 1
        if budget.objects < 0:
            return
        item = get(container, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            yield item, kind, outer
        elif kind in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE):
            yield item, kind, product(_matrix(item), outer)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            yield from _objects(item, product(_matrix(item), outer), depth + 1, budget)


class _TextCheck:
    """Questions about text objects; the out-parameters are made once, since a page may have thousands."""

    def __init__(self) -> None:
        self._corners = (c_float * 4)()
        self._channels = (c_uint * 4)()
        self._to_corners = [pointer(c_float.from_buffer(self._corners, 4 * i)) for i in range(4)]
        self._to_channels = [pointer(c_uint.from_buffer(self._channels, 4 * i)) for i in range(4)]

    def is_unmeasured(self, item: Any) -> bool:
        pdfium.FPDFPageObj_GetBounds(item, *self._to_corners)
        left, bottom, right, top = self._corners
        if right - left > 0.001 and top - bottom > 0.001:
            return False
        font = pdfium.FPDFTextObj_GetFont(item)
        if not font or pdfium.FPDFFont_GetIsEmbedded(font) == 1:
            return False  # a blank
        name = create_string_buffer(64)
        pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
        return not _WESTERN_FONT.search(name.value)

    def is_plain(self, item: Any) -> bool:
        if pdfium.FPDFTextObj_GetTextRenderMode(item) in INVISIBLE_MODES:
            return False
        known = pdfium.FPDFPageObj_GetFillColor(item, *self._to_channels)
        red, green, blue, alpha = self._channels
        return bool(known) and min(red, green, blue) < 160 and alpha == 255


def _matrix(item: Any) -> Matrix:
    got = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, got):
        return IDENTITY
    return (got.a, got.b, got.c, got.d, got.e, got.f)


def product(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that applies `inner`, then `outer`."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _draw(item: Any, matrix: Matrix, ink: Ink, budget: _Budget) -> None:
    mode, stroke = c_int(), c_int()
    if not pdfium.FPDFPath_GetDrawMode(item, mode, stroke) or not (mode.value or stroke.value):
        return
    shapes = list(_subpaths(item, matrix, budget))
    if mode.value and (colour := _colour(pdfium.FPDFPageObj_GetFillColor, item)):
        for points, straight, _ in shapes:
            if straight and len(points) > 1:
                fill_outline(points, ink, colour)
    if stroke.value and (colour := _colour(pdfium.FPDFPageObj_GetStrokeColor, item)):
        width = c_float()
        pdfium.FPDFPageObj_GetStrokeWidth(item, width)
        a, b, c, d, _, _ = matrix
        thickness = width.value * abs(a * d - b * c) ** 0.5
        for points, _, closed in shapes:
            stroke_outline(points[1:] + points[:1] if closed else points[1:], points, ink, thickness, colour)


def _colour(get_colour: Any, item: Any) -> Colour | None:
    """The colour as it shows on white; `None` where transparent. A pattern counts as black."""
    red, green, blue, alpha = c_uint(), c_uint(), c_uint(), c_uint()
    if not get_colour(item, red, green, blue, alpha):
        return (0, 0, 0)
    return on_white((red.value, green.value, blue.value), alpha.value)


def on_white(colour: Colour, alpha: int) -> Colour | None:
    """A colour of some opacity (of 255) as it shows on white; `None` where transparent."""
    if alpha < FAINTEST:
        return None
    red, green, blue = (255 - (255 - part) * alpha // 255 for part in colour)
    return red, green, blue


def _subpaths(item: Any, matrix: Matrix, budget: _Budget) -> Iterator[tuple[list[Point], bool, bool]]:
    """(points, has no curves, is closed) of each subpath, in page coordinates."""
    a, b, c, d, e, f = matrix
    x, y = c_float(), c_float()
    points: list[Point] = []
    straight, closed = True, False
    for index in range(pdfium.FPDFPath_CountSegments(item)):
        budget.segments -= 1
        if budget.segments < 0:
            break
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO and points:
            yield points, straight, closed
            points, straight, closed = [], True, False
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        points.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        straight = straight and kind != pdfium.FPDF_SEGMENT_BEZIERTO
        closed = closed or bool(pdfium.FPDFPathSegment_GetClose(segment))
    if points:
        yield points, straight, closed


def fill_outline(points: list[Point], ink: Ink, colour: Colour) -> None:
    """A filled outline without curves: a bar where thin, an area where it is a rectangle."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    box = (min(xs), min(ys), max(xs), max(ys))
    if min(box[2] - box[0], box[3] - box[1]) <= THICKEST_RULE:
        ink.bar(box, colour)
    elif len(points) <= 6 and all(
        abs(x - u) < 0.5 or abs(y - v) < 0.5 for (x, y), (u, v) in pairwise(points)
    ):
        ink.fill(box, colour)


def stroke_outline(ends: list[Point], points: list[Point], ink: Ink, thickness: float, colour: Colour) -> None:
    for (x, y), (u, v) in zip(points, ends, strict=False):
        wide, high = abs(x - u), abs(y - v)
        if min(wide, high) > 0.5 + 0.02 * max(wide, high):
            continue
        box = (min(x, u), min(y, v), max(x, u), max(y, v))
        if thickness <= 2 * THICKEST_RULE:
            ink.bar(box, colour)
        else:  # a stroke this wide is a way to paint a background
            half = thickness / 2
            grow = (0.0, half) if wide >= high else (half, 0.0)
            ink.fill((box[0] - grow[0], box[1] - grow[1], box[2] + grow[0], box[3] + grow[1]), colour)
