"""Annotated paragraphs as examples for the tagger: text, spans, and facts by the spans they stand on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotations.corpus_format import AnnotatedDocument, Block
from models.labels import LabelledSpan


@dataclass(frozen=True, slots=True)
class FactLinks:
    """A fact by the numbers of its spans in the example. `parent_item` is the noun of the fact it is part of."""

    value: int
    code: str | None
    item: int | None = None
    action: int | None = None
    channel: int | None = None
    parent_item: int | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its spans, in order, and its facts; or, unannotated, with what taggers make of it.

    Attributes:
        tags: Probabilities of the tags, in place of spans and facts. *Shape:* (len(text), tags)
    """

    text: str
    spans: tuple[LabelledSpan, ...] = ()
    facts: tuple[FactLinks, ...] = ()
    tags: NDArray[np.float16] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ExampleDocument:
    """A document's paragraphs in order, and the body's name, which augmentation swaps."""

    id: str
    body: str
    paragraphs: tuple[Example, ...]


def examples_of(document: AnnotatedDocument, *, kinds: Sequence[str] = ("paragraph",)) -> ExampleDocument:
    """The blocks of the given kinds. Headings and table lines have no spans and teach where there are none."""
    paragraphs = tuple(_example(document, block) for block in document.blocks if block.kind in kinds)
    return ExampleDocument(document.id, document.meta.get("body", ""), paragraphs)


def _example(document: AnnotatedDocument, block: Block) -> Example:
    inside = [n for n, span in enumerate(document.spans) if block.start <= span.start < block.end]
    place = {number: index for index, number in enumerate(inside)}
    spans = tuple(
        LabelledSpan(span.start - block.start, span.end - block.start, span.label)
        for span in (document.spans[number] for number in inside)
    )
    facts = []
    for fact in document.facts:
        if fact.value_span not in place:
            continue
        parent = None if fact.parent is None else document.facts[fact.parent].item
        item, action, channel, parent_item = (
            None if number is None else place.get(number)
            for number in (fact.item, fact.action, fact.channel, parent)
        )
        facts.append(FactLinks(place[fact.value_span], fact.code, item, action, channel, parent_item))
    return Example(document.text[block.start : block.end], spans, tuple(facts))


def fraction_of(documents: Sequence[ExampleDocument], fraction: float) -> list[ExampleDocument]:
    """A share of the documents; a smaller share is contained in every larger one.

    Raises:
        ValueError: The share is not in (0, 1].
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be in (0, 1], got {fraction}")
    by_hash = sorted(documents, key=lambda document: hashlib.sha256(document.id.encode()).digest())
    return by_hash[: max(1, round(fraction * len(by_hash)))]


def joined(examples: Iterable[Example], separator: str) -> Example:
    """Several examples as one text."""
    texts: list[str] = []
    spans: list[LabelledSpan] = []
    facts: list[FactLinks] = []
    length = 0
    for example in examples:
        base = len(spans)
        spans.extend(LabelledSpan(s.start + length, s.end + length, s.label) for s in example.spans)
        facts.extend(_moved(fact, dict(enumerate(range(base, base + len(example.spans))))) for fact in example.facts)
        texts.append(example.text)
        length += len(example.text) + len(separator)
    return Example(separator.join(texts), tuple(spans), tuple(facts))


def cut(example: Example, start: int, end: int) -> Example:
    """The part of an example; spans across its edges are cut, facts whose value is not whole are dropped."""
    kept = [n for n, span in enumerate(example.spans) if span.start < end and span.end > start]
    place = {number: index for index, number in enumerate(kept)}
    spans = tuple(
        LabelledSpan(max(s.start, start) - start, min(s.end, end) - start, s.label)
        for s in (example.spans[n] for n in kept)
    )
    whole = {n for n in kept if example.spans[n].start >= start and example.spans[n].end <= end}
    facts = tuple(_moved(fact, place) for fact in example.facts if fact.value in whole)
    return Example(example.text[start:end], spans, facts)


def _moved(fact: FactLinks, place: Mapping[int, int]) -> FactLinks:
    """The fact with the numbers that its spans have now; links to spans that are gone are dropped."""
    item, action, channel, parent_item = (
        None if number is None else place.get(number)
        for number in (fact.item, fact.action, fact.channel, fact.parent_item)
    )
    return FactLinks(place[fact.value], fact.code, item, action, channel, parent_item)
