"""Red seals printed over a page: they are made paler before the page is read."""

from __future__ import annotations

import numpy as np

from extraction.readers.scans.recognition import Image

_REDNESS = 40  # by how much red outshines green and blue; ink below a seal is dark in red too
_SMALLEST, _LARGEST = 0.7, 2.6  # inches across
_ROUNDNESS = 0.75  # shorter side over longer, of round and oval seals
_JOIN = 0.08  # inches between the parts of a seal
_PAPER = 255
_RIM = 0.75  # of a seal's brightness in red: its rims are darker, since JPEG keeps colour coarsely


def without_seals(image: Image, dpi: float) -> Image:
    """The image seen through a red filter where there are seals; other red print stays.

    Through the filter a seal is as bright as paper, while print below it stays dark.
    """
    import cv2

    channels = image.astype(np.int16)
    red = (channels[:, :, 2] - np.maximum(channels[:, :, 0], channels[:, :, 1]) > _REDNESS).astype(np.uint8)
    if red.mean() < 1e-4:
        return image
    size = max(int(_JOIN * dpi), 1)
    joined = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    cleaned = image
    for x, y, width, height, _ in stats[1:count].tolist():
        short, long = sorted((width, height))
        if _SMALLEST * dpi <= long <= _LARGEST * dpi and short >= _ROUNDNESS * long:
            if cleaned is image:
                cleaned = image.copy()
            place = slice(y, y + height), slice(x, x + width)
            filtered = channels[(*place, 2)]
            seal = np.median(filtered[red[place] > 0])
            brightened = np.clip(filtered * (_PAPER / max(_RIM * seal, 1)), 0, _PAPER).astype(np.uint8)
            cleaned[place] = brightened[:, :, None]
    return cleaned
