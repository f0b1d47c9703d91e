"""A report's extraction and its stable form as JSON (the output contract, schema version 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from extraction.checks.findings import Finding
from extraction.document import Format
from extraction.errors import ReadError
from extraction.forms.model import ExtraRow, Form
from extraction.metadata import Metadata
from extraction.narrative.model import Fact
from extraction.sections import Section
from models.labels import LabelledSpan

SCHEMA_VERSION = 1
JsonNumber = int | float


def json_number(value: Decimal | None) -> JsonNumber | None:
    """Whole numbers as `int`, others as `float`."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report came from; `sha256` is the file's."""

    path: str
    format: Format | None
    sha256: str | None
    pages: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {"path": self.path, "format": self.format, "sha256": self.sha256, "pages": self.pages}


@dataclass(frozen=True, slots=True)
class Report:
    """One report's extraction. Offsets of every part are into `text`."""

    source: Source
    metadata: Metadata
    edition: str | None
    sections: Sequence[Section]
    forms: Sequence[Form]
    findings: Sequence[Finding]
    text: str
    facts: Sequence[Fact] = ()
    spans: Sequence[LabelledSpan] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the output contract."""
        return {
            "schema_version": SCHEMA_VERSION,
            "source": self.source.to_dict(),
            "report": {
                "agency": self.metadata.agency,
                "year": self.metadata.year,
                "title": self.metadata.title,
                "published": self.metadata.published,
                "edition": self.edition,
            },
            "sections": [
                {"kind": section.kind, "title": section.title, "start": section.start, "end": section.end}
                for section in self.sections
            ],
            "forms": [_form_dict(form) for form in self.forms],
            "facts": [fact.to_dict() for fact in self.facts],
            "spans": [{"start": span.start, "end": span.end, "label": span.label} for span in self.spans],
            "findings": [_finding_dict(finding) for finding in self.findings],
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class FailedReport:
    """An input that could not be read."""

    source: Source
    error: ReadError

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the output contract for a failure."""
        return {
            "schema_version": SCHEMA_VERSION,
            "source": self.source.to_dict(),
            "error": {"code": self.error.code.value, "message": self.error.message},
        }


def _form_dict(form: Form) -> dict[str, Any]:
    return {
        "form": form.form,
        "edition": form.edition,
        "year": form.year,
        "extra": [_extra_dict(row) for row in form.extra],
        "cells": [
            {
                "row": cell.row,
                "column": cell.column,
                "value": json_number(cell.value),
                "text": cell.text,
                "unit": cell.unit,
                "confidence": round(cell.confidence, 4),
                "start": cell.start,
                "end": cell.end,
                "page": cell.page,
            }
            for cell in form.cells
        ],
    }


def _extra_dict(row: ExtraRow) -> dict[str, Any]:
    return {
        "label": row.label,
        "cells": [
            {
                "column": cell.column,
                "value": json_number(cell.value),
                "text": cell.text,
                "start": cell.start,
                "end": cell.end,
            }
            for cell in row.cells
        ],
    }


def _finding_dict(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "message_zh": finding.message_zh,
        "expected": json_number(finding.expected),
        "actual": json_number(finding.actual),
        "evidence": [{"start": span.start, "end": span.end} for span in finding.evidence],
    }
