"""A task's text to the prediction that Label Studio shows: regions, codes, values and links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotations.corpus_format import ROLES, AnnotatedDocument, Fact, TextSpan
from annotations.label_studio import names
from annotations.label_studio.documents import Part, to_result
from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.task_text import TaskText, as_document
from extraction.forms.extract import extract_forms
from extraction.narrative.extract import extract_facts
from extraction.narrative.model import LinkedValue
from extraction.narrative.reading import ParagraphReader, Reading
from extraction.running_text import RunningParagraph, running_text
from extraction.sections import find_sections
from models.labels import LabelledSpan


@dataclass(frozen=True, slots=True)
class Prediction:
    """What Label Studio stores: `result` holds the regions, `score` is the mean confidence of the facts."""

    result: list[Part]
    score: float


def predict_task(task: Any, reader: ParagraphReader) -> Prediction:
    """Reads a task's text.

    Raises:
        BackendError: `bad_task` where it has none.
    """
    text = as_document(_text_of(task))
    annotated, confidences = _annotated(text, reader)
    score = sum(confidences) / len(confidences) if confidences else 1.0
    return Prediction(to_result(annotated, confidences), round(score, 4))


def _text_of(task: Any) -> str:
    data = task.get("data") if isinstance(task, dict) else None
    text = data.get(names.TEXT) if isinstance(data, dict) else None
    if not isinstance(text, str):
        raise BackendError(BackendErrorCode.BAD_TASK, f"data.{names.TEXT} is {type(text).__name__}")
    return text


class _Listener:
    """Passes paragraphs on to a reader and keeps what it reads of them."""

    def __init__(self, reader: ParagraphReader) -> None:
        self._reader = reader
        self.heard: list[tuple[str, Reading]] = []

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        readings = self._reader.read(paragraphs)
        self.heard.extend(zip(paragraphs, readings, strict=True))
        return readings


def _annotated(text: TaskText, reader: ParagraphReader) -> tuple[AnnotatedDocument, list[float]]:
    """The document with the reader's spans and facts, and the facts' confidences."""
    document = text.document
    regions = [region for form in extract_forms(document) for region in form.regions]
    listener = _Listener(reader)
    extract_facts(document, find_sections(document, regions), regions, listener)
    annotated = AnnotatedDocument({}, text.text)
    confidences: list[float] = []
    remaining = iter(running_text(document, regions))
    for read, reading in listener.heard:
        paragraph = next(paragraph for paragraph in remaining if paragraph.text == read)
        _take_in(annotated, text, paragraph, reading)
        confidences.extend(reading.confidences)
    return annotated, confidences


def _take_in(
    annotated: AnnotatedDocument, text: TaskText, paragraph: RunningParagraph, reading: Reading
) -> None:
    """Adds a paragraph's facts, and the spans that they use in the order of the text."""
    first = len(annotated.facts)
    numbers: dict[LabelledSpan, int] = {}
    for span in sorted({span for fact in reading.linked for span in _spans_of(fact)}):
        numbers[span] = len(annotated.spans)
        # The model may take a blank in; annotators would have to take it out.
        covered = paragraph.text[span.start : span.end]
        kept = covered.strip() or covered
        start = span.start + covered.index(kept)
        placed = paragraph.span(start, start + len(kept))
        annotated.spans.append(TextSpan(*text.place(placed.start, placed.end), span.label))
    for fact, code in zip(reading.linked, reading.codes, strict=True):
        linked = {role: getattr(fact, role) for role in ROLES.values()}
        links = {role: numbers[span] for role, span in linked.items() if span is not None}
        parent = None if fact.parent is None else first + fact.parent
        annotated.facts.append(
            Fact(
                numbers[fact.value], fact.number, fact.unit, code, **links, parent=parent,
                approximate=fact.approximate,
            )
        )  # fmt: skip


def _spans_of(fact: LinkedValue) -> list[LabelledSpan]:
    linked: list[LabelledSpan | None] = [getattr(fact, role) for role in ROLES.values()]
    return [fact.value, *(span for span in linked if span is not None)]
