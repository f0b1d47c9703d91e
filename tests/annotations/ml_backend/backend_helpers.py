"""Models, trainers and servers that the backend's tests share."""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from annotations.label_studio.config import labelling_config
from annotations.ml_backend.model_slot import CHECKSUMS
from annotations.ml_backend.training_plan import Command, TrainingPlan
from annotations.ml_backend.training_state import JobState
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder
from extraction.narrative.reading import Reading, RuleReader
from extraction.narrative.rule_tagger import RuleTagger

MODEL_FILES = ("model.onnx", "labels.json", "code_head.npz", "tokenizer.json")
SENTENCE = "2021年，我局在省政务服务网发布政务服务事项521项，其中即办件120项。"


def rule_reader(_: Path) -> RuleReader:
    """A reader that needs no model's files."""
    return RuleReader(RuleTagger(), CatalogueCoder(load_catalogue()))


class SlowReader:
    """Reads by rules, and tells when it has begun; it goes on when it is let."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._reader = rule_reader(Path())

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._reader.settings

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        self.begun.set()
        assert self.go_on.wait(20)
        return self._reader.read(paragraphs)


def write_model(folder: Path, content: str, *, checksums: bool = True) -> Path:
    """A folder with the files of a model, which only `content` tells from another one's."""
    folder.mkdir(exist_ok=True)
    for name in MODEL_FILES:
        (folder / name).write_bytes(f"{name} {content}".encode())
    if checksums:
        checksum(folder)
    return folder


def checksum(folder: Path) -> None:
    """Writes `SHA256SUMS` as `training.export` does, without the torch that it needs."""
    files = sorted(path for path in folder.iterdir() if path.name != CHECKSUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def python(code: str) -> Command:
    """A training's command: a Python program."""
    return (sys.executable, "-c", code)


def plan(*programs: str, after: int | None = None) -> TrainingPlan:
    return TrainingPlan(tuple(python(code) for code in programs), after)


def waiting_for(path: Path) -> str:
    """A program that ends when a file is there."""
    return f"import pathlib, time\nwhile not pathlib.Path({str(path)!r}).exists(): time.sleep(0.02)"


def until(holds: Callable[[], object], *, seconds: float = 20) -> None:
    """Waits until something holds.

    Raises:
        TimeoutError: It never did.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come to hold")
        time.sleep(0.02)


def has_ended(state: JobState) -> bool:
    return state is not JobState.RUNNING


def saved(number: int, *, action: str = "ANNOTATION_CREATED", **fields: Any) -> dict[str, Any]:
    """A webhook's JSON as Label Studio 1.23 sends it, without what the backend does not look at."""
    annotation = {"id": number, "was_cancelled": False, "result": [], **fields}
    return {"action": action, "annotation": annotation, "task": {"id": 5, "data": {}}, "project": {"id": 7}}


def tasks(*texts: str) -> dict[str, Any]:
    """A request for predictions as Label Studio 1.23 sends it."""
    return {
        "tasks": [
            {"id": number, "data": {"text": text}, "project": 7, "is_labeled": False, "predictions": []}
            for number, text in enumerate(texts, 1)
        ],
        "project": "7.1700000000",
        "label_config": labelling_config(load_catalogue()),
        "params": {"login": None, "password": None, "context": None},
    }


def quotes(result: Sequence[Mapping[str, Any]]) -> set[str]:
    """The regions' texts."""
    return {part["value"]["text"] for part in result if part["type"] == "labels"}


@contextmanager
def running(application: ASGIApp) -> Iterator[str]:
    """The application behind a real server on loopback; yields its address."""
    server = uvicorn.Server(uvicorn.Config(application, "127.0.0.1", 0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)
