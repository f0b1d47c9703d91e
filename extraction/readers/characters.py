"""What a person sees of a run of characters."""

from __future__ import annotations

import re

# Zero-width and directional marks, soft hyphens and variation selectors: content systems and Word leave
# them inside numbers and labels, where they would break every comparison.
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
_ODD_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f]")


def visible(text: str) -> str:
    """Drops invisible characters and turns no-break and typographic spaces into plain ones."""
    if text.isascii():
        return text
    return _ODD_SPACES.sub(" ", _INVISIBLE.sub("", text))
