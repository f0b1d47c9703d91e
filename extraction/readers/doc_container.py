"""The streams of a legacy Word file, taken out of its compound file ([MS-CFB]) within limits."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import olefile

from extraction.errors import ErrorCode, ReadError

_HEADER = 512
_SECTOR_SHIFTS = (9, 12)  # [MS-CFB] 2.2: 512 bytes in version 3, 4096 in version 4
_MINI_SECTOR_SHIFT = 6
_SUMMARY = "\x05SummaryInformation"


class Damaged(Exception):
    """A structure of the file that contradicts itself or reaches beyond the bytes there are."""


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams that hold a document ([MS-DOC] 2.1); absent ones are empty."""

    word: bytes
    tables: tuple[bytes, bytes]  # 0Table, 1Table
    data: bytes
    summary: bytes


def u8(data: bytes, at: int) -> int:
    return _number("<B", data, at)


def u16(data: bytes, at: int) -> int:
    return _number("<H", data, at)


def i16(data: bytes, at: int) -> int:
    return _number("<h", data, at)


def u32(data: bytes, at: int) -> int:
    return _number("<I", data, at)


def part(data: bytes, start: int, size: int) -> bytes:
    """`size` bytes from `start`.

    Raises:
        Damaged: where there are fewer.
    """
    if start < 0 or size < 0 or start + size > len(data):
        raise Damaged(f"{size} bytes wanted at {start} of {len(data)}")
    return data[start : start + size]


def _number(kind: str, data: bytes, at: int) -> int:
    try:
        number: int = struct.unpack_from(kind, data, at)[0]
    except struct.error as error:
        raise Damaged(f"a number wanted at {at} of {len(data)} bytes") from error
    return number


def open_streams(data: bytes, name: str) -> Streams:
    """Takes the document's streams out.

    Raises:
        ReadError: `TRUNCATED` where the file ends before what its header promises, `CORRUPT` where the compound
            file makes no sense, `UNSUPPORTED` where it holds no Word document.
    """
    _check_header(data, name)
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            if container.root.size > len(data):
                raise Damaged("a mini stream longer than the file")
            if not container.exists("WordDocument"):
                code = ErrorCode.TRUNCATED if is_cut_off(data) else ErrorCode.UNSUPPORTED
                raise ReadError(code, name, "a compound file without a Word document")
            tables = (_stream(container, "0Table", len(data)), _stream(container, "1Table", len(data)))
            return Streams(
                _stream(container, "WordDocument", len(data)),
                tables,
                _stream(container, "Data", len(data)),
                _stream(container, _SUMMARY, len(data)),
            )
    except ReadError:
        raise
    except Exception as error:  # olefile raises whatever its parsing runs into
        code = ErrorCode.TRUNCATED if is_cut_off(data) else ErrorCode.CORRUPT
        raise ReadError(code, name, f"compound file: {error or type(error).__name__}") from error


def _check_header(data: bytes, name: str) -> None:
    """Refuses counts beyond the file's own size, which olefile would follow ([MS-CFB] 2.2)."""
    if len(data) < 3 * _HEADER:  # header, one sector of the allocation table, one of the directory
        raise ReadError(ErrorCode.TRUNCATED, name, f"{len(data)} bytes")
    sectors = len(data) // _HEADER
    shifts = (u16(data, 0x1E), u16(data, 0x20))
    counts = (u32(data, 0x2C), u32(data, 0x40), u32(data, 0x48))
    if shifts[0] not in _SECTOR_SHIFTS or shifts[1] != _MINI_SECTOR_SHIFT:
        raise ReadError(ErrorCode.CORRUPT, name, f"compound file with sector shifts {shifts}")
    if counts[0] > sectors // 64 + 8 or max(counts) > sectors:  # a sector of the table is for 128 or more
        code = ErrorCode.TRUNCATED if max(counts) < 1 << 20 else ErrorCode.CORRUPT
        raise ReadError(code, name, f"compound file of {sectors} sectors that counts {max(counts)}")


def _stream(container: olefile.OleFileIO, stream: str, limit: int) -> bytes:
    if not container.exists(stream) or container.get_type(stream) != olefile.STGTY_STREAM:
        return b""
    size = container.get_size(stream)
    if size > limit:
        raise Damaged(f"stream {stream} of {size:,} bytes")
    content: bytes = container.openstream(stream).read()
    return content


def is_cut_off(data: bytes) -> bool:
    """Whether the file ends before the last sector that its (first 109) allocation tables count as used."""
    try:
        shift = u16(data, 0x1E)
        if shift not in _SECTOR_SHIFTS:
            return False
        size = 1 << shift
        count = min(u32(data, 0x2C), 109)
        entries: list[int] = []
        for index in range(count):
            sector = part(data, (u32(data, 0x4C + 4 * index) + 1) * size, size)
            entries += struct.unpack(f"<{size // 4}I", sector)
    except Damaged:
        return True
    used = max((index for index, entry in enumerate(entries) if entry != 0xFFFFFFFF), default=0)
    return (used + 2) * size > len(data)
