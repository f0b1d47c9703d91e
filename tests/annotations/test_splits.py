"""The corpus's split is by file and complete."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from annotations.splits import CORPUS_FOLDER, Split, SplitError, load_split, split_files


def corpus(folder: Path, splits: str) -> Path:
    for name in ("01-a", "02-b", "17-dev", "18-test"):
        (folder / f"{name}.txt").write_text(f"@id {name}\n文\n", encoding="utf-8")
    (folder / "splits.toml").write_text(splits, encoding="utf-8")
    return folder


def test_every_file_is_in_one_split(tmp_path: Path) -> None:
    folder = corpus(tmp_path, 'test = ["18-test.txt"]\ndevelopment = ["17-dev.txt"]')
    ids = {split: [document.id for document in load_split(split, folder)] for split in Split}
    assert ids == {"train": ["01-a", "02-b"], "development": ["17-dev"], "test": ["18-test"]}


@pytest.mark.parametrize(
    ("splits", "message"),
    [('test = ["a.txt", "a.txt"]', "twice"), ('held_out = ["a.txt"]', "held_out"), ("test = [", "splits.toml")],
)
def test_a_split_file_out_of_format_is_refused(tmp_path: Path, splits: str, message: str) -> None:
    with pytest.raises(SplitError, match=message):
        split_files(Split.TEST, corpus(tmp_path, splits))


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_split(Split.TEST, corpus(tmp_path, 'test = ["19-test.txt"]'))


def test_the_projects_own_split_names_the_test_bodies() -> None:
    assert [path.name for path in split_files(Split.TEST)] == ["18-test-a.txt", "19-test-b.txt"]
    assert not set(split_files(Split.TRAIN)) & set(split_files(Split.TEST, CORPUS_FOLDER))


def test_no_body_is_in_two_splits_of_the_corpus() -> None:
    bodies = {split: {document.meta["body"] for document in load_split(split)} for split in Split}
    for left, right in combinations(Split, 2):
        assert not bodies[left] & bodies[right]
