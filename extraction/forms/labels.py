"""How like a printed label is to the labels of a definition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from rapidfuzz import fuzz

from extraction.forms.definitions import ColumnDefinition, RowDefinition, load_definitions, normalise_label
from extraction.numbering import BRACKETED

_PARENTHETICAL = re.compile(rf"(?!{BRACKETED})[（(].*", re.S)  # a note, not another row's number
_FEWEST_TORN = 5  # characters of a label that may stand on both sides of its figures
_FEWEST_AT_END = 4  # characters of a row's label that tell it where other words stand before it


@cache
def row_labels() -> frozenset[str]:
    """The normalised labels of every form's rows."""
    return frozenset(label for entry in load_definitions() for row in entry.rows for label in row.labels)


@cache
def _long_row_labels() -> tuple[str, ...]:
    return tuple(label for label in row_labels() if len(label) >= _FEWEST_AT_END)


@cache
def _all_labels() -> tuple[str, ...]:
    columns = (label for entry in load_definitions() for column in entry.columns for label in column.labels)
    return (*row_labels(), *columns)


@cache
def _label_beginnings() -> frozenset[str]:
    return frozenset(label[:end] for label in _all_labels() for end in range(1, len(label) + 1))


def is_row_label(text: str) -> bool:
    """Whether a text is the label of a form's row, letter for letter."""
    return normalise_label(text) in row_labels()


def goes_on_as_row_label(text: str, following: str) -> bool:
    """Whether two texts together are the beginning of one label, letter for letter."""
    return bool(normalise_label(following)) and normalise_label(text + following) in _label_beginnings()


@cache
def _group_names() -> frozenset[str]:
    return frozenset(row.group for entry in load_definitions() for row in entry.rows if row.group)


def ends_a_group_name(text: str, before: Sequence[str]) -> bool:
    """Whether a text is the end of a group's merged head of which one of the texts before it is the beginning."""
    end = normalise_label(text)
    return bool(end) and any(normalise_label(head) + end in _group_names() for head in before)


@cache
def _lone_figure_labels() -> frozenset[str]:
    forms = (entry for entry in load_definitions() if len(entry.columns) == 1)
    return frozenset(label for entry in forms for row in entry.rows for label in row.labels if row.columns)


def is_lone_figure_label(text: str) -> bool:
    """Whether a text is the label of a row of a form of one column, letter for letter, notes in parentheses apart."""
    return any(form in _lone_figure_labels() for form in _forms(text) if form)


def ends_with_row_label(text: str) -> bool:
    """Whether a text ends with the label of a form's row."""
    return normalise_label(text[-80:]).endswith(_long_row_labels())


def begins_like_label(text: str) -> bool:
    """Whether a text begins with the label of a form's row or column, or a label begins with it."""
    label = normalise_label(text)
    return bool(label) and (label.startswith(_all_labels()) or label in _label_beginnings())


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
    lead = re.match(BRACKETED, body)
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
    if not before:
        return 0.97 if after.startswith(label) else 0.0
    best = max(_ratio(before[-n:], label) for n in {length, length + 1, max(1, length - 1)}) if before else 0.0
    torn = length >= _FEWEST_TORN and before[-2:] in label and after[:2] in label
    if best >= 0.97 or not torn or not after:
        return best
    for taken in range(2, length - 1):
        joined = before[-taken:] + after[: length - taken]
        best = max(best, _ratio(joined, label) * 0.97)
        if best >= 0.95:
            break
    return best
