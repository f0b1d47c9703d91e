"""Form definitions: which rows and columns an edition prints, under which labels, and which sums must hold."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from extraction.numbering import POINT
from extraction.traditional import simplified

_FOLDER = Path(__file__).parent / "definitions"
_ENUMERATOR = re.compile(POINT)
_NOT_LABEL = re.compile(r"[^\u4e00-\u9fff]+")


def normalise_label(text: str) -> str:
    """A label's Chinese characters alone, simplified, without its leading enumerator (一、 （三） 4.)."""
    body = _ENUMERATOR.sub("", text.strip(), count=1) if _starts_numbered(text) else text
    return simplified(_NOT_LABEL.sub("", body))


def _starts_numbered(text: str) -> bool:
    return _ENUMERATOR.match(text.strip()) is not None


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column: its id, names, printed labels (normalised) and the unit that its printed heading states."""

    id: str
    zh: str
    en: str
    labels: tuple[str, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class RowDefinition:
    """A row. `columns` are those it has, none where it is a head without figures.

    `merged` marks a row that stands for its whole group, `local` one that only some regions print, `money` one
    whose figures are amounts and not counts.
    """

    id: str
    zh: str
    en: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    group: str | None = None
    merged: bool = False
    local: bool = False
    money: bool = False


@dataclass(frozen=True, slots=True)
class SumRelation:
    """`total` equals the sum of `parts`, along the columns of each row or along the rows of each column."""

    id: str
    over: str
    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BalanceRelation:
    """The sums of two sets of rows are equal in every column."""

    id: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoundRelation:
    """The row `part` tells of some of what the row `whole` counts, so that it cannot exceed it in any column."""

    id: str
    whole: str
    part: str


@dataclass(frozen=True, slots=True)
class FormDefinition:
    """One edition of one form."""

    form: str
    edition: str
    name_zh: str
    name_en: str
    heading: tuple[str, ...]
    columns: tuple[ColumnDefinition, ...]
    rows: tuple[RowDefinition, ...]
    sums: tuple[SumRelation, ...]
    balances: tuple[BalanceRelation, ...]
    bounds: tuple[BoundRelation, ...] = ()

    def column(self, id_: str) -> ColumnDefinition:
        return next(column for column in self.columns if column.id == id_)

    def row(self, id_: str) -> RowDefinition:
        return next(row for row in self.rows if row.id == id_)

    def is_money(self, row: str, column: str) -> bool:
        """Whether a cell holds an amount of money and not a count."""
        return column == "amount" or self.row(row).money


def _labels(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(normalise_label(label) for label in entry["labels"])


def _parse(data: dict[str, Any]) -> FormDefinition:
    columns = tuple(
        ColumnDefinition(id_, entry["zh"], entry["en"], _labels(entry), entry.get("unit"))
        for id_, entry in data["columns"].items()
    )
    all_columns = tuple(column.id for column in columns)
    rows = tuple(
        RowDefinition(
            entry["id"], entry["zh"], entry["en"], _labels(entry), tuple(entry.get("columns", all_columns)),
            entry.get("group"), entry.get("merged", False), entry.get("local", False), entry.get("money", False),
        )
        for entry in data["rows"]
    )  # fmt: skip
    ids = [row.id for row in rows if row.columns and not row.merged]

    def expand(patterns: list[str], names: list[str]) -> tuple[str, ...]:
        return tuple(name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns))

    sums = tuple(
        SumRelation(
            entry["id"], entry["over"], entry["total"],
            expand(entry["parts"], list(all_columns) if entry["over"] == "columns" else ids),
        )
        for entry in data.get("sums", [])
    )  # fmt: skip
    balances = tuple(
        BalanceRelation(entry["id"], tuple(entry["left"]), tuple(entry["right"]))
        for entry in data.get("balances", [])
    )
    bounds = tuple(
        BoundRelation(entry["id"], entry["whole"], entry["part"]) for entry in data.get("bounds", [])
    )
    return FormDefinition(
        data["form"], data["edition"], data["name_zh"], data["name_en"], tuple(data["heading"]),
        columns, rows, sums, balances, bounds,
    )  # fmt: skip


@cache
def load_definitions() -> tuple[FormDefinition, ...]:
    """All definitions of the `definitions` folder, newest edition first."""
    parsed = []
    for path in sorted(_FOLDER.glob("*.toml")):
        with path.open("rb") as file:
            parsed.append(_parse(tomllib.load(file)))
    return tuple(sorted(parsed, key=lambda definition: (definition.form, definition.edition), reverse=True))


@cache
def definitions_of(form: str) -> tuple[FormDefinition, ...]:
    """The editions of one form, newest first."""
    return tuple(definition for definition in load_definitions() if definition.form == form)
