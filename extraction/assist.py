"""A second opinion on a report's facts: another reader is asked where the first one is not sure.

Agreement raises a fact's confidence, disagreement lowers it and is told in a finding; the first reader's value,
unit and code always stand. What only the second reader found is added, marked, with a low confidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from extraction.checks.findings import Finding, finding, plain
from extraction.document import Span
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.model import Fact, LinkedValue
from extraction.narrative.numbers import find_quantities
from extraction.narrative.reading import ParagraphReader, Reading
from models.labels import LabelledSpan

# Not measured: how often a wrong second reading makes the very mistake of the first.
_SAME_MISTAKE = 0.3
# The share of a real report's facts that the released tagger finds (README): what it passed over is seldom one.
_FIRST_FINDS = 0.7
_LEAST, _MOST = 1e-4, 1 - 1e-4


class Opinion(StrEnum):
    """What the second reader says of a fact."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Remark:
    """A second opinion; `rival` is what the second reader reads at the place of a fact it disagrees on."""

    opinion: Opinion
    rival: LinkedValue | None = None
    rival_code: str | None = None


@dataclass(frozen=True, slots=True)
class MarkedFact(Fact):
    """A fact that says who found it: the additive keys `source` and `second_opinion` of the contract."""

    source: str = "tagger"
    second_opinion: str | None = None

    def to_dict(self) -> dict[str, Any]:
        marks = {"source": self.source, "second_opinion": self.second_opinion}
        # Not super(): a dataclass with slots is another class than the one that its methods were made in.
        return Fact.to_dict(self) | {name: mark for name, mark in marks.items() if mark is not None}


@dataclass(frozen=True, slots=True)
class Joined:
    """Two readings of a paragraph as one, and a remark (or none) on each of its facts."""

    reading: Reading
    remarks: list[Remark | None]


@dataclass(slots=True)
class AssistedReader:
    """A `ParagraphReader` that asks a second one about paragraphs where the first is not sure.

    Those are the paragraphs with a fact below `below`, and with a quantity that belongs to no span of the
    first reader. `remarks` are, after reading, those on the facts of one report in order; `asked` counts the
    paragraphs that the second reader was given.

    Args:
        first: Whose facts stand.
        second: Who is asked.
        below: Confidence below which a fact is not sure.
        prior: The share of the second reader's facts that are right.
    """

    first: ParagraphReader
    second: ParagraphReader
    below: float
    prior: float
    remarks: list[Remark | None] = field(default_factory=list)
    asked: int = 0

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.first.settings

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        readings = self.first.read(paragraphs)
        unsure = [n for n, text in enumerate(paragraphs) if is_unsure(text, readings[n], self.below)]
        opinions = self.second.read([paragraphs[n] for n in unsure]) if unsure else []
        self.asked += len(unsure)
        joined = [Joined(reading, [None] * len(reading.linked)) for reading in readings]
        for number, opinion in zip(unsure, opinions, strict=True):
            joined[number] = join(readings[number], opinion, below=self.below, prior=self.prior)
        self.remarks += [remark for one in joined for remark in one.remarks]
        return [one.reading for one in joined]


def is_unsure(text: str, reading: Reading, below: float) -> bool:
    """Whether a second opinion on a paragraph is worth asking for."""
    if any(confidence < below for confidence in reading.confidences):
        return True
    quantities = (Span(match.start, match.end) for match in find_quantities(text))
    return any(not any(_overlap(quantity, span) for span in reading.spans) for quantity in quantities)


def join(first: Reading, second: Reading, *, below: float, prior: float) -> Joined:
    """Joins a second reading of a paragraph to the first."""
    remarks = [_remark(first, number, second, below) for number in range(len(first.linked))]
    confidences = [
        confidence if remark is None else _revised(confidence, prior, agrees=remark.opinion is Opinion.AGREES)
        for confidence, remark in zip(first.confidences, remarks, strict=True)
    ]
    added = [n for n, fact in enumerate(second.linked) if not any(_overlap(fact.value, s) for s in first.spans)]
    order = [(fact.value.start, 0, n) for n, fact in enumerate(first.linked)]
    order = sorted([*order, *((second.linked[n].value.start, 1, n) for n in added)])
    place = {(source, number): position for position, (_, source, number) in enumerate(order)}
    facts = [
        _with_parent(first.linked[n], _place_of_first(place, first.linked[n].parent))
        if source == 0
        else _with_parent(second.linked[n], _place_of_second(place, first, second, second.linked[n].parent))
        for _, source, n in order
    ]
    low = prior * (1 - _FIRST_FINDS) / (prior * (1 - _FIRST_FINDS) + 1 - prior)
    reading = Reading(
        _spans(first.spans, [second.linked[n] for n in added]),
        facts,
        [(first, second)[source].codes[n] for _, source, n in order],
        [confidences[n] if source == 0 else low for _, source, n in order],
    )
    return Joined(reading, [remarks[n] if source == 0 else Remark(Opinion.ONLY) for _, source, n in order])


def mark_facts(facts: Sequence[Fact], remarks: Sequence[Remark | None], second_name: str) -> list[MarkedFact]:
    """The facts with the marks of their remarks, `second_name` as the source of those that were added."""
    return [_marked(fact, remark, second_name) for fact, remark in zip(facts, remarks, strict=True)]


def findings_of(facts: Sequence[Fact], remarks: Sequence[Remark | None]) -> list[Finding]:
    """A finding for each disagreement, and one for all facts that were added."""
    found = []
    for fact, remark in zip(facts, remarks, strict=True):
        if remark is not None and remark.rival is not None:
            found.append(_disagreement(fact, remark.rival, remark.rival_code))
    added = [
        Span(fact.start, fact.end)
        for fact, remark in zip(facts, remarks, strict=True)
        if remark is not None and remark.opinion is Opinion.ONLY
    ]
    if added:
        found.append(finding("assist.only", added, {"count": str(len(added))}))
    return found


def _remark(first: Reading, number: int, second: Reading, below: float) -> Remark | None:
    fact, code = first.linked[number], first.codes[number]
    if first.confidences[number] >= below:
        return None
    rivals = [n for n, other in enumerate(second.linked) if _overlap(fact.value, other.value)]
    for rival in rivals:
        if _same(fact, second.linked[rival]) and code == second.codes[rival]:
            return Remark(Opinion.AGREES)
    if not rivals:
        return None
    return Remark(Opinion.DISAGREES, second.linked[rivals[0]], second.codes[rivals[0]])


def _same(left: LinkedValue, right: LinkedValue) -> bool:
    return (left.number, left.unit) == (right.number, right.unit)


def _revised(confidence: float, prior: float, *, agrees: bool) -> float:
    """Bayes' rule, given that the second reader is right at the rate `prior`; never the other way round."""
    known = min(max(confidence, _LEAST), _MOST)
    repeats = (1 - prior) * _SAME_MISTAKE
    ratio = prior / repeats if agrees else (1 - prior) / (1 - repeats)
    odds = known / (1 - known) * ratio
    revised = odds / (1 + odds)
    return max(confidence, revised) if agrees else min(confidence, revised)


def _with_parent(fact: LinkedValue, parent: int | None) -> LinkedValue:
    return replace(fact, parent=parent)


def _place_of_first(place: dict[tuple[int, int], int], parent: int | None) -> int | None:
    return None if parent is None else place[0, parent]


def _place_of_second(
    place: dict[tuple[int, int], int], first: Reading, second: Reading, parent: int | None
) -> int | None:
    """Where the whole of an added fact is: added as well, or the first reader's fact at the same place."""
    if parent is None:
        return None
    if (1, parent) in place:
        return place[1, parent]
    whole = second.linked[parent].value
    return next((place[0, n] for n, fact in enumerate(first.linked) if _overlap(fact.value, whole)), None)


def _spans(first: Sequence[LabelledSpan], added: Sequence[LinkedValue]) -> list[LabelledSpan]:
    """The first reader's spans with those of the added facts that are in nobody's way.

    A noun of the second reader may overlap one of the first; it stays linked, but spans do not overlap.
    """
    spans = list(first)
    for fact in added:
        for span in (fact.value, fact.item, fact.action, fact.scope, fact.period, fact.channel):
            if span is not None and not any(_overlap(span, other) for other in spans):
                spans.append(span)
    return sorted(spans)


def _marked(fact: Fact, remark: Remark | None, second_name: str) -> MarkedFact:
    names = Fact.__dataclass_fields__
    values = {name: getattr(fact, name) for name in names}
    if remark is None:
        return MarkedFact(**values)
    if remark.opinion is Opinion.ONLY:
        return MarkedFact(**values, source=second_name)
    return MarkedFact(**values, second_opinion=remark.opinion.value)


def _disagreement(fact: Fact, rival: LinkedValue, rival_code: str | None) -> Finding:
    entry = load_catalogue().get(fact.code) if fact.code else None
    printed = fact.item or fact.text
    names = {
        "name": entry.name_en if entry else printed,
        "name_zh": entry.name_zh if entry else printed,
        "first": _told(fact.code, fact.value, fact.unit),
        "second": _told(rival_code, rival.number, rival.unit),
    }
    figures = {} if rival.number == fact.value else {"expected": rival.number, "actual": fact.value}
    return finding("assist.disagrees", [Span(fact.start, fact.end)], names, **figures)


def _told(code: str | None, value: Decimal, unit: str | None) -> str:
    return f"{code or '—'} {plain(value)} {unit or ''}".strip()


def _overlap(left: Span | LabelledSpan, right: Span | LabelledSpan) -> bool:
    return left.start < right.end and right.start < left.end
