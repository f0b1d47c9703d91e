"""`nianbao train update` as a user meets it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nianbao.cli import app
from training import update as update_module
from training.update import InterruptedUpdate, UpdateRequest
from training.update_data import UpdateError
from training.update_decision import Compared, Reason
from training.update_record import Identity, ModelState, UpdateRecord


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["train", "update", *map(str, arguments)], env={"COLUMNS": "160"})


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """The command catches signals until its process ends."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("annotations", "corpus"):
        (tmp_path / name).mkdir()
    (tmp_path / "corpus" / "splits.toml").write_text("")
    return tmp_path


def arguments(folder: Path, *more: object) -> tuple[object, ...]:
    return (
        "--annotations",
        folder / "annotations",
        "--corpus",
        folder / "corpus",
        "--model",
        folder / "m",
        *more,
    )


def record(reason: Reason) -> UpdateRecord:
    state = ModelState("d", {})
    return UpdateRecord(
        id="20260101T000000.000001Z", decided="2026-01-01T00:00:00+00:00",
        identity=Identity(model="d", annotations="a", corpus="c", hours=0.5, seed=1, precision="int8"),
        reason=reason, corpus_documents=5, annotated_documents=2, annotated_facts=9, annotators={}, refused=[],
        in_place_of=[], new_codes=[], steps=3,
        scores=[Compared("test", 68, 0.876, 0.881, 0.005, -0.002, 0.011, 0.21), Compared("gold", 1, None, 0.5, None, None, None, 1.0)],
        gold_absent=["huaian"], before=state, after=state,
        previous="20260101T000000.000001Z" if reason is Reason.DID_NOT_FALL else None,
    )  # fmt: skip


def answering(monkeypatch: pytest.MonkeyPatch, answer: UpdateRecord | Exception) -> list[UpdateRequest]:
    asked: list[UpdateRequest] = []

    def update(
        request: UpdateRequest, *, say: Callable[[str], None], stop: Callable[[], bool]
    ) -> UpdateRecord:
        asked.append(request)
        say("left out: x: text_held_out test")
        assert not stop()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(update_module, "update", update)
    return asked


def test_it_says_that_the_model_was_replaced_and_where_the_one_before_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, record(Reason.DID_NOT_FALL))
    result = invoke(*arguments(folder, "--hours", 0.1, "--seed", 4, "--precision", "fp16"))
    assert result.exit_code == 0
    assert "87.6 → 88.1, +0.5 points (95 % -0.2 to +1.1), p = 0.21, 68" in result.stdout
    assert "— → 50.0" in result.stdout
    assert "已替换" in result.stdout
    assert str(folder / "m-history" / "previous" / "20260101T000000.000001Z") in result.stdout
    assert "huaian" in result.stdout
    assert "left out: x" in result.stderr
    assert (asked[0].hours, asked[0].seed, asked[0].precision.value) == (0.1, 4, "fp16")
    assert asked[0].config.name == "finetune.toml"


def test_it_says_that_the_model_was_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, record(Reason.FELL_ON_TEST))
    result = invoke(*arguments(folder))
    assert result.exit_code == 0
    assert "fell on the test split" in result.stdout
    assert "previous" not in result.stdout


@pytest.mark.parametrize(
    ("answer", "said"),
    [(UpdateError("m: no model / 没有模型"), "m: no model"), (InterruptedUpdate(), "same command")],
)
def test_a_failure_is_told_and_has_its_status(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: Exception, said: str
) -> None:
    answering(monkeypatch, answer)
    result = invoke(*arguments(folder))
    assert result.exit_code == 1
    assert said in result.stderr


def test_an_empty_folder_of_annotations_fails(folder: Path) -> None:
    (folder / "m").mkdir()
    (folder / "corpus" / "splits.toml").write_text('development = ["dev.txt"]\ntest = ["test.txt"]\n')
    for name in ("dev", "test"):
        (folder / "corpus" / f"{name}.txt").write_text(f"@id {name}\n没有标注。\n", encoding="utf-8")
    result = invoke(*arguments(folder))
    assert result.exit_code == 1
    assert "no annotation to learn from" in result.stderr


def test_wrong_usage_has_its_status(folder: Path) -> None:
    assert invoke(*arguments(folder, "--hours", 0)).exit_code == 2
    assert invoke("--annotations", folder / "nowhere").exit_code == 2
    result = invoke("--annotations", folder / "annotations", "--corpus", folder)
    assert result.exit_code == 2
    assert "give --corpus" in " ".join(result.stderr.split())


def test_without_the_extra_it_says_what_to_install(folder: Path) -> None:
    command = "import sys; sys.modules['torch'] = None; from nianbao.cli import app; app(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", command, "train", "update", *map(str, arguments(folder))],
        capture_output=True, text=True, encoding="utf-8", env={"PYTHONIOENCODING": "utf-8"}, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "torch is missing: pip install 'nianbao[train]'" in done.stderr
