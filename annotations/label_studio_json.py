"""Annotated documents as Label Studio tasks and back, without loss.

A fact is a region over its value with its code as a choice and its value, unit and approximation as texts
of that region; every other span is a region of its own; links are relations from the fact's region to the
span's, `parent` to the other fact's. Several facts on one value are several regions at the same place. Offsets
in a browser are UTF-16 code units; they are converted here and nowhere else.

Source: Label Studio, "Label Studio JSON format of annotated tasks" (labelstud.io/guide/task_format).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any

from annotations.corpus_format import ROLES, AnnotatedDocument, Block, Fact, TextSpan
from models.labels import VALUE_LABELS

FROM_LABELS, FROM_CODE, FROM_NUMBER, TO_NAME = "label", "code", "number", "text"
PARENT = "parent"


class LabelStudioError(ValueError):
    """A task that is not one of ours, or whose offsets do not quote their text; the message says where."""


class Utf16Offsets:
    """Character offsets of a text into UTF-16 code units and back."""

    def __init__(self, text: str) -> None:
        self._units = [0, *accumulate(2 if character > "\uffff" else 1 for character in text)]

    def to_units(self, offset: int) -> int:
        return self._units[offset]

    def to_characters(self, units: int) -> int:
        """
        Raises:
            LabelStudioError: Where the offset is inside a character or outside the text.
        """
        offset = bisect_left(self._units, units)
        if offset >= len(self._units) or self._units[offset] != units:
            raise LabelStudioError(f"the UTF-16 offset {units} is no character's boundary")
        return offset


def to_task(document: AnnotatedDocument) -> dict[str, Any]:
    """A task with one annotation; `data` holds the text, the metadata and the blocks."""
    offsets = Utf16Offsets(document.text)
    result: list[dict[str, Any]] = []
    region_of_span = {
        index: f"s{index}" for index, span in enumerate(document.spans) if span.label not in VALUE_LABELS
    }
    for index, name in region_of_span.items():
        result.append(_region(document, offsets, document.spans[index], name))
    for number, fact in enumerate(document.facts):
        result.extend(_fact_regions(document, offsets, fact, f"f{number}"))
    for number, fact in enumerate(document.facts):
        links = {role: getattr(fact, role) for role in ROLES.values()}
        targets = {role: region_of_span[span] for role, span in links.items() if span is not None}
        if fact.parent is not None:
            targets[PARENT] = f"f{fact.parent}"
        result.extend(
            {"type": "relation", "from_id": f"f{number}", "to_id": target, "direction": "right", "labels": [role]}
            for role, target in targets.items()
        )
    data = {
        "text": document.text,
        "meta": document.meta,
        "blocks": [[block.kind, block.start, block.end] for block in document.blocks],
    }
    return {"data": data, "annotations": [{"result": result}]}


def _region(document: AnnotatedDocument, offsets: Utf16Offsets, span: TextSpan, name: str) -> dict[str, Any]:
    value = {
        "start": offsets.to_units(span.start),
        "end": offsets.to_units(span.end),
        "text": document.text[span.start : span.end],
        "labels": [span.label],
    }
    return {"id": name, "from_name": FROM_LABELS, "to_name": TO_NAME, "type": "labels", "value": value}


def _fact_regions(
    document: AnnotatedDocument, offsets: Utf16Offsets, fact: Fact, name: str
) -> list[dict[str, Any]]:
    region = _region(document, offsets, document.spans[fact.value_span], name)
    place = {key: region["value"][key] for key in ("start", "end", "text")}
    number = json.dumps({"value": str(fact.value), "unit": fact.unit, "approximate": fact.approximate},
                        ensure_ascii=False)  # fmt: skip
    parts = [region]
    if fact.code:
        parts.append(
            {"id": name, "from_name": FROM_CODE, "to_name": TO_NAME, "type": "choices",
             "value": {**place, "choices": [fact.code]}}
        )  # fmt: skip
    parts.append(
        {"id": name, "from_name": FROM_NUMBER, "to_name": TO_NAME, "type": "textarea",
         "value": {**place, "text": [number]}}
    )  # fmt: skip
    return parts


def from_task(task: dict[str, Any], *, annotation: int = 0) -> AnnotatedDocument:
    """The document of a task's annotation.

    Raises:
        LabelStudioError: Where the task lacks what `to_task` writes, an offset is no character's boundary, or a
            region does not quote its text.
    """
    try:
        data, result = task["data"], task["annotations"][annotation]["result"]
        text = data["text"]
        document = AnnotatedDocument(
            dict(data["meta"]), text, [Block(kind, start, end) for kind, start, end in data["blocks"]]
        )
        regions = {part["id"]: part for part in result if part["type"] == "labels"}
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise LabelStudioError(f"no task of ours: {type(error).__name__}: {error}") from error
    offsets = Utf16Offsets(text)
    places = {name: _place(text, offsets, part) for name, part in regions.items()}
    document.spans = sorted(set(places.values()), key=lambda span: (span.start, span.end, span.label))
    index_of = {span: index for index, span in enumerate(document.spans)}
    names = [name for name in regions if places[name].label in VALUE_LABELS]
    document.facts = [_fact(name, result, places, index_of, names) for name in names]
    return document


def _place(text: str, offsets: Utf16Offsets, part: dict[str, Any]) -> TextSpan:
    value = part["value"]
    start, end = offsets.to_characters(value["start"]), offsets.to_characters(value["end"])
    if text[start:end] != value["text"]:
        raise LabelStudioError(f"the region {part['id']} quotes {value['text']!r}, the text has {text[start:end]!r}")
    return TextSpan(start, end, value["labels"][0])


def _fact(
    name: str,
    result: list[dict[str, Any]],
    places: dict[str, TextSpan],
    index_of: dict[TextSpan, int],
    names: list[str],
) -> Fact:
    own = [part for part in result if part.get("id") == name]
    code = next((part["value"]["choices"][0] for part in own if part["type"] == "choices"), None)
    written = next((part["value"]["text"][0] for part in own if part["type"] == "textarea"), None)
    if written is None:
        raise LabelStudioError(f"the region {name} has no value")
    try:
        number = json.loads(written)
        value = Decimal(number["value"])
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise LabelStudioError(f"the region {name} has no readable value: {written!r}") from error
    links: dict[str, int] = {}
    for part in result:
        if part["type"] == "relation" and part["from_id"] == name:
            role, target = part["labels"][0], part["to_id"]
            links[role] = names.index(target) if role == PARENT else index_of[places[target]]
    return Fact(
        index_of[places[name]], value, number["unit"], code, approximate=number["approximate"], **links
    )
