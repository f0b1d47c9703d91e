"""Gold annotations, from the corpus's documents or from standoff, as `ScoredReport`s."""

from __future__ import annotations

from dataclasses import replace

from annotations.corpus_format import AnnotatedDocument, Fact, TextSpan
from annotations.gold_format import GoldReport, gold_from_document
from evaluation.model import Mention, ScoredCell, ScoredFact, ScoredReport, SectionRange
from extraction.sections import section_kind
from models.labels import LabelledSpan


def report_from_document(document: AnnotatedDocument) -> ScoredReport:
    """A corpus document's narrative; its form rows are not annotated, so there are no cells."""
    report = report_from_gold(gold_from_document(document), document.text, format_="text")
    sections = _heading_sections(document)
    return _with_sections(replace(report, sections=sections))


def report_from_gold(gold: GoldReport, text: str | None, *, format_: str | None = None) -> ScoredReport:
    """A real report's standoff.

    Args:
        gold: The annotation.
        text: The canonical text that it is of, or `None` where that is not at hand; linked texts are empty
            then.
        format_: The report's file format, where it is known.
    """
    facts = None if gold.facts is None else tuple(_fact(fact, gold.spans, text) for fact in gold.facts)
    report = ScoredReport(
        id=gold.id,
        sha256_text=gold.sha256_text,
        format=format_,
        text=text,
        sections=tuple(SectionRange(s.kind, s.start, s.end) for s in gold.sections),
        spans=None if facts is None else tuple(LabelledSpan(s.start, s.end, s.label) for s in gold.spans),
        facts=facts,
        cells=None
        if gold.cells is None
        else tuple(
            ScoredCell(c.form, c.edition, c.year, c.row, c.column, c.value, c.start, c.end) for c in gold.cells
        ),
    )
    return _with_sections(report)


def _fact(fact: Fact, spans: tuple[TextSpan, ...], text: str | None) -> ScoredFact:
    def quote(index: int | None) -> str | None:
        return None if index is None else (text or "")[spans[index].start : spans[index].end]

    item = None
    if fact.item is not None:
        item = Mention(quote(fact.item) or "", ((spans[fact.item].start, spans[fact.item].end),))
    return ScoredFact(
        start=spans[fact.value_span].start,
        end=spans[fact.value_span].end,
        value=fact.value,
        unit=fact.unit,
        code=fact.code,
        item=item,
        action=quote(fact.action),
        scope=quote(fact.scope),
        period=quote(fact.period),
        channel=quote(fact.channel),
        parent=fact.parent,
    )


def _with_sections(report: ScoredReport) -> ScoredReport:
    if report.facts is None:
        return report
    return replace(
        report, facts=tuple(replace(fact, section=report.section_at(fact.start)) for fact in report.facts)
    )


def _heading_sections(document: AnnotatedDocument) -> tuple[SectionRange, ...]:
    """The sections by the document's own headings; a heading of no section's matter goes on with the last."""
    starts: list[tuple[int, str]] = [(0, "front")]
    for block in document.blocks:
        kind = section_kind(document.text[block.start : block.end]) if block.kind == "heading" else None
        if kind and kind != starts[-1][1]:
            starts.append((block.start, kind))
    ends = [start for start, _ in starts[1:]] + [len(document.text)]
    return tuple(
        SectionRange(kind, start, end) for (start, kind), end in zip(starts, ends, strict=True) if start < end
    )
