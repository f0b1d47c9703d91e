"""`nianbao annotate push` on a server in memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_label_studio import FakeServer
from label_studio_helpers import report
from typer.testing import CliRunner, Result

from annotations.label_studio.project import DEFAULT_TITLE, set_up
from annotations.label_studio.server import TOKEN_VARIABLE, URL_VARIABLE
from extraction.narrative.catalogue import load_catalogue
from nianbao.annotate_push_inputs import read_inputs
from nianbao.cli import app

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    fake = FakeServer()
    monkeypatch.setattr("nianbao.label_studio_options.Server", lambda access: fake.opened_with(access))
    set_up(fake, DEFAULT_TITLE, load_catalogue())
    return fake


def run(tmp_path: Path, *words: str | Path) -> Result:
    """With an empty corpus, which is faster than the whole."""
    env = {URL_VARIABLE: "http://fake", TOKEN_VARIABLE: "t" * 40, "COLUMNS": "300"}
    arguments = ["annotate", "push", "--corpus", str(tmp_path), *map(str, words)]
    return CliRunner().invoke(app, arguments, env=env)


def run_file(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def test_reports_and_runs_are_sent_once_and_it_says_why(server: FakeServer, tmp_path: Path) -> None:
    results = run_file(tmp_path / "run.jsonl", report(), report(path="again.txt"))
    first = run(tmp_path, EXAMPLES / "qingshi-2023.html", results, "--no-model")
    assert first.exit_code == 0, first.output
    assert "again-" in first.output
    assert "the same text twice 文本重复: yunling-2024-" in first.output
    assert "sent 已发送: 2" in first.output
    assert "holds no corpus: wordings are not compared" in first.output
    (_, stored), *_ = server.stored.items()
    versions = {task.data["name"].split("-")[0]: task.predictions[0]["model_version"] for task in stored}
    assert versions["qingshi"] == "nianbao-rules"
    assert versions["yunling"].startswith("results-")
    second = run(tmp_path, results)
    assert "skipped 未发送: 2 (there already 已在项目中 2)" in second.output


def test_a_limit_and_a_trial(server: FakeServer, tmp_path: Path) -> None:
    texts = [f"本局第{number}次公布情况，全年没有新的数据。" for number in range(4)]
    results = run_file(
        tmp_path / "run.jsonl", *(report(text, path=f"r{n}.txt") for n, text in enumerate(texts))
    )
    trial = run(tmp_path, results, "--limit", "3", "--dry-run")
    assert "would send 将发送: 3" in trial.output
    assert "skipped 未发送: 1 (beyond --limit 超出数量上限 1)" in trial.output
    assert server.stored[1] == []
    assert "sent 已发送: 3" in run(tmp_path, results, "--limit", "3").output
    assert len(server.stored[1]) == 3


def test_inputs_that_fail_cost_the_others_nothing(server: FakeServer, tmp_path: Path) -> None:
    results = run_file(
        tmp_path / "run.jsonl", report(), [1], {"schema_version": 1, "text": 3},
        {"schema_version": 1, "source": {}, "error": {"code": "encrypted", "message": "x.pdf is encrypted"}},
    )  # fmt: skip
    with results.open("a", encoding="utf-8") as lines:
        lines.write("{not json\n")
    done = run(tmp_path, results, tmp_path / "missing.jsonl", "--model-version", "trial-3")
    assert done.exit_code == 1
    for said in (
        "run.jsonl:2: a JSON object",
        "run.jsonl:3: no report",
        "x.pdf is encrypted",
        "run.jsonl:5:",
    ):
        assert said in done.output
    assert "missing.jsonl" in done.output
    assert "sent 已发送: 1" in done.output
    assert server.stored[1][0].predictions[0]["model_version"] == "trial-3"


def test_a_project_that_is_not_there(server: FakeServer, tmp_path: Path) -> None:
    done = run(tmp_path, run_file(tmp_path / "run.jsonl", report()), "--project", "没有的项目")
    assert done.exit_code == 1
    assert "nianbao annotate init" in done.output


def test_a_line_s_own_model_version_is_kept(tmp_path: Path) -> None:
    results = run_file(tmp_path / "run.jsonl", {**report(), "model_version": "llm:qwen"}, report())
    given = read_inputs([results], version="other")
    assert [one.version for one in given.reports] == ["llm:qwen", "other"]


def test_a_file_s_paragraphs_go_along(tmp_path: Path) -> None:
    (given,) = read_inputs([EXAMPLES / "qingshi-2023.html"], use_model=False).reports
    assert given.blocks is not None
    text = given.report["text"]
    assert "\n".join(text[block.start : block.end] for block in given.blocks) == text
