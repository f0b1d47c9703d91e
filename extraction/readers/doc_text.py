"""Paragraphs of Word 97–2003 files as a person sees them: fields, deletions, hidden text and marks resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress

from extraction.readers.characters import visible
from extraction.readers.doc_container import u16, u32
from extraction.readers.doc_pieces import Piece, PieceTable, characters
from extraction.readers.doc_properties import DataStream, Modifier, PropertyRuns, modifiers
from extraction.readers.doc_styles import (
    BODY_LEVEL,
    CHARACTER_HIDDEN,
    LIST,
    LIST_LEVEL,
    OUTLINE_LEVEL,
    Styles,
)
from extraction.readers.doc_tables import DocParagraph, Ending, RowFormat, row_format
from extraction.readers.docx_text import symbol
from extraction.readers.word_lists import Numbering

# [MS-DOC] 2.6.1 and 2.6.2
_DELETED, _CHARACTER_STYLE, _SYMBOL, _FONT = 0x0800, 0x4A30, 0x6A09, 0x4A4F
_PARAGRAPH_STYLE = 0x4600
_NO_LIST = 0x07FF
_TABLE_GROUP = 5  # [MS-DOC] 2.2.5.1: sgc
_IN_TABLE, _ROW_END, _DEPTH, _DEPTH_CHANGE = 0x2416, 0x2417, 0x6649, 0x664A
_INNER_CELL_END, _INNER_ROW_END = 0x244B, 0x244C
_MARK = re.compile("[\r\x07\x0c]")
_FIELD = re.compile("[\x13\x14\x15]")
# [MS-DOC] 2.4.1 and 2.6.1 (sprmCFSpec): characters that stand for something else; the rest of them for nothing
# that is text (pictures, notes, comments, drawings).
_CONTROLS = dict.fromkeys(range(32)) | {0x09: "\t", 0x0B: "\n", 0x1E: "-"}
_SYMBOL_PLACE = re.compile("[^\x00-\x1f]")  # a mark that shares the symbol's formatting stays a mark
_FONT_GLYPH = re.compile("[\uf020-\uf0ff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

# What is known of a character's visibility before its paragraph is: as the paragraph's style has it, on, off.
_AS_STYLE, _SHOWN, _HIDDEN, _UNLIKE_STYLE, _GONE, _FIELD_CODE = range(6)
# By that, whether a character shows in a paragraph whose style is not hidden, and in one whose style is.
_IN_SHOWN = bytes((1, 1, 0, 0, 0, 0)).ljust(256, b"\0")
_IN_HIDDEN = bytes((0, 1, 0, 1, 0, 0)).ljust(256, b"\0")


@dataclass(frozen=True, slots=True)
class _CharacterFormat:
    visibility: int
    font: int | None
    glyph: int | None  # of the font, in the character's place


@dataclass(frozen=True, slots=True)
class _ParagraphFormat:
    """`shows`: by what is known of a character, whether it is seen here. `row`: where a row ends."""

    shows: bytes
    heading: bool
    depth: int
    ends_inner_cell: bool
    row: RowFormat | None
    numbered: tuple[str, int] | None  # list and level


@dataclass(slots=True)
class TextSource:
    """The parts of a file that its text is read from."""

    word: bytes
    pieces: PieceTable
    paragraphs: PropertyRuns
    characters: PropertyRuns
    section_ends: frozenset[int]
    styles: Styles
    fonts: Sequence[str]
    data: DataStream
    numbering: Numbering
    _formats: dict[bytes, _CharacterFormat] = field(default_factory=dict)
    _paragraph_formats: dict[tuple[bytes, bytes], _ParagraphFormat] = field(default_factory=dict)

    def read(self) -> Iterator[DocParagraph]:
        """The paragraphs in order.

        Raises:
            Damaged: for formatting that makes no sense.
        """
        parts: list[str] = []
        visibility = bytearray()
        for piece in self.pieces.pieces:
            parts += self._piece(piece, visibility)
        return self._split("".join(parts), visibility)

    def _piece(self, piece: Piece, visibility: bytearray) -> Iterator[str]:
        """The piece's text in parts; what is known of its characters is added to `visibility`."""
        stored = characters(piece, self.word)
        visibility += bytes((self._character_format(piece.grpprl).visibility,)) * len(stored)
        done = 0
        for start, end, grpprl in self.characters.between(piece.offset, piece.offset_end):
            format_ = self._character_format(grpprl + piece.grpprl)
            first, last = (start - piece.offset) // piece.width, (end - piece.offset) // piece.width
            place = piece.start + first
            visibility[place : piece.start + last] = bytes((format_.visibility,)) * (last - first)
            if format_.font is not None:
                yield stored[done:first]
                yield self._with_symbols(stored[first:last], format_)
                done = last
        yield stored[done:]

    def holds(self, wanted: str) -> bool:
        """Whether any of some characters is in the text, seen or not."""
        return any(set(characters(piece, self.word)) & set(wanted) for piece in self.pieces.pieces)

    def _split(self, text: str, visibility: bytearray) -> Iterator[DocParagraph]:
        _drop_field_codes(text, visibility)
        start = 0
        for mark in _MARK.finditer(text):
            position = mark.start()
            if mark.group() == "\x0c" and position + 1 not in self.section_ends:
                continue  # a page break inside a paragraph
            yield self._paragraph(text, visibility, start, position)
            start = position + 1
        if start < len(text):
            yield self._paragraph(text + "\r", visibility + b"\0", start, len(text))

    def _paragraph(self, text: str, visibility: bytearray, start: int, mark: int) -> DocParagraph:
        offset, piece = self.pieces.at(mark)
        format_ = self._paragraph_format(self.paragraphs.at(offset), piece.grpprl)
        seen = "".join(compress(text[start:mark], visibility[start:mark].translate(format_.shows)))
        cleaned = _clean(seen)
        ending = _ending(format_, text[mark])
        deleted, hidden = visibility[mark] == _GONE, not format_.shows[visibility[mark]]
        label = ""
        if format_.numbered and ending != "row" and not deleted and (cleaned.strip() or not hidden):
            label = self.numbering.label(*format_.numbered)
        row = format_.row if ending == "row" else None
        return DocParagraph(cleaned, format_.heading, format_.depth, ending, deleted, hidden, row, label)

    def _paragraph_format(self, papx: bytes, piece: bytes) -> _ParagraphFormat:
        if (papx, piece) not in self._paragraph_formats:
            self._paragraph_formats[papx, piece] = self._parse_paragraph_format(papx, piece)
        return self._paragraph_formats[papx, piece]

    def _parse_paragraph_format(self, papx: bytes, piece: bytes) -> _ParagraphFormat:
        """[MS-DOC] 2.4.6.1: the style, then the paragraph's modifiers, then the piece's."""
        properties: dict[int, bytes] = {}
        table: list[Modifier] = []
        for sprm, operand in self.data.expanded(papx[2:] + piece):
            properties[sprm] = operand
            if (sprm >> 10) & 7 == _TABLE_GROUP:
                table.append((sprm, operand))

        def is_set(sprm: int) -> bool:
            return properties.get(sprm, b"\0")[0] != 0

        style = u16(papx, 0) if len(papx) > 1 else 0
        if _PARAGRAPH_STYLE in properties:
            style = u16(properties[_PARAGRAPH_STYLE], 0)
        level = properties.get(OUTLINE_LEVEL)
        depth = _depth(properties)
        ends_row = is_set(_ROW_END if depth == 1 else _INNER_ROW_END)
        return _ParagraphFormat(
            _IN_HIDDEN if self.styles.hidden(style) else _IN_SHOWN,
            self.styles.heading(style) if level is None else level[0] < BODY_LEVEL,
            depth,
            is_set(_INNER_CELL_END),
            row_format(table) if ends_row else None,
            self._numbered(properties, style),
        )

    def _numbered(self, properties: dict[int, bytes], style: int) -> tuple[str, int] | None:
        """[MS-DOC] 2.6.2, sprmPIlfo: lists count from 1; the highest numbers stand for lists without a number."""
        inherited = self.styles.numbering(style) or (0, None)
        number = u16(properties[LIST], 0) if LIST in properties else inherited[0]
        if not 0 < number < _NO_LIST:
            return None
        if LIST_LEVEL in properties:
            return str(number), properties[LIST_LEVEL][0]
        tied = inherited[1]
        return str(number), self.numbering.level_of_style(str(number), str(style)) if tied is None else tied

    def _character_format(self, grpprl: bytes) -> _CharacterFormat:
        if grpprl not in self._formats:
            self._formats[grpprl] = self._parse_character_format(grpprl)
        return self._formats[grpprl]

    def _parse_character_format(self, grpprl: bytes) -> _CharacterFormat:
        vanish: int | None = None
        by_style: bool | None = None
        font: int | None = None
        glyph: int | None = None
        deleted = False
        for sprm, operand in modifiers(grpprl):
            if sprm == CHARACTER_HIDDEN:
                vanish = operand[0]
            elif sprm == _CHARACTER_STYLE:
                by_style = self.styles.hidden(u16(operand, 0))
            elif sprm == _DELETED:
                deleted = bool(operand[0] & 1)
            elif sprm == _SYMBOL:
                font, glyph = u16(operand, 0), u16(operand, 2)
            elif sprm == _FONT and glyph is None:
                font = u16(operand, 0)
        return _CharacterFormat(_GONE if deleted else _visibility(vanish, by_style), font, glyph)

    def _with_symbols(self, text: str, format_: _CharacterFormat) -> str:
        """The text with ticks and boxes of symbol fonts as what they show; its length stays."""
        index = format_.font
        font = self.fonts[index] if index is not None and index < len(self.fonts) else ""
        if format_.glyph is not None:
            return _SYMBOL_PLACE.sub(symbol(font, format_.glyph) or "\x00", text)
        return _FONT_GLYPH.sub(lambda found: symbol(font, ord(found.group())), text)


def _visibility(vanish: int | None, by_style: bool | None) -> int:
    """[MS-DOC] 2.9.327 ToggleOperand: off, on, as the style has it (0x80), or not so (0x81)."""
    if vanish in (0, 1):
        return _HIDDEN if vanish else _SHOWN
    if by_style is None:
        return _UNLIKE_STYLE if vanish == 0x81 else _AS_STYLE
    return _HIDDEN if by_style != (vanish == 0x81) else _SHOWN


def _depth(properties: dict[int, bytes]) -> int:
    """[MS-DOC] 2.4.3: how many tables a paragraph stands in; Word 97 knew one and wrote no depth."""
    depth = u32(properties[_DEPTH], 0) if _DEPTH in properties else 0
    if properties.get(_IN_TABLE, b"\0")[0]:
        depth = max(depth, 1)
    if _DEPTH_CHANGE in properties:
        depth += u32(properties[_DEPTH_CHANGE], 0)
    return depth & 0xFFFF_FFFF


def _ending(format_: _ParagraphFormat, mark: str) -> Ending:
    """[MS-DOC] 2.4.3: the outermost table's cells and rows end with marks of their own, inner ones' by property."""
    if format_.depth == 0 or (format_.depth == 1 and mark != "\x07"):
        return "paragraph"
    if format_.row is not None:
        return "row"
    return "cell" if format_.depth == 1 or format_.ends_inner_cell else "paragraph"


def _drop_field_codes(text: str, visibility: bytearray) -> None:
    """Marks what of each field is not its result ([MS-DOC] 2.6.1, sprmCFSpec: its three marks); a stray mark hides nothing else."""
    open_fields: list[tuple[int, int | None]] = []  # begin, separator
    codes: list[tuple[int, int]] = []
    for mark in _FIELD.finditer(text):
        position = mark.start()
        if visibility[position] == _GONE:
            continue
        if mark.group() == "\x13":
            open_fields.append((position, None))
        elif mark.group() == "\x14":
            if open_fields and open_fields[-1][1] is None:
                open_fields[-1] = (open_fields[-1][0], position)
        elif open_fields:
            begin, separator = open_fields.pop()
            codes.append((begin, (position if separator is None else separator) + 1))
    reached = 0
    for begin, end in sorted(codes):
        for place in range(max(begin, reached), end):
            if visibility[place] != _GONE:
                visibility[place] = _FIELD_CODE
        reached = max(reached, end)


def _clean(text: str) -> str:
    text = text.translate(_CONTROLS)
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return visible(text)
