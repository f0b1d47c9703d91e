"""What the backend answers: each request's JSON to the answer's, without a thought of HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.interface import check_interface
from annotations.ml_backend.model_slot import LoadedModel, ModelSlot
from annotations.ml_backend.predictions import predict_task
from annotations.ml_backend.training_job import Trainer
from annotations.ml_backend.webhook_events import parse_event

logger = logging.getLogger(__name__)


class Backend:
    """A model and a trainer behind Label Studio's questions (version 1.23)."""

    def __init__(self, slot: ModelSlot, trainer: Trainer) -> None:
        self._slot = slot
        self._trainer = trainer

    def health(self) -> dict[str, Any]:
        """Up, with the model in use and how training stands. Loads nothing: Label Studio waits one second."""
        model, training = self._slot.loaded, self._trainer.status()
        problem = self._slot.problem
        return {
            "status": "UP",
            "model_class": "nianbao",
            "model_dir": str(self._slot.folder),
            "model_version": model.version if model else None,
            "model_problem": problem.to_dict() if problem else None,
            "new_annotations": training.new_annotations,
            "training": training.job.to_dict() if training.job else None,
        }

    def setup(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The model's version. The request's access token is neither kept nor logged.

        Raises:
            BackendError: There is no model, or the project cannot show its predictions.
        """
        check_interface(data.get("schema"))
        return {"model_version": self._slot.current().version}

    def versions(self) -> dict[str, Any]:
        """The versions to choose from: the one in use.

        Raises:
            BackendError: There is no model.
        """
        return {"versions": [self._slot.current().version]}

    def predict(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """A prediction for each task, in the tasks' order, all of one model.

        A task that cannot be read gets an empty one, with the error; the others lose nothing.

        Raises:
            BackendError: `wrong_request` where there is no list of tasks; there is no model; or the project
                cannot show its predictions.
        """
        tasks = data.get("tasks")
        if not isinstance(tasks, list):
            raise BackendError(BackendErrorCode.WRONG_REQUEST, "no list `tasks`")
        check_interface(data.get("label_config"))
        model = self._slot.current()
        return {"results": [_answer(task, model) for task in tasks], "model_version": model.version}

    def webhook(self, data: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and answer to an event: 201 where it started a training, else 200.

        Raises:
            BackendError: It is no event, or asks for a training that cannot be started.
        """
        event = parse_event(data)
        started = self._trainer.heed(event)
        answer: dict[str, Any] = {"action": event.action, "new_annotations": self._trainer.status().new_annotations}
        if started is None:
            return 200, answer
        answer |= {"job": str(started.job.number), "status": "started" if started.is_new else "already_running"}
        return (201 if started.is_new else 200), answer


def _answer(task: Any, model: LoadedModel) -> dict[str, Any]:
    try:
        prediction = predict_task(task, model.reader)
    except BackendError as error:
        return _failed(task, model, error)
    except Exception as error:  # one task's misfortune must not become the others'
        logger.exception("task %s", _name_of(task))
        return _failed(task, model, BackendError(BackendErrorCode.INTERNAL, type(error).__name__))
    return {"result": prediction.result, "score": prediction.score, "model_version": model.version}


def _failed(task: Any, model: LoadedModel, error: BackendError) -> dict[str, Any]:
    logger.error("task %s: %s", _name_of(task), error.message)
    return {"result": [], "score": 0.0, "model_version": model.version, "error": error.to_dict()}


def _name_of(task: Any) -> str:
    return str(task.get("id", "?"))[:40] if isinstance(task, dict) else "?"
