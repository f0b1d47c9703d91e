"""HTML as Chinese content systems, Word, WPS and spreadsheets publish it."""

from __future__ import annotations

import re
from itertools import islice

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.readers import html_meta
from extraction.readers.blocks import Block, ParagraphBlock, TableBlock, build
from extraction.readers.encoding import declared_encoding, decode
from extraction.readers.html_main_text import main_blocks
from extraction.readers.html_page import PageBlock, read_page
from extraction.readers.html_tree import MarkupTooLarge, Visibility, parse

MAX_BYTES = 64 << 20
_SPACE = re.compile(r"\s+")


def read(data: bytes, name: str) -> Document:
    """The report on a page; a page whose report is only linked gives what little text it has.

    Raises:
        ReadError: `EMPTY`, or `TOO_LARGE` over `MAX_BYTES` or the limits of `html_tree`.
    """
    if not data.strip():
        raise ReadError(ErrorCode.EMPTY, name)
    if len(data) > MAX_BYTES:
        raise ReadError(ErrorCode.TOO_LARGE, name, f"{len(data):,} bytes, limit {MAX_BYTES:,}")
    try:
        root = parse(decode(data, declared_encoding(data)))
    except MarkupTooLarge as error:
        raise ReadError(ErrorCode.TOO_LARGE, name, str(error)) from error
    if root is None:
        raise ReadError(ErrorCode.EMPTY, name, "no element in it")
    page = read_page(root, Visibility(root))
    body = main_blocks(page)
    meta = html_meta.metadata(root)
    title = html_meta.title(root, meta, page)
    first = next((index for index, block in enumerate(page.blocks) if body and block is body[0]), 0)
    blocks = _with_title(body, page.blocks[:first], title)
    return build("html", blocks, title=title, published=html_meta.published(meta, page, first))


def _with_title(body: list[PageBlock], before: list[PageBlock], title: str | None) -> list[Block]:
    """The body, headed by the title where the page prints it above the article and the article does not."""
    blocks: list[Block] = [
        TableBlock(block.cells, block.inner)
        if block.cells is not None
        else ParagraphBlock(block.text, block.heading)
        for block in body
    ]
    wanted = _SPACE.sub("", title or "")
    if wanted and wanted not in _SPACE.sub("", "".join(block.text for block in body[:4])):
        printed = (block.text for block in reversed(before) if _SPACE.sub("", block.text) == wanted)
        blocks[:0] = [ParagraphBlock(text, heading=True) for text in islice(printed, 1)]
    return blocks
