"""Pages without a text layer in files of pages: told from the others, recognised, or refused where they outweigh."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from extraction.errors import ErrorCode, ReadError
from extraction.readers.pdf_page import PageContent
from extraction.readers.scans import recognition
from extraction.readers.scans.page import read_page_image
from extraction.readers.scans.recognition import Image

_FEWEST_CHARS = 16  # a page with fewer (a stamp, a page number) has no text layer worth the name
_MOST_JUNK = 0.3
_SCANNED_TO_READABLE = 4  # from this proportion on, what can be read is not the report


def recognise_scans(
    pages: list[PageContent], render: Callable[[int], tuple[Image, float] | None], name: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Puts what is recognised in place of the pages that are scans.

    Args:
        pages: The pages as their file describes them; those that are scans are replaced.
        render: The image of a page (from 0) and its dots an inch; `None` where there is none that can be read.
        name: The file's.

    Returns:
        The numbers of the pages recognised, and of those left unread.

    Raises:
        ReadError: SCAN where pages that stay unread outweigh the others; NO_TEXT where nothing is recognised.
    """
    scans = tuple(page.number for page in pages if _is_scan(page))
    recognised: list[int] = []
    for number in scans if recognition.is_installed() else ():
        if rendered := render(number - 1):
            image, dpi = rendered
            pages[number - 1] = read_page_image(image, number, dpi)
            recognised.append(number)
    unread = tuple(number for number in scans if number not in recognised)
    if not recognised or unread:
        _refuse_unread(pages, unread, name)
    if not any(page.chars for page in pages):
        raise ReadError(ErrorCode.NO_TEXT, name)
    return tuple(recognised), unread


def _is_scan(page: PageContent) -> bool:
    """Whether a page is an image, or its characters have no known meaning."""
    printed = sum(not char.text.isspace() for char in page.chars)
    return page.junk_share > _MOST_JUNK or (printed < _FEWEST_CHARS and page.image_share > 0.3)


def _refuse_unread(pages: Sequence[PageContent], unread: Sequence[int], name: str) -> None:
    """Raises where pages that cannot be read outweigh the others."""
    readable = sum(any(not char.text.isspace() for char in page.chars) for page in pages if page.number not in unread)
    if not readable or len(unread) >= _SCANNED_TO_READABLE * readable:
        raise ReadError(ErrorCode.SCAN, name, f"{readable} of {len(pages)} pages have a text layer")
