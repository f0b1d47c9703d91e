"""Whether a project can show what is predicted: Label Studio drops what its interface does not know without a word."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from annotations.label_studio.config import Vocabulary, differences, labelling_config, vocabulary_of
from annotations.label_studio.errors import LabelStudioError
from annotations.ml_backend.errors import BackendError, BackendErrorCode
from extraction.narrative.catalogue import load_catalogue

_TOLD = 5


def check_interface(config: Any) -> None:
    """Checks the labelling configuration that a request brings; one that brings none is let pass.

    Raises:
        BackendError: `labels_differ` where the project lacks a label, code, relation or control of ours.
    """
    if not isinstance(config, str) or not config.strip():
        return
    missing = _missing(config)
    if missing:
        more = f" … {len(missing)}" if len(missing) > _TOLD else ""
        raise BackendError(BackendErrorCode.LABELS_DIFFER, "; ".join(missing[:_TOLD]) + more)


@lru_cache(maxsize=16)
def _missing(config: str) -> tuple[str, ...]:
    try:
        project = vocabulary_of(config)
    except LabelStudioError as error:
        return (str(error),)
    return tuple(str(found) for found in differences(project, _ours()) if not found.only_in_project)


@lru_cache(maxsize=1)
def _ours() -> Vocabulary:
    return vocabulary_of(labelling_config(load_catalogue()))
