"""A task's text to the prediction that Label Studio shows: regions, codes, values and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotations.corpus_format import ROLES, AnnotatedDocument, Fact, TextSpan
from annotations.label_studio import names
from annotations.label_studio.documents import Part, to_result
from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.task_text import TaskText, as_document
from extraction.checks.agreement import supports
from extraction.confidence import Calibration, corrected_confidences
from extraction.document import Document, Span
from extraction.errors import ReadError
from extraction.narrative.extract import extract_facts
from extraction.narrative.model import Fact as ReportFact
from extraction.narrative.model import LinkedValue
from extraction.narrative.reading import ParagraphReader, Reading
from extraction.pipeline import extract_document
from extraction.report import Source
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

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._reader.settings

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        readings = self._reader.read(paragraphs)
        heard = zip(paragraphs, readings, strict=True)
        self.heard.extend((paragraph, reading) for paragraph, reading in heard if paragraph)
        return readings


def _annotated(text: TaskText, reader: ParagraphReader) -> tuple[AnnotatedDocument, list[float]]:
    """The document with the reader's spans and facts, and the facts' confidences."""
    listener = _Listener(reader)
    facts, regions = _extracted(text.document, listener)
    annotated = AnnotatedDocument({}, text.text)
    remaining = iter(running_text(text.document, regions))
    # The facts give their links as texts; the readings, which they were made of, say where those stand.
    for read, reading in listener.heard:
        paragraph = next(paragraph for paragraph in remaining if paragraph.text == read)
        _take_in(annotated, text, paragraph, reading)
    return annotated, [fact.confidence for fact in facts]


def _extracted(document: Document, reader: ParagraphReader) -> tuple[Sequence[ReportFact], list[Span]]:
    """The facts as `extract` gives them, and the forms' regions; a text need not be a report."""
    try:
        report = extract_document(document, Source("task", "text", None), reader=reader)
        return report.facts, [region for form in report.forms for region in form.regions]
    except ReadError:
        facts, _ = extract_facts(document, find_sections(document, []), [], reader)
        calibration = Calibration.of_settings(reader.settings)
        return corrected_confidences(facts, supports(facts, [], None), calibration), []


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
