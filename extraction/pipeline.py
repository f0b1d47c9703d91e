"""One report from bytes to its extraction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from extraction.checks.run import run_checks
from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.forms.extract import extract_forms
from extraction.forms.model import Form
from extraction.metadata import find_metadata
from extraction.readers.dispatch import read_document
from extraction.report import FailedReport, Report, Source
from extraction.sections import Section, find_sections

MAX_BYTES = 256 * 1024 * 1024
_FEWEST_CHARACTERS = 40


def extract_document(document: Document, source: Source) -> Report:
    """Sections, metadata, forms and findings of a document.

    Raises:
        ReadError: `not_a_report` where none of a report's marks are found.
    """
    forms = extract_forms(document)
    regions = [region for form in forms for region in form.regions]
    sections = find_sections(document, regions)
    if not _bears_marks(document, sections, forms):
        raise ReadError(ErrorCode.NOT_A_REPORT, source.path)
    metadata = find_metadata(document, sections)
    forms = _with_plain_years(forms)
    return Report(
        source=replace(source, format=document.format, pages=document.pages),
        metadata=metadata,
        edition=_edition(forms),
        sections=sections,
        forms=forms,
        findings=run_checks(document, forms, sections, metadata.year),
        text=document.text,
    )


def extract_bytes(data: bytes, name: str) -> Report | FailedReport:
    """Extracts a report from a file's bytes; failures become a `FailedReport`, never an exception."""
    source = Source(name, None, hashlib.sha256(data).hexdigest())
    try:
        return extract_document(read_document(data, name), source)
    except ReadError as error:
        return FailedReport(source, error)
    except (RecursionError, MemoryError, ValueError, LookupError, ArithmeticError) as error:
        detail = f"{type(error).__name__}: {error}"[:200]
        return FailedReport(source, ReadError(ErrorCode.INTERNAL, name, detail))


def extract_file(path: Path) -> Report | FailedReport:
    """Extracts a report from a file; a missing or oversized file becomes a `FailedReport`."""
    source = Source(str(path), None, None)
    try:
        if path.stat().st_size > MAX_BYTES:
            return FailedReport(source, ReadError(ErrorCode.TOO_LARGE, str(path), f"{path.stat().st_size} bytes"))
        data = path.read_bytes()
    except OSError as error:
        return FailedReport(source, ReadError(ErrorCode.NOT_FOUND, str(path), error.strerror or ""))
    return extract_bytes(data, str(path))


def _bears_marks(document: Document, sections: Sequence[Section], forms: Sequence[Form]) -> bool:
    """Whether anything shows that this is a disclosure report: a form, its sections, or its name in prose."""
    if forms:
        return True
    text = re.sub(r"\s+", "", document.text[:200_000])
    if len(text) < _FEWEST_CHARACTERS:
        return False
    named = len(re.findall(r"信息公开|政务公开|厂务公开|校务公开|村务公开", text))
    known = len({section.kind for section in sections} - {"front"})
    reports = re.search(r"年度报告|年报|工作报告|情况报告|工作总结|第五十条|第三十一条", text) is not None
    figures = re.search(r"\d\s*[件条次项]", text) is not None
    return named >= 1 and (known >= 2 or (named >= 3 and reports and len(text) > 300) or (known >= 1 and figures))


def _edition(forms: Sequence[Form]) -> str | None:
    requests = next((form.edition for form in forms if form.form == "requests"), None)
    return requests or (forms[0].edition if forms else None)


def _with_plain_years(forms: Sequence[Form]) -> list[Form]:
    """Keeps a form's printed year only where the same form is printed more than once."""
    kinds = [form.form for form in forms]
    return [form if kinds.count(form.form) > 1 else replace(form, year=None) for form in forms]
