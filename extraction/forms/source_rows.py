"""Rows as a report prints them, before they are known to be a form's: a label and the values beside it."""

from __future__ import annotations

from dataclasses import dataclass

from extraction.forms.values import CellKind, CellValue


@dataclass(frozen=True, slots=True)
class SourceValue:
    """A value cell: its trimmed range in the text, its reading and the heads printed above it (nearest first).

    `x` is the terminal column where it ends, on a line that is laid out with several blanks between values.
    """

    start: int
    end: int
    reading: CellValue
    page: int | None = None
    heads: tuple[str, ...] = ()
    x: int | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A printed row.

    `label` is the nearest label text; `before` and `after` are all label characters between the values of the
    rows above and below, where the text does not tell cells apart. `blanks_visible` says that an empty cell
    would have been seen. `table` is the index of the logical table, `None` in running text. `unread` says that
    figures stand behind the row which could not be read as its values. `unit` is the unit that the row prints
    in a cell of its own or at its label's end.
    """

    label: str
    values: tuple[SourceValue, ...]
    start: int
    end: int
    group: str = ""
    before: str = ""
    after: str = ""
    blanks_visible: bool = True
    table: int | None = None
    unread: bool = False
    unit: str | None = None

    @property
    def is_blank(self) -> bool:
        return all(value.reading.kind is CellKind.BLANK for value in self.values)
