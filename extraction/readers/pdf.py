"""Reads PDFs. Text, rules and places come from pdfium; pages without a text layer are recognised (extra `ocr`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import create_string_buffer
from threading import Lock
from typing import Any

import pypdfium2.raw as pdfium

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.readers.page_layout import PagedContent, document_of
from extraction.readers.pdf_checks import refuse_bad_streams, refuse_damaged
from extraction.readers.pdf_miner import Miner
from extraction.readers.pdf_page import PageContent, TooManyChars, read_page
from extraction.readers.scans.pages import recognise_scans
from extraction.readers.scans.render import render

MAX_PAGES = 1000
MAX_CHARS = 2_000_000
_NO_TITLE = re.compile(r"(?i)\(?(?:untitled|anonymous|unknown|无标题|文档\s*\d*|新建.*)\)?")
_PDFIUM = Lock()  # pdfium is not thread-safe


def read(data: bytes, name: str) -> Document:
    """Reads a PDF into a `Document`; table fragments stay apart, `joins` says which belong together.

    Raises:
        ReadError: EMPTY, CORRUPT, TRUNCATED, ENCRYPTED, TOO_LARGE; SCAN where there is no text layer and the
            recogniser is not installed; NO_TEXT where it finds nothing.
    """
    return document_of(read_content(data, name), "pdf")


def read_content(data: bytes, name: str) -> PagedContent:
    """The pages and the title in the file's own metadata. Raises as `read` does."""
    refuse_damaged(data, name)
    refuse_bad_streams(data, name)
    with _PDFIUM, _opened(data, name) as document:
        title = _title(document)
        pages = list(_pages(document, data, name))
        scanned, unread = recognise_scans(pages, lambda index: render(document, index), name)
    return PagedContent(pages, title, scanned, unread)


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Any]:
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        reason = pdfium.FPDF_GetLastError()
        if reason in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise ReadError(ErrorCode.ENCRYPTED, name)
        raise ReadError(ErrorCode.CORRUPT, name, f"pdfium error {reason}")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _title(document: Any) -> str | None:
    size = pdfium.FPDF_GetMetaText(document, b"Title", None, 0)
    buffer = create_string_buffer(min(size, 4096))
    pdfium.FPDF_GetMetaText(document, b"Title", buffer, len(buffer))
    title = buffer.raw[: len(buffer.raw) // 2 * 2].decode("utf-16-le", "ignore").split("\x00")[0].strip()
    title = re.sub(r"^Microsoft Word - |\.(?:docx?|wps|pdf|xlsx?)$", "", title)
    return None if not title or _NO_TITLE.fullmatch(title) else title


def _pages(document: Any, data: bytes, name: str) -> Iterator[PageContent]:
    count = pdfium.FPDF_GetPageCount(document)
    if count < 1:
        raise ReadError(ErrorCode.CORRUPT, name, "no pages")
    if count > MAX_PAGES:
        raise ReadError(ErrorCode.TOO_LARGE, name, f"{count} pages; at most {MAX_PAGES} are read")
    left = MAX_CHARS
    miner = Miner(data, name)
    for index in range(count):
        try:
            page = read_page(document, index, max_chars=left, read_glyphs=miner.glyphs)
        except TooManyChars:
            raise ReadError(ErrorCode.TOO_LARGE, name, f"over {MAX_CHARS} characters") from None
        if page is None:
            raise ReadError(ErrorCode.CORRUPT, name, f"page {index + 1} cannot be read")
        left -= len(page.chars)
        yield page
