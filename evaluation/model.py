"""What is scored: the representation that gold and predictions have in common.

All offsets are into the report's canonical text, end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from models.labels import LabelledSpan


@dataclass(frozen=True, slots=True)
class Mention:
    """A linked text and the ranges where it stands.

    A prediction in the output contract gives the wording alone; `places` are then all its occurrences near
    the value.
    """

    text: str
    places: tuple[tuple[int, int], ...]

    def overlaps(self, other: Mention) -> bool:
        return any(a < d and c < b for a, b in self.places for c, d in other.places)


@dataclass(frozen=True, slots=True)
class ScoredFact:
    """A fact by its value's range and its fields; `parent` is an index into the report's facts."""

    start: int
    end: int
    value: Decimal | None
    unit: str | None
    code: str | None
    item: Mention | None = None
    action: str | None = None
    scope: str | None = None
    period: str | None = None
    channel: str | None = None
    parent: int | None = None
    section: str | None = None
    confidence: float | None = None

    def overlaps(self, other: ScoredFact) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class ScoredCell:
    """A cell of a standard form; `value` is `None` where the source leaves it empty."""

    form: str
    edition: str
    year: int | None
    row: str
    column: str
    value: Decimal | None
    start: int = 0
    end: int = 0
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class SectionRange:
    """A section's kind and range."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ScoredReport:
    """One report's annotation or prediction.

    `spans`, `facts` and `cells` are `None` where they were not annotated or not given: not scored. An empty
    tuple says that there are none. `text` is `None` where it is not at hand.
    """

    id: str
    sha256_text: str
    format: str | None = None
    text: str | None = None
    sections: tuple[SectionRange, ...] = ()
    spans: tuple[LabelledSpan, ...] | None = None
    facts: tuple[ScoredFact, ...] | None = None
    cells: tuple[ScoredCell, ...] | None = None

    def section_at(self, position: int) -> str | None:
        """The kind of the section that a character stands in, or `None` where that is not known."""
        return next((s.kind for s in self.sections if s.start <= position < s.end), None)
