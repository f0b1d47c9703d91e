"""A server in memory, with as much of Label Studio's behaviour as the commands rely on."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from annotations.label_studio.server import Access, Project, RemoteTask


class FakeServer:
    """Stands in for `Server`; `calls` are the changes that were asked for."""

    url = "http://fake"

    def __init__(self) -> None:
        self.found: dict[int, Project] = {}
        self.stored: dict[int, list[RemoteTask]] = {}
        self.calls: list[tuple[str, Any]] = []
        self.access: Access | None = None

    def opened_with(self, access: Access) -> FakeServer:
        self.access = access
        return self

    def annotate(self, project: int, task: int, result: list[dict[str, Any]], *, by: int) -> None:
        """What an annotator submits in the browser."""
        (known,) = [each for each in self.stored[project] if each.id == task]
        known.annotations.append(
            {
                "id": 10 * task + by, "result": result, "completed_by": by, "was_cancelled": False,
                "ground_truth": False, "created_at": f"2026-05-0{by}T08:00:00Z",
                "updated_at": f"2026-05-0{by}T08:30:00Z", "lead_time": 30.0,
            }
        )  # fmt: skip

    def projects(self) -> list[tuple[int, str]]:
        return [(project.id, project.title) for project in self.found.values()]

    def project(self, project: int) -> Project:
        return self.found[project]

    def create_project(self, settings: Mapping[str, Any]) -> int:
        number = len(self.found) + 1
        self.calls.append(("create", dict(settings)))
        self.found[number] = Project(
            number, settings["title"], settings.get("label_config", "<View></View>"),
            settings.get("expert_instruction", ""), settings.get("show_instruction", False),
            settings.get("maximum_annotations", 1), None,
        )  # fmt: skip
        self.stored[number] = []
        return number

    def update_project(self, project: int, settings: Mapping[str, Any]) -> None:
        self.calls.append(("update", dict(settings)))
        known = self.found[project]
        fields = {name: getattr(known, name) for name in Project.__dataclass_fields__}
        self.found[project] = Project(**{**fields, **settings})

    def tasks(self, project: int) -> Iterator[RemoteTask]:
        yield from self.stored[project]

    def task_data(self, project: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        yield from ((task.id, task.data) for task in self.stored[project])

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> int:
        self.calls.append(("import", len(tasks)))
        for task in tasks:
            number = sum(map(len, self.stored.values())) + 1
            copied = copy.deepcopy(task)
            self.stored[project].append(RemoteTask(number, copied["data"], [], list(copied["predictions"])))
        return len(tasks)

    def add_prediction(self, task: int, prediction: Mapping[str, Any]) -> None:
        self.calls.append(("predict", task))
        for stored in self.stored.values():
            for known in stored:
                if known.id == task:
                    known.predictions.append(prediction)  # type: ignore[attr-defined]

    def users(self) -> dict[int, str]:
        return {1: "li@example.com", 2: "wang@example.com"}
