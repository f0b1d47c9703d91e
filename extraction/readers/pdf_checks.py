"""Refuses damaged and inflated PDFs before pdfium spends time and memory on them."""

from __future__ import annotations

import re
import zlib

from extraction.errors import ErrorCode, ReadError

MAX_INFLATED = 256 * 1024 * 1024
_TAIL = 4096
_HEAD = 1024
_CHUNK = 1 << 16
_LINEARIZED = re.compile(rb"/Linearized\b[^>]{0,200}?/L\s+(\d+)")
_STREAM = re.compile(rb"stream\r?\n")
_DEFLATED = re.compile(rb"/Filter\s*\[?\s*/Fl(?:ateDecode)?\b")
_PASSED_OVER = re.compile(rb"/Image\b|/Length1\b|/Type1C\b|/CIDFontType0C\b|/OpenType\b")


def refuse_damaged(data: bytes, name: str) -> None:
    """Raises `ReadError` for what is no PDF or was cut off: pdfium would read the rest and keep silent."""
    if not data:
        raise ReadError(ErrorCode.EMPTY, name)
    if b"%PDF-" not in data[:_HEAD]:
        raise ReadError(ErrorCode.CORRUPT, name, "no PDF header")
    tail = data[-_TAIL:]
    if b"%%EOF" not in tail and b"startxref" not in tail:
        raise ReadError(ErrorCode.TRUNCATED, name, "no end mark")
    if (match := _LINEARIZED.search(data, 0, _HEAD)) and int(match[1]) > len(data):
        raise ReadError(ErrorCode.TRUNCATED, name, f"{len(data)} of {int(match[1])} bytes")


def refuse_bad_streams(data: bytes, name: str) -> None:
    """Raises `ReadError` where compressed contents are damaged or unpack to an absurd size.

    pdfium reads a damaged stream as far as it goes, so that figures would be missing or wrong in silence.
    Images and fonts, which are not unpacked for reading text, are passed over, and so are encrypted files.
    """
    if b"/Encrypt" in data:
        return
    total = 0
    for match in _STREAM.finditer(data):
        head = data[max(0, match.start() - 600) : match.start()]
        head = head[head.rfind(b" obj") + 1 :]
        if not (head.rstrip().endswith(b">>") and _DEFLATED.search(head)) or _PASSED_OVER.search(head):
            continue
        try:
            total += _inflated_size(memoryview(data)[match.end() :], MAX_INFLATED - total)
        except zlib.error as error:
            raise ReadError(ErrorCode.CORRUPT, name, f"stream at byte {match.start()}: {error}") from error
        if total >= MAX_INFLATED:
            raise ReadError(ErrorCode.TOO_LARGE, name, f"contents unpack to over {MAX_INFLATED >> 20} MB")


def _inflated_size(compressed: memoryview, limit: int) -> int:
    """Size after inflation, counted up to `limit`."""
    inflater = zlib.decompressobj()
    total, at = 0, 0
    while total < limit and not inflater.eof:
        pending: bytes | memoryview = inflater.unconsumed_tail
        if not pending:
            pending, at = compressed[at : at + _CHUNK], at + _CHUNK
        if not pending:
            break
        total += len(inflater.decompress(pending, 16 * _CHUNK))
    return total
