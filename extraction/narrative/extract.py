"""From a document's running text to its facts: tag, link, code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.document import Document, Span
from extraction.narrative.coder import CatalogueCoder, Query
from extraction.narrative.linker import link
from extraction.narrative.model import Fact, LabelledSpan, LinkedValue, Tagger
from extraction.running_text import RunningParagraph, running_text
from extraction.sections import Section

_SENTENCE_END = re.compile(r"[。！？]")
_RULES_CONFIDENCE = 0.59  # the share of the rules' facts that were right on the development split


def extract_facts(
    document: Document,
    sections: Sequence[Section],
    regions: Sequence[Span],
    tagger: Tagger,
    coder: CatalogueCoder,
) -> tuple[list[Fact], list[LabelledSpan]]:
    """The facts of the running text in reading order, and all tagged spans, in the document's offsets.

    Headings and the forms' regions are left out.
    """
    facts: list[Fact] = []
    tagged: list[LabelledSpan] = []
    for paragraph in running_text(document, regions):
        if paragraph.paragraph.heading or not _worth_tagging(paragraph.text):
            continue
        spans = tagger.tag(paragraph.text)
        linked = link(paragraph.text, spans)
        section = _section_of(sections, paragraph)
        if not linked or (section is not None and _is_heading(section, paragraph)):
            continue
        kind = section.kind if section else "front"
        facts.extend(_coded(paragraph, linked, kind, coder, document, len(facts)))
        used = {id(span) for fact in linked for span in _linked_spans(fact)}
        for span in spans:
            if id(span) in used:
                placed = paragraph.span(span.start, span.end)
                tagged.append(LabelledSpan(placed.start, placed.end, span.label))
    return facts, tagged


def _worth_tagging(text: str) -> bool:
    return re.search(r"[\d０-９〇零一二三四五六七八九十百两半成]|无|没|未|不存在", text) is not None


def _linked_spans(fact: LinkedValue) -> list[LabelledSpan]:
    spans = (fact.value, fact.item, fact.action, fact.scope, fact.period, fact.channel)
    return [span for span in spans if span is not None]


def _section_of(sections: Sequence[Section], paragraph: RunningParagraph) -> Section | None:
    start = paragraph.paragraph.start
    return next((section for section in sections if section.start <= start < section.end), None)


def _is_heading(section: Section, paragraph: RunningParagraph) -> bool:
    """Whether the paragraph is the section's heading and nothing more."""
    return bool(section.title) and paragraph.paragraph.start == section.start and len(paragraph.text) <= (
        len(section.title) + 1
    )


def _coded(
    paragraph: RunningParagraph,
    linked: Sequence[LinkedValue],
    section: str,
    coder: CatalogueCoder,
    document: Document,
    offset: int,
) -> list[Fact]:
    codes = _codes(paragraph.text, linked, coder)
    facts = []
    for fact, code in zip(linked, codes, strict=True):
        span = paragraph.span(fact.value.start, fact.value.end)
        texts = {
            role: _quote(paragraph.text, getattr(fact, role))
            for role in ("item", "action", "scope", "period", "channel")
        }
        facts.append(
            Fact(
                code=code, kind=fact.value.label.lower(), value=fact.number, unit=fact.unit,
                text=document.text[span.start : span.end], start=span.start, end=span.end,
                approximate=fact.approximate, section=section, page=paragraph.page,
                parent=None if fact.parent is None else offset + fact.parent,
                sentence=_sentence(paragraph.text, fact.value), confidence=_RULES_CONFIDENCE, **texts,
            )
        )  # fmt: skip
    return facts


def _codes(text: str, linked: Sequence[LinkedValue], coder: CatalogueCoder) -> list[str | None]:
    """Codes in an order in which a parent's is known before its parts'."""
    codes: list[str | None] = [None] * len(linked)
    for index in sorted(range(len(linked)), key=lambda index: _depth(linked, index)):
        fact = linked[index]
        query = Query(
            fact.value.label, fact.unit, _quote(text, fact.item) or "", _quote(text, fact.action) or "",
            _quote(text, fact.channel) or "", codes[fact.parent] if fact.parent is not None else None,
        )  # fmt: skip
        codes[index] = coder.choose(query)[0]
    return codes


def _depth(linked: Sequence[LinkedValue], index: int) -> int:
    depth, parent = 0, linked[index].parent
    while parent is not None and depth < len(linked):
        depth, parent = depth + 1, linked[parent].parent
    return depth


def _quote(text: str, span: LabelledSpan | None) -> str | None:
    return None if span is None else text[span.start : span.end]


def _sentence(text: str, value: LabelledSpan) -> str:
    start = max((match.end() for match in _SENTENCE_END.finditer(text, 0, value.start)), default=0)
    stop = _SENTENCE_END.search(text, value.end)
    return text[start : stop.end() if stop else len(text)].strip()
