"""`nianbao annotate suggest` as a user meets it: a run of the contract, scored by `nianbao evaluate` like any other."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scripted_llm import ScriptedLlm, problem
from typer.testing import CliRunner, Result

import nianbao
from annotations.corpus_format import Fact, TextSpan
from annotations.gold_format import GoldReport, text_sha256, write_gold
from nianbao.cli import app

EXAMPLES = Path(__file__).parents[2] / "examples"
KEY = "sk-test-0123456789-SECRET"


def said(value: str, context: str, code: str | None, item: str, action: str | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value, "context": context, "code": code, "item": item, "action": action, **more}


# What the scripted model answers about examples/qingshi-2023.html.
RIGHT = [
    said("48条", "通知公告48条", "pub.notice", "通知公告", "发布", scope="我局", period="2023年", channel="区政府门户网站"),
    said("131条", "部门动态131条", "pub.news", "部门动态", "发布", scope="我局", period="2023年", channel="区政府门户网站"),
    said("3.6万余人", "关注人数3.6万余人", "svc.users", "关注人数", scope="我局", period="2023年"),
    said("83.31%", "占比83.31％", "svc.full_online_rate", "全程网办", "占比"),
    said("未收取", "未收取信息处理费", "app.fee", "信息处理费", period="2023年"),
    said("未发生", "未发生行政诉讼", "legal.litigation", "行政诉讼"),
]
MISCODED = said("209期", "推送信息209期", "pub.website", "信息", "推送")
INVENTED = said("1499项", "现有事项1426项", "svc.items", "事项")


@pytest.fixture
def llm() -> Iterator[ScriptedLlm]:
    with ScriptedLlm([*RIGHT, MISCODED, INVENTED]) as server:
        yield server


def suggest(llm: ScriptedLlm | None, cache: Path, *arguments: object, **environment: str) -> Result:
    settings = {"NIANBAO_LLM_KEY": KEY, "NIANBAO_LLM_MODEL": "scripted", "COLUMNS": "200"}
    if llm:
        settings["NIANBAO_LLM_URL"] = llm.url
    line = ["annotate", "suggest", *map(str, arguments), "--cache", str(cache)]
    return CliRunner().invoke(app, line, env=settings | environment)


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_report_s_line_is_of_the_contract_and_says_where_its_facts_come_from(llm: ScriptedLlm, tmp_path: Path) -> None:
    run = tmp_path / "out" / "run.jsonl"
    result = suggest(llm, tmp_path / "cache", EXAMPLES / "qingshi-2023.html", "-o", run, "--prior", "0.35")
    assert result.exit_code == 0, result.output
    (line,) = lines_of(run)
    assert line["model_version"].startswith("llm:scripted@1-")
    text = line["text"]
    for fact in line["facts"]:
        assert text[fact["start"] : fact["end"]] == fact["text"]
        assert (fact["source"], fact["confidence"]) == ("llm", 0.35)
    assert [fact["text"] for fact in line["facts"]] == ["48条", "131条", "209期", "3.6万余人", "83.31％", "未收取", "未发生"]
    first = line["facts"][0]
    assert (first["value"], first["section"], first["channel"]) == (48, "overview", "区政府门户网站")
    assert line["forms"]
    assert line["llm"]["dropped"] == {"fact.value_not_found": 1}
    assert line["llm"]["calls"] == len(llm.received)
    assert "fact.value_not_found 1" in result.stderr
    assert "tokens" in result.stderr


def test_a_run_over_a_folder_is_scored_like_any_other(llm: ScriptedLlm, tmp_path: Path) -> None:
    run, scores = tmp_path / "run.jsonl", tmp_path / "scores.json"
    result = suggest(llm, tmp_path / "cache", EXAMPLES, "-o", run)
    assert result.exit_code == 0, result.output
    assert [Path(line["source"]["path"]).stem for line in lines_of(run)] == [
        "lanjiang-2020", "qingshi-2023", "songling-2021", "wangshu-2016", "yunxiu-2022",
    ]  # fmt: skip
    gold = tmp_path / "gold"
    gold.mkdir()
    write_gold(qingshi_gold(), gold)
    evaluated = CliRunner().invoke(app, ["evaluate", str(run), "--gold", str(gold), "--json", str(scores)], env={"COLUMNS": "160"})
    assert evaluated.exit_code == 0, evaluated.output
    strict = json.loads(scores.read_text(encoding="utf-8"))["scores"]["fact"]
    assert (strict["tp"], strict["fp"], strict["fn"]) == (6, 1, 2)
    assert sorted(json.loads(scores.read_text(encoding="utf-8"))["predictions_without_gold"]) == [
        "lanjiang-2020", "songling-2021", "wangshu-2016", "yunxiu-2022",
    ]  # fmt: skip


def qingshi_gold() -> GoldReport:
    """The right suggestions annotated, with one that is miscoded and one that is missed."""
    text = nianbao.extract(EXAMPLES / "qingshi-2023.html").text
    facts = [
        ("48条", "COUNT", "48", "条", "pub.notice", "通知公告"), ("131条", "COUNT", "131", "条", "pub.news", "部门动态"),
        ("209期", "COUNT", "209", "期", "pub.wechat", "信息"), ("3.6万余人", "COUNT", "36000", "人", "svc.users", "关注人数"),
        ("83.31％", "PERCENT", "83.31", "%", "svc.full_online_rate", "全程网办"),
        ("未收取", "ZERO", "0", None, "app.fee", "信息处理费"), ("未发生", "ZERO", "0", None, "legal.litigation", "行政诉讼"),
        ("9件", "COUNT", "9", "件", "prop.npc", "区人大代表建议"),
    ]  # fmt: skip
    places = []
    for quote, label, _, _, _, item in facts:
        start = text.index(quote)
        noun = text.index(item, start) if label == "ZERO" else text.rindex(item, 0, start)
        places.append((TextSpan(start, start + len(quote), label), TextSpan(noun, noun + len(item), "ITEM")))
    spans = sorted((span for pair in places for span in pair), key=lambda span: span.start)
    annotated = [
        Fact(spans.index(value_span), Decimal(value), unit, code, item=spans.index(noun))
        for (value_span, noun), (_, _, value, unit, code, _) in zip(places, facts, strict=True)
    ]
    return GoldReport("qingshi-2023", text_sha256(text), None, tuple(spans), tuple(annotated))


def test_one_report_that_fails_costs_the_others_nothing_and_a_second_run_asks_only_about_it(
    llm: ScriptedLlm, tmp_path: Path
) -> None:
    run, cache = tmp_path / "run.jsonl", tmp_path / "cache"
    reports = [EXAMPLES / "qingshi-2023.html", tmp_path / "none.html", EXAMPLES / "songling-2021.txt"]
    llm.replies.append(problem(500, "out of memory"))
    result = suggest(llm, cache, *reports, "-o", run, "--tries", "1", "-j", "1")
    assert result.exit_code == 1
    failed, missing, whole = lines_of(run)
    assert failed["error"]["code"] == "llm_server_error"
    assert "qingshi-2023.html" in failed["error"]["message"]
    assert failed["llm"]["calls"] >= 1
    assert missing["error"]["code"] == "not_found"
    assert "text" in whole
    assert "out of memory" in result.stderr
    again = suggest(llm, cache, *reports[::2], "-o", run)
    assert again.exit_code == 0
    assert all("error" not in line for line in lines_of(run))
    assert lines_of(run)[1]["llm"]["calls"] == 0
    assert lines_of(run)[1]["llm"]["cache_hits"] > 0


def test_a_refused_key_is_asked_with_once_and_the_message_says_what_to_set(llm: ScriptedLlm, tmp_path: Path) -> None:
    llm.replies += [problem(401, f"Incorrect API key provided: {KEY}")] * 50
    run = tmp_path / "run.jsonl"
    result = suggest(llm, tmp_path, EXAMPLES / "qingshi-2023.html", EXAMPLES / "songling-2021.txt", "-o", run, "-j", "1")
    assert result.exit_code == 1
    assert len(llm.received) == 1
    assert [line["error"]["code"] for line in lines_of(run)] == ["llm_key_refused"] * 2
    assert "NIANBAO_LLM_KEY" in result.stderr


def test_the_key_is_in_no_output_cache_or_log(llm: ScriptedLlm, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    llm.replies.append(problem(503, f"overloaded by {KEY}", {"Retry-After": "0"}))
    result = suggest(llm, tmp_path / "cache", EXAMPLES / "qingshi-2023.html", "-o", tmp_path / "run.jsonl")
    assert result.exit_code == 0
    assert llm.received[0].headers["Authorization"] == f"Bearer {KEY}"
    files = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file())
    assert "httpx" in {record.name for record in caplog.records}
    assert KEY not in result.output + result.stderr + files + caplog.text


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        ([], {"NIANBAO_LLM_URL": ""}, "NIANBAO_LLM_URL"),
        ([], {"NIANBAO_LLM_MODEL": ""}, "NIANBAO_LLM_MODEL"),
        (["--url", "localhost"], {}, "NIANBAO_LLM_URL"),
        (["--url", "http://u:p@localhost/v1"], {}, "NIANBAO_LLM_KEY"),
        (["--prior", "1.5"], {}, "prior"),
        ([], {"NIANBAO_LLM_KEY": "密钥" + KEY}, "NIANBAO_LLM_KEY"),
    ],
)
def test_settings_that_are_missing_or_unfit_are_wrong_usage(
    llm: ScriptedLlm, tmp_path: Path, arguments: list[str], environment: dict[str, str], told: str
) -> None:
    result = suggest(llm, tmp_path, EXAMPLES / "qingshi-2023.html", *arguments, **environment)
    assert result.exit_code == 2
    assert told in result.stderr
    assert KEY not in result.output
    assert llm.received == []


def test_a_cache_that_is_no_folder_is_wrong_usage(llm: ScriptedLlm, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = suggest(llm, tmp_path / "file", EXAMPLES / "qingshi-2023.html")
    assert result.exit_code == 2
    assert "--cache" in result.stderr


def test_an_empty_folder_is_wrong_usage(llm: ScriptedLlm, tmp_path: Path) -> None:
    assert suggest(llm, tmp_path / "cache", tmp_path).exit_code == 2
