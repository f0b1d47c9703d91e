"""A project that holds the guide's labels: created, brought up to date, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from annotations.label_studio.config import (
    differences,
    instructions,
    is_same_interface,
    labelling_config,
    vocabulary_of,
)
from annotations.label_studio.errors import LabelsDifferError, ServerError
from annotations.label_studio.server import Project, Server
from extraction.narrative.catalogue import Catalogue

DEFAULT_TITLE = "年报正文标注"
SHORTEST_TITLE, LONGEST_TITLE = 3, 50
_SEQUENTIAL = "Sequential sampling"  # The order in which they were sent is the order of their worth.


class Outcome(StrEnum):
    """What setting up did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class SetUp:
    """A project that is ready; `changed` names the settings that were brought up to date."""

    project: int
    outcome: Outcome
    changed: tuple[str, ...] = ()


def set_up(
    server: Server, title: str, catalogue: Catalogue, *, annotators: int | None = None, extend: bool = False
) -> SetUp:
    """Creates the project of this title, or brings its captions, colours, fields and instructions up to date.

    Args:
        server: The server.
        title: The project's title, or its number with a `#`.
        catalogue: The codes.
        annotators: How many people are to annotate each task; without it one, or what the project has.
        extend: Whether labels and codes that an existing project lacks may be added.

    Raises:
        LabelsDifferError: The project's labels are others; nothing was changed.
        ServerError: The server cannot be reached or refuses, or the title is no title.
    """
    config = labelling_config(catalogue)
    wanted: dict[str, Any] = {
        "label_config": config,
        "expert_instruction": instructions(),
        "show_instruction": True,
    }
    if annotators is not None:
        wanted["maximum_annotations"] = annotators
    project = find_project(server, title)
    if project is None:
        check_title(title)
        settings = {**wanted, "title": title, "sampling": _SEQUENTIAL, "show_collab_predictions": True}
        return SetUp(server.create_project(settings), Outcome.CREATED)
    _refuse_other_labels(project, config, extend=extend)
    changes = _changes(project, wanted)
    if not changes:
        return SetUp(project.id, Outcome.UNCHANGED)
    server.update_project(project.id, changes)
    return SetUp(project.id, Outcome.UPDATED, tuple(changes))


def check_title(title: str) -> None:
    """
    Raises:
        ServerError: Where Label Studio would refuse the title.
    """
    if not SHORTEST_TITLE <= len(title) <= LONGEST_TITLE:
        raise ServerError(
            f"a title has {SHORTEST_TITLE} to {LONGEST_TITLE} characters, {title!r} has {len(title)}"
            f" / 项目名称须有 {SHORTEST_TITLE}–{LONGEST_TITLE} 个字符"
        )


def find_project(server: Server, title: str) -> Project | None:
    """The project of this title or `#number`, or `None` where no title is like it.

    Raises:
        ServerError: Where two projects have the title, or there is no project of the number.
    """
    if title.startswith("#") and title[1:].isdecimal():
        return server.project(int(title[1:]))
    found = [number for number, name in server.projects() if name == title]
    if len(found) > 1:
        numbers = ", ".join(f"#{number}" for number in sorted(found))
        raise ServerError(f"several projects are called {title}: give one of {numbers} / 有多个同名项目")
    return server.project(found[0]) if found else None


def existing_project(server: Server, title: str) -> Project:
    """
    Raises:
        ServerError: Where there is no such project, or several.
    """
    project = find_project(server, title)
    if project is None:
        raise ServerError(
            f"no project is called {title}: nianbao annotate init / 没有这个项目，请先运行 annotate init"
        )
    return project


def _refuse_other_labels(project: Project, config: str, *, extend: bool) -> None:
    theirs = vocabulary_of(project.label_config)
    if theirs.is_empty:
        return  # Nobody has set it up yet.
    found = differences(theirs, vocabulary_of(config))
    if found and not (extend and not any(difference.only_in_project for difference in found)):
        raise LabelsDifferError(project.name, [str(difference) for difference in found])


def _changes(project: Project, wanted: Mapping[str, Any]) -> dict[str, Any]:
    changes = {key: value for key, value in wanted.items() if getattr(project, key) != value}
    if "label_config" in changes and is_same_interface(project.label_config, wanted["label_config"]):
        del changes["label_config"]
    return changes
