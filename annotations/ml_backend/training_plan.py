"""What a training runs, and when it starts by itself."""

from __future__ import annotations

from dataclasses import dataclass

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The commands of a training, run one after another, and how many new annotations start it by themselves.

    Without `after` it is started by request alone.
    """

    commands: tuple[Command, ...]
    after: int | None = None
