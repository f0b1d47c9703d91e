"""Reads paragraphs into linked and coded values: by rules alone, or by the released model with the catalogue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from extraction.narrative.coder import CatalogueCoder, Query
from extraction.narrative.linker import link
from extraction.narrative.model import LabelledSpan, LinkedValue, Tagger
from extraction.narrative.numbers import find_quantities
from models.runtime import FactRanges, ModelTagger, TaggedParagraph

_RULES_CONFIDENCE = 0.59  # the share of the rules' facts that were right on the development split
_LEAST, _MOST = 1e-4, 1 - 1e-4


@dataclass(frozen=True, slots=True)
class Reading:
    """A paragraph's spans, and its values with code and confidence, all three lists in the values' order."""

    spans: list[LabelledSpan]
    linked: list[LinkedValue]
    codes: list[str | None]
    confidences: list[float]


class ParagraphReader(Protocol):
    """Reads the paragraphs of one document, in order."""

    def read(self, paragraphs: Sequence[str]) -> list[Reading]: ...


class RuleReader:
    """Patterns and the catalogue's words."""

    def __init__(self, tagger: Tagger, coder: CatalogueCoder) -> None:
        self._tagger, self._coder = tagger, coder

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        return [self._read(text) for text in paragraphs]

    def _read(self, text: str) -> Reading:
        spans = self._tagger.tag(text)
        linked = link(text, spans)
        codes: list[str | None] = [None] * len(linked)
        for index in parents_first(linked):
            codes[index] = self._coder.choose(query_of(text, linked, index, codes))[0]
        return Reading(spans, linked, codes, [_RULES_CONFIDENCE] * len(linked))


class Evidence(NamedTuple):
    """What speaks for a fact of the model: the features of its confidence.

    `certainty` is the least probability of a tag in the value's span, `code` that of the code; `agreement`
    is 1 where the catalogue's words give the same code, `quantity` where the number patterns find the same span.
    """

    certainty: float
    code: float
    agreement: float
    quantity: float

    def features(self) -> NDArray[np.float64]:
        """The regression's inputs, probabilities as log-odds and a constant last. *Shape:* (5,)"""
        odds = [math.log(p / (1 - p)) for p in (min(max(p, _LEAST), _MOST) for p in self[:2])]
        return np.array([*odds, self.agreement, self.quantity, 1.0])


@dataclass(frozen=True, slots=True)
class CodedReading:
    """A paragraph read by the model, before confidence."""

    spans: list[LabelledSpan]
    linked: list[LinkedValue]
    codes: list[str | None]
    evidence: list[Evidence]


class ModelReader:
    """The model's spans, the linker's links, and codes by the model and the catalogue together.

    The catalogue's best code has its log-probability raised by the model's setting `catalogue_weight`. Where
    that code is one that the model was not trained on, such as a user's, it is taken.
    """

    def __init__(self, model: ModelTagger, coder: CatalogueCoder) -> None:
        self._model, self._coder = model, coder
        self._number = {code: index for index, code in enumerate(model.codes)}
        self._weight = float(model.settings.get("catalogue_weight", 0.0))
        self._silence_weight = float(model.settings.get("catalogue_silence_weight", 0.0))
        self._regression = np.array(model.settings.get("confidence", [0.0, 1.0, 0.0, 0.0, 0.0]))

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        return [
            Reading(r.spans, r.linked, r.codes, [self._confidence(e) for e in r.evidence])
            for r in self.read_with_evidence(paragraphs)
        ]

    def read_with_evidence(self, paragraphs: Sequence[str]) -> list[CodedReading]:
        """As `read`, with what the confidence is computed from."""
        tagged = self._model.tag_many(paragraphs)
        return [self._coded(text, paragraph) for text, paragraph in zip(paragraphs, tagged, strict=True)]

    def _coded(self, text: str, paragraph: TaggedParagraph) -> CodedReading:
        spans = [LabelledSpan(*span) for span in paragraph.spans]
        linked = link(text, spans)
        probable = self._model.code_probabilities(paragraph, [_ranges(linked, fact) for fact in linked])
        found = {(match.start, match.end) for match in find_quantities(text)} if linked else set()
        codes: list[str | None] = [None] * len(linked)
        evidence = [Evidence(0.5, 0.5, 0.0, 0.0)] * len(linked)
        for index in parents_first(linked):
            named = self._coder.choose(query_of(text, linked, index, codes))[0]
            codes[index], code_probability = self._choose(probable[index], named)
            value = linked[index].value
            place = next(s for s in paragraph.spans if s.start == value.start)
            evidence[index] = Evidence(
                paragraph.certainty(place), code_probability, float(codes[index] == named),
                float((value.start, value.end) in found or value.label == "ZERO"),
            )  # fmt: skip
        return CodedReading(spans, linked, codes, evidence)

    def _choose(self, probabilities: NDArray[np.float32], named: str | None) -> tuple[str | None, float]:
        if named not in self._number:
            return named, 1.0 - float(probabilities.max()) / 2
        scores = np.log(probabilities + 1e-9)
        scores[self._number[named]] += self._silence_weight if named is None else self._weight
        raised = np.exp(scores - scores.max())
        best = int(raised.argmax())
        return self._model.codes[best], float(raised[best] / raised.sum())

    def _confidence(self, evidence: Evidence) -> float:
        return float(1 / (1 + np.exp(-(evidence.features() @ self._regression))))


def query_of(text: str, linked: Sequence[LinkedValue], index: int, codes: Sequence[str | None]) -> Query:
    """What the catalogue is asked about a value; `codes` holds its parent's."""
    fact = linked[index]
    parent = codes[fact.parent] if fact.parent is not None else None
    item, action, channel = (quote(text, span) or "" for span in (fact.item, fact.action, fact.channel))
    return Query(fact.value.label, fact.unit, item, action, channel, parent)


def parents_first(linked: Sequence[LinkedValue]) -> list[int]:
    """The values in an order in which a parent comes before its parts."""
    return sorted(range(len(linked)), key=lambda index: _depth(linked, index))


def quote(text: str, span: LabelledSpan | None) -> str | None:
    return None if span is None else text[span.start : span.end]


def _depth(linked: Sequence[LinkedValue], index: int) -> int:
    depth, parent = 0, linked[index].parent
    while parent is not None and depth < len(linked):
        depth, parent = depth + 1, linked[parent].parent
    return depth


def _ranges(linked: Sequence[LinkedValue], fact: LinkedValue) -> FactRanges:
    parent_item = linked[fact.parent].item if fact.parent is not None else None
    item, action, channel, parent = (
        (span.start, span.end) if span else None for span in (fact.item, fact.action, fact.channel, parent_item)
    )
    return FactRanges((fact.value.start, fact.value.end), item, action, channel, parent)
