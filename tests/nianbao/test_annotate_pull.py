"""`nianbao annotate pull` on a server in memory: the files that it writes."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from fake_label_studio import FakeServer
from label_studio_helpers import TEXT, Annotator, report
from typer.testing import CliRunner, Result

from annotations.corpus_format import load_corpus
from annotations.label_studio.project import DEFAULT_TITLE, set_up
from annotations.label_studio.server import TOKEN_VARIABLE, URL_VARIABLE
from annotations.label_studio.tasks import task_of
from extraction.narrative.catalogue import load_catalogue
from nianbao.cli import app


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    fake = FakeServer()
    monkeypatch.setattr("nianbao.label_studio_options.Server", lambda access: fake.opened_with(access))
    set_up(fake, DEFAULT_TITLE, load_catalogue())
    fake.import_tasks(
        1, [task_of(report(), "m"), task_of(report("本局没有新的数据，特此说明。", path="b.txt"), "m")]
    )
    return fake


def run(folder: Path) -> Result:
    env = {URL_VARIABLE: "http://fake", TOKEN_VARIABLE: "t" * 40, "COLUMNS": "300"}
    return CliRunner().invoke(app, ["annotate", "pull", "--output", str(folder)], env=env)


def corrected(server: FakeServer, code: str) -> list[dict[str, object]]:
    annotator = Annotator(server.stored[1][0].predictions[0]["result"])
    annotator.code(annotator.region("120项")["id"], code)
    return annotator.result


def test_what_is_completed_is_written_and_traceable(server: FakeServer, tmp_path: Path) -> None:
    server.annotate(1, 1, corrected(server, "svc.online_items"), by=2)
    done = run(tmp_path)
    assert done.exit_code == 0, done.output
    assert "taken 已取回: 1" in done.output
    assert "not annotated yet 尚未标注: 1" in done.output
    (document,) = load_corpus(tmp_path)
    assert document.text == TEXT
    assert document.meta["annotator"] == "wang@example.com"
    assert document.facts[1].code == "svc.online_items"
    record = json.loads((tmp_path / "project-1.json").read_text(encoding="utf-8"))
    (task,) = record["tasks"]
    assert (task["verdict"], task["annotations"][0]["annotator"]) == ("taken", "wang@example.com")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    run(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_conflicts_go_where_no_training_looks(server: FakeServer, tmp_path: Path) -> None:
    server.annotate(1, 1, corrected(server, "svc.online_items"), by=1)
    server.annotate(1, 1, corrected(server, "svc.items"), by=2)
    server.annotate(1, 2, [], by=1)
    done = run(tmp_path)
    assert done.exit_code == 0
    assert "'120项': code: li@example.com svc.online_items, wang@example.com svc.items" in done.output
    assert "li@example.com ~ wang@example.com: 1 documents" in done.output
    assert [document.id.split("-")[0] for document in load_corpus(tmp_path)] == ["b"]
    versions = load_corpus(tmp_path / "conflicts")
    assert len({version.id for version in versions}) == 2
    record = json.loads((tmp_path / "project-1.json").read_text(encoding="utf-8"))
    assert record["agreement"][0]["annotators"] == ["li@example.com", "wang@example.com"]
    (conflict,) = [task for task in record["tasks"] if task["verdict"] == "conflict"]
    place = conflict["conflicts"][0]
    assert TEXT[place["start"] : place["end"]] == "120项"


def test_a_settled_conflict_leaves_no_file(server: FakeServer, tmp_path: Path) -> None:
    server.annotate(1, 1, corrected(server, "svc.online_items"), by=1)
    server.annotate(1, 1, corrected(server, "svc.items"), by=2)
    run(tmp_path)
    assert (tmp_path / "conflicts" / "project-1.txt").exists()
    settled = copy.deepcopy(server.stored[1][0].annotations[1]) | {"ground_truth": True}
    server.stored[1][0].annotations[1] = settled
    run(tmp_path)
    assert not (tmp_path / "conflicts" / "project-1.txt").exists()
    assert load_corpus(tmp_path)[0].meta["annotator"] == "wang@example.com"


def test_a_folder_that_cannot_be_written(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = run(tmp_path / "file")
    assert done.exit_code == 1
    assert "file" in done.output
