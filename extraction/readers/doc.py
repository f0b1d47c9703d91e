"""Legacy Word files (97 to 2003, [MS-DOC]), also as WPS and LibreOffice write them: as the finished document shows.

Read is the main text with its tables and list numbers, tracked changes accepted. Notes, text boxes and headers are
texts of their own and left out.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.readers import doc_numbering, doc_tables
from extraction.readers.blocks import Block, ParagraphBlock, build
from extraction.readers.doc_container import Damaged, Streams, is_cut_off, open_streams, part, u16, u32
from extraction.readers.doc_pieces import Fib, FibPart, PieceTable, read_fib, read_pieces
from extraction.readers.doc_properties import DataStream, character_runs, paragraph_runs
from extraction.readers.doc_styles import Styles, font_names
from extraction.readers.doc_text import TextSource
from extraction.readers.report_title import report_title

_SECTION_SIZE = 12  # [MS-DOC], PlcfSed: what it stores for each section
_PICTURES = "\x01\x08"  # [MS-DOC] 2.6.1, sprmCFSpec: a picture, a drawing
_CODEPAGE_PROPERTY, _TITLE_PROPERTY = 1, 2
_NARROW_TEXT, _WIDE_TEXT = 0x1E, 0x1F
_CODECS = {936: "gb18030", 950: "big5", 1200: "utf-16-le", 1252: "cp1252", 65001: "utf-8"}


def read(data: bytes, name: str) -> Document:
    """A legacy Word document's main text.

    Raises:
        ReadError: `LEGACY_DOC` for Word 95 and older; `ENCRYPTED`; `TRUNCATED` or `CORRUPT`; `SCAN` where all
            there is are pictures; `UNSUPPORTED` for other compound files.
    """
    if not data:
        raise ReadError(ErrorCode.EMPTY, name)
    streams = open_streams(data, name)
    try:
        fib = read_fib(streams.word, name)
        source = _text_source(streams, fib)
        blocks = doc_tables.blocks(source.read())
    except Damaged as error:
        code = ErrorCode.TRUNCATED if is_cut_off(data) else ErrorCode.CORRUPT
        raise ReadError(code, name, str(error)) from error
    _refuse_pictures_alone(blocks, source, name)
    return build("doc", blocks, title=_title(streams.summary))


def _text_source(streams: Streams, fib: Fib) -> TextSource:
    table = streams.tables[fib.table]
    if fib.main_length > len(streams.word):
        raise Damaged(f"{fib.main_length} characters in {len(streams.word)} bytes")
    pieces = read_pieces(fib.part(table, FibPart.PIECES), streams.word, fib.main_length)
    return TextSource(
        streams.word,
        PieceTable.of(pieces),
        paragraph_runs(streams.word, fib.part(table, FibPart.PARAGRAPH_PAGES)),
        character_runs(streams.word, fib.part(table, FibPart.CHARACTER_PAGES)),
        _section_ends(fib.part(table, FibPart.SECTIONS)),
        Styles.parse(fib.part(table, FibPart.STYLES)),
        font_names(fib.part(table, FibPart.FONTS)),
        DataStream(streams.data),
        doc_numbering.parse(table, fib.parts[FibPart.LISTS], fib.parts[FibPart.LIST_USES]),
    )


def _section_ends(plc: bytes) -> frozenset[int]:
    count = max(len(plc) - 4, 0) // (4 + _SECTION_SIZE)
    return frozenset(struct.unpack_from(f"<{count + 1}I", plc)[1:] if count else ())


def _refuse_pictures_alone(blocks: Sequence[Block], source: TextSource, name: str) -> None:
    if any(not isinstance(block, ParagraphBlock) or block.text.strip() for block in blocks):
        return
    if source.holds(_PICTURES):
        raise ReadError(ErrorCode.SCAN, name, "nothing but pictures")


def _title(summary: bytes) -> str | None:
    try:
        title = _summary_title(summary)
    except (Damaged, UnicodeDecodeError):
        return None  # the properties are no part of the text; many programs write them badly
    return report_title(title)


def _summary_title(summary: bytes) -> str:
    """[MS-OLEPS] 2.21 PropertySetStream, 2.20 PropertySet, 2.5 CodePageString, 2.7 UnicodeString."""
    if not summary:
        return ""
    properties = summary[u32(summary, 44) :]
    places: dict[int, int] = {}
    for index in range(min(u32(properties, 4), len(properties) // 8)):
        places.setdefault(u32(properties, 8 + 8 * index), u32(properties, 12 + 8 * index))
    if _TITLE_PROPERTY not in places:
        return ""
    place = places[_TITLE_PROPERTY]
    kind, size = u16(properties, place), u32(properties, place + 4)
    if kind == _WIDE_TEXT:
        return part(properties, place + 8, 2 * size).decode("utf-16-le").partition("\0")[0]
    if kind != _NARROW_TEXT:
        return ""
    codepage = u16(properties, places[_CODEPAGE_PROPERTY] + 4) if _CODEPAGE_PROPERTY in places else 936
    return part(properties, place + 8, size).decode(_CODECS.get(codepage, "ascii")).partition("\0")[0]
