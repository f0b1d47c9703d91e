"""Reads paragraphs into linked and coded values: by rules alone, or by the released model with the catalogue."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from extraction.narrative.coder import CatalogueCoder, Query
from extraction.narrative.learned_linker import default_linker
from extraction.narrative.linker import link
from extraction.narrative.model import LinkedValue, Linker, Tagger
from extraction.narrative.numbers import QuantityMatch, find_quantities
from extraction.narrative.parents import attach_parents, joint_parts
from extraction.narrative.quantity_patterns import EXCLUDED
from models.labels import VALUE_LABELS, LabelledSpan
from models.runtime import FactRanges, ModelTagger, TaggedParagraph

_RULES_CONFIDENCE = 0.59  # the share of the rules' facts that were right on the development split
NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})  # of a reader whose confidences stand as they are
_WRITTEN = VALUE_LABELS - {"ZERO"}  # values that are numbers
_ASKED = re.compile(r"有没有|(?<![所具享拥])有无|是否[没无未]")
_LEAST, _MOST = 1e-4, 1 - 1e-4


@dataclass(frozen=True, slots=True)
class Reading:
    """A paragraph's spans, and its values with code and confidence, all three lists in the values' order."""

    spans: list[LabelledSpan]
    linked: list[LinkedValue]
    codes: list[str | None]
    confidences: list[float]


class ParagraphReader(Protocol):
    """Reads the paragraphs of one document, in order; `settings` tell what its confidences are corrected by.

    An empty paragraph parts those around it, which are not to be each other's context, and has an empty reading.
    """

    @property
    def settings(self) -> Mapping[str, Any]: ...

    def read(self, paragraphs: Sequence[str]) -> list[Reading]: ...


class RuleReader:
    """Patterns and the catalogue's words."""

    settings = NO_SETTINGS

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
        linked, codes = joint_parts(attach_parents(text, linked, codes, self._coder.catalogue), codes)
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
class Draft:
    """A paragraph tagged and linked by the model, its values not yet coded.

    `probabilities` are the code head's, *Shape:* (values, codes); the other lists are the values', too:
    the least probability of a tag in the span, and whether the number patterns find the same span.
    """

    text: str
    spans: list[LabelledSpan]
    linked: list[LinkedValue]
    probabilities: NDArray[np.float32]
    certainties: list[float]
    are_quantities: list[bool]


class ModelReader:
    """The model's spans, the linker's links, and codes by the model and the catalogue together.

    A code that the catalogue's words name has its log-probability raised: by the setting `catalogue_weight` if
    it is the best, by a share of it if it is another. Where the catalogue's best is a code that the model was not
    trained on, such as a user's, it is taken.
    """

    def __init__(self, model: ModelTagger, coder: CatalogueCoder, linker: Linker | None = None) -> None:
        self._model, self._coder = model, coder
        self._linker = linker or default_linker()
        self._number = {code: index for index, code in enumerate(model.codes)}
        self._weight = float(model.settings.get("catalogue_weight", 0.0))
        self._regression = np.array(model.settings.get("confidence", [0.0, 1.0, 0.0, 0.0, 0.0]))

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._model.settings

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        return [self._read(draft) for draft in map(self.draft, paragraphs, self._model.tag_many(paragraphs))]

    def draft(self, text: str, paragraph: TaggedParagraph) -> Draft:
        """Links the spans of a paragraph that the model has tagged."""
        tagged = without_excluded(text, paragraph.spans)
        quantities = find_quantities(text) if any(span.label in _WRITTEN for span in tagged) else []
        spans = with_whole_values(tagged, quantities)
        linked = self._linker.link(text, spans)
        probabilities = self._model.code_probabilities(paragraph, [_ranges(linked, fact) for fact in linked])
        found = {(match.start, match.end) for match in quantities}
        tagged_as = dict(zip(spans, tagged, strict=True))
        values = [fact.value for fact in linked]
        return Draft(
            text, spans, linked, probabilities,
            [paragraph.certainty(tagged_as[value]) for value in values],
            [value.label == "ZERO" or (value.start, value.end) in found for value in values],
        )  # fmt: skip

    def code(self, draft: Draft) -> list[tuple[str | None, Evidence]]:
        """The code of each value, and what speaks for the fact."""
        codes: list[str | None] = [None] * len(draft.linked)
        evidence: dict[int, Evidence] = {}
        for index in parents_first(draft.linked):
            named = self._coder.rank(query_of(draft.text, draft.linked, index, codes))
            codes[index], probability = self._choose(draft.probabilities[index], named)
            best = named[0][1] if named else None
            evidence[index] = Evidence(
                draft.certainties[index], probability, float(codes[index] == best),
                float(draft.are_quantities[index]),
            )  # fmt: skip
        return [(code, evidence[index]) for index, code in enumerate(codes)]

    def _read(self, draft: Draft) -> Reading:
        coded = self.code(draft)
        confidences = [self._confidence(evidence) for _, evidence in coded]
        codes = [code for code, _ in coded]
        linked = draft.linked
        if not self._linker.is_complete:
            linked = attach_parents(draft.text, linked, codes, self._coder.catalogue)
        return Reading(draft.spans, *joint_parts(linked, codes), confidences)

    def _choose(
        self, probabilities: NDArray[np.float32], named: Sequence[tuple[float, str]]
    ) -> tuple[str | None, float]:
        if named and named[0][1] not in self._number:
            return named[0][1], 1.0 - float(probabilities.max()) / 2
        scores = np.log(probabilities + 1e-9)
        for score, code in named:
            if code in self._number:
                scores[self._number[code]] += self._weight * score / named[0][0]
        raised = np.exp(scores - scores.max())
        best = int(raised.argmax())
        return self._model.codes[best], float(raised[best] / raised.sum())

    def _confidence(self, evidence: Evidence) -> float:
        return float(1 / (1 + np.exp(-(evidence.features() @ self._regression))))


def without_excluded(text: str, spans: Sequence[LabelledSpan]) -> list[LabelledSpan]:
    """The spans without values where the number patterns know that none is: dates, document numbers, addresses.

    A word of nought that asks (有没有人申请) denies nothing, either.
    """
    excluded = [match.span() for match in EXCLUDED.finditer(text)]
    asked = [match.span() for match in _ASKED.finditer(text)]

    def is_none(span: LabelledSpan) -> bool:
        ranges = excluded if span.label in _WRITTEN else asked if span.label == "ZERO" else []
        return any(start < span.end and span.start < end for start, end in ranges)

    return [span for span in spans if not is_none(span)]


def with_whole_values(
    spans: Sequence[LabelledSpan], quantities: Sequence[QuantityMatch]
) -> list[LabelledSpan]:
    """The spans, in order, with the values that share a border with a longer quantity made as long (48 of 48项以内)."""
    if not quantities:
        return list(spans)
    starts, ends = {match.start: match for match in quantities}, {match.end: match for match in quantities}
    whole = list(spans)
    for number, span in enumerate(spans):
        match = starts.get(span.start) or ends.get(span.end)
        if span.label not in _WRITTEN or match is None:
            continue
        before = whole[number - 1].end if number else 0
        after = spans[number + 1].start if number + 1 < len(spans) else match.end
        if before <= match.start <= span.start and span.end <= match.end <= after:
            whole[number] = LabelledSpan(match.start, match.end, span.label)
    return whole


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
