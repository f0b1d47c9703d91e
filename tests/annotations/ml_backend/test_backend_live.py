"""The backend behind a real server: many at once, a new model in the middle of it, nobody kept waiting."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from backend_helpers import (
    SENTENCE,
    SlowReader,
    checksum,
    plan,
    quotes,
    rule_reader,
    running,
    saved,
    tasks,
    until,
    waiting_for,
    write_model,
)

from annotations.label_studio.tasks import model_version
from annotations.ml_backend.access import Access
from annotations.ml_backend.application import create_application
from annotations.ml_backend.backend import Backend
from annotations.ml_backend.model_slot import ModelSlot, load_reader
from annotations.ml_backend.training_job import Trainer
from models.runtime import LABELS, RELEASED


def test_a_model_is_replaced_in_the_middle_of_traffic_without_a_failed_request(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(RELEASED, folder)
    slot = ModelSlot(folder, lambda path: load_reader(path, threads=1))
    trainer = Trainer(None, tmp_path / "state", slot.current)
    versions = [model_version(folder)]
    done = threading.Event()

    def ask(address: str) -> list[str]:
        """Asks until told to stop; the versions that answered, one by one."""
        seen: list[str] = []
        with httpx.Client(base_url=address, timeout=60) as client:
            while not (done.is_set() and seen and seen[-1] == versions[-1]):
                answer = client.post("/predict", json=tasks(SENTENCE, SENTENCE))
                assert answer.status_code == 200
                results = answer.json()["results"]
                assert all("521项" in quotes(one["result"]) for one in results)
                assert len({one["model_version"] for one in results}) == 1
                seen.append(results[0]["model_version"])
        return seen

    with running(create_application(Backend(slot, trainer), trainer, Access())) as address, ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, address) for _ in range(4)]
        for change in range(3):
            until(lambda: slot.loaded is not None and slot.loaded.version == versions[-1])
            # Written in place, file by file, as a copy does: for a moment the folder is neither model.
            labels = (folder / LABELS).read_text(encoding="utf-8")
            (folder / LABELS).write_text(labels + "\n" * (change + 1), encoding="utf-8")
            checksum(folder)
            versions.append(model_version(folder))
        done.set()
        for seen in (future.result(60) for future in asked):
            # Never a model that was not there, never an old one again.
            assert set(seen) <= set(versions)
            assert seen == sorted(seen, key=versions.index)


def test_health_setup_and_webhooks_are_answered_while_predictions_take_their_time(tmp_path: Path) -> None:
    """Label Studio waits one second for health and webhooks."""
    reader = SlowReader()
    slot = ModelSlot(write_model(tmp_path / "model", "x"), lambda _: reader)
    trainer = Trainer(None, tmp_path / "state", slot.current)
    with (
        running(create_application(Backend(slot, trainer), trainer, Access())) as address,
        ThreadPoolExecutor(8) as pool,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        slow = [pool.submit(httpx.post, f"{address}/predict", json=tasks(SENTENCE), timeout=60) for _ in range(8)]
        assert reader.begun.wait(20)
        assert client.get("/health").json()["model_version"] == model_version(tmp_path / "model")
        assert client.post("/setup", json={}).status_code == 200
        assert client.post("/webhook", json=saved(1)).json()["new_annotations"] == 1
        assert not any(request.done() for request in slow)
        reader.go_on.set()
        assert [request.result(60).status_code for request in slow] == [200] * 8


def test_many_webhooks_at_once_start_one_training_and_none_is_lost(tmp_path: Path) -> None:
    go_on = tmp_path / "go on"
    slot = ModelSlot(write_model(tmp_path / "model", "x"), rule_reader)
    trainer = Trainer(plan(waiting_for(go_on), after=20), tmp_path / "state", slot.current)
    with (
        running(create_application(Backend(slot, trainer), trainer, Access())) as address,
        ThreadPoolExecutor(8) as pool,
    ):
        sent = [pool.submit(httpx.post, f"{address}/webhook", json=saved(n), timeout=60) for n in range(30)]
        answers = [future.result(60) for future in sent]
        assert sorted(answer.status_code for answer in answers) == [200] * 29 + [201]
        job = trainer.status().job
        assert job is not None
        assert len(job.began_with) == 20
        assert trainer.status().new_annotations == 10
        go_on.touch()
        trainer.wait()


def test_the_server_s_end_ends_its_training(tmp_path: Path) -> None:
    slot = ModelSlot(write_model(tmp_path / "model", "x"), rule_reader)
    trainer = Trainer(plan("import time; time.sleep(60)"), tmp_path / "state", slot.current)
    with running(create_application(Backend(slot, trainer), trainer, Access())) as address:
        assert httpx.post(f"{address}/webhook", json={"action": "START_TRAINING"}, timeout=60).status_code == 201
    job = trainer.status().job
    assert job is not None
    assert job.state == "stopped"
