"""Training in the background: when it starts, that it is alone, and what is told of its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from backend_helpers import plan, saved, until, waiting_for

from annotations.ml_backend.access import SECRET_VARIABLE
from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.training_job import Started, Trainer
from annotations.ml_backend.training_plan import TrainingPlan
from annotations.ml_backend.training_state import Job, JobState
from annotations.ml_backend.webhook_events import parse_event

START = parse_event({"action": "START_TRAINING"})


class Trainers:
    """Trainers of one state folder, stopped when the test ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.finished: list[str] = []
        self.all: list[Trainer] = []

    def __call__(self, of: TrainingPlan | None) -> Trainer:
        trainer = Trainer(of, self.folder, lambda: self.finished.append("finished"))
        self.all.append(trainer)
        return trainer


@pytest.fixture
def trainers(tmp_path: Path) -> Iterator[Trainers]:
    made = Trainers(tmp_path / "state")
    yield made
    for trainer in made.all:
        trainer.stop()


def job_of(trainer: Trainer) -> Job:
    job = trainer.status().job
    assert job is not None
    return job


def annotate(trainer: Trainer, *numbers: int) -> list[Started | None]:
    return [trainer.heed(parse_event(saved(number))) for number in numbers]


def test_a_training_runs_its_commands_in_turn_and_tells_that_it_is_done(trainers: Trainers, tmp_path: Path) -> None:
    made = tmp_path / "made"
    trainer = trainers(
        plan(f"open({str(made)!r}, 'x'); print('first')", f"assert open({str(made)!r}); print('second')")
    )
    started = trainer.start()
    assert started.is_new
    trainer.wait()
    assert job_of(trainer).state is JobState.FINISHED
    assert job_of(trainer).ended
    lines = Path(started.job.log).read_text().splitlines()
    assert [line for line in lines if not line.startswith("$ ")] == ["first", "second"]
    assert trainers.finished == ["finished"]


def test_a_second_request_is_told_of_the_first_one_and_starts_nothing(trainers: Trainers, tmp_path: Path) -> None:
    go_on = tmp_path / "go on"
    trainer = trainers(plan(waiting_for(go_on)))
    answers: list[Started] = []
    threads = [threading.Thread(target=lambda: answers.append(trainer.start())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.is_new for answer in answers) == [False] * 7 + [True]
    assert {answer.job.number for answer in answers} == {1}
    go_on.touch()
    trainer.wait()
    assert trainer.start().job.number == 2


def test_enough_new_annotations_start_it_each_counted_once(trainers: Trainers, tmp_path: Path) -> None:
    go_on = tmp_path / "go on"
    trainer = trainers(plan(waiting_for(go_on), after=3))
    assert annotate(trainer, 1, 2, 2, 1) == [None] * 4
    (started,) = annotate(trainer, 3)
    assert started is not None
    assert started.is_new
    assert len(started.job.began_with) == 3
    # Those that come meanwhile wait for the next one, which begins when this one has succeeded.
    assert annotate(trainer, 4, 5, 6, 7) == [None] * 4
    assert trainer.status().new_annotations == 4
    go_on.touch()
    until(lambda: job_of(trainer).number == 2)
    assert trainer.status().new_annotations == 0


def test_a_request_starts_it_before_there_are_enough(trainers: Trainers) -> None:
    trainer = trainers(plan("pass", after=100))
    annotate(trainer, 1)
    started = trainer.heed(START)
    assert started is not None
    assert started.job.began_with == ("7:1",)


def test_without_a_number_annotations_are_counted_and_start_nothing(trainers: Trainers) -> None:
    trainer = trainers(plan("pass"))
    annotate(trainer, *range(50))
    assert trainer.status().new_annotations == 50
    assert trainer.status().job is None


def test_the_count_outlasts_a_restart(trainers: Trainers) -> None:
    annotate(trainers(plan("pass", after=3)), 1, 2)
    again = trainers(plan("pass", after=3))
    assert again.status().new_annotations == 2
    (started,) = annotate(again, 3)
    assert started is not None


def test_without_a_plan_annotations_are_counted_and_a_request_is_an_error(trainers: Trainers) -> None:
    trainer = trainers(None)
    annotate(trainer, 1)
    assert trainer.status().new_annotations == 1
    with pytest.raises(BackendError, match="--annotations") as caught:
        trainer.heed(START)
    assert caught.value.code is BackendErrorCode.NO_TRAINING


def test_a_command_that_fails_is_told_and_ends_the_training(
    trainers: Trainers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    never = tmp_path / "never"
    trainer = trainers(plan("print('the reason'); raise SystemExit(3)", f"open({str(never)!r}, 'x')", after=1))
    annotate(trainer, 1)
    until(lambda: job_of(trainer).state is not JobState.RUNNING)
    assert job_of(trainer).state is JobState.FAILED
    assert "exit status 3" in job_of(trainer).detail
    assert "exit status 3" in caplog.text
    assert "the reason" in Path(job_of(trainer).log).read_text()
    assert not never.exists()
    assert trainers.finished == []
    # It does not begin again by itself with what it failed on.
    assert trainer.status().new_annotations == 0


def test_a_training_that_is_killed_is_told(trainers: Trainers, caplog: pytest.LogCaptureFixture) -> None:
    trainer = trainers(plan("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    trainer.start()
    until(lambda: job_of(trainer).state is not JobState.RUNNING)
    assert job_of(trainer).state is JobState.KILLED
    assert "SIGKILL" in job_of(trainer).detail
    assert "SIGKILL" in caplog.text


def test_a_command_that_is_not_there_is_told_at_once(trainers: Trainers) -> None:
    trainer = trainers(TrainingPlan((("no-such-command-anywhere", "x"),)))
    with pytest.raises(BackendError, match="no-such-command-anywhere") as caught:
        trainer.start()
    assert caught.value.code is BackendErrorCode.TRAINING_NOT_STARTED
    assert job_of(trainer).state is JobState.FAILED


def test_stopping_ends_the_training_with_all_that_it_started_and_keeps_the_count(
    trainers: Trainers, tmp_path: Path
) -> None:
    child = tmp_path / "child"
    program = f"""
import pathlib, subprocess, sys, time
process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path({str(child)!r}).write_text(str(process.pid))
time.sleep(60)
"""
    trainer = trainers(plan(program, after=1))
    annotate(trainer, 1)
    until(lambda: child.exists() and child.read_text())
    trainer.stop()
    assert job_of(trainer).state is JobState.STOPPED
    assert trainer.status().new_annotations == 1
    until(lambda: not _lives(int(child.read_text())))
    again = trainers(plan("pass", after=1))
    assert (again.status().new_annotations, job_of(again).state) == (1, JobState.STOPPED)


def test_the_secret_is_not_given_on(trainers: Trainers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, "tangerine")
    trainer = trainers(plan("import os; print(dict(os.environ))"))
    started = trainer.start()
    trainer.wait()
    log = Path(started.job.log).read_text()
    assert "PATH" in log
    assert "tangerine" not in log


def test_a_training_that_outlives_its_server_is_waited_for(trainers: Trainers, tmp_path: Path) -> None:
    go_on, begun = tmp_path / "go on", tmp_path / "begun"
    program = f"open({str(begun)!r}, 'x')\n{waiting_for(go_on)}"
    server = f"""
import os, signal, sys, time
from pathlib import Path
from annotations.ml_backend.training_job import Trainer
from annotations.ml_backend.training_plan import TrainingPlan
from annotations.ml_backend.webhook_events import parse_event
trainer = Trainer(TrainingPlan(((sys.executable, "-c", {program!r}),), 1), Path({str(trainers.folder)!r}), print)
trainer.heed(parse_event({saved(1)!r}))
while not Path({str(begun)!r}).exists(): time.sleep(0.02)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", server], check=False).returncode == -signal.SIGKILL
    trainer = trainers(plan("pass"))
    assert job_of(trainer).state is JobState.RUNNING
    assert not trainer.start().is_new
    go_on.touch()
    until(lambda: job_of(trainer).state is not JobState.RUNNING)
    assert job_of(trainer).state is JobState.UNKNOWN
    assert trainer.status().new_annotations == 1
    assert trainer.start().is_new


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # An orphan that nobody has waited for yet is dead all the same.
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
