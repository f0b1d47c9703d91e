"""Annotated documents as Label Studio tasks.

A fact is a region over its value with its code as a taxonomy's leaf and its value, unit and approximation as
texts of that region; every other span is a region of its own; links are relations from the fact's region to the
span's, `parent` to the other fact's. Several facts on one value are several regions at the same place.

Offsets are characters, as in Python: Label Studio's text tag counts code points, not UTF-16 units (1.23,
`charsToCodePoints` in its `selection-tools.js`; `tests/annotations/label_studio/test_browser.py` sees it do so).

Source: Label Studio, "Label Studio JSON format of annotated tasks" (labelstud.io/guide/task_format).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotations.corpus_format import ROLES, AnnotatedDocument, Fact, TextSpan
from annotations.label_studio import names
from models.labels import VALUE_LABELS

Part = dict[str, Any]
"""One entry of a `result`: a region's label, something said of a region, or a relation."""


def to_task(document: AnnotatedDocument) -> dict[str, Any]:
    """A task with one annotation; `data` holds the text, the metadata and the blocks."""
    data = {
        names.TEXT: document.text,
        "meta": document.meta,
        "blocks": [[block.kind, block.start, block.end] for block in document.blocks],
    }
    return {"data": data, "annotations": [{"result": to_result(document)}]}


def to_result(document: AnnotatedDocument, confidences: Sequence[float] | None = None) -> list[Part]:
    """A document's spans and facts as an annotation's or a prediction's `result`.

    Args:
        document: Its facts and spans are written in their order.
        confidences: Of the facts; they become their regions' scores.
    """
    region_of_span = {
        index: f"s{index}" for index, span in enumerate(document.spans) if span.label not in VALUE_LABELS
    }
    result = [_region(document, document.spans[index], name) for index, name in region_of_span.items()]
    for number, fact in enumerate(document.facts):
        score = confidences[number] if confidences is not None else None
        result.extend(_fact_parts(document, fact, f"f{number}", score))
    for number, fact in enumerate(document.facts):
        links = {role: getattr(fact, role) for role in ROLES.values()}
        targets = {role: region_of_span[span] for role, span in links.items() if span is not None}
        if fact.parent is not None:
            targets[names.PARENT] = f"f{fact.parent}"
        result.extend(_relation(f"f{number}", target, role) for role, target in targets.items())
    return result


def _region(document: AnnotatedDocument, span: TextSpan, name: str) -> Part:
    value = {
        "start": span.start,
        "end": span.end,
        "text": document.text[span.start : span.end],
        "labels": [span.label],
    }
    return {"id": name, "from_name": names.LABEL, "to_name": names.TEXT, "type": "labels", "value": value}


def _fact_parts(document: AnnotatedDocument, fact: Fact, name: str, score: float | None) -> list[Part]:
    region = _region(document, document.spans[fact.value_span], name)
    place = {key: region["value"][key] for key in ("start", "end")}
    if score is not None:
        region["score"] = round(score, 4)

    def said(control: str, kind: str, value: dict[str, Any]) -> Part:
        return {
            "id": name,
            "from_name": control,
            "to_name": names.TEXT,
            "type": kind,
            "value": {**place, **value},
        }

    parts = [region]
    if fact.code:
        parts.append(said(names.CODE, "taxonomy", {"taxonomy": [[names.family_of(fact.code), fact.code]]}))
    texts = {
        names.VALUE: format(fact.value, "f"),
        names.UNIT: fact.unit,
        names.APPROXIMATE: fact.approximate,
    }
    parts.extend(said(control, "textarea", {"text": [text]}) for control, text in texts.items() if text)
    return parts


def _relation(source: str, target: str, role: str) -> Part:
    labels = [names.RELATION_OF[role]]
    return {"type": "relation", "from_id": source, "to_id": target, "direction": "right", "labels": labels}
