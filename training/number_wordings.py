"""Values of examples in other words: Chinese numerals (两次, 百分之九十五, 九成), words of approximation and bounds.

In the narratives 以上 and 以内 stand in plans for the most part, and small numbers are seldom written out; in reports both
state facts, too.
"""

from __future__ import annotations

import re
from decimal import Decimal

from numpy.random import Generator

from extraction.narrative.numbers import read_quantity
from models.labels import VALUE_LABELS, LabelledSpan
from training.example_edits import Edit
from training.tagger_examples import Example

_DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_WHOLE = re.compile(r"(?P<before>\D*)(?P<number>\d{1,4})(?P<after>\D*)")
_PERCENT = re.compile(r"[%％]")
_COUNTED = re.compile(r"(?<!\d[.,，．])(?<![\d第])[1-9](?=[个件条次场份项期处家名人位类种张部])")
_PLAIN = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?[万亿]?)(?P<unit>\D*)")
# 不少于 and 不低于 are left out: they are words of duties (每季度不少于一次), which are no facts.
_BEFORE = ("近", "约", "超", "超过", "逾", "至少", "将近")
_AFTER = ("以上", "以上", "以内", "左右")
_ROUND = re.compile(r"\d+0|\d[\d.]*[万亿]")


def chinese_numeral(number: int) -> str:
    """一百零五 of 105.

    Raises:
        ValueError: The number is not in 1–9999.
    """
    if not 0 < number < 10_000:
        raise ValueError(f"number must be in 1–9999, got {number}")
    digits = str(number)
    parts = [
        _DIGITS[int(digit)] + (_PLACES[len(digits) - 1 - place] if digit != "0" else "")
        for place, digit in enumerate(digits)
    ]
    numeral = re.sub("零+", "零", "".join(parts)).rstrip("零")
    return numeral.removeprefix("一") if 10 <= number < 20 else numeral


def in_chinese(example: Example, rng: Generator) -> list[Edit]:
    """Small whole values, and counted things that are none, written out; large ones less often."""
    edits = []
    for span in _values(example):
        worded = _written_out(example.text[span.start : span.end], rng)
        if worded is not None:
            edits.append(Edit(span.start, span.end, worded))
    for match in _COUNTED.finditer(example.text):
        if rng.random() < 0.5 and not any(s.start < match.end() and match.start() < s.end for s in _values(example)):
            edits.append(Edit(*match.span(), _counting(int(match[0]))))
    return edits


def approximated(example: Example, rng: Generator, *, share: float = 0.5) -> list[Edit]:
    """Words of approximation and bounds at a share of the exact values, inside their spans (annotation guide, section 5)."""
    edits = []
    for span in _values(example):
        text = example.text[span.start : span.end]
        match, quantity = _PLAIN.fullmatch(text), read_quantity(text)
        is_exact = quantity is not None and quantity.approximate is None and (quantity.value, quantity.unit) != (Decimal(100), "%")
        if match is None or not is_exact or rng.random() >= share:
            continue
        number, unit = match["number"], match["unit"]
        if rng.random() < 0.3 and _ROUND.fullmatch(number) and unit and span.label != "PERCENT":
            worded = number + ("余", "多")[int(rng.integers(2))] + unit
        elif rng.random() < 0.5:
            worded = _BEFORE[int(rng.integers(len(_BEFORE)))] + text
        else:
            worded = text + _AFTER[int(rng.integers(len(_AFTER)))]
        edits.append(Edit(span.start, span.end, worded))
    return edits


def _values(example: Example) -> list[LabelledSpan]:
    return [span for span in example.spans if span.label in VALUE_LABELS - {"ZERO"}]


def _written_out(text: str, rng: Generator) -> str | None:
    """The value in Chinese numerals, or `None` where it is to stay or is no whole number below ten thousand."""
    match = _WHOLE.fullmatch(text)
    number = int(match["number"]) if match else 0
    chance = 0.8 if number <= 10 else 0.5 if number <= 100 else 0.2
    if match is None or not number or rng.random() >= chance:
        return None
    before, after = match["before"], match["after"]
    if not _PERCENT.match(after):
        return before + (_counting(number) if after else chinese_numeral(number)) + after
    if number < 100 and not number % 10 and rng.random() < 0.4:
        return f"{before}{_DIGITS[number // 10]}成{after[1:]}"
    return f"{before}百分之{'百' if number == 100 else chinese_numeral(number)}{after[1:]}"


def _counting(number: int) -> str:
    """两 before measure words, 二 in larger numbers."""
    return "两" if number == 2 else chinese_numeral(number)
