"""Narrative facts: what a report's running text states, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from models.labels import LabelledSpan


class Tagger(Protocol):
    """Finds the labelled spans of paragraphs; spans of one paragraph do not overlap and are in order."""

    def tag(self, text: str) -> list[LabelledSpan]: ...


@dataclass(frozen=True, slots=True)
class LinkedValue:
    """A value of a paragraph with what it is linked to.

    `value` is the value's own span; the links are spans of the same paragraph; `parent` is the index, in the
    paragraph's list, of the fact that it is a part of.
    """

    value: LabelledSpan
    number: Decimal
    unit: str | None
    approximate: str | None
    item: LabelledSpan | None = None
    action: LabelledSpan | None = None
    scope: LabelledSpan | None = None
    period: LabelledSpan | None = None
    channel: LabelledSpan | None = None
    parent: int | None = None


class Linker(Protocol):
    """Links a paragraph's values to the spans that say what they are of; several facts may share a value span.

    `is_complete` says that a fact without a parent has none; else its code may still tell one.
    """

    is_complete: bool

    def link(self, text: str, spans: Sequence[LabelledSpan]) -> list[LinkedValue]: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a report (`facts` of the output contract). Offsets are into the report's text.

    `parent` is an index into the report's facts; `confidence` the probability that value, unit and code are
    all right.
    """

    code: str | None
    kind: str
    value: Decimal
    unit: str | None
    text: str
    start: int
    end: int
    item: str | None
    action: str | None
    scope: str | None
    period: str | None
    channel: str | None
    approximate: str | None
    parent: int | None
    section: str
    sentence: str
    page: int | None
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the output contract."""
        whole = self.value == self.value.to_integral_value()
        return {
            "code": self.code,
            "kind": self.kind,
            "value": int(self.value) if whole else float(self.value),
            "unit": self.unit,
            "text": self.text,
            "item": self.item,
            "action": self.action,
            "scope": self.scope,
            "period": self.period,
            "channel": self.channel,
            "approximate": self.approximate,
            "parent": self.parent,
            "section": self.section,
            "sentence": self.sentence,
            "start": self.start,
            "end": self.end,
            "page": self.page,
            "confidence": round(self.confidence, 4),
        }
