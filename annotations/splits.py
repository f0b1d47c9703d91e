"""The corpus's fixed split into training, development and test files."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path

from annotations.corpus_format import AnnotatedDocument, load_corpus

CORPUS_FOLDER = Path(__file__).parent / "corpus"


class Split(StrEnum):
    """A part of the corpus; a body's narratives are all in one."""

    TRAIN = "train"
    DEVELOPMENT = "development"
    TEST = "test"


class SplitError(ValueError):
    """`splits.toml` is out of format, or names a file twice."""


def split_files(split: Split, folder: Path = CORPUS_FOLDER) -> list[Path]:
    """The files of a split by name. Files that `splits.toml` does not name are for training.

    Raises:
        SplitError: Where `splits.toml` is out of format.
        OSError: Where it cannot be read.
    """
    with (folder / "splits.toml").open("rb") as file:
        try:
            named = tomllib.load(file)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SplitError(f"splits.toml: {error}") from error
    unknown = named.keys() - {Split.DEVELOPMENT, Split.TEST}
    if unknown:
        raise SplitError(f"splits.toml: unknown split {min(unknown)!r}")
    names = [name for part in named.values() for name in part]
    if len(set(names)) < len(names):
        raise SplitError(f"splits.toml: {max(names, key=names.count)} is named twice")
    if split is Split.TRAIN:
        return [path for path in sorted(folder.glob("*.txt")) if path.name not in names]
    return [folder / name for name in sorted(named.get(split, []))]


def load_split(split: Split, folder: Path = CORPUS_FOLDER) -> list[AnnotatedDocument]:
    """The documents of a split.

    Raises:
        SplitError: Where `splits.toml` is out of format.
        CorpusError: Where a corpus file is.
        OSError: Where a file that is named is not there.
    """
    return [document for path in split_files(split, folder) for document in load_corpus(path)]
