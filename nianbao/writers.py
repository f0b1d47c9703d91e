"""Outputs: JSON lines (the contract), CSV that spreadsheets open rightly, XLSX."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from extraction.report import FailedReport, Report
from nianbao.tables import CELL_COLUMNS, FACT_COLUMNS, FINDING_COLUMNS, REPORT_COLUMNS, Row, Value, table_rows

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMERIC = re.compile(r"[+\-]?\d[\d.,]*\Z")
_LONGEST_XLSX_TEXT = 32_767


class ReportWriter(Protocol):
    """Takes reports one by one; used as a context manager."""

    def write(self, report: Report | FailedReport) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def json_line(report: Report | FailedReport) -> str:
    """One line of the contract; lone surrogates, which UTF-8 cannot carry, are replaced."""
    line = json.dumps(report.to_dict(), ensure_ascii=False, allow_nan=False)
    return line.encode("utf-8", "replace").decode("utf-8")


def safe_csv_text(value: Value) -> Value:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMERIC.match(value):
        return "'" + value
    return value


class JsonlWriter:
    """JSON lines to an open text stream."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, report: Report | FailedReport) -> None:
        self._stream.write(json_line(report) + "\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()


class CsvCellsWriter:
    """The cells table alone to an open text stream (a pipe), header first, without BOM."""

    def __init__(self, stream: IO[str]) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._writer.writerow(CELL_COLUMNS)

    def write(self, report: Report | FailedReport) -> None:
        rows = table_rows(report).cells
        self._writer.writerows([safe_csv_text(value) for value in row] for row in rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class CsvWriter:
    """`reports.csv`, `cells.csv`, `facts.csv` and `findings.csv` in a folder, UTF-8 with BOM."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._files = {
            name: (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="")
            for name in _COLUMNS
        }
        self._writers = {name: csv.writer(file) for name, file in self._files.items()}
        for name, columns in _COLUMNS.items():
            self._writers[name].writerow(columns)

    def write(self, report: Report | FailedReport) -> None:
        for name, rows in _named_rows(report):
            self._writers[name].writerows([safe_csv_text(value) for value in row] for row in rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()


class XlsxWriter:
    """A workbook with the sheets reports, cells, facts and findings, written row by row; saved on leaving."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = Workbook(write_only=True)
        self._sheets: dict[str, WriteOnlyWorksheet] = {}
        for name, columns in _COLUMNS.items():
            sheet = self._book.create_sheet(name)
            sheet.freeze_panes = "A2"
            header = []
            for column in columns:
                cell = WriteOnlyCell(sheet, value=column)
                cell.font = Font(bold=True)
                header.append(cell)
            sheet.append(header)
            self._sheets[name] = sheet

    def write(self, report: Report | FailedReport) -> None:
        for name, rows in _named_rows(report):
            sheet = self._sheets[name]
            for row in rows:
                sheet.append([_xlsx_cell(sheet, value) for value in row])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.save(self._path)


def _xlsx_cell(sheet: WriteOnlyWorksheet, value: Value) -> object:
    """Numbers as numbers; text as text even where it begins like a formula."""
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("\ufffd", value)[:_LONGEST_XLSX_TEXT]
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


_COLUMNS = {
    "reports": REPORT_COLUMNS,
    "cells": CELL_COLUMNS,
    "facts": FACT_COLUMNS,
    "findings": FINDING_COLUMNS,
}


def _named_rows(report: Report | FailedReport) -> Iterator[tuple[str, Iterable[Row]]]:
    rows = table_rows(report)
    yield "reports", rows.reports
    yield "cells", rows.cells
    yield "facts", rows.facts
    yield "findings", rows.findings
