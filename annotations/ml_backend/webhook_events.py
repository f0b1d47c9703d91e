"""What Label Studio tells by its webhooks, as far as the backend heeds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotations.ml_backend.errors import BackendError, BackendErrorCode

START_TRAINING = "START_TRAINING"
_SAVED = frozenset({"ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED"})
_DELETED = "ANNOTATIONS_DELETED"


@dataclass(frozen=True, slots=True)
class Event:
    """An event: whether it asks for training, and the annotations that it tells saved or deleted.

    Annotations are named `project:number`; `unnamed` counts those of webhooks that send no payload.
    """

    action: str
    saved: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    unnamed: int = 0

    @property
    def starts_training(self) -> bool:
        return self.action == START_TRAINING


def parse_event(data: Mapping[str, Any]) -> Event:
    """An event of a webhook's JSON. Skipped tasks (`was_cancelled`) are no annotations.

    Raises:
        BackendError: `wrong_request` where there is no `action`.
    """
    action = data.get("action")
    if not isinstance(action, str):
        raise BackendError(BackendErrorCode.WRONG_REQUEST, "no action")
    if action not in _SAVED and action != _DELETED:
        return Event(action)
    annotations = _annotations(data)
    if annotations is None:
        # The payload is switched off: the event alone says that one was saved, not which one was deleted.
        return Event(action, unnamed=1 if action in _SAVED else 0)
    if action == _DELETED:
        return Event(action, deleted=_names(data, annotations))
    skipped = _names(data, [annotation for annotation in annotations if annotation.get("was_cancelled")])
    return Event(action, saved=_names(data, annotations) - skipped, deleted=skipped)


def _annotations(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    found = data.get("annotation", data.get("annotations"))
    if found is None:
        return None
    several = found if isinstance(found, list) else [found]
    if not all(isinstance(annotation, dict) and "id" in annotation for annotation in several):
        raise BackendError(BackendErrorCode.WRONG_REQUEST, f"{data['action']}: an annotation without an id")
    return several


def _names(data: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    project = data.get("project")
    number = project.get("id", "") if isinstance(project, dict) else ""
    return frozenset(f"{number}:{annotation['id']}" for annotation in annotations)
