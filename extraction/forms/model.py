"""What the forms module gives out: forms, their cells and the rows that the form does not have."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from extraction.document import Span


@dataclass(frozen=True, slots=True)
class FormCell:
    """One cell of a standard form.

    `value` is `None` where the source is blank; `start:end` quotes the printed cell in the document's text
    (empty where blank); `confidence` is the probability that row, column and value are right.
    """

    row: str
    column: str
    value: Decimal | None
    text: str
    unit: str | None
    confidence: float
    start: int
    end: int
    page: int | None


@dataclass(frozen=True, slots=True)
class ExtraCell:
    """A cell of a row that the form does not have; `column` is its form column where one is plain."""

    column: str | None
    value: Decimal | None
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ExtraRow:
    """A printed row that is not in the form's definition, under its printed label."""

    label: str
    cells: tuple[ExtraCell, ...]


@dataclass(slots=True)
class Form:
    """One printed form. `regions` are the ranges of the text that it covers."""

    form: str
    edition: str
    year: int | None
    cells: list[FormCell]
    extra: list[ExtraRow] = field(default_factory=list)
    regions: list[Span] = field(default_factory=list)

    def value(self, row: str, column: str) -> Decimal | None:
        """The value of a cell, or `None` where it is blank or not printed."""
        cell = self.cell(row, column)
        return cell.value if cell else None

    def cell(self, row: str, column: str) -> FormCell | None:
        return next((cell for cell in self.cells if cell.row == row and cell.column == column), None)
