"""What the checks calculate with: amounts in 元, and whether a share is that of its counts as they are printed."""

from __future__ import annotations

import re
from decimal import Decimal
from math import prod
from typing import NamedTuple

from extraction.narrative.model import Fact

YUAN = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}
_ROUNDING = Decimal("0.6")  # of a number's last printed digit: half, and a little for numbers that were cut off
_SLACK = Decimal("0.001")
_MAGNIFIED = re.compile(r"[0-9０-９](?:[.．]([0-9０-９]+))?[余多]?([百千万亿]+)")
_MAGNITUDES = {"百": Decimal(100), "千": Decimal(1000), "万": Decimal(10_000), "亿": Decimal(100_000_000)}


def percentage(count: Decimal, whole: Decimal) -> Decimal:
    """
    Raises:
        DivisionByZero, InvalidOperation: The whole is nought.
    """
    return count * 100 / whole


class Printed(NamedTuple):
    """A number as printed: its value, and by how much the true one may differ (3.9万: 600); nought for whole numbers."""

    value: Decimal
    rounding: Decimal = Decimal(0)


def printed(fact: Fact) -> Printed:
    """A fact's number with the rounding that its text shows: that of the last digit before 万, 亿 and the like."""
    magnified = _MAGNIFIED.findall(fact.text)
    if not magnified:
        return Printed(fact.value)
    decimals, magnitude = magnified[-1]
    digit = prod(map(_MAGNITUDES.__getitem__, magnitude)) * Decimal(10) ** -len(decimals)
    return Printed(fact.value, _ROUNDING * digit)


def is_share(share: Decimal, count: Printed, whole: Printed) -> bool:
    """Whether a printed percentage is a count's of its whole, as far as the digits of all three say.

    Raises:
        DivisionByZero, InvalidOperation: The whole is nought.
    """
    least = percentage(count.value - count.rounding, whole.value + whole.rounding)
    most = percentage(count.value + count.rounding, max(whole.value - whole.rounding, whole.value / 2))
    digits = max(0, -int(share.as_tuple().exponent))
    slack = _ROUNDING * Decimal(10) ** -digits + _SLACK
    return least - slack <= share <= most + slack
