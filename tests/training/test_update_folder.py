"""A replacement shows one model or the other, whenever the process that does it is killed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from training import update_folder
from training.update_data import Refusal, RefusalReason, UpdateError
from training.update_decision import Compared, Reason
from training.update_folder import ModelFolder, exchanged, model_state
from training.update_record import Identity, ModelState, UpdateRecord, card_section


class Killed(BaseException):
    """Stands for the end of the process."""


def write_model(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("model.onnx", "labels.json"):
        (folder / name).write_text(f"{name} of {content}")
    (folder / "MODEL_CARD.md").write_text(content)
    return folder


def record_of(before: ModelState, after: ModelState, number: str = "20260101T000000.000001Z") -> UpdateRecord:
    return UpdateRecord(
        id=number,
        decided="2026-01-01T00:00:00+00:00",
        identity=Identity(
            model=before.digest, annotations="a", corpus="c", hours=0.5, seed=1, precision="int8"
        ),
        reason=Reason.DID_NOT_FALL,
        corpus_documents=5,
        annotated_documents=2,
        annotated_facts=9,
        annotators={"王": 2},
        refused=[Refusal("x-1", RefusalReason.BODY, "青禾县, test")],
        in_place_of=[],
        new_codes=["app.received"],
        steps=1200,
        scores=[Compared("test", 4, 0.8, 0.81, 0.01, -0.005, 0.02, 0.3)],
        gold_absent=["r-1"],
        before=before,
        after=after,
        previous=number,
    )


@pytest.fixture
def model(tmp_path: Path) -> ModelFolder:
    folder = ModelFolder(write_model(tmp_path / "models" / "in-use", "old"))
    folder.run.mkdir(parents=True)
    return folder


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_model(tmp_path / "release", "new")


def assert_replaced(model: ModelFolder, record: UpdateRecord) -> None:
    assert model.state() == record.after
    assert record.previous is not None
    assert model_state(model.previous(record.previous)) == record.before
    lines = model.updates.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [record.id]
    assert not model.run.exists()
    assert [path.name for path in model.path.parent.iterdir() if path.name.startswith(".")] == []


def test_a_replacement_keeps_the_model_before_and_a_record(model: ModelFolder, release: Path) -> None:
    record = record_of(model.state(), model_state(release))
    model.replace(release, record)
    assert_replaced(model, record)
    assert (model.path / "MODEL_CARD.md").read_text() == "new"


def test_a_record_is_read_back_as_it_was(model: ModelFolder, release: Path) -> None:
    record = record_of(model.state(), model_state(release))
    stored = json.loads(json.dumps(record.to_dict()))
    assert UpdateRecord.from_dict(stored) == record
    assert stored["decision"] == "replaced"
    section = card_section(record)
    assert "| test | 4 | 80.0 | 81.0 | +1.0 (-0.5 to +2.0) |" in section
    assert "王 (2)" in section


def killing(monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool) -> None:
    """The process ends before or after the first call of a function."""
    real: Callable[..., object] = getattr(update_folder, name)

    def dying(*arguments: object) -> object:
        if after:
            real(*arguments)
        raise Killed

    monkeypatch.setattr(update_folder, name, dying)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", ["copy_flushed", "write_flushed", "exchanged", "flush_folder", "remove"])
@pytest.mark.parametrize("can_exchange", [True, False])
def test_killed_anywhere_the_folder_holds_a_whole_model_and_the_next_command_goes_on(
    model: ModelFolder,
    release: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    after: bool,
    can_exchange: bool,
) -> None:
    record = record_of(model.state(), model_state(release))
    with monkeypatch.context() as patched:
        if not can_exchange:
            patched.setattr(update_folder, "exchanged", lambda first, second: False)
        killing(patched, name, after=after)
        with pytest.raises(Killed):
            model.replace(release, record)
    assert model.state() in (record.before, record.after)
    settled = model.settle()
    if settled is None:  # it had not been decided: the run is still there, and is taken up
        assert model.state() == record.before
        assert model.run.exists()
        model.replace(release, record)
    else:
        assert settled == record
    assert_replaced(model, record)
    assert model.settle() is None


def test_killed_between_two_renames_the_new_model_is_put_in_place(
    model: ModelFolder, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = record_of(model.state(), model_state(release))
    real, renames = Path.rename, list[Path]()

    def rename(path: Path, target: Path) -> Path:
        if renames:
            raise Killed
        renames.append(path)
        return real(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(update_folder, "exchanged", lambda first, second: False)
        patched.setattr(Path, "rename", rename)
        with pytest.raises(Killed):
            model.replace(release, record)
    assert not model.path.exists()
    assert model.settle() == record
    assert_replaced(model, record)


def test_a_model_that_came_between_is_not_replaced(
    model: ModelFolder, release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        killing(patched, "exchanged", after=False)
        with pytest.raises(Killed):
            model.replace(release, record_of(model.state(), model_state(release)))
    (model.path / "model.onnx").write_text("of another hand")
    state = model.state()
    assert model.settle() is None
    assert model.state() == state
    assert not model.updates.exists()


def test_a_reader_never_misses_the_model(model: ModelFolder, tmp_path: Path) -> None:
    other = write_model(tmp_path / "models" / "other", "new")
    if not exchanged(model.path, other):
        pytest.skip("this system cannot exchange folders")
    seen, stopped = set[str](), threading.Event()

    def read() -> None:
        while not stopped.is_set():
            seen.add((model.path / "model.onnx").read_text())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(300):
            assert exchanged(model.path, other)
    finally:
        stopped.set()
        reader.join()
    assert seen <= {"model.onnx of old", "model.onnx of new"}
    assert (model.path / "model.onnx").read_text() == "model.onnx of new"


def test_an_exchange_with_nothing_fails_aloud(model: ModelFolder, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing"):
        exchanged(model.path, tmp_path / "nothing")
    assert model.path.exists()


def test_one_update_at_a_time(model: ModelFolder) -> None:
    with (
        model.locked(),
        pytest.raises(UpdateError, match="another update"),
        ModelFolder(model.path).locked(),
    ):
        pass
    with model.locked():
        pass


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(UpdateError, match="nowhere"):
        model_state(tmp_path / "nowhere")
