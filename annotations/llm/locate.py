"""Finds quotes in a text although a model writes them with other blanks, widths and dashes.

The comparison is of folded text; the answer is always a range of the text itself.
"""

from __future__ import annotations

import re
import unicodedata

from extraction.document import Span

_SAME = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−─﹣－", "-"),
        **dict.fromkeys("“”„‟＂「」『』", '"'),
        **dict.fromkeys("‘’‛＇", "'"),
        **dict.fromkeys("・‧∙•", "·"),
    }
)
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
_NUMERALS = "〇零一二两三四五六七八九十百千万亿"
_ENDS_INSIDE_NUMBER = (
    (re.compile(r"[0-9]\Z"), re.compile(r"[0-9]|\.[0-9]|,[0-9]{3}(?![0-9])")),
    (re.compile(rf"[{_NUMERALS}]\Z"), re.compile(r"[一二两三四五六七八九十百千]|[0-9]")),
)
_STARTS_INSIDE_NUMBER = (
    (re.compile(r"[0-9]"), re.compile(r"[0-9万亿]\Z|[0-9]\.\Z")),
    (re.compile(r"[0-9]{3}(?![0-9])"), re.compile(r"[0-9],\Z")),
    (re.compile(rf"[{_NUMERALS}]"), re.compile(rf"[0-9{_NUMERALS}]\Z")),
)


def fold(text: str) -> str:
    """A text as it is compared: compatibility forms and case folded, dashes and quotation marks alike, no blanks."""
    return "".join(map(_folded, unicodedata.normalize("NFC", text)))


def _folded(character: str) -> str:
    # Dashes and marks first: NFKC would turn some of them into several characters.
    plain = unicodedata.normalize("NFKC", character.translate(_SAME)).translate(_SAME).casefold()
    return "".join(c for c in plain if not c.isspace() and c not in _INVISIBLE)


class FoldedText:
    """A text that quotes are looked for in; `text` must be NFC, as canonical texts are."""

    def __init__(self, text: str) -> None:
        characters: list[str] = []
        origins: list[int] = []
        for place, character in enumerate(text):
            for folded in _folded(character):
                characters.append(folded)
                origins.append(place)
        self._folded = "".join(characters)
        self._origins = origins

    def find(self, quote: str, *, may_cut_numbers: bool = False) -> list[Span]:
        """Where a quote stands, in order, overlapping places included; nothing for a quote of blanks.

        A place that cuts a character in two (`2` in `㎡`) is none, nor is one that cuts a number (`3件` in
        `13件`), save where that does not matter.
        """
        wanted = fold(quote)
        found: list[Span] = []
        place = self._folded.find(wanted) if wanted else -1
        while place >= 0:
            end = place + len(wanted)
            cuts_number = not may_cut_numbers and self._cuts_number(place, end, wanted)
            if not cuts_number and not self._cuts_character(place, end):
                found.append(Span(self._origins[place], self._origins[end - 1] + 1))
            place = self._folded.find(wanted, place + 1)
        return found

    def _cuts_character(self, start: int, end: int) -> bool:
        origins = self._origins
        return (start > 0 and origins[start - 1] == origins[start]) or (
            end < len(origins) and origins[end] == origins[end - 1]
        )

    def _cuts_number(self, start: int, end: int, wanted: str) -> bool:
        before, after = self._folded[max(0, start - 2) : start], self._folded[end : end + 5]
        return any(head.match(wanted) and tail.search(before) for head, tail in _STARTS_INSIDE_NUMBER) or any(
            tail.search(wanted) and head.match(after) for tail, head in _ENDS_INSIDE_NUMBER
        )
