"""Bytes to text. Declarations of Chinese pages are wrong too often to be trusted: the bytes decide."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings whose bytes GB18030 would decode to nonsense without complaint; a declaration of one of them is
# weighed against GB18030 by how many everyday characters each reading yields.
_RIVALS = frozenset({"big5", "big5hkscs", "cp950", "shift_jis", "euc_jp", "euc_kr", "cp949"})
_EVERYDAY = "的一在和年月公政府信息、，。"
_DECLARATION = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_WINDOW = 1 << 16
_DETECTION_SAMPLE = 1 << 16


def declared_encoding(data: bytes) -> str | None:
    """The first encoding named in a `<meta>` element or an XML declaration, as written there."""
    found = _DECLARATION.search(data, 0, 4096)
    return found.group(1).decode("ascii") if found else None


def decode(data: bytes, declared: str | None = None) -> str:
    """Text of any Chinese document: byte-order mark, strict UTF-8, GB18030, then statistical detection.

    A few broken bytes do not overturn an encoding that fits the rest; they become U+FFFD. `declared` only
    decides between GB18030 and the other East Asian multi-byte encodings.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _nearly(data[len(bom) :], encoding)
            if text is not None:
                return text
    if wide := _wide_encoding(data):
        return data.decode(wide, "replace")
    text = _nearly(data, "utf-8")
    if text is not None:
        return text
    text = _nearly(data, "gb18030")
    rival = _rival_reading(data, declared)
    if text is not None and rival is not None:
        return max(text, rival, key=_everyday_count)
    if text is not None or rival is not None:
        return text if text is not None else rival or ""
    best = charset_normalizer.from_bytes(data[:_DETECTION_SAMPLE]).best()
    return data.decode(best.encoding if best is not None else "gb18030", "replace")


def _nearly(data: bytes, encoding: str) -> str | None:
    """The text when `encoding` fits all bytes but a rare few, else `None`."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        first = error.start
    if first >= len(data) - 3 and first:
        return data[:first].decode(encoding)  # cut off within its last character
    window = data[max(0, first - _WINDOW) : first + _WINDOW].decode(encoding, "replace")
    foreign = len(window) - len(window.encode("ascii", "ignore"))
    if window.count("\ufffd") * 50 > foreign:
        return None
    return data.decode(encoding, "replace")


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a byte-order mark: its ASCII characters leave zeros at every second byte, others (一,
    U+4E00) few at the rest."""
    head = data[:4096]
    zeros, odd_zeros = head.count(0), head[1::2].count(0)
    if len(head) < 4 or zeros * 50 < len(head):
        return None
    if odd_zeros * 4 >= zeros * 3:
        return "utf-16-le"
    return "utf-16-be" if odd_zeros * 4 <= zeros else None


def _rival_reading(data: bytes, declared: str | None) -> str | None:
    try:
        codec = codecs.lookup(declared or "").name
    except LookupError:
        return None
    return _nearly(data, codec) if codec in _RIVALS else None


def _everyday_count(text: str) -> int:
    sample = text[: 1 << 18]
    return sum(sample.count(character) for character in _EVERYDAY)
