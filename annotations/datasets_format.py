"""Annotated documents as rows of a `datasets.Dataset` and back, without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from annotations.corpus_format import AnnotatedDocument, Block, Fact, TextSpan

if TYPE_CHECKING:
    from datasets import Dataset

_FACT_FIELDS = (
    "value_span", "unit", "code", "item", "action", "scope", "period", "channel", "parent", "approximate",
)  # fmt: skip


def to_row(document: AnnotatedDocument) -> dict[str, Any]:
    """A document as plain values: metadata as key-value pairs, numbers as decimal strings."""
    return {
        "id": document.id,
        "text": document.text,
        "meta": [{"key": key, "value": value} for key, value in document.meta.items()],
        "blocks": [{"kind": block.kind, "start": block.start, "end": block.end} for block in document.blocks],
        "spans": [{"start": span.start, "end": span.end, "label": span.label} for span in document.spans],
        "facts": [
            {"value": str(fact.value), **{name: getattr(fact, name) for name in _FACT_FIELDS}}
            for fact in document.facts
        ],
    }


def from_row(row: Mapping[str, Any]) -> AnnotatedDocument:
    """The document of a row."""
    return AnnotatedDocument(
        {pair["key"]: pair["value"] for pair in row["meta"]},
        row["text"],
        [Block(**block) for block in row["blocks"]],
        [TextSpan(**span) for span in row["spans"]],
        [Fact(value=Decimal(fact["value"]), **{name: fact[name] for name in _FACT_FIELDS}) for fact in row["facts"]],
    )


def to_dataset(documents: Iterable[AnnotatedDocument]) -> Dataset:
    """A dataset with a row a document (needs the `train` extra)."""
    from datasets import Dataset, Features, List, Value

    number, text = Value("int64"), Value("string")
    facts = {"value": text} | {
        name: text if name in ("unit", "code", "approximate") else number for name in _FACT_FIELDS
    }
    features = Features(
        {
            "id": text,
            "text": text,
            "meta": List({"key": text, "value": text}),
            "blocks": List({"kind": text, "start": number, "end": number}),
            "spans": List({"start": number, "end": number, "label": text}),
            "facts": List(facts),
        }
    )
    return Dataset.from_list([to_row(document) for document in documents], features=features)


def from_dataset(dataset: Dataset) -> list[AnnotatedDocument]:
    """The documents of a dataset."""
    return [from_row(row) for row in dataset]
