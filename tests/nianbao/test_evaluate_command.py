"""`nianbao evaluate` as a user meets it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from annotations.gold_format import GoldCell, GoldReport, text_sha256, write_gold
from annotations.sources import ReportSource
from extraction.pipeline import extract_bytes
from extraction.report import Report
from nianbao import evaluate_gold
from nianbao.cli import app

CORPUS = """\
@id 18-01
## 一、总体情况
政府信息公开年度报告。{t1:2021年}，全局{a1:发布}{i1:通知公告}{n1:32条}。
: n1 32 条 pub.notice i1 a1 t1
## 三、收到和处理政府信息公开申请情况
未开展政府信息公开申请受理以外的工作。
"""
TEXT = """\
青禾县司法局2021年政府信息公开工作年度报告
一、总体情况
2021年，全局发布通知公告32条。
三、收到和处理政府信息公开申请情况
未收到申请。
四、政府信息公开行政复议、行政诉讼情况
行政复议\t行政诉讼
"""


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)], env={"COLUMNS": "160"})


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus" / "18-test.txt"
    path.parent.mkdir()
    path.write_text(CORPUS, encoding="utf-8")
    return path


def predictions(path: Path, value: int = 32) -> Path:
    text = "\n".join(line.lstrip("# ") for line in CORPUS.splitlines()[1:] if not line.startswith(": "))
    for mark in ("{t1:", "{a1:", "{i1:", "{n1:", "}"):
        text = text.replace(mark, "")
    start = text.index("32条")
    fact = {
        "code": "pub.notice", "value": value, "unit": "条", "text": "32条", "item": "通知公告", "action": "发布",
        "scope": None, "period": "2021年", "channel": None, "parent": None, "start": start, "end": start + 3,
        "confidence": 0.9,
    }  # fmt: skip
    report = {"schema_version": 1, "source": {"path": "x/18-01.txt", "format": "text"}, "forms": [], "text": text}
    path.write_text(json.dumps(report | {"facts": [fact]}, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def test_predictions_are_scored_and_written_as_page_and_json(tmp_path: Path, corpus: Path) -> None:
    run = predictions(tmp_path / "run.jsonl")
    page, data = tmp_path / "out" / "page.html", tmp_path / "out" / "scores.json"
    result = invoke(run, "--gold", corpus, "--html", page, "--json", data)
    assert result.exit_code == 0, result.output
    assert "1/1" in result.output
    assert json.loads(data.read_text(encoding="utf-8"))["scores"]["fact_linked"]["f1"] == 1
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_gold_report_without_prediction_is_named(tmp_path: Path, corpus: Path) -> None:
    empty = tmp_path / "run.jsonl"
    empty.write_text("", encoding="utf-8")
    result = invoke(empty, "--gold", corpus.parent)
    assert result.exit_code == 0
    assert "no prediction: all counted as missed: 18-01" in result.output
    assert "0/1" in result.output


def test_two_runs_are_compared(tmp_path: Path, corpus: Path) -> None:
    right, wrong = predictions(tmp_path / "a.jsonl"), predictions(tmp_path / "b.jsonl", value=3)
    data = tmp_path / "comparison.json"
    result = invoke("--compare", right, wrong, "--gold", corpus, "--json", data)
    assert result.exit_code == 0, result.output
    assert "-100.0" in result.output
    assert json.loads(data.read_text(encoding="utf-8"))["f1"]["fact"]["difference"] == -1


def test_without_predictions_the_projects_own_extraction_of_the_corpus_is_scored(corpus: Path) -> None:
    result = invoke("--gold", corpus)
    assert result.exit_code == 0, result.output
    assert "18-01" in result.output
    assert "could not be read" not in result.output


def own_gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A report at hand and one that is not, the first with the cells that the extraction finds."""
    reports, gold = tmp_path / "reports", tmp_path / "gold"
    for folder in (reports, gold):
        folder.mkdir()
    (reports / "qinghe.txt").write_bytes(TEXT.encode())
    report = extract_bytes(TEXT.encode(), "qinghe.txt")
    assert isinstance(report, Report)
    cells = [
        GoldCell(f.form, f.edition, f.year, c.row, c.column, c.value, c.start, c.end) for f in report.forms for c in f.cells
    ]
    missed = GoldCell("requests", "2021", None, "granted", "total", None, 0, 0)
    for name in ("qinghe", "absent"):
        write_gold(GoldReport(name, text_sha256(TEXT), cells=(*cells, missed)), gold)
    sources = [
        ReportSource(name, "青禾县司法局", f"{name}.txt", hashlib.sha256(TEXT.encode()).hexdigest(), text_sha256(TEXT), True)
        for name in ("qinghe", "absent")
    ]
    monkeypatch.setattr(evaluate_gold, "load_sources", lambda: sources)
    return gold


def test_a_report_that_is_not_at_hand_is_said_to_be_and_not_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = own_gold(tmp_path, monkeypatch)
    data = tmp_path / "scores.json"
    result = invoke("--gold", gold, "--reports", tmp_path / "reports", "--json", data)
    assert result.exit_code == 0, result.output
    assert "absent: 报告文件不在手边" in result.output
    scored = json.loads(data.read_text(encoding="utf-8"))
    assert list(scored["by_report"]) == ["qinghe"]
    assert scored["scores"]["cell"]["fn"] == 1


def test_a_changed_file_is_not_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = own_gold(tmp_path, monkeypatch)
    (tmp_path / "reports" / "qinghe.txt").write_bytes(TEXT.encode() + b"!")
    result = invoke("--gold", gold, "--reports", tmp_path / "reports")
    assert "qinghe: 文件与标注时不同" in result.output
    assert "no report could be scored" in result.output


def test_unreadable_inputs_give_status_1_and_name_the_file(tmp_path: Path, corpus: Path) -> None:
    run = tmp_path / "bad.jsonl"
    run.write_text("{\n", encoding="utf-8")
    for arguments, named in (
        ((run, "--gold", corpus), "bad.jsonl:1"),
        ((tmp_path / "none.jsonl", "--gold", corpus), "none.jsonl"),
        ((run, "--gold", tmp_path / "none.json"), "none.json"),
        ((run, "--gold", tmp_path), "no gold in"),
        ((run, "--gold", corpus, "--gold", corpus), "18-01 is annotated twice"),
    ):
        result = invoke(*arguments)
        assert result.exit_code == 1, result.output
        assert named in result.output


def test_wrong_usage_gives_status_2(tmp_path: Path, corpus: Path) -> None:
    run = predictions(tmp_path / "run.jsonl")
    for arguments in (
        ("--compare", run),
        (run, "--compare", run, run, "--gold", corpus),
        ("--compare", run, run, "--gold", corpus, "--html", tmp_path / "x.html"),
        (run, "--split", "validation"),
        (run, "--level", "3"),
    ):
        assert invoke(*arguments).exit_code == 2
