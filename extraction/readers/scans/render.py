"""Images of PDF pages, for those without a text layer."""

from __future__ import annotations

from ctypes import POINTER, c_uint8, cast
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

from extraction.readers.scans.recognition import Image
from extraction.readers.scans.scale import A4_WIDTH, DPI, MOST_PIXELS, POINTS_AN_INCH

_USUAL_SIDES = (400.0, 1300.0)  # points of a page's shorter side; others have another unit than points
_WHITE = 0xFFFFFFFF


def render(document: Any, index: int) -> tuple[Image, float]:
    """Page `index` (from 0) of an open pdfium document as printed, and the image's dots an inch.

    A page whose size cannot be meant in points (one point a pixel of the scan) is taken for A4.
    """
    page = pdfium.FPDF_LoadPage(document, index)
    try:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        shorter = min(width, height)
        usual = _USUAL_SIDES[0] <= shorter <= _USUAL_SIDES[1]
        wanted = DPI / POINTS_AN_INCH if usual else A4_WIDTH * DPI / shorter
        scale = min(wanted, (MOST_PIXELS / (width * height)) ** 0.5)
        return _image(page, round(width * scale), round(height * scale)), DPI * scale / wanted
    finally:
        pdfium.FPDF_ClosePage(page)


def _image(page: Any, width: int, height: int) -> Image:
    bitmap = pdfium.FPDFBitmap_Create(width, height, 0)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        buffer = cast(pdfium.FPDFBitmap_GetBuffer(bitmap), POINTER(c_uint8 * (stride * height))).contents
        rows = np.frombuffer(buffer, dtype=np.uint8).reshape(height, stride // 4, 4)
        return rows[:, :width, :3].copy()
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
