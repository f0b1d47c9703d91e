"""Page images turned and levelled before they are read."""

from __future__ import annotations

import numpy as np

from extraction.readers.scans.recognition import Image

_MOST = 5.0  # degrees; a page lies askew in the scanner by less
_COARSE, _FINE = 0.5, 0.05
_LEAST = 0.08
_SIDE = 900  # pixels of the longer side of the image that the angle is measured on


def levelled(image: Image) -> Image:
    """The image turned by its skew, paper-white at the corners that this opens."""
    import cv2

    angle = skew(image)
    if abs(angle) < _LEAST:
        return image
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    paper = tuple(int(channel) for channel in np.median(image[::16, ::16].reshape(-1, 3), axis=0))
    return np.asarray(
        cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=paper),
        dtype=np.uint8,
    )


def skew(image: Image) -> float:
    """The angle in degrees by which lines of text and rules lean: their rows' ink is then most unevenly spread.

    Postl's projection profile (US patent 4,723,297): the sum of squared differences of neighbouring rows.
    """
    import cv2

    grey = image.min(axis=2)
    shrink = min(1.0, _SIDE / max(grey.shape))
    small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    ink = np.asarray(255 - small, dtype=np.float32)
    ink -= np.median(ink)
    np.clip(ink, 0, None, out=ink)
    if not ink.any():
        return 0.0
    height, width = ink.shape

    def unevenness(angle: float) -> float:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        rows = cv2.warpAffine(ink, turn, (width, height), flags=cv2.INTER_LINEAR).sum(axis=1)
        return float((np.diff(rows) ** 2).sum())

    rough = max(np.arange(-_MOST, _MOST + _COARSE / 2, _COARSE), key=unevenness)
    return float(max(np.arange(rough - _COARSE, rough + _COARSE + _FINE / 2, _FINE), key=unevenness))
