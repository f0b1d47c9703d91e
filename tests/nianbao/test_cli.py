"""The command line: what a user types and sees, and the exit status that scripts rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

import nianbao
from nianbao.cli import app

EXAMPLES = Path(__file__).parents[2] / "examples"
runner = CliRunner()


def test_a_folder_is_read_for_people() -> None:
    result = runner.invoke(app, ["extract", str(EXAMPLES / "qingshi-2023.html")])
    assert result.exit_code == 0
    assert "青石区行政审批局" in result.output
    assert "52318" in result.output
    assert "正文为 16 件，表格为 15 件" in result.output


def test_a_form_of_one_column_is_shown_with_its_heads_and_units() -> None:
    result = runner.invoke(app, ["extract", str(EXAMPLES / "wangshu-2016.md"), "--no-model"])
    assert result.exit_code == 0
    lines = [line.split() for line in result.output.splitlines()]
    assert ["二、回应解读情况"] in lines
    assert ["3.政策解读稿件发布数", "18", "篇"] in lines
    assert ["（四）政府信息公开专项经费", "2.4", "万元"] in lines
    assert "未发现矛盾" in result.output


def test_jsonl_of_a_folder_has_a_line_for_each_report_and_the_batch_goes_on(tmp_path: Path) -> None:
    for path in EXAMPLES.glob("*-20*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 torn")
    (tmp_path / ".hidden.html").write_text("not looked at")
    result = runner.invoke(app, ["extract", str(tmp_path), "--format", "jsonl", "--jobs", "2"])
    assert result.exit_code == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(line["source"]["path"]).name for line in lines] == [
        "broken.pdf", "lanjiang-2020.pdf", "qingshi-2023.html", "songling-2021.txt", "wangshu-2016.md",
        "yunxiu-2022.docx",
    ]  # fmt: skip
    assert lines[0]["error"]["code"] in {"truncated", "corrupt"}
    assert all(line["forms"] for line in lines[1:])
    assert "broken.pdf" in result.stderr
    assert "1 of 6" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [["extract"], ["extract", "x.html", "--format", "xml"], ["extract", "x.html", "--format", "xlsx"], ["nonsense"]],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert runner.invoke(app, arguments).exit_code == 2


def test_an_empty_folder_is_wrong_usage(tmp_path: Path) -> None:
    result = runner.invoke(app, ["extract", str(tmp_path)])
    assert result.exit_code == 2


def test_a_missing_file_is_a_failed_input() -> None:
    result = runner.invoke(app, ["extract", "no-such-report.html", "--format", "jsonl"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "not_found"


def test_files_are_written_where_asked(tmp_path: Path) -> None:
    report = str(EXAMPLES / "yunxiu-2022.docx")
    assert runner.invoke(app, ["extract", report, "-f", "xlsx", "-o", str(tmp_path / "a.xlsx")]).exit_code == 0
    assert load_workbook(tmp_path / "a.xlsx")["cells"].max_row == 201
    assert runner.invoke(app, ["extract", report, "-f", "csv", "-o", str(tmp_path / "csv")]).exit_code == 0
    assert (tmp_path / "csv" / "cells.csv").exists()
    assert runner.invoke(app, ["extract", report, "-f", "jsonl", "-o", str(tmp_path / "b" / "x.jsonl")]).exit_code == 0
    assert json.loads((tmp_path / "b" / "x.jsonl").read_text(encoding="utf-8"))["report"]["agency"] == "云岫县教育局"


def test_the_python_face() -> None:
    report = nianbao.extract(EXAMPLES / "lanjiang-2020.pdf")
    assert report.forms[0].value("penalty", "handled") == 245
    with pytest.raises(nianbao.ReadError) as caught:
        nianbao.extract("no-such-report.html")
    assert caught.value.code is nianbao.ErrorCode.NOT_FOUND


def test_a_module_that_shadows_a_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("")
    run = subprocess.run(
        [sys.executable, "-c", "import sys; sys.path.insert(0, '.'); import nianbao"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(Path(nianbao.__file__).parents[1])},
    )  # fmt: skip
    assert "needs its own package 'models'" in run.stderr
    assert "models.py" in run.stderr
