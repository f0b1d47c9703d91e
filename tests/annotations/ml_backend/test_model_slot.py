"""The model in use, and its replacement on disk."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from backend_helpers import MODEL_FILES, rule_reader, until, write_model

from annotations.label_studio.tasks import model_version
from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.model_slot import CHECKSUMS, ModelSlot, load_reader
from extraction.narrative.reading import ParagraphReader, RuleReader
from models.runtime import GRAPH, LABELS, RELEASED


def test_the_released_model_has_a_version_and_can_be_loaded() -> None:
    assert model_version(RELEASED).startswith("nianbao-")
    reading = load_reader(RELEASED, threads=1).read(["全区发布通知公告40条。"])[0]
    assert [str(fact.number) for fact in reading.linked] == ["40"]


@pytest.mark.parametrize("missing", MODEL_FILES)
def test_a_folder_that_lacks_a_file_is_named(tmp_path: Path, missing: str) -> None:
    folder = write_model(tmp_path / "m", "x")
    (folder / missing).unlink()
    with pytest.raises(BackendError, match=missing) as caught:
        ModelSlot(folder, rule_reader).current()
    assert caught.value.code is BackendErrorCode.NO_MODEL


def test_nothing_is_loaded_before_it_is_asked_for_nor_twice(tmp_path: Path) -> None:
    folder, loaded = write_model(tmp_path / "m", "x"), list[Path]()

    def load(folder: Path) -> RuleReader:
        loaded.append(folder)
        return rule_reader(folder)

    slot = ModelSlot(folder, load)
    assert (loaded, slot.loaded) == ([], None)
    assert slot.current() is slot.current()
    # Written again with the same content, as a checkout does: another stamp, the same model.
    write_model(folder, "x")
    (folder / "MODEL_CARD.md").write_text("a card")
    assert slot.current() is slot.loaded
    assert len(loaded) == 1


def test_a_new_model_is_used_from_the_next_request_on(tmp_path: Path) -> None:
    slot = ModelSlot(write_model(tmp_path / "m", "x"), rule_reader)
    before = slot.current()
    write_model(tmp_path / "m", "y")
    after = slot.current()
    assert after.version != before.version
    assert after.reader is not before.reader


def test_a_file_that_a_later_program_adds_makes_it_another_model(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", "x")
    slot = ModelSlot(folder, rule_reader)
    before = slot.current()
    (folder / "link.npz").write_bytes(b"weights")
    after = slot.current()
    assert after is not before
    assert after.version != before.version


def test_a_folder_that_another_one_takes_the_place_of_is_noticed(tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(write_model(tmp_path / "one", "x"))
    slot = ModelSlot(link, rule_reader)
    before = slot.current().version
    new = tmp_path / "new"
    new.symlink_to(write_model(tmp_path / "two", "y"))
    new.rename(link)
    assert slot.current().version == model_version(tmp_path / "two") != before


def test_a_half_written_folder_leaves_the_old_model_in_its_place(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", "x")
    slot = ModelSlot(folder, rule_reader)
    old = slot.current()
    new = write_model(tmp_path / "new", "y")
    for name in (*MODEL_FILES, CHECKSUMS):
        assert slot.current() is old
        shutil.copy(new / name, folder / name)
    assert slot.current().version == model_version(new)
    assert slot.problem is None


def test_a_broken_model_leaves_the_old_one_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def load(folder: Path) -> RuleReader:
        if "broken" in (folder / LABELS).read_text():
            raise ValueError("tags of another version")
        return rule_reader(folder)

    folder = write_model(tmp_path / "m", "x")
    slot = ModelSlot(folder, load)
    old = slot.current()
    write_model(folder, "broken")
    assert slot.current() is old
    assert slot.current() is old
    assert slot.problem is not None
    assert slot.problem.code is BackendErrorCode.MODEL_BROKEN
    assert caplog.text.count("tags of another version") == 1
    write_model(folder, "mended")
    assert slot.current() is not old
    assert slot.problem is None


def test_a_broken_first_model_is_an_error_until_it_is_mended(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    shutil.copytree(RELEASED, folder)
    (folder / CHECKSUMS).unlink()
    graph = (folder / GRAPH).read_bytes()
    (folder / GRAPH).write_bytes(graph[:1000])
    slot = ModelSlot(folder)
    for _ in range(2):
        with pytest.raises(BackendError) as caught:
            slot.current()
        assert caught.value.code is BackendErrorCode.MODEL_BROKEN
    (folder / GRAPH).write_bytes(graph)
    assert slot.current().version == model_version(RELEASED)


def test_others_go_on_with_the_old_model_while_the_new_one_is_loaded(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def load(folder: Path) -> ParagraphReader:
        if "y" in (folder / LABELS).read_text().split():
            begun.set()
            assert go_on.wait(20)
        return rule_reader(folder)

    folder = write_model(tmp_path / "m", "x")
    slot = ModelSlot(folder, load)
    old = slot.current()
    write_model(folder, "y")
    thread = threading.Thread(target=slot.current)
    thread.start()
    assert begun.wait(20)
    assert slot.current() is old
    go_on.set()
    thread.join(20)
    assert slot.current().version == model_version(folder) != old.version


def test_a_model_that_changes_while_it_is_loaded_is_not_used(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", "x")
    contents = iter(["z", None])

    def load(folder: Path) -> ParagraphReader:
        content = next(contents, None)
        if content:
            write_model(folder, content)
        return rule_reader(folder)

    slot = ModelSlot(folder, load)
    with pytest.raises(BackendError) as caught:
        slot.current()
    assert caught.value.code is BackendErrorCode.MODEL_CHANGING
    until(lambda: slot.current().version == model_version(folder))
