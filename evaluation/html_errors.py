"""Errors as the page shows them: the sentence with its marks, and the two facts field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluation import wording
from evaluation.errors import FactError
from evaluation.model import ScoredCell, ScoredFact
from evaluation.quotation import Mark, Piece, pieces, sentence_range
from evaluation.report_result import ReportResult
from extraction.checks.findings import plain
from extraction.forms.definitions import definitions_of
from extraction.narrative.catalogue import Indicator


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of a fact; `differs` where the other fact has it otherwise."""

    name: str
    text: str
    gloss: str
    differs: bool


@dataclass(frozen=True, slots=True)
class ErrorView:
    """An error in its sentence; `gold` or `predicted` is empty where there is no such fact."""

    report: str
    section: wording.Names
    start: int
    sentence: list[Piece]
    gold: list[FieldView]
    predicted: list[FieldView]


@dataclass(frozen=True, slots=True)
class CellErrorView:
    """A wrong cell; a value is `None` where there is no such cell."""

    report: str
    form: str
    row: str
    column: str
    gold: str | None
    predicted: str | None


def error_view(result: ReportResult, error: FactError, catalogue: Mapping[str, Indicator]) -> ErrorView:
    shown = error.gold or error.predicted
    section = shown.section if shown else None
    return ErrorView(
        report=result.id,
        section=wording.SECTIONS.get(section, (section or "", "")),
        start=error.start,
        sentence=_sentence(result, error),
        gold=_fields(error.gold, result.gold.facts or (), error, catalogue),
        predicted=_fields(
            error.predicted, (result.predicted.facts if result.predicted else None) or (), error, catalogue
        ),
    )


def _sentence(result: ReportResult, error: FactError) -> list[Piece]:
    text = result.gold.text or (result.predicted.text if result.predicted else None)
    if text is None:
        return []
    marks = []
    for fact, kind in ((error.gold, "gold"), (error.predicted, "predicted")):
        if fact:
            marks.append(Mark(fact.start, fact.end, kind))
    start, end = min(mark.start for mark in marks), max(mark.end for mark in marks)
    start, end = sentence_range(text, start, end)
    if error.gold and error.gold.item:
        marks += [Mark(*place, "item") for place in error.gold.item.places]
    return pieces(text, start, end, marks)


def _fields(
    fact: ScoredFact | None,
    facts: Sequence[ScoredFact],
    error: FactError,
    catalogue: Mapping[str, Indicator],
) -> list[FieldView]:
    if fact is None:
        return []
    indicator = catalogue.get(fact.code or "")
    texts = {
        "value": "—" if fact.value is None else plain(fact.value),
        "unit": fact.unit or "—",
        "code": fact.code or "—",
        "item": fact.item.text if fact.item else "",
        "action": fact.action or "",
        "scope": fact.scope or "",
        "period": fact.period or "",
        "channel": fact.channel or "",
        "parent": "" if fact.parent is None else _short(facts[fact.parent]),
    }
    return [
        FieldView(
            name, text or "—", indicator.name_zh if indicator and name == "code" else "", name in error.fields
        )
        for name, text in texts.items()
        if text or name in error.fields
    ]


def _short(fact: ScoredFact) -> str:
    value = "—" if fact.value is None else plain(fact.value)
    return f"{fact.item.text if fact.item else fact.action or ''} {value}{fact.unit or ''}".strip()


def cell_error_views(result: ReportResult) -> Iterator[CellErrorView]:
    """The report's wrong cells, in the order of the form."""
    for error in result.cell_errors:
        cell = error.gold or error.predicted
        if cell:
            row, column = _place_names(cell)
            yield CellErrorView(
                result.id, f"{cell.form} {cell.edition}{f' ({cell.year})' if cell.year else ''}", row, column,
                _value(error.gold), _value(error.predicted),
            )  # fmt: skip


def _value(cell: ScoredCell | None) -> str | None:
    if cell is None:
        return None
    return "空 empty" if cell.value is None else plain(cell.value)


def _place_names(cell: ScoredCell) -> tuple[str, str]:
    """The row's and column's Chinese names with their ids, where the project has the form's definition."""
    definition = next((d for d in definitions_of(cell.form) if d.edition == cell.edition), None)
    rows = {row.id: row.zh for row in definition.rows} if definition else {}
    columns = {column.id: column.zh for column in definition.columns} if definition else {}
    return (
        f"{rows.get(cell.row, '')} {cell.row}".strip(),
        f"{columns.get(cell.column, '')} {cell.column}".strip(),
    )
