"""Reports to a project: the most worthwhile first, none twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from annotations.corpus_format import AnnotatedDocument, Block
from annotations.gold_format import text_sha256
from annotations.label_studio.config import Vocabulary, vocabulary_of
from annotations.label_studio.errors import LabelStudioError, ServerError
from annotations.label_studio.reports import PredictedReport, Report, document_id, predicted_report
from annotations.label_studio.server import Project, Server
from annotations.label_studio.tasks import check_task, prediction_of, task_of
from annotations.selection import Candidate, Choice, Reason, choose, uncertainty, unseen_share

BATCH = 20
_SENTENCE_END = re.compile(r"[。！？；\n]")
_SHORTEST_SENTENCE = 8
_CONTRADICTIONS = frozenset({"error", "warning"})


class SkipReason(StrEnum):
    """Why a report is not sent."""

    THERE = "there"
    TWICE = "twice"
    BEYOND_LIMIT = "beyond_limit"
    UNFIT = "unfit"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Pushable:
    """A report to send: one object of the output contract, whose facts they are, and its paragraphs if known."""

    report: Report
    version: str
    blocks: Sequence[Block] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A task, or with `is_prediction` another prediction of one, that is sent."""

    name: str
    reason: Reason
    is_prediction: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A report that is not sent."""

    name: str
    reason: SkipReason
    detail: str = ""


@dataclass(slots=True)
class Plan:
    """What is to be sent, in its order, and what is not."""

    tasks: list[tuple[Sent, dict[str, Any]]] = field(default_factory=list)
    predictions: list[tuple[Sent, int, dict[str, Any]]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """The tasks that a project has, by the checksums of their texts.

    Attributes:
        tasks: Their numbers.
        versions: The model versions that have predicted each, by its number; empty where nobody asked.
    """

    tasks: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[int, frozenset[str]] = field(default_factory=dict)


def sentences(document: AnnotatedDocument) -> Iterator[str]:
    """The sentences of a document's paragraphs, without scraps."""
    for block in document.blocks:
        if block.kind == "paragraph":
            for sentence in _SENTENCE_END.split(document.text[block.start : block.end]):
                if len(sentence) >= _SHORTEST_SENTENCE:
                    yield sentence


def known_tasks(server: Server, project: int, *, with_versions: bool) -> Known:
    """Asks the server which texts it has.

    Raises:
        ServerError: Where it cannot be asked.
    """
    if not with_versions:
        return Known({data["sha256"]: task for task, data in server.task_data(project) if "sha256" in data})
    tasks, versions = {}, {}
    for task in server.tasks(project):
        if "sha256" in task.data:
            tasks[task.data["sha256"]] = task.id
            versions[task.id] = frozenset(str(p.get("model_version") or "") for p in task.predictions)
    return Known(tasks, versions)


def plan_push(
    reports: Iterable[Pushable],
    known: Known,
    vocabulary: Vocabulary,
    *,
    corpus: Collection[str] | None = None,
    limit: int | None = None,
    seed: int = 0,
    add_predictions: bool = False,
) -> Plan:
    """Chooses what to send.

    Args:
        reports: What there is.
        known: What the project has.
        vocabulary: What its interface can show.
        corpus: The n-grams of the training corpus; without them no wording counts as unseen.
        limit: How many tasks at most.
        seed: Of the random tenth.
        add_predictions: Whether known tasks get this model's prediction beside the ones they have.
    """
    plan = Plan()
    fresh: dict[str, Pushable] = {}
    candidates: list[Candidate] = []
    for pushable in reports:
        name, checksum = document_id(pushable.report), text_sha256(pushable.report["text"])
        if checksum in fresh:
            plan.skipped.append(Skipped(name, SkipReason.TWICE, document_id(fresh[checksum].report)))
        elif checksum in known.tasks:
            _add_known(plan, pushable, known.tasks[checksum], known, vocabulary, wanted=add_predictions)
        elif not pushable.report["text"].strip():
            plan.skipped.append(Skipped(name, SkipReason.EMPTY))
        else:
            try:
                predicted = predicted_report(pushable.report, pushable.blocks)
                check_task(task_of(pushable.report, pushable.version, blocks=pushable.blocks), vocabulary)
            except LabelStudioError as error:
                plan.skipped.append(Skipped(name, SkipReason.UNFIT, str(error)))
                continue
            fresh[checksum] = pushable
            candidates.append(_candidate(checksum, pushable.report, predicted, corpus))
    chosen = choose(candidates, limit=limit, seed=seed)
    plan.tasks = [_task(fresh.pop(choice.id), choice) for choice in chosen]
    plan.skipped += [Skipped(document_id(left.report), SkipReason.BEYOND_LIMIT) for left in fresh.values()]
    return plan


def _candidate(
    checksum: str, report: Report, predicted: PredictedReport, corpus: Collection[str] | None
) -> Candidate:
    return Candidate(
        checksum,
        uncertainty(predicted.confidences),
        sum(finding["severity"] in _CONTRADICTIONS for finding in report.get("findings") or ()),
        unseen_share(sentences(predicted.document), corpus) if corpus else 0.0,
    )


def _task(pushable: Pushable, choice: Choice) -> tuple[Sent, dict[str, Any]]:
    task = task_of(pushable.report, pushable.version, blocks=pushable.blocks, reason=choice.reason)
    return Sent(document_id(pushable.report), choice.reason), task


def _add_known(
    plan: Plan, pushable: Pushable, task: int, known: Known, vocabulary: Vocabulary, *, wanted: bool
) -> None:
    """A known text gets another prediction, if that is wanted and it has none of this version."""
    name = document_id(pushable.report)
    if not wanted or pushable.version in known.versions.get(task, ()):
        plan.skipped.append(Skipped(name, SkipReason.THERE, f"#{task}"))
        return
    try:
        prediction = prediction_of(pushable.report, pushable.version)
        check_task(
            {"data": {"text": pushable.report["text"], "name": name}, "predictions": [prediction]}, vocabulary
        )
    except LabelStudioError as error:
        plan.skipped.append(Skipped(name, SkipReason.UNFIT, str(error)))
    else:
        plan.predictions.append((Sent(name, Reason.REST, is_prediction=True), task, prediction))


def vocabulary_for(project: Project) -> Vocabulary:
    """
    Raises:
        ServerError: Where the project has no labelling interface yet.
    """
    vocabulary = vocabulary_of(project.label_config)
    if vocabulary.is_empty:
        raise ServerError(
            f"{project.name} has no labels yet: nianbao annotate init / 项目还没有标签，请先运行 annotate init"
        )
    return vocabulary


def send(server: Server, project: int, plan: Plan) -> Iterator[Sent]:
    """Sends a plan in batches and tells each task when the server has taken it.

    What was sent before a failure stays; the same push goes on from there, since the server says what it has.

    Raises:
        ServerError: Where the server cannot be reached, refuses, or takes fewer tasks than it was given.
    """
    for start in range(0, len(plan.tasks), BATCH):
        batch = plan.tasks[start : start + BATCH]
        taken = server.import_tasks(project, [task for _, task in batch])
        if taken != len(batch):
            raise ServerError(
                f"{server.url} took {taken} of {len(batch)} tasks / 服务器只接收了 {taken} 个任务"
            )
        yield from (sent for sent, _ in batch)
    for sent, task, prediction in plan.predictions:
        server.add_prediction(task, prediction)
        yield sent
