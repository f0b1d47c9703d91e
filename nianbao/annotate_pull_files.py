"""The files that `nianbao annotate pull` writes; each pull writes all of them anew from what the server has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from annotations.corpus_format import AnnotatedDocument, CorpusError, dump_document
from annotations.label_studio.pull import Pulled, PulledTask, Verdict, Version
from nianbao.annotate_pull_agreement import PairAgreement

CONFLICTS = "conflicts"


def corpus_path(folder: Path, project: int) -> Path:
    """Where a project's documents lie."""
    return folder / f"project-{project}.txt"


def write_pulled(
    pulled: Pulled, pairs: Sequence[PairAgreement], folder: Path, project: int, url: str
) -> None:
    """Writes the corpus file, the record beside it, and the conflicts in a folder that no training reads.

    Raises:
        OSError: Where a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(corpus_path(folder, project), map(dump_document, pulled.documents))
    record = {
        "server": url,
        "project": project,
        "counts": {verdict.value: len(pulled.of(verdict)) for verdict in Verdict},
        "agreement": [pair.to_dict() for pair in pairs],
        "tasks": [_task_record(task) for task in pulled.tasks if task.versions or task.conflicts],
    }
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    _write(corpus_path(folder, project).with_suffix(".json"), [text])
    conflicts = folder / CONFLICTS / f"project-{project}.txt"
    disputed = [written for task in pulled.of(Verdict.CONFLICT) for written in _versions(task)]
    if disputed:
        conflicts.parent.mkdir(exist_ok=True)
        _write(conflicts, disputed)
    else:
        conflicts.unlink(missing_ok=True)


def _versions(task: PulledTask) -> list[str]:
    """Each version that the format can hold, under an id of its own, so that a person can settle them in an editor."""
    written = []
    for version in task.versions:
        try:
            written.append(dump_document(_named(version.document, version)))
        except (CorpusError, LookupError, StopIteration):
            continue  # The record says why.
    return written


def _named(document: AnnotatedDocument, version: Version) -> AnnotatedDocument:
    head = {
        "id": f"{document.id}~{version.annotation}",
        "annotator": version.annotator,
        "annotated": version.updated,
    }
    return replace(document, meta={**document.meta, **head})


def _task_record(task: PulledTask) -> dict[str, Any]:
    return {
        "task": task.task,
        "name": task.name,
        "verdict": task.verdict.value,
        "annotations": [
            {
                "annotation": version.annotation,
                "annotator": version.annotator,
                "submitted": version.submitted,
                "updated": version.updated,
                "seconds": version.seconds,
                "settles": version.is_settling,
                "facts": len(version.document.facts),
            }
            for version in task.versions
        ],
        "conflicts": [
            {"start": problem.start, "end": problem.end, "message": problem.message}
            for problem in task.conflicts
        ],
    }


def _write(path: Path, parts: Iterable[str]) -> None:
    """Whole or not at all: a pull that is stopped leaves the file of the one before."""
    new = path.with_name(f".{path.name}.new")
    new.write_text("".join(parts), encoding="utf-8", newline="\n")
    new.replace(path)
