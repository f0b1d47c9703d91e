"""Completed annotations back into the corpus's format; what annotators do not agree on, or left open, apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from annotations.checker import check_document
from annotations.corpus_format import AnnotatedDocument, CorpusError, dump_document, parse_corpus
from annotations.gold_format import text_sha256
from annotations.label_studio import names
from annotations.label_studio.blocks import joined_for
from annotations.label_studio.compare import differences_of
from annotations.label_studio.errors import LabelStudioError
from annotations.label_studio.reading import Problem, read_annotation
from annotations.label_studio.server import RemoteTask


class Verdict(StrEnum):
    """What became of a task."""

    TAKEN = "taken"
    CONFLICT = "conflict"
    NOT_ANNOTATED = "not_annotated"
    SKIPPED = "skipped"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Version:
    """One completed annotation of a task.

    Attributes:
        annotator: Their e-mail address.
        annotation: The annotation's number.
        submitted: When it was first submitted, and `updated` when it was last changed (ISO 8601).
        seconds: How long the annotator took, where the server knows.
        is_settling: Whether it was starred as the ground truth: it then settles what others say.
        document: What it says.
        problems: What it says that could only be guessed at.
    """

    annotator: str
    annotation: int
    submitted: str
    updated: str
    seconds: float | None
    is_settling: bool
    document: AnnotatedDocument
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class PulledTask:
    """A task as it came back; `document` is there where the verdict is `TAKEN`."""

    task: int
    name: str
    verdict: Verdict
    versions: tuple[Version, ...] = ()
    document: AnnotatedDocument | None = None
    conflicts: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Pulled:
    """A project as it came back, in the order of the tasks' numbers."""

    tasks: list[PulledTask] = field(default_factory=list)

    def of(self, verdict: Verdict) -> list[PulledTask]:
        return [task for task in self.tasks if task.verdict is verdict]

    @property
    def documents(self) -> list[AnnotatedDocument]:
        return [task.document for task in self.tasks if task.document is not None]


def pull_tasks(
    tasks: Iterable[RemoteTask], users: Mapping[int, str], codes: frozenset[str], address: str
) -> Pulled:
    """Reads a project's tasks.

    Args:
        tasks: The project's.
        users: The annotators' addresses by their numbers.
        codes: The codes that the project offers.
        address: The project's, to trace annotations to.
    """
    pulled = Pulled()
    for task in sorted(tasks, key=lambda task: task.id):
        pulled.tasks.append(_pull_task(task, users, codes, address))
    return pulled


def _pull_task(task: RemoteTask, users: Mapping[int, str], codes: frozenset[str], address: str) -> PulledTask:
    name = str(task.data.get("name") or f"#{task.id}")
    completed = [annotation for annotation in task.annotations if not annotation.get("was_cancelled")]
    if not completed:
        verdict = Verdict.SKIPPED if task.annotations else Verdict.NOT_ANNOTATED
        return PulledTask(task.id, name, verdict)
    try:
        if text_sha256(task.data[names.TEXT]) != task.data["sha256"]:
            raise LabelStudioError("the text is not the one that was sent / 原文被改动")
        versions = tuple(_version(task, annotation, users, codes) for annotation in completed)
    except (KeyError, LabelStudioError) as error:
        return PulledTask(task.id, name, Verdict.FOREIGN, conflicts=(Problem(f"no task of ours: {error}"),))
    deciding = [version for version in versions if version.is_settling] or list(versions)
    conflicts = [
        replace(problem, message=f"{version.annotator}: {problem.message}")
        for version in deciding
        for problem in version.problems
    ]
    conflicts += differences_of([(version.annotator, version.document) for version in deciding])
    if conflicts:
        return PulledTask(task.id, name, Verdict.CONFLICT, versions, None, tuple(conflicts))
    document = _traced(deciding, task.id, address)
    return PulledTask(task.id, name, Verdict.TAKEN, versions, document)


def _version(
    task: RemoteTask, annotation: Mapping[str, Any], users: Mapping[int, str], codes: frozenset[str]
) -> Version:
    predicted = [prediction.get("result") or () for prediction in task.predictions]
    document, problems = read_annotation(task.data, annotation["result"], predicted=predicted, codes=codes)
    document = in_reading_order(document)
    document.blocks = joined_for(document)
    problems += [Problem(message) for message in check_document(document, codes)]
    problems += _unwritable(document)
    annotator = annotation.get("completed_by")
    return Version(
        annotator=users.get(annotator, f"user {annotator}") if isinstance(annotator, int) else str(annotator),
        annotation=int(annotation["id"]),
        submitted=str(annotation.get("created_at") or ""),
        updated=str(annotation.get("updated_at") or ""),
        seconds=annotation.get("lead_time"),
        is_settling=bool(annotation.get("ground_truth")),
        document=document,
        problems=tuple(problems),
    )


def in_reading_order(document: AnnotatedDocument) -> AnnotatedDocument:
    """The document with its facts in the order of their values; several on one value stay as they were."""
    order = sorted(range(len(document.facts)), key=lambda index: document.facts[index].value_span)
    place_of = {old: new for new, old in enumerate(order)}
    facts = [document.facts[old] for old in order]
    facts = [fact if fact.parent is None else replace(fact, parent=place_of[fact.parent]) for fact in facts]
    return replace(document, facts=facts)


def _unwritable(document: AnnotatedDocument) -> Iterator[Problem]:
    """Says so where the line format would not give the document back as it is."""
    try:
        again = next(parse_corpus(dump_document(document).split("\n")))
    except (CorpusError, StopIteration, LookupError) as error:
        yield Problem(f"the corpus's format cannot hold it: {error} / 语料格式无法表示")
        return
    if again != document:
        yield Problem("the corpus's format cannot hold it / 语料格式无法表示")


def _traced(versions: Sequence[Version], task: int, address: str) -> AnnotatedDocument:
    """The versions' common document with who said so, when, and where to look it up."""
    document = versions[0].document
    meta = {
        **document.meta,
        "annotator": ", ".join(dict.fromkeys(version.annotator for version in versions)),
        "annotated": max(version.updated for version in versions),
        "task": f"{address}/data?task={task}",
        "annotation": ", ".join(str(version.annotation) for version in versions),
    }
    return replace(document, meta=meta)
