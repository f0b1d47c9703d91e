"""Characters of a page image, found by RapidOCR (PP-OCR's detector and recogniser, offline; extra `ocr`)."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # Shape: (height, width, 3), blue, green, red

_LONGEST_SIDE = 2400  # pixels; a larger page is detected at this size
_ASCII_WIDTH = 0.5  # of a Chinese character's
MARGIN = 0.15  # of a line's height; with more paper around it a 0 is read as a full stop


class Letter(NamedTuple):
    """A recognised character: its box in pixels and how sure the recogniser is of it."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    score: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """Characters that stand on one line, the line's box in pixels and its score."""

    letters: tuple[Letter, ...]
    x0: float
    top: float
    x1: float
    bottom: float
    score: float

    @property
    def is_upright(self) -> bool:
        """Whether the line is wider than high, as every line of several characters is that is not turned."""
        return self.x1 - self.x0 > self.bottom - self.top


def is_installed() -> bool:
    """Whether the extra `ocr` is there."""
    return importlib.util.find_spec("rapidocr") is not None


def recognise(image: Image) -> list[TextLine]:
    """The lines of text in an image, in the detector's order."""
    found = _engine()(image, use_det=True, use_cls=False, return_word_box=True, return_single_char_box=True)
    if found.txts is None or found.boxes is None:
        return []
    words = found.word_results if len(found.word_results) == len(found.txts) else [()] * len(found.txts)
    return [
        _line(text, score, np.asarray(quad, dtype=float), parts)
        for text, score, quad, parts in zip(found.txts, found.scores, found.boxes, words, strict=True)
    ]


def read_box(image: Image, x0: int, top: int, x1: int, bottom: int) -> tuple[str, float]:
    """The text in a box and its score; a line needs some paper around it to be read."""
    margin = int((bottom - top) * MARGIN)
    crop = image[max(top - margin, 0) : bottom + margin, max(x0 - margin, 0) : x1 + margin]
    return _recognise_crop(np.ascontiguousarray(crop))


def _recognise_crop(image: Image) -> tuple[str, float]:
    """The text of an image that holds one line, and its score; empty where nothing is recognised."""
    found = _engine()(image, use_det=False, use_cls=False, return_word_box=False)
    if not found.txts:
        return "", 0.0
    return found.txts[0].strip(), float(found.scores[0])


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.text_score": 0.0,  # what is doubtful is kept with its score
            "Global.max_side_len": _LONGEST_SIDE,
        }
    )


def _line(text: str, score: float, quad: NDArray[np.float64], parts: Sequence[Any]) -> TextLine:
    (x0, top), (x1, bottom) = quad.min(axis=0), quad.max(axis=0)
    letters = _placed_letters(text, parts) or _spread_letters(text, float(score), x0, top, x1, bottom)
    return TextLine(letters, x0, top, x1, bottom, float(score))


def _placed_letters(text: str, parts: Sequence[Any]) -> tuple[Letter, ...]:
    """The characters at the recogniser's own places; none where it gives them for another text."""
    if "".join(part[0] for part in parts) != "".join(text.split()):
        return ()
    letters = []
    for part, score, quad in parts:
        corners = np.asarray(quad, dtype=float)
        (x0, top), (x1, bottom) = corners.min(axis=0), corners.max(axis=0)
        letters.append(Letter(part, x0, top, x1, bottom, float(score)))
    return tuple(letters)


def _spread_letters(
    text: str, score: float, x0: float, top: float, x1: float, bottom: float
) -> tuple[Letter, ...]:
    """The characters spread over the line by their usual widths."""
    widths = [_ASCII_WIDTH if letter.isascii() else 1.0 for letter in text]
    unit = (x1 - x0) / max(sum(widths), _ASCII_WIDTH)
    ends = [x0 + unit * end for end in accumulate(widths)]
    starts = [x0, *ends[:-1]]
    return tuple(
        Letter(letter, start, top, end, bottom, score)
        for letter, start, end in zip(text, starts, ends, strict=True)
        if not letter.isspace()
    )
