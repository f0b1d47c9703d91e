"""Cuts a long paragraph at its sentences, so that an answer about it fits into the answer's limit."""

from __future__ import annotations

import re

from extraction.document import Span

_SENTENCE_END = re.compile(r"[。！？；]")


def chunks(text: str, longest: int) -> list[Span]:
    """Ranges that cover the text, each of whole sentences; one is longer only where a single sentence is."""
    found: list[Span] = []
    start = end = 0
    for sentence_end in _ends(text):
        if sentence_end - start > longest and end > start:
            found.append(Span(start, end))
            start = end
        end = sentence_end
    return [*found, Span(start, len(text))] if start < len(text) or not found else found


def halves(text: str) -> tuple[Span, Span] | None:
    """The text cut at the sentence's end nearest its middle; `None` for a single sentence."""
    inner = [end for end in _ends(text) if end < len(text)]
    if not inner:
        return None
    cut = min(inner, key=lambda end: abs(2 * end - len(text)))
    return Span(0, cut), Span(cut, len(text))


def _ends(text: str) -> list[int]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return ends if ends and ends[-1] == len(text) else [*ends, len(text)]
