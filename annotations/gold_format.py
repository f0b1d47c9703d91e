"""Standoff gold for reports whose sentences stay out of the repository: offsets, labels, values and codes.

One JSON file a report, `annotations/gold/<id>.json`, one cell, span or fact a line:

    {"schema_version": 1,
     "report": "huaian-city-2024",
     "sha256_text": "<of the canonical text, UTF-8>",
     "sections": [["overview", 31, 1204], …],
     "cells": [["requests", "2021", null, "new_received", "natural_person", "7", 2031, 2032], …],
     "spans": [[612, 617, "COUNT"], …],
     "facts": [{"value_span": 4, "value": "521", "unit": "项", "code": "svc.items", "item": 3, "action": 2,
                "scope": null, "period": 0, "channel": 1, "parent": null, "approximate": null}, …]}

A cell is form, edition, year (`null` where the form is printed once), row, column, value (a decimal as a
string, `null` for an empty cell), start and end. Span fields of a fact are indices into `spans`, `parent` is
one into `facts`; keys whose value is `null` may be left out. `"cells": null` says that the forms have not been
annotated, `"facts": null` that the narrative has not: neither is scored then. `[]` says there are none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any

from annotations.corpus_format import LETTER_OF, ROLES, AnnotatedDocument, Fact, TextSpan
from models.labels import VALUE_LABELS

SCHEMA_VERSION = 1
GOLD_FOLDER = Path(__file__).parent / "gold"
_FACT_KEYS = tuple(field.name for field in fields(Fact))


class GoldError(ValueError):
    """A gold file that is not in the format, or does not fit its text; the message names the file."""


@dataclass(frozen=True, slots=True)
class GoldCell:
    """One cell of a printed form; `value` is `None` where the source leaves it empty."""

    form: str
    edition: str
    year: int | None
    row: str
    column: str
    value: Decimal | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GoldSection:
    """A section's kind (of `extraction.sections.SectionKind`) and range."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class GoldReport:
    """A report's annotation without its text. `None` for `cells` or `facts` means: not annotated.

    `spans` are in reading order and do not overlap.
    """

    id: str
    sha256_text: str
    cells: tuple[GoldCell, ...] | None = None
    spans: tuple[TextSpan, ...] = ()
    facts: tuple[Fact, ...] | None = None
    sections: tuple[GoldSection, ...] = ()


def text_sha256(text: str) -> str:
    """The checksum that ties an annotation to a canonical text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def gold_from_document(
    document: AnnotatedDocument,
    *,
    cells: Iterable[GoldCell] | None = None,
    sections: Iterable[GoldSection] = (),
) -> GoldReport:
    """The standoff of an annotated document; its text must be the report's canonical text."""
    return GoldReport(
        id=document.id,
        sha256_text=text_sha256(document.text),
        cells=None if cells is None else tuple(cells),
        spans=tuple(document.spans),
        facts=tuple(document.facts),
        sections=tuple(sections),
    )


def check_text(gold: GoldReport, text: str) -> None:
    """Makes sure that the offsets are into this text.

    Raises:
        GoldError: Where the text is another one.
    """
    if text_sha256(text) != gold.sha256_text:
        raise GoldError(f"{gold.id}: the canonical text is not the annotated one (sha256 differs)")
    ends = [span.end for span in gold.spans] + [cell.end for cell in gold.cells or ()]
    if max(ends, default=0) > len(text):
        raise GoldError(f"{gold.id}: an offset lies beyond the text's {len(text)} characters")


def read_gold(path: Path) -> GoldReport:
    """Reads one standoff file.

    Raises:
        GoldError: Where the file is no JSON or breaks the format.
        OSError: Where it cannot be read.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise GoldError(f"{path.name}: no JSON: {error}") from error
    try:
        return parse_gold(data)
    except GoldError as error:
        raise GoldError(f"{path.name}: {error}") from error


def load_gold(paths: Iterable[Path] = (GOLD_FOLDER,)) -> list[GoldReport]:
    """All standoff files named, and those (`*.json`) in the folders named, in the order of names.

    Raises:
        GoldError: On a file out of format, or an id used twice.
    """
    reports: dict[str, GoldReport] = {}
    for path in paths:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            gold = read_gold(file)
            if gold.id in reports:
                raise GoldError(f"{file.name}: the report {gold.id} is annotated twice")
            reports[gold.id] = gold
    return list(reports.values())


def parse_gold(data: Any) -> GoldReport:
    """Checks and reads the JSON object of one report.

    Raises:
        GoldError: Where it breaks the format.
    """
    if not isinstance(data, dict):
        raise GoldError(f"a JSON object was expected, not {type(data).__name__}")
    if data.get("schema_version") != SCHEMA_VERSION:
        raise GoldError(f"schema_version {data.get('schema_version')!r} is not {SCHEMA_VERSION}")
    try:
        spans = tuple(TextSpan(int(s), int(e), str(label)) for s, e, label in data.get("spans") or ())
        cells = data.get("cells")
        facts = data.get("facts")
        gold = GoldReport(
            id=str(data["report"]),
            sha256_text=str(data["sha256_text"]),
            cells=None if cells is None else tuple(_parse_cell(cell) for cell in cells),
            spans=spans,
            facts=None if facts is None else tuple(_parse_fact(fact) for fact in facts),
            sections=tuple(GoldSection(str(k), int(s), int(e)) for k, s, e in data.get("sections") or ()),
        )
    except KeyError as error:
        raise GoldError(f"the key {error} is missing") from error
    except (TypeError, ValueError, InvalidOperation) as error:
        raise GoldError(f"out of format: {error}") from error
    _check_spans(gold.spans)
    for index, fact in enumerate(gold.facts or ()):
        _check_fact(gold, index, fact)
    return gold


def _parse_cell(cell: Sequence[Any]) -> GoldCell:
    form, edition, year, row, column, value, start, end = cell
    return GoldCell(
        str(form), str(edition), None if year is None else int(year), str(row), str(column),
        None if value is None else Decimal(str(value)), int(start), int(end),
    )  # fmt: skip


def _parse_fact(fact: dict[str, Any]) -> Fact:
    unknown = fact.keys() - set(_FACT_KEYS)
    if unknown:
        raise GoldError(f"a fact with the unknown key {min(unknown)!r}")
    links = {role: fact.get(role) for role in (*ROLES.values(), "parent")}
    return Fact(
        value_span=int(fact["value_span"]),
        value=Decimal(str(fact["value"])),
        unit=fact.get("unit"),
        code=fact.get("code"),
        approximate=fact.get("approximate"),
        **{name: None if index is None else int(index) for name, index in links.items()},
    )


def _check_spans(spans: Sequence[TextSpan]) -> None:
    for span in spans:
        if span.label not in LETTER_OF:
            raise GoldError(f"the span at {span.start} has the unknown label {span.label!r}")
        if not 0 <= span.start < span.end:
            raise GoldError(f"the span {span.start}:{span.end} is empty or runs backwards")
    for before, after in pairwise(spans):
        if after.start < before.end:
            raise GoldError(f"the span at {after.start} overlaps or precedes the one at {before.start}")


def _check_fact(gold: GoldReport, index: int, fact: Fact) -> None:
    for name, label_ok in (("value_span", VALUE_LABELS), *((r, {label}) for label, r in ROLES.items())):
        span = getattr(fact, name)
        if span is None:
            continue
        if not 0 <= span < len(gold.spans):
            raise GoldError(f"fact {index}: {name} {span} is not one of {len(gold.spans)} spans")
        if gold.spans[span].label not in label_ok:
            raise GoldError(f"fact {index}: {name} {span} is a {gold.spans[span].label}")
    if fact.parent is not None and (fact.parent == index or not 0 <= fact.parent < len(gold.facts or ())):
        raise GoldError(f"fact {index}: parent {fact.parent} is no other fact")


def dump_gold(gold: GoldReport) -> str:
    """The file's text: one cell, span or fact a line, so that a change is a small diff."""
    head = {"schema_version": SCHEMA_VERSION, "report": gold.id, "sha256_text": gold.sha256_text}
    parts = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    cells = None if gold.cells is None else [_dump_cell(cell) for cell in gold.cells]
    facts = None if gold.facts is None else [_dump_fact(fact) for fact in gold.facts]
    spans = [[span.start, span.end, span.label] for span in gold.spans]
    sections = [[section.kind, section.start, section.end] for section in gold.sections]
    for key, rows in (("sections", sections), ("cells", cells), ("spans", spans), ("facts", facts)):
        parts.append(f'"{key}": {_dump_rows(rows)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write_gold(gold: GoldReport, folder: Path = GOLD_FOLDER) -> Path:
    """Writes `<id>.json`; `read_gold` reads back an equal annotation."""
    path = folder / f"{gold.id}.json"
    path.write_text(dump_gold(gold), encoding="utf-8", newline="\n")
    return path


def _dump_rows(rows: Sequence[Any] | None) -> str:
    if rows is None:
        return "null"
    lines = ",\n".join(" " + json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n{lines}\n]" if rows else "[]"


def _dump_cell(cell: GoldCell) -> list[Any]:
    value = None if cell.value is None else str(cell.value)
    return [cell.form, cell.edition, cell.year, cell.row, cell.column, value, cell.start, cell.end]


def _dump_fact(fact: Fact) -> dict[str, Any]:
    row = {key: getattr(fact, key) for key in _FACT_KEYS}
    row["value"] = str(fact.value)
    return row
