"""The whole loop on a real Label Studio server: set up, send, a simulated annotator who corrects, bring back, train."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from label_studio_helpers import TEXT, Annotator, report
from live_label_studio import LiveServer
from typer.testing import CliRunner

from annotations.corpus_format import AnnotatedDocument, load_corpus
from annotations.label_studio.server import Access, Server
from models.encoder import EncoderConfig
from models.tagger import BertEncoder, HeadConfig, Tagger, save_tagger
from models.tokenizer import CharTokenizer, build_vocabulary
from nianbao.annotate_command import app
from nianbao.train_command import app as train
from tests.training.test_update import CODES, DOCUMENT
from training.export import export
from training.onnx_graph import Precision
from training.update_decision import Reason

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]
EXAMPLES = Path(__file__).parents[3] / "examples"


@dataclass
class Commands:
    """The commands as a user runs them on one project."""

    live: LiveServer
    project: str
    token: str = ""

    def run(self, command: str, *arguments: str | Path, status: int = 0) -> str:
        words = [
            command,
            "--url",
            self.live.url,
            "--token",
            self.token or self.live.token,
            "--project",
            self.project,
        ]
        done = CliRunner().invoke(app, [*words, *map(str, arguments)], env={"COLUMNS": "200"})
        assert done.exit_code == status, done.output + repr(done.exception)
        assert (self.token or self.live.token) not in done.output
        return done.output

    @property
    def server(self) -> Server:
        return Server(Access(self.live.url, self.live.token))

    @property
    def number(self) -> int:
        return next(number for number, title in self.server.projects() if title == self.project)

    def tasks(self) -> dict[str, Any]:
        return {task.data["name"].split("-")[0]: task for task in self.server.tasks(self.number)}


def submit(live: LiveServer, task: int, result: list[dict[str, Any]], *, token: str = "", **rest: Any) -> int:
    """An annotation as the browser sends it."""
    answer = httpx.post(
        f"{live.url}/api/tasks/{task}/annotations/",
        headers={"Authorization": f"Token {token or live.token}"},
        json={"result": result, "lead_time": 12.5, "was_cancelled": False, **rest},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def run_file(folder: Path, *reports: dict[str, Any], version: str | None = None) -> Path:
    path = folder / f"run-{version}.jsonl"
    lines = [{**made, **({"model_version": version} if version else {})} for made in reports]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def train_update(annotations: Path, folder: Path) -> str:
    """`nianbao train update` with a corpus and a model small enough to be trained in seconds; what it says."""
    corpus, model = folder / "corpus", folder / "models" / "small"
    corpus.mkdir()
    for name, numbers in {"a": range(1, 9), "dev": range(11, 14), "test": range(14, 17)}.items():
        documents = (DOCUMENT.format(name=name, n=n, x=n * 7) for n in numbers)
        (corpus / f"{name}.txt").write_text("".join(documents), encoding="utf-8")
    (corpus / "splits.toml").write_text('development = ["dev.txt"]\ntest = ["test.txt"]\n')
    tokenizer = CharTokenizer(build_vocabulary({}, min_count=1))
    config = EncoderConfig(vocab_size=len(tokenizer), hidden_size=32, n_layers=1, n_heads=2, ffn_size=64)
    heads = HeadConfig(local_layers=1, code_states=8, code_hidden=16)
    save_tagger(Tagger(BertEncoder(config), CODES, heads), tokenizer, folder / "checkpoint")
    export(folder / "checkpoint", model, Precision.FP32, corpus)
    (folder / "no-gold").mkdir()
    words = ["update", "--annotations", annotations, "--model", model, "--corpus", corpus, "--gold", folder / "no-gold"]
    done = CliRunner().invoke(train, [*map(str, words), "--hours", "0.002", "--precision", "fp32"])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


def pulled(folder: Path) -> dict[str, AnnotatedDocument]:
    return {document.id.split("-")[0]: document for document in load_corpus(folder)}


def test_setting_up_twice_changes_nothing(label_studio: LiveServer) -> None:
    commands = Commands(label_studio, "建两次的项目")
    assert "created" in commands.run("init", "--annotators", "2")
    before = commands.server.project(commands.number)
    assert "is up to date" in commands.run("init")
    assert commands.server.project(commands.number) == before
    assert before.maximum_annotations == 2
    assert before.show_instruction
    assert "标注指南" in before.expert_instruction


def test_other_labels_are_refused_and_named(label_studio: LiveServer) -> None:
    commands = Commands(label_studio, "标签不同的项目")
    commands.run("init")
    before = commands.server.project(commands.number)
    changed = before.label_config.replace('alias="COUNT"', 'alias="NUMBER"').replace("#d62728", "#000000")
    commands.server.update_project(commands.number, {"label_config": changed})
    told = commands.run("init", status=1)
    assert "label 标签 COUNT: missing in the project" in told
    assert "label 标签 NUMBER: only in the project" in told
    assert commands.server.project(commands.number).label_config == changed
    commands.server.update_project(commands.number, {"label_config": before.label_config})
    assert "is up to date" in commands.run("init")


def test_both_kinds_of_token_work_and_neither_is_told(label_studio: LiveServer, tmp_path: Path) -> None:
    personal = label_studio.personal_token()
    commands = Commands(label_studio, "令牌试用项目", personal)
    commands.run("init")
    commands.run("push", run_file(tmp_path, report()))
    assert "not annotated yet 尚未标注: 1" in commands.run("pull", "--output", tmp_path / "out")
    for wrong in ("0" * 40, personal[:-6] + "AAAAAA"):
        commands.token = wrong
        told = commands.run("init", status=1)
        assert "401" in told


def test_a_server_that_is_none(label_studio: LiveServer) -> None:
    live = LiveServer("http://127.0.0.1:9", label_studio.token, "", "")
    assert "cannot be reached" in Commands(live, "某个项目").run("init", status=1)
    live = LiveServer(f"{label_studio.url}/user/login", label_studio.token, "", "")
    assert "no answer of Label Studio's" in Commands(live, "某个项目").run("init", status=1)


def test_the_whole_loop(label_studio: LiveServer, tmp_path: Path) -> None:
    commands = Commands(label_studio, "完整流程项目")
    commands.run("init")
    run = run_file(tmp_path, report(), version="model-1")
    told = commands.run("push", run, EXAMPLES / "qingshi-2023.html", EXAMPLES / "yunxiu-2022.docx")
    assert "sent 已发送: 3" in told
    again = commands.run("push", run, EXAMPLES, "--limit", "1")
    assert "sent 已发送: 1" in again
    assert "there already 已在项目中 3" in again

    tasks = commands.tasks()
    assert tasks["yunling"].data["text"] == TEXT
    prediction = tasks["yunling"].predictions[0]
    assert (prediction["model_version"], prediction["score"]) == ("model-1", pytest.approx(0.83, abs=0.01))
    annotator = Annotator(prediction["result"])
    annotator.code(annotator.region("120项")["id"], "svc.online_items")
    annotator.delete("23%")
    annotator.delete("占比")
    added = annotator.add("new", TEXT, "23%", "PERCENT")
    annotator.link(added, annotator.region("即办件")["id"], "名词")
    number = submit(label_studio, tasks["yunling"].id, annotator.result)
    submit(label_studio, tasks["qingshi"].id, list(tasks["qingshi"].predictions[0]["result"]))
    submit(label_studio, tasks["yunxiu"].id, [], was_cancelled=True)

    out = tmp_path / "out"
    told = commands.run("pull", "--output", out)
    assert "taken 已取回: 2" in told
    assert "skipped by the annotator 标注员跳过: 1" in told
    documents = pulled(out)
    assert documents.keys() == {"yunling", "qingshi"}
    document = documents["yunling"]
    assert document.text == TEXT
    assert document.meta["annotator"] == label_studio.email
    assert document.meta["annotation"] == str(number)
    assert document.meta["task"].endswith(f"/data?task={tasks['yunling'].id}")
    assert document.meta["annotated"].startswith("20")
    facts = {document.quote(fact.value_span): fact for fact in document.facts}
    assert facts["120项"].code == "svc.online_items"
    assert (facts["23%"].value, facts["23%"].code, facts["23%"].action) == (Decimal(23), None, None)
    assert document.quote(facts["23%"].item) == "即办件"
    assert facts["9\n件"].value == 9
    untouched = documents["qingshi"]
    assert len(untouched.facts) == len([p for p in tasks["qingshi"].predictions[0]["result"] if "score" in p])

    told = train_update(out, tmp_path)
    assert "2 of them annotated" in told
    (record,) = (tmp_path / "models" / "small-history" / "updates.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(record)["annotators"] == {label_studio.email: 2}
    # The model in use had learnt nothing.
    assert json.loads(record)["reason"] == Reason.DID_NOT_FALL.value

    first = (out / f"project-{commands.number}.txt").read_bytes()
    commands.run("pull", "--output", out)
    assert (out / f"project-{commands.number}.txt").read_bytes() == first


def test_two_annotators_and_a_star_that_settles(label_studio: LiveServer, tmp_path: Path) -> None:
    commands = Commands(label_studio, "两人标注项目")
    commands.run("init", "--annotators", "2")
    commands.run("push", run_file(tmp_path, report()))
    (task,) = commands.tasks().values()
    result = list(task.predictions[0]["result"])
    second = Annotator(result)
    second.code(second.region("120项")["id"], "svc.items")
    other = label_studio.sign_up("chen@example.com")
    submit(label_studio, task.id, result)
    star = submit(label_studio, task.id, second.result, token=other)
    out = tmp_path / "out"
    told = commands.run("pull", "--output", out)
    assert f"'120项': code: {label_studio.email} svc.immediate_items, chen@example.com svc.items" in told
    assert f"chen@example.com ~ {label_studio.email}: 1 documents" in told
    assert "facts, strict 事实 0.833" in told
    assert pulled(out) == {}
    versions = load_corpus(out / "conflicts")
    assert sorted(version.meta["annotator"] for version in versions) == [
        "chen@example.com",
        label_studio.email,
    ]
    record = json.loads((out / f"project-{commands.number}.json").read_text(encoding="utf-8"))
    assert record["counts"]["conflict"] == 1
    assert record["agreement"][0]["fact_f1"] == pytest.approx(5 / 6)

    headers = {"Authorization": f"Token {label_studio.token}"}
    url = f"{label_studio.url}/api/annotations/{star}/"
    httpx.patch(url, headers=headers, json={"ground_truth": True}, timeout=60).raise_for_status()
    told = commands.run("pull", "--output", out)
    assert pulled(out)["yunling"].meta["annotator"] == "chen@example.com"
    assert not (out / "conflicts" / f"project-{commands.number}.txt").exists()


def test_another_model_s_facts_for_tasks_that_are_there(label_studio: LiveServer, tmp_path: Path) -> None:
    commands = Commands(label_studio, "两个模型的项目")
    commands.run("init")
    commands.run("push", run_file(tmp_path, report(), version="model-1"))
    second = run_file(tmp_path, report(), version="llm-1")
    assert "sent 已发送: 0" in commands.run("push", second)
    assert "predictions added 追加预标注: 1" in commands.run("push", second, "--add-predictions")
    assert "sent 已发送: 0" in commands.run("push", second, "--add-predictions")
    (task,) = commands.tasks().values()
    assert [prediction["model_version"] for prediction in task.predictions] == ["model-1", "llm-1"]


def test_nothing_is_lost_beyond_a_page_of_answers(label_studio: LiveServer, tmp_path: Path) -> None:
    commands = Commands(label_studio, "任务很多的项目")
    commands.run("init")
    texts = [f"本局第{number}次公布情况，全年没有新的数据。" for number in range(130)]
    run = run_file(tmp_path, *(report(text, path=f"r{number}.txt") for number, text in enumerate(texts)))
    assert "sent 已发送: 130" in commands.run("push", run)
    assert "there already 已在项目中 130" in commands.run("push", run)
    assert "not annotated yet 尚未标注: 130" in commands.run("pull", "--output", tmp_path / "out")


def test_why_predictions_are_checked_here(label_studio: LiveServer, tmp_path: Path) -> None:
    """Label Studio takes a prediction with a label that the project does not have."""
    commands = Commands(label_studio, "未知标签的项目")
    commands.run("init")
    value = {"start": 0, "end": 2, "text": "一、", "labels": ["NUMBER"]}
    part = {"id": "x", "from_name": "label", "to_name": "text", "type": "labels", "value": value}
    task = {
        "data": {"text": TEXT, "report": [], "findings": []},
        "predictions": [{"model_version": "m", "result": [part]}],
    }
    assert commands.server.import_tasks(commands.number, [task]) == 1
    assert "not sent by this program 不是本程序发送的: 1" in _after_annotation(commands, tmp_path)


def _after_annotation(commands: Commands, folder: Path) -> str:
    (task,) = commands.server.tasks(commands.number)
    submit(commands.live, task.id, list(task.predictions[0]["result"]))
    return commands.run("pull", "--output", folder / "out")
