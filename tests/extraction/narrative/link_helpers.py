"""Paragraphs with their spans written in them."""

from __future__ import annotations

from extraction.narrative.model import LinkedValue
from models.labels import LABELS, LabelledSpan


def mark(text: str) -> tuple[str, list[LabelledSpan]]:
    """A paragraph with spans written as 【LABEL:text】."""
    plain, spans = "", list[LabelledSpan]()
    for part in text.replace("】", "【").split("【"):
        label, colon, covered = part.partition(":")
        if colon and label in LABELS:
            spans.append(LabelledSpan(len(plain), len(plain) + len(covered), label))
            plain += covered
        else:
            plain += part
    return plain, spans


def quotes(text: str, linked: list[LinkedValue], role: str) -> list[str | None]:
    """The texts of the facts' links in a role, in order."""
    spans: list[LabelledSpan | None] = [getattr(fact, role) for fact in linked]
    return [None if span is None else text[span.start : span.end] for span in spans]
