"""Head and text of Word 97–2003 files: the file information block, and the piece table's characters."""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from extraction.errors import ErrorCode, ReadError
from extraction.readers.doc_container import Damaged, part, u8, u16, u32

_WORD_97 = 0xA5EC  # [MS-DOC] 2.5.2: wIdent
_OLDER = frozenset({0xA5DB, 0xA5DC, 0xA697, 0xA698, 0xA699})  # Word 2, 6 and 95, and their Far East editions
_FIRST_VERSION = 0x00C0  # nFib of Word 97's files is 0x00C1, or 0x00C0 and 0x00C2 of some early builds
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_MAIN_LENGTH = 0x4C  # ccpText
_PARTS_COUNT, _PARTS = 0x98, 0x9A
_PRC, _PCDT = 1, 2
_COMPRESSED = 0x4000_0000
# Prm0 ([MS-DOC] 2.9.215): the modifiers that matter here, of those that a piece may name by number.
_NAMED_MODIFIERS = {0x18: 0x2416, 0x19: 0x2417, 0x41: 0x0800, 0x5C: 0x083C, 0x78: 0x2640}
_CP1252 = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
_UTF_32 = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"


class FibPart(IntEnum):
    """Parts of the table stream by their place in FibRgFcLcb97 ([MS-DOC] 2.5.6)."""

    STYLES = 1
    SECTIONS = 6
    CHARACTER_PAGES = 12
    PARAGRAPH_PAGES = 13
    FONTS = 15
    PIECES = 33
    LISTS = 73
    LIST_USES = 74


@dataclass(frozen=True, slots=True)
class Fib:
    """What the file information block says; `parts` are (offset, size) in the table stream."""

    table: int
    main_length: int
    parts: tuple[tuple[int, int], ...]

    def part(self, table: bytes, which: FibPart) -> bytes:
        """A part of the table stream, empty where the file has none.

        Raises:
            Damaged: where it lies outside the stream.
        """
        offset, size = self.parts[which]
        return part(table, offset, size) if size else b""


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end` of the document, stored from `offset` with `width` bytes each."""

    start: int
    end: int
    offset: int
    width: int
    grpprl: bytes = b""

    @property
    def offset_end(self) -> int:
        return self.offset + (self.end - self.start) * self.width


def read_fib(word: bytes, name: str) -> Fib:
    """[MS-DOC] 2.5.1 Fib, 2.5.2 FibBase, 2.5.4 FibRgLw97.

    Raises:
        ReadError: `LEGACY_DOC` for Word 95 and older, `ENCRYPTED` with a password.
        Damaged: for anything else that is no file information block.
    """
    identifier, version, flags = u16(word, 0), u16(word, 2), u16(word, 0x0A)
    if identifier in _OLDER or (identifier == _WORD_97 and version < _FIRST_VERSION):
        raise ReadError(ErrorCode.LEGACY_DOC, name, f"version 0x{version:02X}")
    if identifier != _WORD_97:
        raise Damaged(f"the document begins with 0x{identifier:04X}")
    if flags & _ENCRYPTED:
        raise ReadError(ErrorCode.ENCRYPTED, name, "a Word file with a password")
    count = u16(word, _PARTS_COUNT)
    if count <= max(FibPart):
        raise Damaged(f"a file information block of {count} parts")
    numbers = struct.unpack(f"<{2 * count}I", part(word, _PARTS, 8 * count))
    parts = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return Fib(1 if flags & _SECOND_TABLE else 0, u32(word, _MAIN_LENGTH), parts)


def read_pieces(clx: bytes, word: bytes, length: int) -> list[Piece]:
    """The pieces of the first `length` characters ([MS-DOC] 2.9.38 Clx, 2.8.35 PlcPcd, 2.9.177 Pcd).

    Raises:
        Damaged: where pieces are missing, out of order or outside the stream.
    """
    at = 0
    lists: list[bytes] = []
    while u8(clx, at) == _PRC:
        lists.append(part(clx, at + 3, u16(clx, at + 1)))
        at += 3 + len(lists[-1])
    if u8(clx, at) != _PCDT:
        raise Damaged("no piece table")
    plc = part(clx, at + 5, u32(clx, at + 1))
    count = max(len(plc) - 4, 0) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", plc) if count else (0,)
    pieces: list[Piece] = []
    for index in range(count):
        start, end = bounds[index], min(bounds[index + 1], length)
        if start >= length:
            break
        if end <= start or start != (pieces[-1].end if pieces else 0):
            raise Damaged("pieces out of order")
        stored, prm = u32(plc, 4 * (count + 1) + 8 * index + 2), u16(plc, 4 * (count + 1) + 8 * index + 6)
        compressed = bool(stored & _COMPRESSED)
        offset = stored & (_COMPRESSED - 1)
        piece = Piece(
            start, end, offset // 2 if compressed else offset, 2 - compressed, _piece_modifiers(prm, lists)
        )
        if piece.offset_end > len(word):
            raise Damaged(f"text wanted to {piece.offset_end} of {len(word)} bytes")
        pieces.append(piece)
    if (pieces[-1].end if pieces else 0) != length:
        raise Damaged(f"pieces for {pieces[-1].end if pieces else 0} of {length} characters")
    return pieces


def _piece_modifiers(prm: int, lists: Sequence[bytes]) -> bytes:
    """[MS-DOC] 2.9.214 Prm: one modifier by its number with its operand, or a list of the table's head."""
    if prm & 1:
        index = prm >> 1
        if index >= len(lists):
            raise Damaged(f"a piece formatted by list {index} of {len(lists)}")
        return lists[index]
    sprm = _NAMED_MODIFIERS.get((prm >> 1) & 0x7F)
    return struct.pack("<HB", sprm, prm >> 8) if sprm is not None else b""


def characters(piece: Piece, word: bytes) -> str:
    """A piece's text, one character for each position: of UTF-16 each unit is one, surrogates stay apart."""
    stored = word[piece.offset : piece.offset_end]
    if piece.width == 1:
        return stored.decode("latin-1").translate(_CP1252)
    units = struct.unpack(f"<{len(stored) // 2}H", stored)
    return array("I", units).tobytes().decode(_UTF_32, "surrogatepass")


@dataclass(frozen=True, slots=True)
class PieceTable:
    """Looks up where a character position is stored ([MS-DOC] 2.4.1)."""

    pieces: Sequence[Piece]
    _starts: Sequence[int]

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> PieceTable:
        return cls(pieces, [piece.start for piece in pieces])

    def at(self, position: int) -> tuple[int, Piece]:
        """The offset of a character and the piece that holds it."""
        piece = self.pieces[bisect_right(self._starts, position) - 1]
        return piece.offset + (position - piece.start) * piece.width, piece
