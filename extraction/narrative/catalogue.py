"""The catalogue of indicators: which words in a report stand for which code.

The project's own entries are `catalogue.toml`; its head explains every key. Users add or override entries
with files of the same form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

OWN_CATALOGUE = Path(__file__).parent / "catalogue.toml"
ANY_PARENT = "*"
FORMS = frozenset({"proactive", "requests", "review", "statistics"})

_Choice = TypeVar("_Choice", bound=StrEnum)
_CODE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
_REQUIRED = ("name_zh", "name_en", "definition", "unit", "kind", "wordings")
_TEXTS = ("name_zh", "name_en", "definition", "unit", "kind", "select")
_LISTS = ("wordings", "actions", "channels", "parents")
_KEYS = frozenset({*_TEXTS, *_LISTS, "form_cell"})


class CatalogueError(ValueError):
    """A catalogue file that breaks the form; the message names file, code and key."""


class Measure(StrEnum):
    """What kind of quantity an indicator is."""

    COUNT = "count"
    RATE = "rate"
    MONEY = "money"


class Select(StrEnum):
    """Which of a fact's words decide for the code: its item, its action, or both together."""

    ITEM = "item"
    BOTH = "both"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class FormCell:
    """A cell of a standard form, by the ids of the output contract."""

    form: str
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One entry of the catalogue; the fields are those that the file's head explains.

    `form_cells` are the cells whose sum over those printed is the same figure; empty where no form states it.
    """

    code: str
    name_zh: str
    name_en: str
    definition: str
    unit: str
    kind: Measure
    wordings: tuple[str, ...]
    actions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    select: Select = Select.ITEM
    form_cells: tuple[FormCell, ...] = ()

    def can_be_part_of(self, code: str) -> bool:
        """Whether a fact of this indicator can have a fact with that code as its parent."""
        return code in self.parents or ANY_PARENT in self.parents


class Catalogue(Mapping[str, Indicator]):
    """Indicators by code, in the order of the files."""

    def __init__(self, indicators: Mapping[str, Indicator]) -> None:
        self._indicators = dict(indicators)

    def __getitem__(self, code: str) -> Indicator:
        return self._indicators[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._indicators)

    def __len__(self) -> int:
        return len(self._indicators)


def load_catalogue(*extra: Path) -> Catalogue:
    """The project's catalogue with the entries of `extra` files added, later files over earlier ones.

    An entry for a known code replaces only the keys that it gives; one for a new code must be whole.

    Raises:
        CatalogueError: On a file that is no TOML, an unknown key, a missing or unfit value, or an unknown
            parent.
        OSError: Where a file cannot be read.
    """
    entries = dict(_own_entries())
    origins = dict.fromkeys(entries, OWN_CATALOGUE)
    for path in extra:
        for code, changes in _read(path).items():
            entries[code] = {**entries.get(code, {}), **changes}
            origins[code] = path
    indicators = {code: _indicator(origins[code], code, entry) for code, entry in entries.items()}
    for indicator in indicators.values():
        for parent in indicator.parents:
            if parent != ANY_PARENT and parent not in indicators:
                raise _error(origins[indicator.code], indicator.code, "parents", f"unknown code {parent!r}")
    return Catalogue(indicators)


@cache
def _own_entries() -> dict[str, dict[str, Any]]:
    return _read(OWN_CATALOGUE)


def _error(path: Path, code: str, key: str, problem: str) -> CatalogueError:
    return CatalogueError(f"{path}: codes.{code!r}: {key}: {problem}")


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """The checked tables of one file, by code."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: not a TOML file in UTF-8: {error}") from error
    strangers = sorted(content.keys() - {"codes"})
    if strangers or not isinstance(content.get("codes"), dict):
        found = f"found {', '.join(strangers)}" if strangers else "found none"
        raise CatalogueError(f'{path}: expected tables [codes."group.name"] only, {found}')
    for code, entry in content["codes"].items():
        _check_entry(path, code, entry)
    return dict(content["codes"])


def _check_entry(path: Path, code: str, entry: object) -> None:
    if not _CODE.fullmatch(code):
        raise _error(path, code, "code", 'expected lower-case words joined by dots, as in "svc.items"')
    if not isinstance(entry, dict):
        raise _error(path, code, "entry", f"expected a table, found {entry!r}")
    for key, value in entry.items():
        if key not in _KEYS:
            likely = get_close_matches(key, _KEYS, n=1)
            hint = f"; did you mean {likely[0]}?" if likely else ""
            raise _error(path, code, key, f"unknown key{hint}")
        if key in _TEXTS and not (isinstance(value, str) and value.strip()):
            raise _error(path, code, key, f"expected a text, found {value!r}")
        if key in _LISTS:
            _check_texts(path, code, key, value)


def _check_texts(path: Path, code: str, key: str, value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise _error(path, code, key, f"expected a list of texts, found {value!r}")
    repeated = sorted({text for text in value if value.count(text) > 1})
    if repeated:
        raise _error(path, code, key, f"given twice: {', '.join(repeated)}")


def _indicator(path: Path, code: str, entry: Mapping[str, Any]) -> Indicator:
    """Builds an entry whose keys and types have been checked; sees to the rules between them."""
    for key in _REQUIRED:
        if key not in entry:
            raise _error(path, code, key, "missing (a new code needs " + ", ".join(_REQUIRED) + ")")
    if not entry["wordings"]:
        raise _error(path, code, "wordings", "expected at least one")
    select = _member(path, code, "select", Select, entry.get("select", Select.ITEM))
    if select is not Select.ITEM and not entry.get("actions"):
        raise _error(path, code, "actions", f"missing, but select is {select.value}")
    return Indicator(
        code=code,
        name_zh=entry["name_zh"],
        name_en=entry["name_en"],
        definition=entry["definition"],
        unit=entry["unit"],
        kind=_member(path, code, "kind", Measure, entry["kind"]),
        wordings=tuple(entry["wordings"]),
        actions=tuple(entry.get("actions", ())),
        channels=tuple(entry.get("channels", ())),
        parents=tuple(entry.get("parents", ())),
        select=select,
        form_cells=_form_cells(path, code, entry.get("form_cell", [])),
    )


def _member(path: Path, code: str, key: str, choices: type[_Choice], value: str) -> _Choice:
    try:
        return choices(value)
    except ValueError:
        expected = ", ".join(choice.value for choice in choices)
        raise _error(path, code, key, f"expected one of {expected}, found {value!r}") from None


def _form_cells(path: Path, code: str, value: object) -> tuple[FormCell, ...]:
    """Reads `form.row.column`, or a list of such; a row's id may hold dots itself."""
    cells = []
    for reference in value if isinstance(value, list) else [value]:
        parts = reference.split(".") if isinstance(reference, str) else []
        if len(parts) < 3 or parts[0] not in FORMS or not all(parts):
            expected = f"expected form.row.column with a form of {', '.join(sorted(FORMS))}"
            raise _error(path, code, "form_cell", f"{expected}, found {reference!r}")
        cells.append(FormCell(parts[0], ".".join(parts[1:-1]), parts[-1]))
    return tuple(cells)
