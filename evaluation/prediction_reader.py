"""Predictions in the output contract (a JSON object a line) as `ScoredReport`s."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

from annotations.gold_format import text_sha256
from evaluation.model import Mention, ScoredCell, ScoredFact, ScoredReport, SectionRange
from extraction.report import SCHEMA_VERSION
from models.labels import LabelledSpan

# A linked noun stands in its value's paragraph; the wording's occurrences further off are others'.
_REACH = 600


class PredictionError(ValueError):
    """Predictions that are not in the output contract; the message names the line."""


@dataclass(slots=True)
class Predictions:
    """A run's output. `failures` are the inputs that could not be read, with the reason, by file stem."""

    reports: list[ScoredReport] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, data: Mapping[str, Any]) -> None:
        """Takes in one object of the contract.

        Raises:
            PredictionError: Where it is not in the contract.
        """
        try:
            if data["schema_version"] != SCHEMA_VERSION:
                raise PredictionError(f"schema_version {data['schema_version']!r} is not {SCHEMA_VERSION}")
            if "error" in data:
                self.failures[PurePath(data["source"]["path"]).stem] = str(data["error"]["message"])
            else:
                self.reports.append(parse_prediction(data))
        except KeyError as error:
            raise PredictionError(f"the key {error} is missing") from error
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise PredictionError(f"out of the contract: {error}") from error


def read_predictions(path: Path) -> Predictions:
    """Reads a JSONL file.

    Raises:
        PredictionError: At the first line that is not in the contract.
        OSError: Where the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            return parse_predictions(lines, path.name)
    except UnicodeDecodeError as error:
        raise PredictionError(f"{path.name}: not UTF-8: {error}") from error


def parse_predictions(lines: Iterable[str], name: str = "<predictions>") -> Predictions:
    """Reads the contract's lines; blank ones are passed over.

    Raises:
        PredictionError: At the first line that is not in the contract.
    """
    predictions = Predictions()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            # Decimals, so that 66.67 is 66.67 and not its nearest binary fraction.
            data = json.loads(line, parse_float=Decimal)
            if not isinstance(data, dict):
                raise PredictionError("a JSON object was expected")
            predictions.add(data)
        except (json.JSONDecodeError, PredictionError) as error:
            raise PredictionError(f"{name}:{number}: {error}") from error
    return predictions


def parse_prediction(data: Mapping[str, Any]) -> ScoredReport:
    """One report of the contract; its id is the file's stem.

    `spans`, an additive key (a list of `{"start", "end", "label"}`), lets spans be scored; without it they
    are not.
    """
    text = str(data["text"])
    sections = tuple(SectionRange(s["kind"], s["start"], s["end"]) for s in data.get("sections", ()))
    report = ScoredReport(
        id=PurePath(data["source"]["path"]).stem,
        sha256_text=text_sha256(text),
        format=data["source"].get("format"),
        text=text,
        sections=sections,
    )
    spans = data.get("spans")
    return replace(
        report,
        spans=None if spans is None else tuple(LabelledSpan(s["start"], s["end"], s["label"]) for s in spans),
        facts=tuple(_fact(fact, report, len(data["facts"])) for fact in data["facts"]),
        cells=tuple(_cell(form, cell) for form in data["forms"] for cell in form["cells"]),
    )


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _fact(fact: Mapping[str, Any], report: ScoredReport, count: int) -> ScoredFact:
    start, end, parent, item = int(fact["start"]), int(fact["end"]), fact.get("parent"), fact.get("item")
    if parent is not None and not 0 <= parent < count:
        raise ValueError(f"the parent {parent} is none of {count} facts")
    return ScoredFact(
        start=start,
        end=end,
        value=_number(fact["value"]),
        unit=fact.get("unit"),
        code=fact.get("code"),
        item=Mention(item, occurrences(item, report.text or "", start, end)) if item else None,
        action=fact.get("action"),
        scope=fact.get("scope"),
        period=fact.get("period"),
        channel=fact.get("channel"),
        parent=parent,
        section=fact.get("section") or report.section_at(start),
        confidence=_confidence(fact),
    )


def _cell(form: Mapping[str, Any], cell: Mapping[str, Any]) -> ScoredCell:
    return ScoredCell(
        form=form["form"],
        edition=form["edition"],
        year=form.get("year"),
        row=cell["row"],
        column=cell["column"],
        value=_number(cell["value"]),
        start=cell.get("start") or 0,
        end=cell.get("end") or 0,
        confidence=_confidence(cell),
    )


def _confidence(entry: Mapping[str, Any]) -> float | None:
    confidence = entry.get("confidence")
    return None if confidence is None else float(confidence)


def occurrences(wording: str, text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Where a wording stands near a value, whatever white space the text has inside it."""
    characters: Sequence[str] = "".join(wording.split())
    if not characters:
        return ()
    pattern = re.compile(r"\s*".join(map(re.escape, characters)))
    first = max(0, start - _REACH)
    return tuple(match.span() for match in pattern.finditer(text, first, min(len(text), end + _REACH)))
