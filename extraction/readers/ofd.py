"""Reads OFD, the Chinese national layout format (GB/T 33190-2016): pages of text and rules, as of a PDF.

All documents of a package are read, one after the other: what follows the first may be the report's own tables,
and nothing in the package says which of them is the report.
"""

from __future__ import annotations

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.readers.archive_limits import open_package
from extraction.readers.ofd_images import page_image
from extraction.readers.ofd_objects import POINTS_A_MILLIMETRE, Budget, Picture, draw_page
from extraction.readers.ofd_package import Parts, documents, pages, refuse_encrypted, title
from extraction.readers.page_layout import PagedContent, document_of
from extraction.readers.pdf import MAX_CHARS, MAX_PAGES
from extraction.readers.pdf_page import PageContent, TooManyChars, View, page_content, prevailing_turn
from extraction.readers.scans.pages import recognise_scans


def read(data: bytes, name: str) -> Document:
    """Reads an OFD into a `Document`; table fragments stay apart, `joins` says which belong together.

    Raises:
        ReadError: EMPTY; CORRUPT, TRUNCATED, ZIP_BOMB, XML_ENTITIES as `open_package` and `Package.xml`; ENCRYPTED;
            TOO_LARGE; SCAN where there is no text and it cannot be recognised; NO_TEXT where none is found.
    """
    return document_of(read_content(data, name), "ofd")


def read_content(data: bytes, name: str) -> PagedContent:
    """The pages and the title. Raises as `read` does."""
    if not data:
        raise ReadError(ErrorCode.EMPTY, name)
    package = open_package(data, name)
    refuse_encrypted(package)
    parts = Parts(package)
    found: list[PageContent] = []
    pictures: list[list[Picture]] = []
    sizes: list[tuple[float, float]] = []
    budget = Budget(MAX_CHARS)
    for document in documents(parts):
        for page in pages(parts, document):
            if len(found) >= MAX_PAGES:
                raise ReadError(ErrorCode.TOO_LARGE, name, f"at most {MAX_PAGES} pages are read")
            try:
                drawing = draw_page(page, budget)
            except TooManyChars:
                raise ReadError(
                    ErrorCode.TOO_LARGE, name, f"over {MAX_CHARS} characters or too many objects"
                ) from None
            size = (page.area.width * POINTS_A_MILLIMETRE, page.area.height * POINTS_A_MILLIMETRE)
            view = View(0, 0, *size, prevailing_turn(drawing.glyphs, 0))
            found.append(page_content(len(found) + 1, view, drawing.glyphs, drawing.ink))
            pictures.append(drawing.pictures)
            sizes.append(size)
    if not found:
        raise ReadError(ErrorCode.CORRUPT, name, "no pages")
    scanned, unread = recognise_scans(
        found, lambda index: page_image(package, pictures[index], sizes[index]), name
    )
    return PagedContent(found, title(parts), scanned, unread)
