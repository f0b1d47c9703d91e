"""What the backend must not forget when it is restarted: new annotations and the last training.

It lies in `state.json` of the state folder and is replaced as a whole with every change.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_FILE, _FORMAT = "state.json", 1


class JobState(StrEnum):
    """How a training stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"  # a command ended with another status than 0, or could not be started
    KILLED = "killed"  # a command was ended by a signal that the backend did not send
    STOPPED = "stopped"  # the backend was stopped and ended the training
    UNKNOWN = "unknown"  # it ended while no backend was there to see how


@dataclass(frozen=True, slots=True)
class Job:
    """One training: its number, how it stands, when it ran, its log, and the new annotations that it began with.

    `began_with` are the annotations' names, `unnamed` the number of those without one.
    """

    number: int
    state: JobState
    started: str
    log: str
    began_with: tuple[str, ...] = ()
    unnamed: int = 0
    ended: str | None = None
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """What is told of it: the annotations by their number alone."""
        return {
            "number": self.number, "state": self.state.value, "started": self.started, "ended": self.ended,
            "detail": self.detail, "log": self.log, "annotations": len(self.began_with) + self.unnamed,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrainingState:
    """New annotations since the last training began, by their names, those without one by number; the last job.

    An annotation that is saved ten times is one new annotation.
    """

    names: frozenset[str] = frozenset()
    unnamed: int = 0
    job: Job | None = None

    @property
    def new_annotations(self) -> int:
        return len(self.names) + self.unnamed

    def with_annotations(self, names: frozenset[str], unnamed: int) -> TrainingState:
        return replace(self, names=self.names | names, unnamed=self.unnamed + unnamed)

    def without_annotations(self, names: frozenset[str]) -> TrainingState:
        return replace(self, names=self.names - names)

    def with_job_begun(self, started: str, log: str) -> tuple[TrainingState, Job]:
        """A new job has taken the new annotations; counting begins anew. `{number}` in `log` is the job's."""
        number = self.job.number + 1 if self.job else 1
        job = Job(
            number, JobState.RUNNING, started, log.format(number=number), tuple(sorted(self.names)), self.unnamed
        )
        return TrainingState(job=job), job

    def with_job_ended(self, state: JobState, ended: str, detail: str) -> TrainingState:
        """The job has ended. One that was not tried to its end gives its annotations back.

        One that failed does not: it would be started again with every annotation, to fail again.
        """
        if self.job is None:
            return self
        done = replace(self, job=replace(self.job, state=state, ended=ended, detail=detail))
        if state in (JobState.STOPPED, JobState.UNKNOWN):
            return done.with_annotations(frozenset(self.job.began_with), self.job.unnamed)
        return done


@dataclass(slots=True)
class StateFile:
    """The state folder's file; `folder` is made where it does not exist."""

    folder: Path
    _path: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._path = self.folder / _FILE

    def read(self) -> TrainingState:
        """What was stored; nothing where there is no file. A broken file is set aside, and said so.

        Raises:
            OSError: The file cannot be read.
        """
        try:
            return _parsed(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return TrainingState()
        except (ValueError, KeyError, TypeError) as error:
            aside = self._path.with_suffix(".broken.json")
            os.replace(self._path, aside)
            logger.error("%s is broken (%s); it is kept as %s, and the count begins at 0", self._path, error, aside)
            return TrainingState()

    def write(self, state: TrainingState) -> None:
        """Replaces the file at once: a reader sees the old state or the new one.

        Raises:
            OSError: The folder cannot be written.
        """
        data = {
            "format": _FORMAT,
            "names": sorted(state.names),
            "unnamed": state.unnamed,
            "job": asdict(state.job) if state.job else None,
        }
        written = self._path.with_suffix(".new.json")
        written.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(written, self._path)


def _parsed(data: Any) -> TrainingState:
    if data["format"] != _FORMAT:
        raise ValueError(f"format {data['format']!r} is not {_FORMAT}")
    job = data["job"]
    return TrainingState(
        names=frozenset(map(str, data["names"])),
        unnamed=int(data["unnamed"]),
        job=Job(**{**job, "state": JobState(job["state"]), "began_with": tuple(job["began_with"])}) if job else None,
    )
