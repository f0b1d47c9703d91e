"""A fact's number, as its span and the annotator state it: read by our own reader, never guessed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from extraction.narrative.numbers import read_quantity

ZERO = "ZERO"
_NONE_WRITTEN = {"", "-", "—", "无"}


class ValueConflict(ValueError):
    """Span and annotator state different numbers, or one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a value region's texts; `None` where nothing does."""

    value: str | None = None
    unit: str | None = None
    approximate: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A fact's value, unit and approximation, as the corpus has them."""

    value: Decimal
    unit: str | None
    approximate: str | None


@dataclass(frozen=True, slots=True)
class PredictedValue:
    """A value region of a prediction: its range and what stands in its texts."""

    start: int
    end: int
    written: Written


def is_stale(written: Written, start: int, end: int, predicted: Sequence[PredictedValue]) -> bool:
    """Whether the texts are those of a predicted value whose span was moved here: nobody wrote them for this one."""
    at_place = [value for value in predicted if (value.start, value.end) == (start, end)]
    if any(value.written == written for value in at_place):
        return False
    return any(
        value.start < end and start < value.end and value.written == written
        for value in predicted
        if value not in at_place
    )


def settle(label: str, quoted: str, written: Written) -> Number:
    """The number of a value region.

    Where the annotator wrote nothing, the reader's reading of the span holds; where they wrote something, it has
    to be the same number, in whatever digits.

    Args:
        label: The region's label.
        quoted: The text that it covers.
        written: What the annotator wrote, without what is stale.

    Raises:
        ValueConflict: Where the span cannot be read, or what is written is another number or cannot be read.
    """
    if label == ZERO:
        return _settle_zero(written)
    read = read_quantity(quoted)
    if read is None:
        wrote = (
            f", the annotator wrote {written.value} {written.unit or ''}".rstrip() if written.value else ""
        )
        raise ValueConflict(f"no quantity can be read in {quoted!r}{wrote} / 读不出数值")
    value = read.value
    if written.value is not None:
        value = _number(written.value)
        if value != read.value:
            raise ValueConflict(
                f"{quoted!r} reads {read.value:f}, the annotator wrote {written.value} / 数值不符"
            )
    unit = read.unit if written.unit is None else _word(written.unit)
    if unit != read.unit:
        raise ValueConflict(
            f"{quoted!r} has the unit {read.unit}, the annotator wrote {written.unit} / 单位不符"
        )
    approximate = read.approximate if written.approximate is None else _word(written.approximate)
    if approximate and not all(part in "".join(quoted.split()) for part in approximate.split("+")):
        raise ValueConflict(f"{approximate!r} does not stand in {quoted!r} / 约数词不在原文中")
    return Number(value, unit, approximate)


def _settle_zero(written: Written) -> Number:
    if written.value is not None and _number(written.value) != 0:
        raise ValueConflict(f"a word of nought with the value {written.value} / “为零”的值不是 0")
    if _word(written.unit or "") or _word(written.approximate or ""):
        raise ValueConflict("a word of nought has neither unit nor approximation / “为零”没有单位和约数")
    return Number(Decimal(0), None, None)


def _word(text: str) -> str | None:
    word = "".join(text.split())
    return None if word in _NONE_WRITTEN else word


def _number(text: str) -> Decimal:
    """A number as a person types it: plain, with separators or full-width digits, or as a report prints it."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    try:
        value = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        read = read_quantity(plain)
        if read is None:
            raise ValueConflict(f"{text!r} is no number / 不是数值") from None
        return read.value
    if not value.is_finite():
        raise ValueConflict(f"{text!r} is no number / 不是数值")
    return value
