"""Numbers as Word's automatic numbering prints them (ECMA-376 Part 1, 17.18.59 ST_NumberFormat)."""

from __future__ import annotations

from collections.abc import Callable

_COUNTING = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_DIGITS = "〇一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def format_number(number: int, number_format: str) -> str:
    """`number` in `number_format`; decimal where the format is unknown or has no sign for the number."""
    if number_format in ("none", "bullet"):
        return ""
    formatter = _FORMATTERS.get(number_format)
    if formatter is None or not 0 <= number < 100_000:
        return str(number)
    return formatter(number) or str(number)


def _counting(number: int, digits: str, units: tuple[str, ...]) -> str:
    """`121` as 一百二十一; tens below twenty without their leading one (十二) in the everyday digits."""
    if number == 0:
        return digits[0]
    if number >= 10_000:
        myriads, rest = divmod(number, 10_000)
        zero = digits[0] if 0 < rest < 1000 else ""
        return (
            _counting(myriads, digits, units) + "万" + (zero + _counting(rest, digits, units) if rest else "")
        )
    text, gap = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += (digits[0] if gap else "") + digits[digit] + units[power]
        gap = False
    return text[1:] if 10 <= number < 20 and digits is _COUNTING else text


def _digitwise(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _letters(number: int) -> str:
    """a … z, aa, bb, … as Word repeats them."""
    if number == 0:
        return ""
    repeat, index = divmod(number - 1, 26)
    return chr(ord("a") + index) * min(repeat + 1, 30)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return ""
    text = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        text += sign * count
    return text


def _series(first: str, length: int) -> Callable[[int], str]:
    """Signs that follow each other in Unicode, from 1 on."""
    return lambda number: chr(ord(first) + number - 1) if 1 <= number <= length else ""


def _cycle(signs: str) -> Callable[[int], str]:
    return lambda number: signs[(number - 1) % len(signs)] if number else ""


def _circled(number: int) -> str:
    if 1 <= number <= 20:
        return chr(0x2460 + number - 1)
    return chr(0x3251 + number - 21) if 21 <= number <= 35 else ""


def _everyday(number: int) -> str:
    return _counting(number, _COUNTING, ("", "十", "百", "千"))


def _legal(number: int) -> str:
    return _counting(number, _LEGAL, ("", "拾", "佰", "仟"))


_FORMATTERS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": lambda number: "".join(chr(ord(digit) + 0xFEE0) for digit in str(number)),
    "decimalFullWidth2": lambda number: "".join(chr(ord(digit) + 0xFEE0) for digit in str(number)),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _series("⑴", 20),
    "decimalEnclosedFullstop": _series("⒈", 20),
    "chineseCounting": _everyday,
    "chineseCountingThousand": _everyday,
    "japaneseCounting": _everyday,
    "taiwaneseCounting": _everyday,
    "taiwaneseCountingThousand": _everyday,
    "chineseLegalSimplified": _legal,
    "ideographDigital": _digitwise,
    "taiwaneseDigital": _digitwise,
    "japaneseDigitalTenThousand": _digitwise,
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "ideographEnclosedCircle": _series("㈠", 10),
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "ordinal": lambda number: f"{number}.",
}
