"""What survives a restart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotations.ml_backend.training_state import JobState, StateFile, TrainingState


def test_an_annotation_counts_once_and_a_deleted_one_not(tmp_path: Path) -> None:
    state = TrainingState().with_annotations(frozenset({"7:1", "7:2"}), 1).with_annotations(frozenset({"7:2"}), 0)
    assert state.new_annotations == 3
    assert state.without_annotations(frozenset({"7:1", "7:9"})).new_annotations == 2


@pytest.mark.parametrize(
    ("end", "left"),
    [(JobState.FINISHED, 1), (JobState.FAILED, 1), (JobState.KILLED, 1), (JobState.STOPPED, 3), (JobState.UNKNOWN, 3)],
)
def test_a_job_takes_the_annotations_and_one_not_tried_to_its_end_gives_them_back(end: JobState, left: int) -> None:
    begun, job = TrainingState(frozenset({"7:1"}), 1).with_job_begun("now", "training-{number}.log")
    assert (begun.new_annotations, job.number, job.log) == (0, 1, "training-1.log")
    since = begun.with_annotations(frozenset({"7:5"}), 0)
    ended = since.with_job_ended(end, "later", "why")
    assert ended.new_annotations == left
    assert ended.job is not None
    assert (ended.job.state, ended.job.ended, ended.job.detail) == (end, "later", "why")
    assert ended.with_job_begun("then", "{number}")[1].number == 2


def test_what_is_written_is_read(tmp_path: Path) -> None:
    state = TrainingState(frozenset({"7:1", "7:2"}), 4).with_job_begun("now", "log")[0].with_annotations(frozenset({"7:3"}), 2)
    StateFile(tmp_path / "new" / "folder").write(state)
    assert StateFile(tmp_path / "new" / "folder").read() == state


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert StateFile(tmp_path).read() == TrainingState()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 9}', '{"format": 1, "names": 3, "unnamed": 0, "job": null}'])
def test_a_broken_file_is_set_aside_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    assert StateFile(tmp_path).read() == TrainingState()
    assert (tmp_path / "state.broken.json").read_text() == content
    assert "state.broken.json" in caplog.text
    StateFile(tmp_path).write(TrainingState(unnamed=1))
    assert json.loads((tmp_path / "state.json").read_text())["unnamed"] == 1
