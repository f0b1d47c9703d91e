"""Quantities in running text: `3.2万余人次`, `96.64％`, `百分之九十八`, `240.92万元`, `近300万`.

What is a quantity, what its span covers and how value and unit are written are those of the annotation guide
(sections 1, 2, 3 and 5). Measure words, words of approximation and the patterns of numbers that are no
quantities are data: `measure_words.toml` and `quantity_words.toml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from extraction.narrative.numerals import read_numeral, tidy
from extraction.narrative.quantity_patterns import EXCLUDED, RUNNING, SPAN


class Kind(StrEnum):
    """The guide's labels of values that are written as numbers."""

    COUNT = "COUNT"
    PERCENT = "PERCENT"
    MONEY = "MONEY"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, normalised.

    Attributes:
        value: 万/亿 multiplied out, money in 元, percent as written, fractions as percent to two places.
        unit: The measure word as printed (without blanks), `%`, `百分点`, `元`, or `None`.
        approximate: The words that make it approximate or bound it, in order, joined by `+`; or `None`.
        kind: Its label.
    """

    value: Decimal
    unit: str | None
    approximate: str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class QuantityMatch:
    """A quantity and where it stands: `text[start:end]` is its value span."""

    start: int
    end: int
    quantity: Quantity


_BLANKS = re.compile(r"\s+")
_SEPARATE_NUMBERS = re.compile(r"\d{2,} +(?!\d{3}(?!\d))\d{2,}")
_BARE_MAGNITUDE = re.compile(r"[百千万亿佰仟萬億]")
_HUNDREDTH = Decimal("0.01")
_MASK = "\x00"
_ENDS = frozenset("，。、；：？！）)》,;:!?（(\n")
_NOT_BEFORE_BARE = frozenset('（(“”"‘’—-－–~～')
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_RECORDS = frozenset("件场项起份宗例期篇")
_DIALLED = re.compile(r"(?:123\d\d|1[12]\d|9[56]\d{3,4}|\d{7,})\Z")
_LABELLED = re.compile(r"(?:附件|附表|附录|图表?|表|案例|方案|编号|类型|版本|专栏|代码|邮编)[ 　]?\Z")
_DESIGNATION = re.compile(r"(?:\A|[^A-Za-z])[A-Za-z]\Z")
_LATIN = re.compile(r"[A-Za-z0-9０-９_]")


def read_quantity(text: str) -> Quantity | None:
    """Reads a value span.

    Args:
        text: The whole span: number, measure word and touching words of approximation. Blanks and line
            breaks may stand anywhere, as flattened pages have them.

    Returns:
        The quantity, or `None` where the text is not one definite quantity from end to end (a range, a vague
        amount, a duration, a date, an unknown measure word).
    """
    if _SEPARATE_NUMBERS.search(text):
        return None
    match = SPAN.fullmatch(_BLANKS.sub("", text))
    return _interpret(match) if match else None


def find_quantities(text: str) -> list[QuantityMatch]:
    """All quantities of a running text, in order.

    Dates, ordinals, articles, document and telephone numbers, list markers, durations, ranges, vague amounts
    and names with numbers are left out as far as the surface tells them.
    """
    masked = EXCLUDED.sub(lambda match: _MASK * len(match[0]), text)
    found = []
    for match in RUNNING.finditer(masked):
        if not _stands_alone(masked, match):
            continue
        quantity = _interpret(match)
        if quantity:
            found.append(QuantityMatch(match.start(), match.end(), quantity))
    return found


def _interpret(match: re.Match[str]) -> Quantity | None:
    value = _value(match)
    if value is None:
        return None
    if match["sign"]:
        value = -value
    unit, kind = _unit(match)
    words = (match[name] for name in ("before", "magnified", "magnified_chinese", "inside", "after"))
    approximate = "+".join(_BLANKS.sub("", word) for word in words if word)
    return Quantity(value, unit, approximate or None, kind)


def _value(match: re.Match[str]) -> Decimal | None:
    if match["denominator"]:
        return _fraction(match["numerator"], match["denominator"])
    if match["whole"]:
        return _fraction(match["part"], match["whole"])
    if match["tenths"]:
        return _tenths(match["tenths"])
    numeral = _BLANKS.sub("", match["arabic"] or match["chinese"])
    approximation = match["magnified"] or match["magnified_chinese"]
    if approximation:
        numeral = numeral.replace(_BLANKS.sub("", approximation), "", 1)
    if _BARE_MAGNITUDE.match(numeral) and not (match["before"] or match["inside"] or approximation):
        return None
    value = read_numeral(numeral)
    if value is not None and match["percent"] == "‰":
        return value / 10
    return value


def _fraction(part_text: str, whole_text: str) -> Decimal | None:
    """百分之九十八 is 98, 三分之二 is 66.67, in percent."""
    part, whole = read_numeral(part_text), read_numeral(whole_text)
    if part is None or not whole:
        return None
    percent = part * 100 / whole
    if whole in {10, 100, 1000, 10000}:
        return tidy(percent)
    if part >= whole:
        return None
    return tidy(percent.quantize(_HUNDREDTH, ROUND_HALF_UP))


def _tenths(text: str) -> Decimal | None:
    """三成 is 30, 三成五 and 三成半 are 35, 一半 is 50."""
    if "半" in text[:2] and "成" not in text:
        return Decimal(50)
    tens, _, ones = text.partition("成")
    value, rest = read_numeral(tens), read_numeral(ones.replace("半", "五")) if ones else Decimal(0)
    return None if value is None or rest is None else value * 10 + rest


def _unit(match: re.Match[str]) -> tuple[str | None, Kind]:
    if match["denominator"] or match["whole"] or match["tenths"] or match["percent"]:
        return "%", Kind.PERCENT
    if match["points"]:
        return "百分点", Kind.PERCENT
    if match["money"]:
        money = _BLANKS.sub("", match["money"])
        return ("元" if money in {"元", "圆", "人民币", "元人民币"} else money), Kind.MONEY
    return (_BLANKS.sub("", match["unit"]) if match["unit"] else None), Kind.COUNT


def _has_unit(match: re.Match[str]) -> bool:
    names = ("unit", "percent", "points", "money", "denominator", "whole", "tenths")
    return any(match[name] for name in names)


def _is_loose_one(match: re.Match[str], following: str) -> bool:
    """一次, 一个 and the like are seldom counts, save for records that close their clause: 收到申请一件，"""
    if match["chinese"] != "一":
        return False
    return match["unit"] not in _RECORDS or (following not in _ENDS and following != "")


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether a candidate can be a quantity where it stands."""
    following = text[match.end() : match.end() + 1]
    latin_unit = (match["unit"] or "").isascii() and match["unit"]
    if _LATIN.match(following) and (latin_unit or not _has_unit(match)):
        return False
    if _DESIGNATION.search(text, max(0, match.start() - 2), match.start()):
        return False
    if _has_unit(match):
        return not _is_loose_one(match, following)
    if match["chinese"]:
        leap = match["chinese"][-1] in "万亿" or match["before"] or match["inside"]
        return bool(leap) and len(match["chinese"]) > 1
    digits = match["arabic"]
    approximate = match["before"] or match["inside"] or match["after"] or match["magnified"]
    if approximate or digits[-1] in "万亿":
        return True
    if following and following not in _ENDS:
        return False
    return not (
        _LATIN.match(text, max(0, match.start() - 1), match.start())
        or _YEAR.match(digits)
        or _DIALLED.match(digits)
        or _LABELLED.search(text, max(0, match.start() - 4), match.start())
        or text[max(0, match.start() - 1) : match.start()] in _NOT_BEFORE_BARE
    )
