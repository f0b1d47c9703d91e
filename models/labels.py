"""The tagger's labels and its BIO tags over characters (annotation guide, section 1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

LABELS = ("COUNT", "PERCENT", "MONEY", "ZERO", "ITEM", "ACTION", "SCOPE", "PERIOD", "CHANNEL")
VALUE_LABELS = frozenset({"COUNT", "PERCENT", "MONEY", "ZERO"})
OUTSIDE = "O"
TAGS = (OUTSIDE, *(f"{prefix}-{label}" for label in LABELS for prefix in "BI"))
TAG_INDEX = {tag: index for index, tag in enumerate(TAGS)}


class LabelledSpan(NamedTuple):
    """A half-open range of characters and its label."""

    start: int
    end: int
    label: str


def spans_to_bio(spans: Iterable[LabelledSpan], length: int) -> list[str]:
    """The tags of `length` characters.

    Raises:
        ValueError: Where a span is empty, outside the text, of an unknown label or overlaps another.
    """
    tags = [OUTSIDE] * length
    for start, end, label in spans:
        if label not in LABELS:
            raise ValueError(f"{label!r} is none of {', '.join(LABELS)}")
        if not 0 <= start < end <= length:
            raise ValueError(f"the span {start}:{end} is not inside 0:{length}")
        if any(tag != OUTSIDE for tag in tags[start:end]):
            raise ValueError(f"the span {start}:{end} overlaps another")
        tags[start:end] = [f"B-{label}"] + [f"I-{label}"] * (end - start - 1)
    return tags


def bio_to_spans(tags: Sequence[str]) -> list[LabelledSpan]:
    """The spans of a tag sequence, in order, read strictly: an `I` that continues no span is outside.

    Reading `I, I` as if it were `B, I`, as lenient scorers do, would pay a tagger for sequences that its
    scheme forbids.

    Raises:
        ValueError: At a tag that is not in `TAGS`.
    """
    spans: list[LabelledSpan] = []
    start: int | None = None
    label = ""
    for position, tag in enumerate(tags):
        if tag not in TAG_INDEX:
            raise ValueError(f"{tag!r} at {position} is no tag")
        if start is not None and tag != f"I-{label}":
            spans.append(LabelledSpan(start, position, label))
            start = None
        if tag.startswith("B-"):
            start, label = position, tag[2:]
    if start is not None:
        spans.append(LabelledSpan(start, len(tags), label))
    return spans
