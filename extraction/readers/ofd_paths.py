"""The outlines of OFD paths: `AbbreviatedData` (GB/T 33190-2016, 9.1) to points."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from extraction.readers.ofd_package import number
from extraction.readers.pdf_paths import Matrix, Point

_MARK = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
_OPERANDS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}

Outline = tuple[list[Point], bool, bool]


def outlines(data: str, matrix: Matrix, limit: int) -> Iterator[Outline]:
    """(points, has no curves, is closed) of each outline, on the page, up to a limit of segments.

    A curve ends the outline, which goes on behind it: its ends tell nothing of what lies between.
    """
    points: list[Point] = []
    straight = True
    for operator, operands in islice(_operations(data), limit):
        if operator == "C":
            if len(points) > 1:
                yield points, straight, straight
            points, straight = points[:1], True
            continue
        end = _placed(operands, matrix)
        if operator in "SM":
            if len(points) > 1:
                yield points, straight, False
            points, straight = [end], True
        elif operator == "L":
            points.append(end)
        else:
            if len(points) > 1:
                yield points, False, False
            points, straight = [end], False
    if len(points) > 1:
        yield points, straight, False


def _placed(operands: list[float], matrix: Matrix) -> Point:
    a, b, c, d, e, f = matrix
    x, y = operands[-2:]
    # Producers round millimetres: what was drawn at equal distances is so again in hundredths of points.
    return round(a * x + c * y + e, 2), round(b * x + d * y + f, 2)


def _operations(data: str) -> Iterator[tuple[str, list[float]]]:
    """Each operator with its operands; one that lacks some is left out, a repeated one may stand once."""
    operator, operands = "", list[float]()
    for match in _MARK.finditer(data):
        mark = match[0]
        if mark.isalpha():
            operator, operands = mark.upper(), []
            if operator == "C":
                yield operator, operands
            continue
        operands.append(number(mark, 0))
        if len(operands) == _OPERANDS.get(operator, 0):
            yield operator, operands
            operands = []
        elif operator not in _OPERANDS or operator == "C":
            operands = []
