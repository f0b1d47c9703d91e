"""Annotated paragraphs as examples for the link network, with the mistakes that taggers make in their spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotations.corpus_format import ROLES, AnnotatedDocument, Block
from models.labels import LabelledSpan

LOST = -1  # the number of a span that is not there, though the fact has one


@dataclass(frozen=True, slots=True)
class LinkedFact:
    """A fact by the numbers of its spans in its paragraph; `parent` is the number of the parent's value span."""

    value: int
    item: int | None = None
    action: int | None = None
    scope: int | None = None
    period: int | None = None
    channel: int | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class LinkExample:
    """A paragraph with its lines joined, its spans in order, and its facts in reading order."""

    text: str
    spans: tuple[LabelledSpan, ...]
    facts: tuple[LinkedFact, ...]


def link_examples(documents: Sequence[AnnotatedDocument]) -> list[LinkExample]:
    """The documents' paragraphs. Links into other paragraphs (two facts in a thousand have one) are left out."""
    return [
        _example(document, block)
        for document in documents
        for block in document.blocks
        if block.kind == "paragraph" and block.start < block.end
    ]


def _example(document: AnnotatedDocument, block: Block) -> LinkExample:
    # Readers join the lines of a paragraph; some of the corpus's have line breaks as printed.
    kept = np.cumsum([0, *(character != "\n" for character in document.text[block.start : block.end])])
    inside = [n for n, span in enumerate(document.spans) if block.start <= span.start < block.end]
    place: dict[int | None, int] = {number: index for index, number in enumerate(inside)}
    spans = tuple(
        LabelledSpan(int(kept[span.start - block.start]), int(kept[span.end - block.start]), span.label)
        for span in (document.spans[number] for number in inside)
    )
    facts = []
    for fact in document.facts:
        if fact.value_span in place:
            roles = {role: place.get(getattr(fact, role)) for role in ROLES.values()}
            parent = None if fact.parent is None else place.get(document.facts[fact.parent].value_span)
            facts.append(LinkedFact(place[fact.value_span], parent=parent, **roles))
    return LinkExample(document.text[block.start : block.end].replace("\n", ""), spans, tuple(facts))
