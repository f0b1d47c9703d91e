"""Where the annotated reports come from: `sources.toml`, and whether each one's file is at hand."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from annotations.gold_format import text_sha256
from extraction.errors import ReadError
from extraction.readers.dispatch import read_document

SOURCES_FILE = Path(__file__).parent / "sources.toml"
REPOSITORY = Path(__file__).parent.parent
DEFAULT_REPORTS = REPOSITORY.parent / "shared"
_KEYS = {"id": str, "publisher": str, "file": str, "sha256": str, "sha256_text": str, "external": bool}


class SourcesError(ValueError):
    """`sources.toml` is not in its format."""


@dataclass(frozen=True, slots=True)
class ReportSource:
    """One annotated report; the fields are those that `sources.toml` explains."""

    id: str
    publisher: str
    file: str
    sha256: str
    sha256_text: str
    external: bool

    def path(self, reports: Path = DEFAULT_REPORTS) -> Path:
        """Where the file should be; `reports` is the folder of the reports outside the repository."""
        return (reports if self.external else REPOSITORY) / self.file


class SourceState(StrEnum):
    """Whether a report's file can be used with its gold."""

    AT_HAND = "at hand"
    MISSING = "not at hand"
    OTHER_FILE = "another file (sha256 differs)"
    OTHER_TEXT = "read as another text (sha256_text differs)"


def load_sources(path: Path = SOURCES_FILE) -> list[ReportSource]:
    """Reads the table of reports.

    Raises:
        SourcesError: Where an entry lacks a key, has an unknown one or one of the wrong type.
        OSError: Where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            entries = tomllib.load(file).get("report", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourcesError(f"{path.name}: {error}") from error
    if not isinstance(entries, list):
        raise SourcesError(f"{path.name}: report must be an array of tables ([[report]])")
    sources = [_source(entry, f"{path.name}: report {number}") for number, entry in enumerate(entries, 1)]
    ids = [source.id for source in sources]
    if len(set(ids)) < len(ids):
        raise SourcesError(f"{path.name}: an id is used twice: {max(ids, key=ids.count)}")
    return sources


def _source(entry: dict[str, Any], where: str) -> ReportSource:
    for key in entry.keys() ^ _KEYS.keys():
        raise SourcesError(f"{where}: the key {key!r} is {'unknown' if key in entry else 'missing'}")
    for key, kind in _KEYS.items():
        if not isinstance(entry[key], kind):
            raise SourcesError(f"{where}: {key} must be a {kind.__name__}, not {entry[key]!r}")
    return ReportSource(**entry)


def file_state(source: ReportSource, reports: Path = DEFAULT_REPORTS) -> SourceState:
    """Whether the report's own file is there, by its checksum (the text is not read)."""
    path = source.path(reports)
    if not path.is_file():
        return SourceState.MISSING
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return SourceState.AT_HAND if digest == source.sha256 else SourceState.OTHER_FILE


def text_state(source: ReportSource, reports: Path = DEFAULT_REPORTS) -> SourceState:
    """Like `file_state`, and whether the readers still make the annotated text of it."""
    state = file_state(source, reports)
    if state is not SourceState.AT_HAND:
        return state
    path = source.path(reports)
    try:
        document = read_document(path.read_bytes(), path.name)
    except ReadError:
        return SourceState.OTHER_TEXT
    return state if text_sha256(document.text) == source.sha256_text else SourceState.OTHER_TEXT


def main(arguments: list[str]) -> int:
    """`python -m annotations.sources [REPORTS_FOLDER]`: a line a report; status 1 where one cannot be used."""
    reports = Path(arguments[0]) if arguments else DEFAULT_REPORTS
    states = {source.id: text_state(source, reports) for source in load_sources()}
    for name, state in states.items():
        print(f"{name}: {state}")
    return 0 if all(state is SourceState.AT_HAND for state in states.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
