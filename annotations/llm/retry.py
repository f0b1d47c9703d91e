"""How long to wait before a request is sent again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_FIRST, _LONGEST = 1.0, 60.0
_SECONDS = re.compile(r"\d{1,9}(?:\.\d+)?\Z")


def backoff(failures: int, chance: float) -> float:
    """Seconds after the n-th failure (from 1): doubling, of which a random half (`chance` in 0..1).

    Without the random part, clients that failed together would come back together.
    """
    longest = min(_LONGEST, _FIRST * 2.0 ** (failures - 1))
    return longest * (0.5 + 0.5 * chance)


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, as number or date (RFC 9110, 10.2.3); else `None`."""
    if header is None:
        return None
    text = header.strip()
    if _SECONDS.match(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
