"""A real Label Studio server connected to `nianbao annotate serve`: predictions, annotations counted, training."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from label_studio_helpers import TEXT
from live_label_studio import LiveServer

from annotations.label_studio.config import labelling_config
from annotations.label_studio.tasks import model_version
from annotations.ml_backend.access import SECRET_HEADER, SECRET_VARIABLE
from extraction.narrative.catalogue import load_catalogue
from models.runtime import LABELS, RELEASED
from tests.annotations.ml_backend import backend_helpers

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]
SECRET = "tangerine"
until = partial(backend_helpers.until, seconds=60)
SENTENCES = ("2021年，我局在省政务服务网发布政务服务事项521项，其中即办件120项。", "没有数字的一句话。", TEXT)


@dataclass(frozen=True)
class BackendProcess:
    """A running `nianbao annotate serve` with a model of its own; trainings wait for the file `go_on`."""

    url: str
    model: Path
    go_on: Path

    def health(self) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/health", auth=("nianbao", SECRET), timeout=60).raise_for_status()
        return dict(answer.json())

    def job(self) -> tuple[int, str] | None:
        training = self.health()["training"]
        return (training["number"], training["state"]) if training else None


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[BackendProcess]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model, go_on = tmp_path / "model", tmp_path / "go-on"
    shutil.copytree(RELEASED, model)
    (model / "SHA256SUMS").unlink()
    training = f"import pathlib, time\nwhile not pathlib.Path({str(go_on)!r}).exists(): time.sleep(0.05)"
    command = [
        sys.executable, "-m", "nianbao.cli", "annotate", "serve", "--port", str(port), "--model", str(model),
        "--state", str(tmp_path / "state"), "--train-after", "2", "--threads", "1",
        "--train-command", f'{sys.executable} -c "{training}"',
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env={**os.environ, SECRET_VARIABLE: SECRET}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        running = BackendProcess(f"http://127.0.0.1:{port}", model, go_on)
        until(lambda: process.poll() is not None or _answers(running.url))
        assert process.poll() is None, (tmp_path / "log").read_text()
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert SECRET not in (tmp_path / "log").read_text()


@dataclass(frozen=True)
class Project:
    """A project on the server with three tasks."""

    client: httpx.Client
    number: int
    tasks: tuple[int, ...]

    def connect(self, backend: BackendProcess, **authentication: str) -> httpx.Response:
        return self.client.post(
            "/api/ml", json={"project": self.number, "url": backend.url, "title": "nianbao", **authentication}
        )

    def retrieve_predictions(self) -> None:
        """What the button of the task list does."""
        chosen = {"selectedItems": {"all": True, "excluded": []}, "project": self.number}
        address = f"/api/dm/actions?id=retrieve_tasks_predictions&project={self.number}"
        self.client.post(address, json=chosen).raise_for_status()

    def predictions(self, task: int) -> list[dict[str, Any]]:
        return list(self.client.get("/api/predictions", params={"task": task}).raise_for_status().json())

    def annotate(self, task: int) -> int:
        answer = self.client.post(f"/api/tasks/{task}/annotations", json={"result": []}).raise_for_status()
        return int(answer.json()["id"])


@pytest.fixture
def project(label_studio: LiveServer) -> Iterator[Project]:
    with _client(label_studio) as client:
        yield _project(client, labelling_config(load_catalogue()))


BASIC = {"auth_method": "BASIC_AUTH", "basic_auth_user": "nianbao", "basic_auth_pass": SECRET}


def test_a_project_gets_the_predictions_of_the_model_in_use(backend: BackendProcess, project: Project) -> None:
    connected = project.connect(backend, **BASIC).raise_for_status().json()
    first = model_version(backend.model)
    assert (connected["readable_state"], connected["model_version"]) == ("Connected", first)
    versions = project.client.get(f"/api/ml/{connected['id']}/versions").raise_for_status().json()
    assert versions == {"versions": [first]}

    project.retrieve_predictions()
    for task, text in zip(project.tasks, SENTENCES, strict=True):
        (prediction,) = project.predictions(task)
        assert prediction["model_version"] == first
        for part in prediction["result"]:
            if part["type"] == "labels":
                value = part["value"]
                assert text[value["start"] : value["end"]] == value["text"]
    (prediction,) = project.predictions(project.tasks[0])
    quoted = {part["id"]: part["value"]["text"] for part in prediction["result"] if part["type"] == "labels"}
    codes = {quoted[part["id"]]: part["value"]["taxonomy"][0][-1] for part in prediction["result"] if part["type"] == "taxonomy"}
    assert codes == {"521项": "svc.items", "120项": "svc.immediate_items"}
    (odd,) = project.predictions(project.tasks[2])
    assert {"５２１项", "120项", "23%"} <= {part["value"]["text"] for part in odd["result"] if part["type"] == "labels"}

    # A new model, while the server runs; the predictions that are there already are not made again.
    labels = (backend.model / LABELS).read_text(encoding="utf-8")
    (backend.model / LABELS).write_text(labels + "\n", encoding="utf-8")
    second = model_version(backend.model)
    for _ in range(2):
        project.retrieve_predictions()
        made = [prediction["model_version"] for prediction in project.predictions(project.tasks[0])]
        assert sorted(made) == sorted([first, second])


def test_the_secret_is_asked_for(backend: BackendProcess, project: Project) -> None:
    for wrong in ({}, {**BASIC, "basic_auth_pass": "mandarin"}):
        answer = project.connect(backend, **wrong)
        assert answer.status_code == 400
        assert "authentication parameters" in answer.text


def test_a_project_that_cannot_show_the_predictions_is_not_connected(
    backend: BackendProcess, label_studio: LiveServer
) -> None:
    with _client(label_studio) as client:
        config = labelling_config(load_catalogue()).replace('alias="ITEM"', 'alias="NOUN"')
        answer = _project(client, config).connect(backend, **BASIC)
    assert answer.status_code == 400
    assert "incompatible with the current labeling configuration" in answer.text


def test_start_training_reaches_the_backend_and_starts_one_training(backend: BackendProcess, project: Project) -> None:
    number = project.connect(backend, **BASIC).raise_for_status().json()["id"]
    for _ in range(2):
        project.client.post(f"/api/ml/{number}/train", json={}).raise_for_status()
        assert backend.job() == (1, "running")
    backend.go_on.touch()
    until(lambda: backend.job() == (1, "finished"))
    project.client.post(f"/api/ml/{number}/train", json={}).raise_for_status()
    until(lambda: backend.job() == (2, "finished"))


def test_annotations_are_counted_once_the_webhook_brings_the_secret_and_enough_of_them_start_training(
    backend: BackendProcess, project: Project
) -> None:
    project.connect(backend, **BASIC).raise_for_status()
    project.annotate(project.tasks[0])
    # Label Studio makes the webhook without the backend's password.
    assert backend.health()["new_annotations"] == 0
    (webhook,) = project.client.get("/api/webhooks", params={"project": project.number}).raise_for_status().json()
    assert webhook["url"] == f"{backend.url}/webhook"
    headers = {"headers": {SECRET_HEADER: SECRET}}
    project.client.patch(f"/api/webhooks/{webhook['id']}", json=headers).raise_for_status()

    first = project.annotate(project.tasks[0])
    until(lambda: backend.health()["new_annotations"] == 1)
    project.client.patch(f"/api/annotations/{first}", json={"result": []}).raise_for_status()
    project.client.delete(f"/api/annotations/{first}").raise_for_status()
    until(lambda: backend.health()["new_annotations"] == 0)
    assert backend.job() is None
    for task in project.tasks[:2]:
        project.annotate(task)
    until(lambda: backend.job() == (1, "running"))
    assert backend.health()["training"]["annotations"] == 2
    backend.go_on.touch()
    until(lambda: backend.job() == (1, "finished"))


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 401
    except httpx.TransportError:
        return False


def _client(server: LiveServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Token {server.token}"}, timeout=120)


def _project(client: httpx.Client, config: str) -> Project:
    settings = {"title": f"后端试验 {time.time_ns()}", "label_config": config}
    number = int(client.post("/api/projects", json=settings).raise_for_status().json()["id"])
    imported = client.post(
        f"/api/projects/{number}/import",
        params={"return_task_ids": "true"},
        json=[{"text": text, "report": [], "findings": []} for text in SENTENCES],
    )
    return Project(client, number, tuple(imported.raise_for_status().json()["task_ids"]))
