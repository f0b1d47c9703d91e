"""A batch loses nothing of the others, whatever one file does to its process."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from extraction import batch
from extraction.report import FailedReport, Report, Source

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ["a.html", "b.html", "c.html", "d.html"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).write_bytes((EXAMPLES / "qingshi-2023.html").read_bytes())
    return tmp_path


def hang(path: Path, *, use_model: bool) -> Report | FailedReport:
    if path.name == "b.html":
        time.sleep(60)
    return FailedReport(Source(path.name, None, None), batch.ReadError(batch.ErrorCode.EMPTY, path.name))


def die(path: Path, *, use_model: bool) -> Report | FailedReport:
    if path.name == "b.html":
        os._exit(3)
    return FailedReport(Source(path.name, None, None), batch.ReadError(batch.ErrorCode.EMPTY, path.name))


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_file_has_its_result_in_order(folder: Path, jobs: int) -> None:
    files = batch.find_inputs([folder])
    results = list(batch.extract_files(files, jobs=jobs))
    assert [Path(result.source.path).name for result in results] == NAMES
    assert all(isinstance(result, Report) for result in results)


@pytest.mark.parametrize(("reader", "code"), [(hang, "timeout"), (die, "internal")])
def test_a_file_that_hangs_or_kills_its_process_costs_itself_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch, reader: object, code: str
) -> None:
    monkeypatch.setattr(batch, "extract_file", reader)
    results = list(batch.extract_files(batch.find_inputs([folder]), jobs=1, seconds_a_file=8))
    codes = [result.error.code.value for result in results if isinstance(result, FailedReport)]
    assert codes == ["empty_file", code, "empty_file", "empty_file"]


def test_folders_are_searched_for_what_may_be_a_report(tmp_path: Path) -> None:
    for name in ("x.html", "sub/y.PDF", "sub/z.py", ".hidden/w.html", "noext", "data.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = [path.relative_to(tmp_path).as_posix() for path in batch.find_inputs([tmp_path])]
    assert found == ["noext", "sub/y.PDF", "x.html"]
