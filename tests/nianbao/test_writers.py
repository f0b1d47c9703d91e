"""Outputs that other programs read: JSON lines, CSV for spreadsheets, XLSX with numbers as numbers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evaluation.synthetic.printed import SyntheticReport, form_keys, report_blocks
from evaluation.synthetic.text_writers import cell_per_line
from extraction.pipeline import extract_bytes
from extraction.report import FailedReport, Report
from nianbao.writers import CsvCellsWriter, CsvWriter, JsonlWriter, XlsxWriter, safe_csv_text


@pytest.fixture
def results() -> list[Report | FailedReport]:
    values = dict.fromkeys(form_keys("2019"), "0")
    values["proactive", "licensing", "items_change"] = "+299"
    values["proactive", "procurement", "amount"] = "1211.66万元"
    values["requests", "partial", "total"] = ""
    report = SyntheticReport("=HYPERLINK区文旅局", 2020, "2019", values)
    text = cell_per_line(report_blocks(report))
    return [extract_bytes(text.encode(), "a.txt"), extract_bytes(b"", "@empty.html")]


def test_jsonl_is_one_object_a_line_in_plain_utf_8(results: list[Report | FailedReport]) -> None:
    stream = io.StringIO()
    with JsonlWriter(stream) as writer:
        for result in results:
            writer.write(result)
    lines = stream.getvalue().splitlines()
    first, second = (json.loads(line) for line in lines)
    assert "文旅局" in lines[0]
    assert first["forms"][0]["edition"] == "2019"
    assert second["error"]["code"] == "empty_file"
    assert second["source"]["path"] == "@empty.html"


def test_csv_opens_in_spreadsheets(results: list[Report | FailedReport], tmp_path: Path) -> None:
    with CsvWriter(tmp_path / "out") as writer:
        for result in results:
            writer.write(result)
    raw = (tmp_path / "out" / "cells.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    change = next(row for row in rows if row["column"] == "items_change" and row["row"] == "licensing")
    assert (change["value"], change["text"], change["row_zh"]) == ("299", "+299", "行政许可")
    amount = next(row for row in rows if row["column"] == "amount" and row["row"] == "procurement")
    assert (amount["value"], amount["unit"]) == ("1211.66", "万元")
    assert any(row["value"] == "" for row in rows)
    reports = (tmp_path / "out" / "reports.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK区文旅局" in reports
    assert "empty_file" in reports
    assert (tmp_path / "out" / "findings.csv").exists()


def test_csv_to_a_pipe_is_the_cells_table(results: list[Report | FailedReport]) -> None:
    stream = io.StringIO()
    with CsvCellsWriter(stream) as writer:
        for result in results:
            writer.write(result)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert len(rows) == len(form_keys("2019"))


def test_xlsx_keeps_numbers_as_numbers_and_formulas_as_text(
    results: list[Report | FailedReport], tmp_path: Path
) -> None:
    path = tmp_path / "out.xlsx"
    with XlsxWriter(path) as writer:
        for result in results:
            writer.write(result)
    book = load_workbook(path)
    assert book.sheetnames == ["reports", "cells", "facts", "findings"]
    header = [cell.value for cell in book["cells"][1]]
    rows = [dict(zip(header, row, strict=True)) for row in book["cells"].iter_rows(min_row=2)]
    change = next(row for row in rows if row["row"].value == "licensing" and row["column"].value == "items_change")
    assert (change["value"].value, change["value"].data_type) == (299, "n")
    assert (change["text"].value, change["text"].data_type) == ("+299", "s")
    agency = book["reports"]["E2"]
    assert (agency.value, agency.data_type) == ("=HYPERLINK区文旅局", "s")
    assert book["reports"].max_row == 3


@pytest.mark.parametrize(
    ("value", "safe"), [("=1+1", "'=1+1"), ("@cmd", "'@cmd"), ("-5", "-5"), ("+299", "+299"), ("-删除", "'-删除"), (3, 3), (None, None)]
)
def test_formula_text_is_defused_but_numbers_stay(value: str | int | None, safe: str | int | None) -> None:
    assert safe_csv_text(value) == safe
