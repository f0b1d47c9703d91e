"""A report of the output contract as an annotated document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from annotations.corpus_format import ROLES, AnnotatedDocument, Block, Fact, TextSpan
from annotations.gold_format import text_sha256
from annotations.label_studio.blocks import joined_for, line_blocks, told_apart
from annotations.label_studio.errors import LabelStudioError

Report = Mapping[str, Any]
"""One object of the output contract (`nianbao extract --format jsonl`, `Report.to_dict()`)."""

_UNKNOWN = "-"
_GOVERNING = frozenset({"SCOPE", "PERIOD"})


@dataclass(frozen=True, slots=True)
class PredictedReport:
    """A report's narrative as a document, with what the extraction says of it.

    Attributes:
        confidences: Of the document's facts.
        unlinked: How many linked texts have no span in the report that quotes them.
    """

    document: AnnotatedDocument
    confidences: tuple[float, ...]
    unlinked: int


def document_id(report: Report) -> str:
    """The file's name with the beginning of the text's checksum: readable, and one for each text."""
    stem = PurePath(str(report["source"]["path"])).stem
    return f"{'-'.join(stem.split()) or 'report'}-{text_sha256(report['text'])[:8]}"


def corpus_meta(report: Report) -> dict[str, str]:
    """The head that a corpus document of the report has; what the report does not say is `-`."""
    said = report["report"]
    return {
        "id": document_id(report),
        "body": " ".join(str(said.get("agency") or "").split()) or _UNKNOWN,
        "level": _UNKNOWN,
        "sector": _UNKNOWN,
        "year": str(said.get("year") or _UNKNOWN),
        "sha256": text_sha256(report["text"]),
    }


def predicted_report(report: Report, blocks: Sequence[Block] | None = None) -> PredictedReport:
    """A report's facts and spans as a document.

    The contract gives a fact's links as texts; each is the nearest span of its label that has this text.

    Args:
        report: One object of the contract.
        blocks: The text's paragraphs, where they are known; else its lines are taken, joined where a fact needs
            it.

    Raises:
        LabelStudioError: Where the report is not in the contract.
    """
    try:
        return _predicted(report, blocks)
    except (KeyError, TypeError, AttributeError, IndexError, ArithmeticError) as error:
        raise LabelStudioError(f"no report of the contract: {type(error).__name__}: {error}") from error


def _predicted(report: Report, blocks: Sequence[Block] | None) -> PredictedReport:
    text = report["text"]
    spans = _spans(report, text)
    index_of = {span: index for index, span in enumerate(spans)}
    facts, unlinked = [], 0
    for fact in report["facts"]:
        place = TextSpan(fact["start"], fact["end"], fact["kind"].upper())
        links: dict[str, int] = {}
        for label, role in ROLES.items():
            wanted = fact.get(role)
            found = None if wanted is None else _nearest(text, spans, place, label, wanted)
            unlinked += wanted is not None and found is None
            if found is not None:
                links[role] = found
        facts.append(
            Fact(
                index_of[place], Decimal(str(fact["value"])), fact.get("unit"), fact.get("code"),
                approximate=fact.get("approximate"), parent=fact.get("parent"), **links,
            )
        )  # fmt: skip
    document = AnnotatedDocument(corpus_meta(report), text, _blocks(report, blocks), spans, facts)
    document.blocks = joined_for(document)
    return PredictedReport(document, tuple(float(fact["confidence"]) for fact in report["facts"]), unlinked)


def _blocks(report: Report, blocks: Sequence[Block] | None) -> list[Block]:
    headings = {section["title"].strip() for section in report["sections"] if section.get("title")}
    cells = [
        cell["start"]
        for form in report["forms"]
        for cell in (*form["cells"], *(cell for row in form.get("extra") or () for cell in row["cells"]))
        if cell.get("start") is not None
    ]
    return told_apart(
        line_blocks(report["text"]) if blocks is None else blocks, report["text"], headings, cells
    )


def _spans(report: Report, text: str) -> list[TextSpan]:
    """The report's spans in reading order; those of its values are in the facts even where it gives no others."""
    places = {TextSpan(span["start"], span["end"], span["label"]) for span in report.get("spans") or ()}
    places |= {TextSpan(fact["start"], fact["end"], fact["kind"].upper()) for fact in report["facts"]}
    for place in places:
        if not 0 <= place.start < place.end <= len(text):
            raise LabelStudioError(f"the span {place.start}:{place.end} is not inside the text 0:{len(text)}")
    for fact in report["facts"]:
        if text[fact["start"] : fact["end"]] != fact["text"]:
            raise LabelStudioError(
                f"the fact at {fact['start']} quotes {fact['text']!r}, which the text has not"
            )
    return sorted(places, key=lambda place: (place.start, place.end, place.label))


def _nearest(text: str, spans: Sequence[TextSpan], value: TextSpan, label: str, wanted: str) -> int | None:
    """The index of the span of this label and text that stands nearest; a scope or period rather before its value."""
    plain = "".join(wanted.split())
    best: tuple[bool, int] | None = None
    found: int | None = None
    for index, span in enumerate(spans):
        if span.label != label or "".join(text[span.start : span.end].split()) != plain:
            continue
        is_behind = span.start > value.start
        gap = span.start - value.end if is_behind else value.start - span.end
        rank = (is_behind and label in _GOVERNING, gap)
        if best is None or rank < best:
            best, found = rank, index
    return found
