"""The images of an OFD page laid on paper, for pages that are scans."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from extraction.readers.archive_limits import Package
from extraction.readers.ofd_objects import Picture
from extraction.readers.pdf_paths import product
from extraction.readers.scans.recognition import Image
from extraction.readers.scans.scale import DECODING_ERRORS, DPI, MOST_PIXELS, POINTS_AN_INCH

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

_MOST_DECODED = 120_000_000
_MOST_PICTURES = 100  # of a page; scanners write one, or strips
_KINDS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "JPEG2000")  # JBIG2 has no decoder here


def page_image(
    package: Package, pictures: Sequence[Picture], size: tuple[float, float]
) -> tuple[Image, float] | None:
    """A page's pictures on paper, and the dots an inch; `None` where not all of them can be read.

    Raises:
        ReadError: As `Package.read`.
    """
    from PIL import Image as Pictures

    width, height = size
    scale = min(DPI / POINTS_AN_INCH, (MOST_PIXELS / (width * height)) ** 0.5)
    paper = Pictures.new("RGB", (max(round(width * scale), 1), max(round(height * scale), 1)), "white")
    for picture in pictures[:_MOST_PICTURES]:
        image = _decoded(package, picture.part)
        if image is None:
            return None
        _lay(paper, image, picture, height, scale)
    return (np.ascontiguousarray(np.asarray(paper)[:, :, ::-1]), scale * POINTS_AN_INCH) if pictures else None


def _decoded(package: Package, part: str) -> PillowImage | None:
    from PIL import Image as Pictures

    if part not in package:
        return None
    try:
        with Pictures.open(BytesIO(package.read(part)), formats=_KINDS) as image:
            return image.convert("RGBA") if image.width * image.height <= _MOST_DECODED else None
    except (Pictures.DecompressionBombError, *DECODING_ERRORS):
        return None


def _lay(paper: PillowImage, image: PillowImage, picture: Picture, height: float, scale: float) -> None:
    """Paints a picture where its matrix puts it, scaled first so that fine strokes are averaged and not dropped."""
    from PIL import Image as Pictures

    a, b, c, d, e, f = product(picture.matrix, (scale, 0, 0, -scale, 0, height * scale))
    wide, high, area = hypot(a, b), hypot(c, d), a * d - b * c
    if not (wide >= 1 and high >= 1 and abs(area) >= 1 and wide * high <= MOST_PIXELS):
        return
    scaled = image.resize((round(wide), round(high)), Pictures.Resampling.LANCZOS)
    u, v = scaled.width / area, scaled.height / area
    back = (d * u, -c * u, (c * f - d * e) * u, -b * v, a * v, (b * e - a * f) * v)
    placed = scaled.transform(paper.size, Pictures.Transform.AFFINE, back, Pictures.Resampling.BILINEAR)
    paper.paste(placed, (0, 0), placed)
