"""Reports as flat tables (reports, cells, facts, findings), the common ground of CSV and XLSX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from extraction.checks.form_checks import definition_of
from extraction.narrative.catalogue import load_catalogue
from extraction.report import FailedReport, JsonNumber, Report, json_number

Value = str | JsonNumber | None
Row = tuple[Value, ...]

REPORT_COLUMNS = (
    "path", "format", "sha256", "pages", "agency", "year", "title", "published", "edition",
    "forms", "cells", "errors", "warnings", "failure", "failure_message",
)  # fmt: skip
CELL_COLUMNS = (
    "path", "agency", "year", "form", "edition", "form_year", "row", "row_zh", "column", "column_zh",
    "value", "unit", "text", "confidence", "start", "end", "page",
)  # fmt: skip
FACT_COLUMNS = (
    "path", "agency", "year", "code", "code_zh", "value", "unit", "text", "item", "action", "scope", "period",
    "channel", "approximate", "parent", "section", "confidence", "start", "end", "page", "sentence",
)  # fmt: skip
FINDING_COLUMNS = (
    "path", "agency", "year", "rule", "severity", "message", "message_zh", "expected", "actual", "evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableRows:
    """One report's rows of each table."""

    reports: list[Row]
    cells: list[Row]
    facts: list[Row]
    findings: list[Row]


def table_rows(report: Report | FailedReport) -> TableRows:
    """Flattens a report; a failure has one row in `reports`."""
    source = report.source
    if isinstance(report, FailedReport):
        blank: Row = (None,) * 9
        failed = (source.path, source.format, source.sha256, source.pages, *blank)
        return TableRows([(*failed, report.error.code.value, report.error.message)], [], [], [])
    meta = report.metadata
    severities = [found.severity for found in report.findings]
    row: Row = (
        source.path, source.format, source.sha256, source.pages, meta.agency, meta.year, meta.title,
        meta.published, report.edition, len(report.forms), sum(len(form.cells) for form in report.forms),
        severities.count("error"), severities.count("warning"), None, None,
    )  # fmt: skip
    return TableRows([row], list(_cell_rows(report)), list(_fact_rows(report)), list(_finding_rows(report)))


def _cell_rows(report: Report) -> Iterator[Row]:
    for form in report.forms:
        definition = definition_of(form)
        for cell in form.cells:
            yield (
                report.source.path, report.metadata.agency, report.metadata.year,
                form.form, form.edition, form.year,
                cell.row, definition.row(cell.row).zh, cell.column, definition.column(cell.column).zh,
                json_number(cell.value), cell.unit, cell.text, round(cell.confidence, 4),
                cell.start, cell.end, cell.page,
            )  # fmt: skip


def _fact_rows(report: Report) -> Iterator[Row]:
    catalogue = load_catalogue()
    for fact in report.facts:
        yield (
            report.source.path, report.metadata.agency, report.metadata.year,
            fact.code, catalogue[fact.code].name_zh if fact.code else None,
            json_number(fact.value), fact.unit, fact.text, fact.item, fact.action, fact.scope, fact.period,
            fact.channel, fact.approximate, fact.parent, fact.section, round(fact.confidence, 4),
            fact.start, fact.end, fact.page, fact.sentence,
        )  # fmt: skip


def _finding_rows(report: Report) -> Iterator[Row]:
    for found in report.findings:
        yield (
            report.source.path, report.metadata.agency, report.metadata.year, found.rule, found.severity,
            found.message, found.message_zh, json_number(found.expected), json_number(found.actual),
            " ".join(f"{span.start}:{span.end}" for span in found.evidence),
        )  # fmt: skip
