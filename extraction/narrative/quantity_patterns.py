"""The regular expressions of quantities, put together from the word lists.

`SPAN` must cover a whole value span whose blanks have been removed. `RUNNING` finds candidates in running
text in which `EXCLUDED` has been blanked out before. Both have the groups `before`, `sign`, `numerator`,
`denominator`, `whole`, `part`, `tenths`, `arabic`, `chinese`, `magnified` (the approximation inside 30余万),
`inside`, `points`, `percent`, `money`, `unit`, `after`. Every repetition is bounded, so that matching is
linear in the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extraction.narrative.numerals import (
    ARABIC_DIGITS,
    CHINESE_DIGITS,
    CHINESE_NUMERALS,
    DIGIT_SLIPS,
    MAX_DIGITS,
)

_DATA = Path(__file__).parent

_D = f"[{ARABIC_DIGITS}]"
_C = f"[{CHINESE_NUMERALS}]"
_BLANK = r"[ \t\u3000\xa0\n]{0,6}"
_BREAK = r"(?:[ \u3000]{0,2}\n[ \u3000\n]{0,4})"
_DASH = "(?:[-—－–~～〜]{1,2}|至)"
_PERCENT_SIGNS = "%％﹪‰"
_CURRENCIES = ("元人民币", "人民币", "美元", "欧元", "港元", "港币", "日元", "英镑", "元", "圆")
_MAGNITUDE = "(?:万亿|[百千十]?亿|[百千十]万|万|千(?!瓦|克|米|伏|字节|方百计|年)|百(?!分|姓|货|科|年|日|强))"


@dataclass(frozen=True, slots=True)
class _Words:
    """Alternations of words, as regular expressions."""

    units: str
    before: str
    inside: str
    after: str


def _load(name: str) -> dict[str, Any]:
    with (_DATA / name).open("rb") as file:
        return tomllib.load(file)


def _any(words: Iterable[str]) -> str:
    """An alternation, longest first; a line break may fall inside a word."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(r"\n{0,2}".join(map(re.escape, word)) for word in ordered)


def _any_followed(words: Iterable[str], guards: dict[str, str]) -> str:
    """As `_any`, but not where the guarded continuation makes it another word."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(_any([word]) + (f"(?!{guards[word]})" if word in guards else "") for word in ordered)


def _any_preceded(words: Iterable[str], guards: dict[str, str]) -> str:
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join((f"(?<!{guards[word]})" if word in guards else "") + _any([word]) for word in ordered)


def _unit(words: str) -> str:
    """Percentage points, percent, money or a measure word, which may be compound: 条（篇）, 条/次."""
    plain = f"(?:{words})"
    return (
        rf"(?P<points>个?{_BLANK}百{_BREAK}?分{_BREAK}?点)|(?P<percent>[{_PERCENT_SIGNS}])"
        rf"|(?P<money>(?:{_any(_CURRENCIES)})(?:[/／]{plain})?)(?!旦|素|宵)"
        rf"|(?P<unit>{plain}(?:[（(]{plain}(?:、{plain}){{0,4}}[)）]|[/／]{plain})?(?:次(?!数|会))?)"
    )


def _arabic(follows: str, inside: str) -> str:
    """Digits with separators, decimals and 万/亿; risky forms only where `follows` stands behind them."""
    decimals = rf"(?:{_BREAK}?[.．·]{_BREAK}?{_D}{{1,9}})?"
    thousands = rf"{_D}{{1,3}}(?:,{_BREAK}?{_D}{{3}})+(?!{_D})"
    wide_thousands = (
        rf"{_D}{{1,3}}(?:(?:[，,] ?{_BREAK}?|[ \xa0\u2009]){_D}{{3}})+(?!{_D})(?={decimals}(?:{follows}))"
    )
    broken = (
        rf"(?:(?<=[^\s{ARABIC_DIGITS}.．])|(?<=[^\s{ARABIC_DIGITS}.．] )){_D}{{1,9}}{_BREAK}{_D}{{1,9}}"
        rf"(?!{_D})(?=[.．]{_D}|{follows})"
    )
    slipped = rf"(?:{_D}|[lI](?={_D}))[{ARABIC_DIGITS}{DIGIT_SLIPS}]{{1,{MAX_DIGITS - 1}}}(?={follows})"
    plain = rf"{_D}{{1,{MAX_DIGITS}}}(?!{_D})"
    magnified = (
        rf"{_BLANK}(?P<magnified>{inside})?{_BLANK}{_MAGNITUDE}(?:{_D}{{1,4}}(?:{_MAGNITUDE})?){{0,3}}"
    )
    return rf"(?:{thousands}|{wide_thousands}|{broken}|{slipped}|{plain}){decimals}(?:{magnified})?"


def _quantity(words: _Words, *, follows: str, sign: str, not_behind: str, not_behind_chinese: str) -> str:
    """A quantity with all its optional parts.

    Args:
        words: What may stand around the numeral.
        follows: What must follow a numeral of a risky form.
        sign: A minus sign, with what it needs before it.
        not_behind: Looks behind the first digit of an Arabic numeral.
        not_behind_chinese: Looks behind the first character of a Chinese one.
    """
    arabic = rf"{not_behind}(?P<arabic>{_arabic(follows, words.inside)})"
    chinese = (
        rf"{not_behind_chinese}(?P<chinese>{_C}{{1,30}}(?:点[{CHINESE_DIGITS}]{{1,6}}[万亿]?)?"
        rf"(?:(?P<magnified_chinese>{words.inside}){_MAGNITUDE})?)"
    )
    ratio = (
        rf"(?:{not_behind_chinese}(?P<whole>{_C}{{1,4}}|{_D}{{1,3}})分{_BREAK}?(?:之{_BLANK}|(?=百))"
        rf"(?P<part>{_D}{{1,5}}(?:[.．]{_D}{{1,6}})?|{_C}{{1,9}}(?:点[{CHINESE_DIGITS}]{{1,6}})?))"
    )
    slash = (
        rf"(?:{not_behind}(?P<numerator>{_D}{{1,2}})[/／](?P<denominator>{_D}{{1,2}})"
        rf"(?![{ARABIC_DIGITS}/／.\-年月]))"
    )
    tenths = (
        rf"(?:{not_behind_chinese}(?P<tenths>一半|半数|[1-9１-９一二两三四五六七八九]成[一二三四五六七八九半]?)"
        "(?![为功立效果员本绩就熟长交品]))"
    )
    number = (
        rf"(?:{arabic}|{chinese})(?:{_BLANK}(?P<inside>{words.inside}))?(?:{_BLANK}(?:{_unit(words.units)}))?"
    )
    return (
        rf"(?:(?P<before>{words.before})了?{_BLANK})?(?P<sign>{sign})?"
        rf"(?:{slash}|{ratio}|{tenths}|{number})(?:{_BLANK}(?P<after>{words.after}))?"
    )


def _span_pattern(measures: dict[str, Any], approximations: dict[str, Any]) -> re.Pattern[str]:
    words = _Words(
        _any([*measures["words"], *measures["only_in_spans"]]),
        _any(approximations["before"]),
        _any(approximations["inside"]),
        rf"{_any(approximations['after'])}|(?<=[元币成])(?:{_any(approximations['after_sum'])})",
    )
    return re.compile(_quantity(words, follows="", sign="[-－−]", not_behind="", not_behind_chinese=""))


def _running_pattern(measures: dict[str, Any], approximations: dict[str, Any]) -> re.Pattern[str]:
    guards = approximations["not_beside"]
    words = _Words(
        _any_followed(measures["words"], {word: "|".join(g) for word, g in measures["guarded"].items()}),
        _any_preceded(approximations["before"], guards),
        _any_followed(approximations["inside"], guards),
        rf"{_any_followed(approximations['after'], guards)}"
        rf"|(?<=[元币成])(?:{_any_followed(approximations['after_sum'], guards)})",
    )
    initials = _initials(measures)
    return re.compile(
        _quantity(
            words,
            follows=rf"{_BLANK}[余多万亿百千元成倍{_PERCENT_SIGNS}{initials}]",
            sign="(?<=[为降长幅率达比是：:])[-－−]",
            not_behind=rf"(?<![_#№×÷{ARABIC_DIGITS}])(?<![{ARABIC_DIGITS}][.．:：/／\-－])",
            not_behind_chinese=rf"(?<![第{ARABIC_DIGITS}{CHINESE_NUMERALS}])",
        )
    )


def _initials(measures: dict[str, Any]) -> str:
    initials = {word[0] for word in measures["words"]} - set(CHINESE_NUMERALS)
    return "".join(sorted(map(re.escape, initials)))


def _excluded_pattern(measures: dict[str, Any], exclusions: dict[str, list[str]]) -> re.Pattern[str]:
    shorthands = {
        "<N>": rf"(?:(?:{_D}{{1,3}}(?:,{_D}{{3}})+|{_D}{{1,8}})(?:[.．]{_D}{{1,4}})?(?!{_D})|{_C}{{1,12}})",
        "<C>": rf"{_C}{{1,12}}",
        "<B>": rf"(?<![{ARABIC_DIGITS}{CHINESE_NUMERALS}])",
        "<S>": _BLANK,
        "<T>": _DASH,
        "<U>": f"[{_initials(measures)}]",
    }
    alternatives = []
    for name in exclusions:
        for pattern in exclusions[name]:
            for shorthand, meaning in shorthands.items():
                pattern = pattern.replace(shorthand, meaning)
            alternatives.append(pattern)
    return re.compile("|".join(alternatives))


_MEASURES = _load("measure_words.toml")
_CONTEXT = _load("quantity_words.toml")

SPAN = _span_pattern(_MEASURES, _CONTEXT["approximations"])
RUNNING = _running_pattern(_MEASURES, _CONTEXT["approximations"])
EXCLUDED = _excluded_pattern(_MEASURES, _CONTEXT["exclusions"])
