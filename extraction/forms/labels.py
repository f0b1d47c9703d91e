"""How like a printed label is to the labels of a definition."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz

from extraction.forms.definitions import ColumnDefinition, RowDefinition, normalise_label

_PARENTHETICAL = re.compile(r"[（(].*", re.S)


@lru_cache(maxsize=65536)
def _ratio(left: str, right: str) -> float:
    return fuzz.ratio(left, right) / 100


@lru_cache(maxsize=16384)
def _forms(label: str) -> tuple[str, ...]:
    """The label normalised whole and up to its first parenthesis (规章（设区的市…）)."""
    whole, head = normalise_label(label), normalise_label(_without_parenthetical(label))
    return (whole, head) if head and head != whole else (whole,)


def _without_parenthetical(label: str) -> str:
    body = label.strip()
    lead = re.match(r"[（(][一二三四五六七八九十\d]{1,2}[）)]", body)
    start = lead.end() if lead else 0
    return body[:start] + _PARENTHETICAL.sub("", body[start:])


@lru_cache(maxsize=65536)
def label_similarity(printed: str, labels: tuple[str, ...]) -> float:
    """The best likeness (0..1) of a whole printed label to one of the given normalised labels."""
    return max((_ratio(form, label) for form in _forms(printed) for label in labels if form), default=0.0)


def row_similarity(printed: str, row: RowDefinition) -> float:
    return label_similarity(printed, row.labels)


def column_similarity(printed: str, column: ColumnDefinition) -> float:
    return label_similarity(printed, column.labels)


def trailing_similarity(before: str, after: str, labels: tuple[str, ...]) -> float:
    """The best likeness of a label that ends where `before` ends, or that is torn around the values.

    Flattened text puts other cells' words in front of a label, and a value row in the middle of a label of
    several lines. Both texts are normalised labels' characters.
    """
    return max((_trailing(before, after, label) for label in labels), default=0.0)


@lru_cache(maxsize=65536)
def _trailing(before: str, after: str, label: str) -> float:
    length = len(label)
    best = max(_ratio(before[-n:], label) for n in {length, length + 1, max(1, length - 1)}) if before else 0.0
    torn = length >= 6 and before[-2:] in label and after[:2] in label
    if best >= 0.9 or not torn or not after:
        return best
    for taken in range(2, length - 1):
        joined = before[-taken:] + after[: length - taken]
        best = max(best, _ratio(joined, label) * 0.97)
        if best >= 0.95:
            break
    return best
