"""Formatting of Word 97–2003 files: lists of single property modifiers, and the pages that hold them."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from extraction.readers.doc_container import Damaged, part, u8, u16, u32

_PAGE = 512
_OPERAND_SIZES = (1, 1, 2, 4, 2, 2, None, 3)  # [MS-DOC] 2.2.5.1, by the three highest bits (spra)
_DEF_TABLE, _DEF_TABLE_OLD, _CHANGE_TABS = 0xD608, 0xD606, 0xC615
_HUGE = frozenset({0x6645, 0x6646, 0x646B})  # sprmPHugePapx (Word 97's and later), sprmPTableProps
_MAX_USES = 16
_MAX_INDIRECTION = 2  # a huge paragraph's list begins with the table's

Modifier = tuple[int, bytes]


def modifiers(grpprl: bytes) -> Iterator[Modifier]:
    """(sprm, operand without its size) of each modifier; a last one that is cut off is not applied.

    Source: [MS-DOC] 2.2.5.1 (Sprm), 2.9.321 (TDefTableOperand), 2.9.182 (PChgTabsOperand).
    """
    at = 0
    while at + 3 <= len(grpprl):
        sprm = u16(grpprl, at)
        at += 2
        fixed = _OPERAND_SIZES[sprm >> 13]
        if fixed is not None:
            size = fixed
        elif sprm in (_DEF_TABLE, _DEF_TABLE_OLD):
            if at + 2 > len(grpprl):
                return
            size = max(u16(grpprl, at) - 1, 0)
            at += 2
        else:
            size = u8(grpprl, at)
            at += 1
            if sprm == _CHANGE_TABS and size == 255:
                size = _tabs_size(grpprl, at)
        if at + size > len(grpprl):
            return
        yield sprm, grpprl[at : at + size]
        at += size


def _tabs_size(grpprl: bytes, at: int) -> int:
    """Tab changes too many for a one-byte size count themselves: four bytes a deletion, three an addition."""
    deleted = 4 * grpprl[at] + 1 if at < len(grpprl) else 0
    added = 3 * grpprl[at + deleted] + 1 if at + deleted < len(grpprl) else 0
    return deleted + added


@dataclass(slots=True)
class DataStream:
    """Modifier lists too long for a formatting page, kept in the Data stream ([MS-DOC] 2.9.210, PrcData)."""

    data: bytes
    _read: dict[int, list[Modifier]] = field(default_factory=dict)
    _spent: int = 0

    def expanded(self, grpprl: bytes, depth: int = 0) -> Iterator[Modifier]:
        """The modifiers, with the lists that they refer to in their place.

        Raises:
            Damaged: for a reference that leads out of the stream or in a ring.
        """
        for sprm, operand in modifiers(grpprl):
            if sprm in _HUGE:
                yield from self._at(u32(operand, 0), depth + 1)
            else:
                yield sprm, operand

    def _at(self, offset: int, depth: int) -> list[Modifier]:
        if depth > _MAX_INDIRECTION:
            raise Damaged("formatting that refers to itself")
        self._spent += u16(self.data, offset)
        if self._spent > _MAX_USES * len(self.data):  # a list belongs to one paragraph, or a few alike
            raise Damaged("the data stream's formatting used over and over")
        if offset not in self._read:
            grpprl = part(self.data, offset + 2, u16(self.data, offset))
            self._read[offset] = list(self.expanded(grpprl, depth))
        return self._read[offset]


@dataclass(frozen=True, slots=True)
class PropertyRuns:
    """Disjoint ranges of file offsets in order, each with its modifiers."""

    starts: list[int]
    ends: list[int]
    grpprls: list[bytes]

    def at(self, offset: int) -> bytes:
        index = bisect_right(self.starts, offset) - 1
        return self.grpprls[index] if index >= 0 and offset < self.ends[index] else b""

    def between(self, start: int, end: int) -> Iterator[tuple[int, int, bytes]]:
        """The runs that overlap a range, cut to it."""
        index = max(bisect_right(self.starts, start) - 1, 0)
        while index < len(self.starts) and self.starts[index] < end:
            if self.ends[index] > start:
                yield max(self.starts[index], start), min(self.ends[index], end), self.grpprls[index]
            index += 1


def paragraph_runs(word: bytes, plc: bytes) -> PropertyRuns:
    """Style index and modifiers of every paragraph ([MS-DOC] 2.8.6 PlcBtePapx, 2.9.174 PapxFkp)."""
    return _runs(word, plc, 13, _papx)


def character_runs(word: bytes, plc: bytes) -> PropertyRuns:
    """Modifiers of every run of characters ([MS-DOC] 2.8.5 PlcBteChpx, 2.9.33 ChpxFkp)."""
    return _runs(word, plc, 1, _chpx)


def _papx(page: bytes, offset: int) -> bytes:
    """[MS-DOC] 2.9.175 PapxInFkp: the size counts words, less its own byte; a zero has the size behind it."""
    words = u8(page, offset)
    if words:
        return part(page, offset + 1, 2 * words - 1)
    return part(page, offset + 2, 2 * u8(page, offset + 1))


def _chpx(page: bytes, offset: int) -> bytes:
    return part(page, offset + 1, u8(page, offset))


def _runs(word: bytes, plc: bytes, entry: int, read: Callable[[bytes, int], bytes]) -> PropertyRuns:
    """All pages' runs in order. `entry`: size of what a page stores for each run, its first byte an offset.

    Raises:
        Damaged: for pages out of the stream or of order, and for more of them than it has room for.
    """
    count = max(len(plc) - 4, 0) // 8
    runs = PropertyRuns([], [], [])
    if count == 0:
        return runs
    if count > len(word) // _PAGE:
        raise Damaged(f"{count} pages of formatting in {len(word)} bytes")
    bounds = struct.unpack_from(f"<{count}I", plc)
    if any(second < first for first, second in pairwise(bounds)):
        raise Damaged("pages of formatting out of order")
    for index, number in enumerate(struct.unpack_from(f"<{count}I", plc, 4 * (count + 1))):
        page = part(word, (number & 0x3FFFFF) * _PAGE, _PAGE)
        limit = bounds[index + 1] if index + 1 < count else len(word)
        _add_page(runs, page, entry, read, limit)
    return runs


def _add_page(
    runs: PropertyRuns, page: bytes, entry: int, read: Callable[[bytes, int], bytes], limit: int
) -> None:
    """Adds a page's runs up to where the next page takes over."""
    count = page[-1]
    if 4 * (count + 1) + entry * count >= _PAGE:
        raise Damaged(f"a page of formatting for {count} runs")
    bounds = struct.unpack_from(f"<{count + 1}I", page)
    for index in range(count):
        start = max(bounds[index], runs.ends[-1] if runs.ends else 0)
        end = min(bounds[index + 1], limit)
        if start < end:
            offset = 2 * page[4 * (count + 1) + entry * index]
            runs.starts.append(start)
            runs.ends.append(end)
            runs.grpprls.append(read(page, offset) if offset else b"")
