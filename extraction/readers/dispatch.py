"""From bytes to a document: the format is told from the bytes, then read by its own module."""

from __future__ import annotations

import re

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.readers import doc, docx, html, image, ofd, pdf, sniff, text

MAX_TEXT_BYTES = 16 * 1024 * 1024
_DIGITS_ONLY = re.compile(r"[\d\s.,;:|+\-]*\Z")


def read_document(data: bytes, name: str) -> Document:
    """Reads any supported file.

    Raises:
        ReadError: With the code of what is wrong and what to do.
    """
    format_ = sniff.detect(data, name)
    if format_ == "html":
        return html.read(data, name)
    if format_ == "docx":
        return docx.read(data, name)
    if format_ == "pdf":
        return pdf.read(data, name)
    if format_ == "doc":
        return doc.read(data, name)
    if format_ == "image":
        return image.read(data, name)
    if format_ == "ofd":
        return ofd.read(data, name)
    if len(data) > MAX_TEXT_BYTES:
        raise ReadError(ErrorCode.TOO_LARGE, name, f"{len(data)} bytes of text")
    document = text.read(data, name, format_)
    if len(data) > 1000 and _DIGITS_ONLY.match(document.text[:100_000]):
        raise ReadError(ErrorCode.TOO_MANY_DIGITS, name)
    return document
