"""A report's running text read again: the same by the same reader, and refused where the file is another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from extraction.errors import ReadError
from extraction.narrative.reading import NO_SETTINGS, Reading
from extraction.pipeline import extract_file, paragraph_reader
from extraction.report import Report
from extraction.rereading import read_again

EXAMPLES = Path(__file__).parents[2] / "examples"


class Silent:
    """Finds nothing."""

    settings = NO_SETTINGS

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        return [Reading([], [], [], []) for _ in paragraphs]


@pytest.mark.parametrize("name", ["lanjiang-2020.pdf", "qingshi-2023.html", "songling-2021.txt", "yunxiu-2022.docx"])
def test_the_same_reader_finds_the_same(name: str) -> None:
    report = extract_file(EXAMPLES / name, use_model=False)
    assert isinstance(report, Report)
    assert report.facts
    assert read_again(report, paragraph_reader(use_model=False)) == report


def test_findings_follow_the_facts_of_the_reader() -> None:
    report = extract_file(EXAMPLES / "qingshi-2023.html", use_model=False)
    assert isinstance(report, Report)
    again = read_again(report, Silent())
    assert (again.facts, again.spans) == ([], [])
    assert again.forms == report.forms
    assert not [found for found in again.findings if found.rule.startswith("fact.")]


def test_a_file_that_has_changed_or_gone_is_told(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes((EXAMPLES / "songling-2021.txt").read_bytes())
    report = extract_file(path, use_model=False)
    assert isinstance(report, Report)
    path.write_text(path.read_text(encoding="utf-8").replace("168条", "169条"), encoding="utf-8")
    with pytest.raises(ReadError, match="changed"):
        read_again(report, Silent())
    path.unlink()
    with pytest.raises(ReadError, match=r"report\.txt"):
        read_again(report, Silent())
