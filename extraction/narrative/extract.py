"""From a document's running text to its facts: tag, link, code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.document import Document, Span
from extraction.narrative.model import Fact, LinkedValue
from extraction.narrative.reading import ParagraphReader, Reading, quote
from extraction.page_furniture import is_site_line, tail_start
from extraction.running_text import RunningParagraph, running_text
from extraction.sections import Section
from models.labels import LabelledSpan

_SENTENCE_END = re.compile(r"[。！？]")
# Words of the forms' heads, which a flattened text leaves outside their rows, also a character a line.
_FORM_HEAD = re.compile(
    r"(?:结果|维持|纠正|其他|尚未审结|总计|未经复议直接起诉|复议后起诉|行政复议|行政诉讼|申请人情况|自然人|法人或其他组织|商业企业|科研机构"
    r"|社会公益组织|法律服务机构|本年|上年|[\s、，]|尚|未|审|结|果|维|持|纠|正|其|他|总|计)+\Z"
)
_FIGURE_OR_CUE = re.compile(r"[\d０-９〇零一二三四五六七八九十百两半成]|无|没|未|不存在")
_NOTHING_MORE = re.compile(r"\W*(?:暂?无|没有|零|未发生)\W*")  # under a heading, the words of which no span may reach
_NOUGHT = re.compile(r"没有|不存在|未(?![成来])|无(?![障锡])")


def extract_facts(
    document: Document,
    sections: Sequence[Section],
    regions: Sequence[Span],
    reader: ParagraphReader,
) -> tuple[list[Fact], list[LabelledSpan]]:
    """The facts of the running text in reading order, and all tagged spans, in the document's offsets.

    Headings and the forms' regions are left out.
    """
    facts: list[Fact] = []
    tagged: list[LabelledSpan] = []
    paragraphs = [p for p in _article(document, sections, regions) if _worth_reading(p, sections)]
    placed = [(paragraph, _section_of(sections, paragraph)) for paragraph in paragraphs]
    for (paragraph, section), reading in zip(placed, _read(placed, reader), strict=True):
        kind = section.kind if section else "front"
        facts.extend(_placed(paragraph, reading, kind, document, len(facts)))
        used = {id(span) for fact in reading.linked for span in _linked_spans(fact)}
        for span in reading.spans:
            if id(span) in used:
                there = paragraph.span(span.start, span.end)
                tagged.append(LabelledSpan(there.start, there.end, span.label))
    return facts, tagged


def _article(
    document: Document, sections: Sequence[Section], regions: Sequence[Span]
) -> list[RunningParagraph]:
    """The running text, without what a page that lost its markup goes on with behind the last section."""
    paragraphs = list(running_text(document, regions))
    last = max((section.start for section in sections if section.title), default=None)
    if last is None:
        return paragraphs
    heading = max((n for n, p in enumerate(paragraphs) if p.paragraph.start <= last), default=0)
    return paragraphs[: tail_start([p.text for p in paragraphs], heading)]


def _read(
    placed: Sequence[tuple[RunningParagraph, Section | None]], reader: ParagraphReader
) -> list[Reading]:
    """The paragraphs' readings. An empty one keeps sections apart: plans that end one say nothing of the next."""
    texts: list[str] = []
    for number, (paragraph, section) in enumerate(placed):
        if number and section != placed[number - 1][1]:
            texts.append("")
        texts.append(paragraph.text)
    return [reading for text, reading in zip(texts, reader.read(texts), strict=True) if text]


def _worth_reading(paragraph: RunningParagraph, sections: Sequence[Section]) -> bool:
    section = _section_of(sections, paragraph)
    is_heading = paragraph.paragraph.heading or (section is not None and _is_heading(section, paragraph))
    if is_heading or _NOTHING_MORE.fullmatch(paragraph.text):
        return False
    if _FORM_HEAD.match(paragraph.text) or is_site_line(paragraph.text):
        return False
    return _FIGURE_OR_CUE.search(paragraph.text) is not None


def _linked_spans(fact: LinkedValue) -> list[LabelledSpan]:
    spans = (fact.value, fact.item, fact.action, fact.scope, fact.period, fact.channel)
    return [span for span in spans if span is not None]


def _section_of(sections: Sequence[Section], paragraph: RunningParagraph) -> Section | None:
    start = paragraph.paragraph.start
    return next((section for section in sections if section.start <= start < section.end), None)


def _is_heading(section: Section, paragraph: RunningParagraph) -> bool:
    """Whether the paragraph is the section's heading and nothing more: no sentence (五、全年未收到申请)."""
    is_first = bool(section.title) and paragraph.paragraph.start == section.start
    is_title = len(paragraph.text) <= len(section.title) + 1 and not paragraph.text.endswith("。")
    return is_first and is_title and _NOUGHT.search(paragraph.text) is None


def _placed(
    paragraph: RunningParagraph, reading: Reading, section: str, document: Document, offset: int
) -> list[Fact]:
    facts = []
    for fact, code, confidence in zip(reading.linked, reading.codes, reading.confidences, strict=True):
        span = paragraph.span(fact.value.start, fact.value.end)
        texts = {
            role: quote(paragraph.text, getattr(fact, role))
            for role in ("item", "action", "scope", "period", "channel")
        }
        facts.append(
            Fact(
                code=code, kind=fact.value.label.lower(), value=fact.number, unit=fact.unit,
                text=document.text[span.start : span.end], start=span.start, end=span.end,
                approximate=fact.approximate, section=section, page=paragraph.page,
                parent=None if fact.parent is None else offset + fact.parent,
                sentence=_sentence(paragraph.text, fact.value), confidence=confidence, **texts,
            )
        )  # fmt: skip
    return facts


def _sentence(text: str, value: LabelledSpan) -> str:
    start = max((match.end() for match in _SENTENCE_END.finditer(text, 0, value.start)), default=0)
    stop = _SENTENCE_END.search(text, value.end)
    return text[start : stop.end() if stop else len(text)].strip()
