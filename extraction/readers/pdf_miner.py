"""Characters of a page by pdfminer: far slower than pdfium, but it needs no font to place a character.

pdfium drops pieces of text that have no extent, or takes them for repetitions. Chinese text in a font that
is neither embedded nor installed has none: a lone character is lost, and so is a label printed twice in
one column.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTContainer
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage

from extraction.errors import ErrorCode, ReadError
from extraction.readers.pdf_page import Glyph, glyph_box, printed, quarter_turns

# It warns of every operand that it cannot use; what matters of that is raised below.
logging.getLogger("pdfminer").setLevel(logging.ERROR)


class Miner:
    """Parses a PDF with pdfminer when first asked for a page.

    Args:
        data: The file.
        name: Its name, for errors.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._resources = PDFResourceManager()
        self._pages: list[PDFPage] = []

    def glyphs(self, index: int) -> list[Glyph]:
        """The characters of page `index` (from 0), as `read_page` wants them.

        Raises:
            ReadError: CORRUPT where pdfminer cannot make sense of the page.
        """
        try:
            self._pages = self._pages or list(PDFPage.get_pages(BytesIO(self._data)))
            page = self._pages[index]
            device = PDFPageAggregator(self._resources, laparams=None)
            page.rotate = 0
            PDFPageInterpreter(self._resources, device).process_page(page)
            left, bottom, _, _ = page.mediabox
            return [_glyph(char, left, bottom) for char in _chars(device.get_result())]
        except Exception as error:  # pdfminer raises whatever its parsing runs into
            detail = f"page {index + 1}: {type(error).__name__}"
            raise ReadError(ErrorCode.CORRUPT, self._name, detail) from error


def _chars(items: Iterable[Any]) -> Iterator[LTChar]:
    for item in items:
        if isinstance(item, LTChar):
            yield item
        elif isinstance(item, LTContainer):
            yield from _chars(item)


def _glyph(char: LTChar, left: float, bottom: float) -> Glyph:
    a, b, _, _, x, y = char.matrix
    turn = quarter_turns(a, b)
    size = max(char.width if turn % 2 else char.height, 0.1)
    text = char.get_text()
    text = "\ufffd" if text.startswith("(cid:") else "".join(printed(ord(letter)) for letter in text)
    loose = (char.x0 + left, char.y0 + bottom, char.x1 + left, char.y1 + bottom)
    box = glyph_box(turn, size, x + left, y + bottom, loose)
    return Glyph(text, box, size, turn, _darkest_channel(char.graphicstate.ncolor), 255, True)


def _darkest_channel(colour: Any) -> int:
    """The darkest channel of a grey or RGB colour, 0–255; black where the colour space is another."""
    parts = colour if isinstance(colour, (tuple, list)) else (colour,)
    if len(parts) not in (1, 3) or not all(isinstance(part, (int, float)) for part in parts):
        return 0
    return int(255 * min(parts))
