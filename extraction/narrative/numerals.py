"""Chinese, Arabic and mixed numerals read as exact decimals.

One numeral at a time, without its measure word: `十二`, `１２`, `12,345`, `3.2万`, `2亿5000万`,
`1万2千`, `二〇二一`, `壹佰零叁`, `九十八点五`. Everything that is no numeral, or a
vague one (`三五`, `七八十`), is `None`.
"""

from __future__ import annotations

import re
from decimal import Decimal

ARABIC_DIGITS = "0-9０-９"
"""Half- and full-width digits, for use inside a character class."""
DIGIT_SLIPS = "OoＯ〇○lI"
"""What OCR and hasty typing put in the place of 0 and 1; only trusted beside a digit."""
CHINESE_DIGITS = "零〇○一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
CHINESE_NUMERALS = CHINESE_DIGITS + "十百千万亿拾佰仟萬億"
MAX_DIGITS = 15
"""Longer runs of digits are identifiers; the bound also keeps every result exact."""

_PLAIN = str.maketrans(
    "０１２３４５６７８９．·，〇○壹贰叁肆伍陆柒捌玖两拾佰仟萬億点",
    "0123456789..,零零一二三四五六七八九二十百千万亿.",
)
_SLIPPED_RUN = re.compile(r"[OoＯ零lI]*[0-9][0-9OoＯ零lI]*")
_UNSLIP = str.maketrans("OoＯ零lI", "000011")
_ARABIC = re.compile(rf"[0-9]{{1,{MAX_DIGITS}}}(?:\.[0-9]+)?\Z")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_DIGIT_VALUE = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_POSITIONAL = re.compile(r"[零一二三四五六七八九]+\Z")
_CHINESE_DECIMAL = re.compile(r"([零一二三四五六七八九十百千]+)\.([零一二三四五六七八九]{1,9})\Z")
_ATOM = r"[0-9]+(?:\.[0-9]+)?|[一二三四五六七八九]"
_SECTION = re.compile(
    rf"(?:(?P<thousands>{_ATOM})?千)?(?P<gap1>零)?(?:(?P<hundreds>{_ATOM})?百)?(?P<gap2>零)?"
    rf"(?:(?P<tens>{_ATOM})?十)?(?P<gap3>零)?(?P<ones>{_ATOM})?\Z"
)
_PLACES = (("thousands", "千", 1000), ("hundreds", "百", 100), ("tens", "十", 10))


def read_numeral(text: str) -> Decimal | None:
    """The value of a numeral without blanks, or `None` where it is none or not a definite one."""
    plain = text.translate(_PLAIN)
    plain = _SLIPPED_RUN.sub(lambda run: run[0].translate(_UNSLIP), plain)
    plain = _GROUPED.sub(lambda run: run[0].replace(",", ""), plain)
    value = _read_above(plain, "亿", 10**8) if plain else None
    return None if value is None else tidy(value)


def tidy(value: Decimal) -> Decimal:
    """Whole values without exponent or decimals; others as they are."""
    return Decimal(int(value)) if value == value.to_integral_value() else value


def _read_above(text: str, mark: str, unit: int) -> Decimal | None:
    """Reads `left mark right`, where the mark (亿 or 万) multiplies what stands before it."""
    left_text, found, right_text = text.partition(mark)
    below = _read_section if mark == "万" else _read_below_yi
    if not found:
        return below(text)
    if mark in right_text:
        return None
    left = below(left_text) if left_text else Decimal(1)
    if left is None:
        return None
    if not right_text:
        return left * unit
    right = _shortened(right_text, unit) or below(right_text)
    if right is None or right >= unit or left != left.to_integral_value():
        return None
    return left * unit + right


def _read_below_yi(text: str) -> Decimal | None:
    return _read_above(text, "万", 10**4)


def _shortened(text: str, unit: int) -> Decimal | None:
    """一万二 is 12000: a single digit after a mark counts that mark's tenths."""
    if len(text) != 1 or text == "零":
        return None
    digit = _DIGIT_VALUE.get(text) or (int(text) if text.isdecimal() else 0)
    return Decimal(digit * unit // 10) if digit else None


def _read_section(text: str) -> Decimal | None:
    """Reads what stands below 万: 三千零五, 12.5, 3百, 二〇五."""
    if _ARABIC.match(text):
        return Decimal(text)
    if _POSITIONAL.match(text) and len(text) > 1:
        return _read_positional(text)
    if decimal := _CHINESE_DECIMAL.match(text):
        whole = _read_section(decimal[1])
        return None if whole is None else whole + Decimal(f"0.{_digits(decimal[2])}")
    match = _SECTION.match(text)
    if not text or not match:
        return Decimal(0) if text == "零" else None
    total, last = Decimal(0), 0
    for name, mark, unit in _PLACES:
        if mark in text:
            total += (_atom(match[name]) if match[name] else 1) * unit
            last = unit
    ones = match["ones"]
    if ones and last > 10 and not match["gap3"] and text[-2:-1] in {"千", "百"}:
        return total + (_shortened(ones, last) or _atom(ones))
    return total + (_atom(ones) if ones else 0)


def _read_positional(text: str) -> Decimal | None:
    """二〇五 is 205; two or three digits without a nought are as often 二三 (two or three) or 一二三."""
    if "零" not in text and len(text) < 4:
        return None
    return Decimal(_digits(text[:MAX_DIGITS]))


def _digits(text: str) -> str:
    return "".join(str(_DIGIT_VALUE[digit]) for digit in text)


def _atom(text: str) -> Decimal:
    return Decimal(text) if text.isascii() else Decimal(_DIGIT_VALUE[text])
