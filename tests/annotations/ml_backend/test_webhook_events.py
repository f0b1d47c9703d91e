"""What of Label Studio's webhooks is heeded."""

from __future__ import annotations

from typing import Any

import pytest
from backend_helpers import saved

from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.webhook_events import parse_event


@pytest.mark.parametrize("action", ["ANNOTATION_CREATED", "ANNOTATION_UPDATED"])
def test_a_saved_annotation_is_named_by_project_and_number(action: str) -> None:
    event = parse_event(saved(3, action=action))
    assert (event.saved, event.deleted, event.unnamed) == (frozenset({"7:3"}), frozenset(), 0)
    assert not event.starts_training


def test_several_annotations_at_once() -> None:
    data = {"action": "ANNOTATIONS_CREATED", "annotations": [{"id": 1}, {"id": 2}], "project": {"id": 7}}
    assert parse_event(data).saved == {"7:1", "7:2"}


def test_deleted_annotations() -> None:
    event = parse_event({"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 4}], "project": {"id": 7}})
    assert (event.saved, event.deleted) == (frozenset(), frozenset({"7:4"}))


def test_a_skipped_task_is_no_annotation_and_takes_an_earlier_one_back() -> None:
    event = parse_event(saved(3, action="ANNOTATION_UPDATED", was_cancelled=True))
    assert (event.saved, event.deleted) == (frozenset(), frozenset({"7:3"}))


def test_a_webhook_without_payload_counts_one() -> None:
    assert parse_event({"action": "ANNOTATION_CREATED"}).unnamed == 1
    assert parse_event({"action": "ANNOTATIONS_DELETED"}).unnamed == 0


def test_start_training_asks_for_training() -> None:
    assert parse_event({"action": "START_TRAINING", "project": {"id": 7}}).starts_training


@pytest.mark.parametrize("action", ["PROJECT_UPDATED", "TASKS_CREATED", "SOMETHING_NEW"])
def test_other_events_change_nothing(action: str) -> None:
    event = parse_event({"action": action, "annotation": {"id": 1}})
    assert (event.saved, event.deleted, event.unnamed) == (frozenset(), frozenset(), 0)
    assert not event.starts_training


@pytest.mark.parametrize(
    "data",
    [{}, {"action": 5}, {"action": "ANNOTATION_CREATED", "annotation": "x"}, {"action": "ANNOTATION_CREATED", "annotation": {}}],
)
def test_what_is_no_event_is_a_coded_error(data: dict[str, Any]) -> None:
    with pytest.raises(BackendError) as caught:
        parse_event(data)
    assert caught.value.code is BackendErrorCode.WRONG_REQUEST
