"""Training in the background: started by request or by enough new annotations, one at a time."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotations.ml_backend.access import SECRET_VARIABLE
from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.training_lock import HeldLock, acquire
from annotations.ml_backend.training_plan import Command, TrainingPlan
from annotations.ml_backend.training_state import Job, JobState, StateFile, TrainingState
from annotations.ml_backend.webhook_events import Event

logger = logging.getLogger(__name__)

_SECONDS_TO_STOP = 10.0
_LOG = "training-{number}.log"

@dataclass(frozen=True, slots=True)
class Started:
    """The job that runs, and whether it was started just now or ran already."""

    job: Job
    is_new: bool


class Trainer:
    """Counts annotations, and runs the plan's commands in processes of their own.

    Args:
        plan: What to run; `None` where this server does not train.
        folder: Where count, state and logs are kept; one server at a time uses it.
        on_finished: Called, in the training's thread, when a training has succeeded.

    Raises:
        OSError: The folder cannot be made, read or written.
    """

    def __init__(self, plan: TrainingPlan | None, folder: Path, on_finished: Callable[[], object]) -> None:
        self._plan = plan
        self._file = StateFile(folder)
        self._on_finished = on_finished
        self._guard = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._state = self._file.read()
        self.status()

    def status(self) -> TrainingState:
        """Count and last job; a job of an earlier server is looked after."""
        with self._guard:
            if self._runs() and self._process is None:
                lock = acquire(self._file.folder)
                if lock is not None:
                    lock.release()
                    self._keep(
                        self._state.with_job_ended(JobState.UNKNOWN, _now(), "it ended while no server was there")
                    )
                    logger.warning("training %s ended while no server was there; see its log", self._number())
            return self._state

    def heed(self, event: Event) -> Started | None:
        """Counts the event's annotations, and starts the training where it asks for it or they are enough.

        Raises:
            BackendError: `no_training`, `training_not_started` where the event asks for training.
        """
        if event.starts_training:
            return self.start()
        with self._guard:
            counted = self._state.with_annotations(event.saved, event.unnamed).without_annotations(event.deleted)
            if counted != self._state:
                self._keep(counted)
            return self._start_if_due()

    def start(self) -> Started:
        """Starts the training, or tells of the one that runs.

        Raises:
            BackendError: `no_training` without a plan, `training_not_started` where its command cannot be run.
        """
        if self._plan is None:
            raise BackendError(BackendErrorCode.NO_TRAINING)
        with self._guard:
            self.status()
            if self._runs() and self._state.job:
                return Started(self._state.job, is_new=False)
            lock = acquire(self._file.folder)
            if lock is None:
                raise BackendError(
                    BackendErrorCode.TRAINING_NOT_STARTED, f"a process of another training is in {self._file.folder}"
                )
            return Started(self._begin(self._plan, lock), is_new=True)

    def stop(self) -> None:
        """Ends the training that this server has started, and waits for it."""
        with self._guard:
            self._stopping = True
            process, thread = self._process, self._thread
        if process is not None:
            _terminate(process)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def wait(self) -> None:
        """Waits for the training that this server has started."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _start_if_due(self) -> Started | None:
        after = self._plan.after if self._plan else None
        if after is None or self._stopping or self._state.new_annotations < after or self._runs():
            return None
        return self.start()

    def _begin(self, plan: TrainingPlan, lock: HeldLock) -> Job:
        begun, job = self._state.with_job_begun(_now(), str(self._file.folder / _LOG))
        try:
            process = _spawn(plan.commands[0], Path(job.log), lock)
        except OSError as error:
            lock.release()
            detail = f"{plan.commands[0][0]}: {error.strerror or error}"
            self._keep(begun.with_job_ended(JobState.FAILED, _now(), detail))
            raise BackendError(BackendErrorCode.TRAINING_NOT_STARTED, detail) from error
        self._process = process
        self._keep(begun)
        logger.info("training %d started; log: %s", job.number, job.log)
        self._thread = threading.Thread(
            target=self._see_through, args=(plan, process, lock), name=f"training-{job.number}", daemon=True
        )
        self._thread.start()
        return job

    def _see_through(self, plan: TrainingPlan, process: subprocess.Popen[bytes], lock: HeldLock) -> None:
        """Waits for the commands, one after another, up to the first that fails."""
        try:
            state, detail = self._outcome(plan.commands, process, lock)
        except OSError as error:
            state, detail = JobState.FAILED, f"{type(error).__name__}: {error}"
        lock.release()
        level = logging.INFO if state is JobState.FINISHED else logging.ERROR
        with self._guard:
            self._process = None
            self._keep(self._state.with_job_ended(state, _now(), detail))
            new = self._state.new_annotations
            logger.log(level, "training %d %s; %d new annotations", self._number(), f"{state.value} {detail}".strip(), new)
        if state is JobState.FINISHED:
            self._after_success()

    def _after_success(self) -> None:
        try:
            self._on_finished()
            with self._guard:
                self._start_if_due()
        except BackendError as error:
            logger.error("after the training: %s", error.message)

    def _outcome(
        self, commands: Sequence[Command], first: subprocess.Popen[bytes], lock: HeldLock
    ) -> tuple[JobState, str]:
        process, log = first, Path(self._state.job.log if self._state.job else os.devnull)
        for number, command in enumerate(commands):
            if number:
                with self._guard:
                    if self._stopping:
                        return JobState.STOPPED, "the server was stopped"
                    process = self._process = _spawn(command, log, lock)
            status = process.wait()
            if self._stopping:
                return JobState.STOPPED, "the server was stopped"
            if status:
                name = " ".join(command)
                if status < 0:
                    return JobState.KILLED, f"{signal.Signals(-status).name}: {name}"
                return JobState.FAILED, f"exit status {status}: {name}"
        return JobState.FINISHED, ""

    def _runs(self) -> bool:
        return self._state.job is not None and self._state.job.state is JobState.RUNNING

    def _number(self) -> int:
        return self._state.job.number if self._state.job else 0

    def _keep(self, state: TrainingState) -> None:
        self._file.write(state)
        self._state = state


def _spawn(command: Command, log: Path, lock: HeldLock) -> subprocess.Popen[bytes]:
    """Runs a command at low priority, apart from the server's terminal, with its output behind the log's end."""
    nice = ("nice", "-n", "10") if shutil.which("nice") else ()
    if not shutil.which(command[0]):
        raise FileNotFoundError(2, "no such command", command[0])
    environment = {name: value for name, value in os.environ.items() if name != SECRET_VARIABLE}
    with log.open("ab") as output:
        output.write(f"$ {' '.join(command)}\n".encode())
        output.flush()
        return subprocess.Popen(
            [*nice, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment,
            start_new_session=True, pass_fds=(lock.descriptor,),
        )  # fmt: skip


def _terminate(process: subprocess.Popen[bytes]) -> None:
    """Ends a process with all that it has started: asked first, killed if it does not listen."""
    for order in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, order)
            process.wait(_SECONDS_TO_STOP)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
