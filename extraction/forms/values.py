"""What a form's cell says: a number with its own unit, nought, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class CellKind(StrEnum):
    """`NUMBER` has a value; `BLANK` is empty or a dash; `TEXT` is anything else (a label, a remark)."""

    NUMBER = "number"
    BLANK = "blank"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class CellValue:
    """A cell's reading. `certainty` is 1 for a plain number and less where the print had to be interpreted."""

    kind: CellKind
    number: Decimal | None = None
    unit: str | None = None
    certainty: float = 1.0


BLANK = CellValue(CellKind.BLANK)
TEXT = CellValue(CellKind.TEXT)

# Full-width digits, letters O, separators and signs to their ASCII forms, one character for one.
_NARROW = str.maketrans("０１２３４５６７８９．，＋％（）：／", "0123456789.,+%():/")
_BLANK = re.compile(r"(?:[\s\u3000/\\\-－—–―‐‑‒−─━_~～*]*|\s*(?:[不未]涉及|不适用|[Nn]/?[Aa])\s*)\Z")
_UNITS = "万元|亿元|千元|元|万件|件|条|项|个|次|份|宗|起|人次|人|家|篇"
_UNIT = rf"(?P<unit>{_UNITS})?"
_SIGN = r"(?P<sign>\+|[-－−–—]|增加了?|新增|增|上升|减少了?|减|下降|取消|↑|↓)?"
_DIGITS = r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_NUMBER = re.compile(rf"(?P<about>约|近)?{_SIGN}:?{_DIGITS}(?P<myriad>万)?{_UNIT}\Z")
_NOUGHT = re.compile(rf"(?:暂?无|暂?無|零|〇|没有|不变|无变化|无增减|持平){_UNIT}\Z")
_SIGN_AFTER = re.compile(r"(?P<digits>\d+)(?:项|个)?\(?(?P<sign>增加|减少|增|减|[↑↓])\)?\Z")
_WITH_REMARK = re.compile(r"(?P<head>[^()]*\d[^()]*)\(.*\)\Z", re.S)
_OCR_DIGITS = re.compile(r"[\dOo○lI]{1,6}\Z")
_OCR = str.maketrans("Oo○lI", "00011")
_NEGATIVE = frozenset("减下取↓" + "-－−–—")
_EMPHASIS = re.compile(r"(?P<mark>\*\*|__|`|\*)\s*(?P<inner>[^*_`]{1,40}?)\s*(?P=mark)\Z")  # Markdown's
_ARTIFACT = re.compile(r"\[bookmark: [^\]\n]*\]")
_UNIT_ALONE = re.compile(rf"[（(]?(?P<unit>{_UNITS})[）)]?\Z")
_UNIT_AT_END = re.compile(rf"[（(]\s*(?:单\s*位\s*[:：]?\s*)?(?P<unit>{_UNITS})\s*[）)]\s*\Z")


def unit_of(text: str) -> str | None:
    """The unit that a cell or word consists of (条, （件）), or `None` where it is anything else."""
    match = _UNIT_ALONE.match("".join(text.split()))
    return match["unit"] if match else None


def unit_at_end(label: str) -> str | None:
    """The unit that a label prints in parentheses at its end: 收取的费用（万元）."""
    match = _UNIT_AT_END.search(label)
    return match["unit"] if match else None


def strip_artifacts(text: str) -> tuple[int, int]:
    """The range of a cell's text without outer blanks, Markdown's emphasis and converters' bookmarks
    (`[bookmark: _GoBack]`)."""
    start, end = 0, len(text)
    while True:
        while start < end and (text[start].isspace() or text[start] == "\u3000"):
            start += 1
        match = _ARTIFACT.match(text, start, end)
        if not match:
            break
        start = match.end()
    while end > start and text[end - 1].isspace():
        end -= 1
    emphasis = _EMPHASIS.match(text[start:end])
    if emphasis:
        return start + emphasis.start("inner"), start + emphasis.end("inner")
    tail = re.search(r"\[bookmark: [^\]\n]*\]\Z", text[start:end])
    if tail:
        return start, start + len(text[start : start + tail.start()].rstrip())
    return start, end


def _signed(number: str, sign: str | None) -> Decimal:
    value = Decimal(number.replace(",", ""))
    return -value if sign and sign[0] in _NEGATIVE else value


def read_cell(text: str) -> CellValue:
    """Reads a cell as printed.

    Blank, `/` and dashes of any length are blank; 无 is nought; 增加8/减少8/+8/-8 are signed; full-width
    digits, thousands separators, blanks and line breaks inside a number are read through; a unit of its own
    is kept (money is not converted: 240.92万元 is 240.92 with 万元, while 1.2万件 is 12000 with 件).
    """
    narrow = text.translate(_NARROW).replace("&nbsp;", " ")
    if len(narrow) > 80:
        return TEXT
    if _BLANK.match(narrow):
        return BLANK
    packed = re.sub(r"[\s\u3000\xa0]+", "", narrow)
    spaced = bool(re.search(r"\d[\s\u3000\xa0]+\d", narrow))
    match = _NUMBER.match(packed)
    if match:
        if spaced and not _spaces_can_be_inside(narrow):
            return TEXT
        return _from_match(match, 0.8 if spaced else 1.0)
    if match := _NOUGHT.match(packed):
        return CellValue(CellKind.NUMBER, Decimal(0), match["unit"])
    match = _SIGN_AFTER.match(packed)
    if match:
        return CellValue(CellKind.NUMBER, _signed(match["digits"], match["sign"]), None, 0.95)
    match = _WITH_REMARK.match(packed)
    if match and (inner := _NUMBER.match(match["head"])):
        return _from_match(inner, 0.8)
    if _OCR_DIGITS.match(packed):
        return CellValue(CellKind.NUMBER, Decimal(packed.translate(_OCR)), None, 0.6)
    return TEXT


def _spaces_can_be_inside(narrow: str) -> bool:
    """Whether blanks between digits are a typesetter's (`3 2 6`, `1 234`, `12\\n345`), not two numbers."""
    groups = re.split(r"[\s\u3000\xa0]+", narrow.strip())
    digit_groups = [group for group in groups if re.fullmatch(r"[\d.,]+", group)]
    if "\n" in narrow and len(digit_groups) == 2:
        return True
    single = all(len(group) == 1 for group in digit_groups)
    thousands = all(len(group) == 3 for group in digit_groups[1:]) and len(digit_groups[0]) <= 3
    after_point = any(group.startswith(".") or group.endswith((".", ",")) for group in digit_groups)
    return single or thousands or after_point


def _from_match(match: re.Match[str], certainty: float) -> CellValue:
    number, unit = _signed(match["digits"], match["sign"]), match["unit"]
    if match["myriad"] and unit and unit.endswith("元"):
        unit = "万" + unit
    elif match["myriad"]:
        number *= 10000
    if unit == "万件":
        number, unit = number * 10000, "件"
    return CellValue(CellKind.NUMBER, number, unit, certainty * (0.9 if match["about"] else 1.0))
