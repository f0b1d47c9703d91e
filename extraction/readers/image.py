"""Reads images of reports: scans page by page, photographs, long screenshots (extra `ocr`)."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.readers.page_layout import PagedContent, document_of
from extraction.readers.pdf_page import PageContent
from extraction.readers.scans import recognition
from extraction.readers.scans.page import read_page_image
from extraction.readers.scans.recognition import Image
from extraction.readers.scans.scale import A4_WIDTH, DECODING_ERRORS, DPI

MAX_PIXELS = 150_000_000
_FEWEST_PIXELS = 120  # of a side; a smaller picture holds no page
_MAX_FRAMES = 300
_FEWEST_DPI = 120.0  # a smaller image is enlarged to this
_LONGEST = 1.6  # heights over widths from which on a screenshot is cut into pages
_CUT_AFTER = 1.2


def read(data: bytes, name: str) -> Document:
    """Reads an image file into a `Document`; each frame, or each screenful of a long image, is a page.

    Raises:
        ReadError: IMAGE where the recogniser is not installed; NO_TEXT where it finds none; UNSUPPORTED kinds of
            images; CORRUPT; TOO_LARGE.
    """
    if not recognition.is_installed():
        raise ReadError(ErrorCode.IMAGE, name)
    pages: list[PageContent] = []
    for frame in _frames(data, name):
        if min(frame.shape[:2]) < _FEWEST_PIXELS:
            continue
        image, dpi = _scaled(frame)
        pages += [read_page_image(part, len(pages) + at, dpi) for at, part in enumerate(_parts(image), start=1)]
    if not any(page.chars for page in pages):
        raise ReadError(ErrorCode.NO_TEXT, name)
    scanned = tuple(page.number for page in pages)
    return document_of(PagedContent(pages, scanned=scanned), "image")


def _frames(data: bytes, name: str) -> Iterator[Image]:
    """The pictures in a file, turned as its camera noted."""
    from PIL import Image as Pictures
    from PIL import ImageOps, ImageSequence, UnidentifiedImageError

    try:
        with Pictures.open(BytesIO(data)) as picture:
            for count, frame in enumerate(ImageSequence.Iterator(picture)):
                if frame.width * frame.height > MAX_PIXELS or count >= _MAX_FRAMES:
                    raise ReadError(ErrorCode.TOO_LARGE, name, f"{frame.width} × {frame.height} pixels, frame {count + 1}")
                upright = ImageOps.exif_transpose(frame).convert("RGBA")
                paper = Pictures.new("RGBA", upright.size, "white")
                paper.alpha_composite(upright)
                yield np.ascontiguousarray(np.asarray(paper.convert("RGB"))[:, :, ::-1])
    except Pictures.DecompressionBombError as error:
        raise ReadError(ErrorCode.TOO_LARGE, name, str(error)[:60]) from None
    except UnidentifiedImageError:
        raise ReadError(ErrorCode.UNSUPPORTED, name, "an image of a kind that is not read") from None
    except DECODING_ERRORS as error:
        raise ReadError(ErrorCode.CORRUPT, name, str(error)[:100]) from None


def _scaled(image: Image) -> tuple[Image, float]:
    """The image at a scale that is read well, its shorter side taken for the width of A4; and its dots an inch."""
    import cv2

    dpi = min(image.shape[:2]) / A4_WIDTH
    wanted = min(max(dpi, _FEWEST_DPI), DPI)
    if wanted == dpi:
        return image, dpi
    way = cv2.INTER_AREA if wanted < dpi else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=wanted / dpi, fy=wanted / dpi, interpolation=way), np.uint8), wanted


def _parts(image: Image) -> Iterator[Image]:
    """A long image cut where its rows are emptiest, others whole."""
    height, width = image.shape[:2]
    start = 0
    while height - start > _LONGEST * width:
        low, high = start + int(_CUT_AFTER * width), start + int(_LONGEST * width)
        unevenness = image[low:high].min(axis=2).std(axis=1)
        stop = low + int(len(unevenness) - 1 - np.argmin(unevenness[::-1]))
        yield image[start:stop]
        start = stop
    yield image[start:]
