"""The backend over HTTP, as Label Studio 1.23 asks it."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from backend_helpers import SENTENCE, plan, quotes, rule_reader, saved, tasks, until, waiting_for, write_model
from starlette.testclient import TestClient

from annotations.label_studio import names
from annotations.label_studio.config import labelling_config
from annotations.label_studio.tasks import model_version
from annotations.ml_backend.access import Access
from annotations.ml_backend.application import create_application
from annotations.ml_backend.backend import Backend
from annotations.ml_backend.model_slot import ModelSlot
from annotations.ml_backend.training_job import Trainer
from annotations.ml_backend.training_plan import TrainingPlan
from extraction.narrative.catalogue import load_catalogue

MakeClient = Callable[..., TestClient]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model", "x")


@pytest.fixture
def make_client(tmp_path: Path, model: Path) -> Iterator[MakeClient]:
    opened: list[TestClient] = []

    def make(*, of: TrainingPlan | None = None, access: Access | None = None, max_body: int = 1 << 20) -> TestClient:
        slot = ModelSlot(model, rule_reader)
        trainer = Trainer(of, tmp_path / "state", slot.current)
        application = create_application(Backend(slot, trainer), trainer, access or Access(), max_body=max_body)
        client = TestClient(application, raise_server_exceptions=False)
        opened.append(client.__enter__())
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client()


def test_health_loads_nothing_and_setup_tells_the_version(client: TestClient, model: Path) -> None:
    health = client.get("/health")
    assert (health.status_code, health.json()["status"], health.json()["model_version"]) == (200, "UP", None)
    schema = labelling_config(load_catalogue())
    setup = client.post("/setup", json={"project": "7.17", "schema": schema, "hostname": "x", "access_token": "y"})
    assert setup.json() == {"model_version": model_version(model)}
    assert client.get("/").json()["model_version"] == model_version(model)
    assert client.get("/versions").json() == {"versions": [model_version(model)]}


def test_the_access_token_of_setup_is_not_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.post("/setup", json={"project": "7.17", "access_token": "clementine"})
    assert "clementine" not in caplog.text


@pytest.mark.parametrize("lack", ['alias="ITEM"', 'alias="svc.items"', f'value="{names.RELATION_OF[names.PARENT]}"', 'name="unit"'])
def test_a_project_that_cannot_show_the_predictions_is_told_so(client: TestClient, lack: str) -> None:
    config = labelling_config(load_catalogue())
    assert lack in config
    other = config.replace(lack, lack.replace('="', '="x', 1))
    for path, request in (("/setup", {"schema": other}), ("/predict", tasks(SENTENCE) | {"label_config": other})):
        answer = client.post(path, json=request)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "labels_differ")
    more = config.replace("<Labels ", '<Labels extra="1" ').replace("</Labels>", '<Label value="More"/></Labels>')
    assert client.post("/setup", json={"schema": more}).status_code == 200
    assert client.post("/setup", json={"schema": "no XML"}).json()["error"]["code"] == "labels_differ"


def test_each_task_gets_its_prediction_in_order(client: TestClient, model: Path) -> None:
    numbers = [3, 1, 44, 15, 92, 65]
    answer = client.post("/predict", json=tasks(*(f"全区发布通知公告{number}条。" for number in numbers))).json()
    for number, one in zip(numbers, answer["results"], strict=True):
        assert f"{number}条" in quotes(one["result"])
        assert one["model_version"] == answer["model_version"] == model_version(model)
        assert 0 < one["score"] <= 1


def test_no_tasks_no_results(client: TestClient) -> None:
    assert client.post("/predict", json=tasks()).json()["results"] == []


@pytest.mark.parametrize(
    "bad", [None, 5, {}, {"id": 9, "data": {}}, {"id": 9, "data": {"text": None}}, {"id": 9, "data": {"text": ["x"]}}]
)
def test_a_bad_task_costs_the_others_nothing(
    client: TestClient, caplog: pytest.LogCaptureFixture, bad: object
) -> None:
    request = tasks(SENTENCE, SENTENCE)
    request["tasks"].insert(1, bad)
    first, second, third = client.post("/predict", json=request).json()["results"]
    assert quotes(first["result"]) == quotes(third["result"]) >= {"521项", "120项"}
    assert (second["result"], second["score"], second["error"]["code"]) == ([], 0.0, "bad_task")
    assert "bad_task" in caplog.text


def test_half_a_character_is_a_bad_task(client: TestClient) -> None:
    content = json.dumps(tasks("发布\ud83d5条。", SENTENCE))
    answer = client.post("/predict", content=content, headers={"content-type": "application/json"})
    first, second = answer.json()["results"]
    assert (first["error"]["code"], "521项" in quotes(second["result"])) == ("bad_task", True)


def test_a_reader_that_breaks_on_a_task_costs_the_others_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from annotations.ml_backend import predictions

    read = predictions.as_document
    monkeypatch.setattr(predictions, "as_document", lambda text: read(text if text != "bad" else None))  # type: ignore[arg-type]
    first, second = client.post("/predict", json=tasks("bad", SENTENCE)).json()["results"]
    assert (first["result"], first["error"]["code"]) == ([], "internal")
    assert "521项" in quotes(second["result"])
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"", "malformed_json", 400),
        (b"{", "malformed_json", 400),
        (b"\xff\xfe{}", "malformed_json", 400),
        (b"[" * 100_000, "malformed_json", 400),
        (b"[]", "wrong_request", 400),
        (b"{}", "wrong_request", 400),
        (b'{"tasks": {"id": 1}}', "wrong_request", 400),
    ],
)
def test_what_is_no_request_is_answered_with_400_and_a_code(
    client: TestClient, content: bytes, code: str, status: int
) -> None:
    answer = client.post("/predict", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/setup", "/predict", "/webhook"])
def test_what_a_foreign_page_can_send_unasked_is_refused(client: TestClient, path: str) -> None:
    answer = client.post(path, content=b'{"action": "START_TRAINING"}', headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_json")


def test_a_body_over_the_limit_is_refused_announced_or_not(make_client: MakeClient) -> None:
    client = make_client(max_body=100_000)
    small, large = tasks("发布5条。"), tasks("发布5条。" * 20_000)
    assert client.post("/predict", json=small).status_code == 200
    answer = client.post("/predict", json=large)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")

    def in_pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 10_000

    unannounced = client.post("/predict", content=in_pieces(), headers={"content-type": "application/json"})
    assert (unannounced.status_code, unannounced.json()["error"]["code"]) == (413, "too_large")


def test_other_addresses_and_methods_are_coded_errors(client: TestClient) -> None:
    assert client.post("/train", json={}).json()["error"]["code"] == "wrong_address"
    answer = client.get("/predict")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "wrong_method")


def test_without_a_model_predictions_are_a_coded_error(client: TestClient, model: Path) -> None:
    (model / "model.onnx").unlink()
    answer = client.post("/predict", json=tasks(SENTENCE))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_model")
    assert client.get("/health").json()["model_problem"]["code"] == "no_model"


def _basic(secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"nianbao:{secret}".encode()).decode()}


@pytest.mark.parametrize("path", ["/", "/health", "/versions", "/setup", "/predict", "/webhook", "/nowhere"])
def test_with_a_secret_nothing_is_answered_without_it(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(access=Access("nianbao", "tangerine"), of=plan("pass"))
    for headers in ({}, _basic("mandarin"), {"x-nianbao-secret": "mandarin"}):
        for answer in (client.get(path, headers=headers), client.post(path, headers=headers, json={"action": "START_TRAINING"})):
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Basic ")
    assert client.get("/health", headers=_basic("tangerine")).json()["training"] is None
    assert "refused" in caplog.text
    assert "tangerine" not in caplog.text
    assert "mandarin" not in caplog.text


def test_the_right_secret_is_let_in(make_client: MakeClient) -> None:
    client = make_client(access=Access("nianbao", "tangerine"))
    assert client.get("/health", headers=_basic("tangerine")).status_code == 200
    webhook = client.post("/webhook", json=saved(1), headers={"X-Nianbao-Secret": "tangerine"})
    assert webhook.json() == {"action": "ANNOTATION_CREATED", "new_annotations": 1}


def test_start_training_starts_one_training_and_tells_the_second_asker(
    make_client: MakeClient, tmp_path: Path
) -> None:
    go_on = tmp_path / "go on"
    client = make_client(of=plan(waiting_for(go_on)))
    first = client.post("/webhook", json={"action": "START_TRAINING", "project": {"id": 7}})
    second = client.post("/webhook", json={"action": "START_TRAINING", "project": {"id": 7}})
    assert (first.status_code, first.json()["status"], first.json()["job"]) == (201, "started", "1")
    assert (second.status_code, second.json()["status"], second.json()["job"]) == (200, "already_running", "1")
    assert _training(client)["state"] == "running"
    go_on.touch()
    until(lambda: _training(client)["state"] == "finished")


def test_enough_annotations_start_training_and_its_model_is_in_use_when_it_is_done(
    make_client: MakeClient, model: Path
) -> None:
    graph = str(model / "model.onnx")
    client = make_client(of=plan(f"open({graph!r}, 'w').write('new'); import os; os.remove({str(model / 'SHA256SUMS')!r})", after=2))
    before = client.post("/setup", json={}).json()["model_version"]
    assert client.post("/webhook", json=saved(1)).json()["new_annotations"] == 1
    assert client.post("/webhook", json=saved(1, action="ANNOTATION_UPDATED")).json()["new_annotations"] == 1
    answer = client.post("/webhook", json=saved(2))
    assert (answer.status_code, answer.json()["status"], answer.json()["new_annotations"]) == (201, "started", 0)
    until(lambda: _training(client)["state"] == "finished")
    # Health looks at no folder: the model has been loaded by the training's end.
    until(lambda: client.get("/health").json()["model_version"] == model_version(model))
    assert model_version(model) != before


def test_training_that_is_not_set_up_is_told(client: TestClient) -> None:
    answer = client.post("/webhook", json={"action": "START_TRAINING"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_training")


def _training(client: TestClient) -> dict[str, Any]:
    training = client.get("/health").json()["training"]
    assert isinstance(training, dict)
    return training
