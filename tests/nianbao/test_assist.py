"""`nianbao extract --assist` as a user meets it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_llm import ScriptedLlm, problem
from typer.testing import CliRunner, Result

from nianbao.cli import app

ROOT = Path(__file__).parents[2]
QINGSHI = ROOT / "examples" / "qingshi-2023.html"
KEY = "sk-test-0123456789-SECRET"
# The rules read 48条 as pub.notice, 209期 as pub.website, and pass over 10部.
SECOND_OPINION = [
    {"value": "48条", "context": "通知公告48条", "item": "通知公告", "action": "发布", "code": "pub.notice"},
    {"value": "209期", "context": "推送信息209期", "item": "信息", "action": "推送", "code": "pub.wechat"},
    {"value": "10部", "context": "新增解读视频10部", "item": "解读视频", "action": "新增", "code": "pub.video"},
    {"value": "77部", "context": "新增解读视频10部", "item": "解读视频", "action": "新增", "code": "pub.video"},
]


@pytest.fixture
def llm() -> Iterator[ScriptedLlm]:
    with ScriptedLlm(SECOND_OPINION) as server:
        yield server


def extract(*arguments: object, llm: ScriptedLlm | None = None, cache: Path | None = None) -> Result:
    settings = {"NIANBAO_LLM_KEY": KEY, "NIANBAO_LLM_MODEL": "scripted", "NIANBAO_LLM_URL": llm.url if llm else "", "COLUMNS": "200"}
    more = ["--cache", str(cache)] if cache else []
    return CliRunner().invoke(app, ["extract", "--no-model", *map(str, arguments), *more], env=settings)


def by_text(line: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {fact["text"]: fact for fact in line["facts"]}


def test_a_second_opinion_is_joined_to_what_the_first_reader_says(llm: ScriptedLlm, tmp_path: Path) -> None:
    alone = json.loads(extract(QINGSHI, "-f", "jsonl").stdout)
    result = extract(QINGSHI, "-f", "jsonl", "--assist", llm=llm, cache=tmp_path)
    assert result.exit_code == 0, result.output
    line = json.loads(result.stdout)
    before, after = by_text(alone), by_text(line)
    marks = ("source", "second_opinion", "confidence")
    assert {t: {k: v for k, v in f.items() if k not in (*marks, "parent")} for t, f in after.items() if t != "10部"} == {
        t: {k: v for k, v in f.items() if k not in (*marks, "parent")} for t, f in before.items()
    }
    assert after["48条"]["second_opinion"] == "agrees"
    assert after["48条"]["confidence"] > before["48条"]["confidence"]
    assert (after["209期"]["code"], after["209期"]["second_opinion"]) == ("pub.website", "disagrees")
    assert after["209期"]["confidence"] < before["209期"]["confidence"]
    added = after["10部"]
    assert (added["source"], added["code"], added["value"]) == ("llm", "pub.video", 10)
    assert added["confidence"] < 0.3
    assert line["text"][added["start"] : added["end"]] == "10部"
    assert after["131条"]["confidence"] == before["131条"]["confidence"]
    assert line["assist"]["opinions"] == {"agrees": 1, "disagrees": 1, "only": 1}
    assert line["assist"]["dropped"] == {"fact.value_not_found": 1}
    rules = {found["rule"]: found for found in line["findings"]}
    (disagreement,) = rules["assist.disagrees"]["evidence"]
    assert line["text"][disagreement["start"] : disagreement["end"]] == "209期"
    assert rules["assist.disagrees"]["severity"] == rules["assist.only"]["severity"] == "info"
    assert [f["rule"] for f in line["findings"] if f["severity"] != "info"] == [f["rule"] for f in alone["findings"] if f["severity"] != "info"]


def test_parents_still_point_at_their_facts(llm: ScriptedLlm, tmp_path: Path) -> None:
    line = json.loads(extract(QINGSHI, "-f", "jsonl", "--assist", llm=llm, cache=tmp_path).stdout)
    alone = json.loads(extract(QINGSHI, "-f", "jsonl").stdout)
    pairs = [
        {(fact["text"], report["facts"][fact["parent"]]["text"]) for fact in report["facts"] if fact["parent"] is not None}
        for report in (line, alone)
    ]
    assert pairs[0] == pairs[1]
    assert pairs[0]


def test_nothing_is_asked_where_all_is_sure_enough(llm: ScriptedLlm, tmp_path: Path) -> None:
    result = extract(QINGSHI, "-f", "jsonl", "--assist", "--assist-below", "0.5", llm=llm, cache=tmp_path)
    assert result.exit_code == 0
    asked = json.loads(result.stdout)["assist"]["paragraphs"]
    # Only paragraphs with a figure that the rules made nothing of.
    assert asked == len(llm.received) == sum("10部" in text for text in llm.texts) == 1


def test_tables_show_the_marks_as_findings(llm: ScriptedLlm, tmp_path: Path) -> None:
    result = extract(QINGSHI, "-f", "csv", "-o", tmp_path / "csv", "--assist", llm=llm, cache=tmp_path / "cache")
    assert result.exit_code == 0
    with (tmp_path / "csv" / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {"assist.disagrees", "assist.only"} <= {row["rule"] for row in csv.DictReader(file)}


def test_a_report_without_a_second_opinion_keeps_the_first_and_says_so(llm: ScriptedLlm, tmp_path: Path) -> None:
    llm.replies += [problem(401, f"bad key {KEY}")] * 9
    alone = json.loads(extract(QINGSHI, "-f", "jsonl").stdout)
    result = extract(QINGSHI, tmp_path / "none.html", "-f", "jsonl", "--assist", llm=llm, cache=tmp_path)
    assert result.exit_code == 1
    line, missing = map(json.loads, result.stdout.splitlines())
    assert line["facts"] == alone["facts"]
    assert line["assist"]["error"] == "llm_key_refused"
    assert line["findings"][-1]["rule"] == "assist.unavailable"
    assert missing["error"]["code"] == "not_found"
    assert "NIANBAO_LLM_KEY" in result.stderr
    assert KEY not in result.output + result.stderr


def test_assist_without_a_server_is_wrong_usage() -> None:
    result = extract(QINGSHI, "--assist")
    assert result.exit_code == 2
    assert "NIANBAO_LLM_URL" in result.stderr


def test_extraction_does_not_load_the_http_client() -> None:
    """Nor does the command line, until it is asked to ask somebody."""
    code = (
        "import sys, extraction.pipeline, extraction.assist, nianbao.cli\n"
        "assert 'httpx' not in sys.modules, 'httpx'\n"
        "assert 'torch' not in sys.modules, 'torch'\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_extraction_knows_nothing_of_annotations() -> None:
    code = (
        "import sys, extraction.assist, extraction.rereading\n"
        "assert not {'annotations', 'nianbao', 'training', 'evaluation'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
