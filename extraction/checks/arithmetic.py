"""What the checks calculate with: amounts in 元, and whether a share is that of its counts."""

from __future__ import annotations

from decimal import Decimal

YUAN = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}
_ROUNDING = Decimal("0.6")  # of the share's last printed digit: half, and a little for shares that were cut off
_SLACK = Decimal("0.001")


def percentage(count: Decimal, whole: Decimal) -> Decimal:
    """
    Raises:
        DivisionByZero, InvalidOperation: The whole is nought.
    """
    return count * 100 / whole


def is_share(share: Decimal, count: Decimal, whole: Decimal) -> bool:
    """Whether a printed percentage is a count's of its whole, as far as its digits say. Raises as `percentage`."""
    digits = max(0, -int(share.as_tuple().exponent))
    return abs(percentage(count, whole) - share) <= _ROUNDING * Decimal(10) ** -digits + _SLACK
