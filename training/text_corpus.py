"""From raw text files to cached token numbers with the borders of words, ready to be mapped into memory."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import jieba
import numpy as np
from numpy.typing import NDArray

from models.tokenizer import CharTokenizer, build_vocabulary

Split = Literal["train", "held_out"]
Segment = Callable[[str], Iterable[str]]

_NUMBER = re.compile(r"[0-9０-９]+(?:[.．,，][0-9０-９]+)*[%％‰]?")
_FIRST_ARTICLE = re.compile(r"第一条[ \u3000]")
_ENDS_A_SENTENCE = re.compile(r"[。；：！？.;]$")
_ARTICLE_OR_ITEM = re.compile(r"第[一二三四五六七八九十百零〇]+条|（[一二三四五六七八九十]+）")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of raw text, UTF-8, plain or `.xz`, a paragraph a line.

    Args:
        name: What stages of the training call it.
        file: Path under the corpus folder.
        documents: How documents are told apart: `blank_line`, or `statutes` (a title before each first article).
        held_out_every: Every how many documents one is held out.
        drop_lines: Lines in which this regular expression is found are left out (what web pages leave behind).
    """

    name: str
    file: str
    documents: Literal["blank_line", "statutes"]
    held_out_every: int
    drop_lines: str = ""

    def __post_init__(self) -> None:
        if self.held_out_every < 2:
            raise ValueError(f"held_out_every must be at least 2, got {self.held_out_every}")
        if self.documents not in ("blank_line", "statutes"):
            raise ValueError(f"documents must be 'blank_line' or 'statutes', got {self.documents!r}")


def read_documents(folder: Path, source: Source) -> Iterator[list[str]]:
    """Stream the documents of a source, each a list of its lines.

    Raises:
        FileNotFoundError: The source's file is not in the folder.
    """
    path = folder / source.file
    drop = re.compile(source.drop_lines) if source.drop_lines else None
    open_text = lzma.open if path.suffix == ".xz" else open
    with open_text(path, "rt", encoding="utf-8") as stream:
        lines = (line.rstrip() for line in stream)
        kept = (line for line in lines if not (drop and drop.search(line)))
        yield from (_split_statutes if source.documents == "statutes" else _split_at_blank_lines)(kept)


def count_characters(folder: Path, sources: Iterable[Source]) -> Counter[str]:
    """Occurrences of each character over all sources."""
    counts: Counter[str] = Counter()
    for source in sources:
        for document in read_documents(folder, source):
            counts.update("\n".join(document))
    return counts


def unit_starts(text: str, segment: Segment) -> NDArray[np.bool_]:
    """Where the units that are masked together begin: words, and numbers with separators and percent sign.

    *Shape:* (len(text),)
    """
    starts = np.zeros(len(text), dtype=np.bool_)
    offset = 0
    for word in segment(text):
        starts[offset] = True
        offset += len(word)
    for number in _NUMBER.finditer(text):
        starts[number.start()] = True
        starts[number.start() + 1 : number.end()] = False
        if number.end() < len(text):
            starts[number.end()] = True
    return starts


@dataclass(frozen=True, slots=True)
class TokenCache:
    """All token numbers in one array, source after source, held-out documents after the others.

    Attributes:
        ids: Token numbers, `[SEP]` after each document. *Shape:* (tokens,)
        starts: Whether a unit that is masked together begins there. *Shape:* (tokens,)
        parts: Half-open ranges of (source name, split).
    """

    ids: NDArray[np.uint16]
    starts: NDArray[np.bool_]
    parts: dict[tuple[str, Split], tuple[int, int]]


def load_or_build_cache(
    corpus: Path,
    sources: Sequence[Source],
    folder: Path,
    *,
    min_count: int,
    tokenizer: CharTokenizer | None = None,
) -> tuple[TokenCache, CharTokenizer]:
    """Map the cache under `folder`, building it first where it is missing or its inputs have changed.

    Args:
        corpus: Folder of the raw text files.
        sources: The files.
        folder: Of the cache.
        min_count: Characters seen fewer times have no token of their own.
        tokenizer: Of an encoder that is trained further, in place of one made of the sources' characters.
    """
    described = [asdict(source) | {"bytes": (corpus / source.file).stat().st_size} for source in sources]
    vocabulary = min_count if tokenizer is None else tokenizer.tokens
    key = hashlib.sha256(json.dumps([described, vocabulary]).encode()).hexdigest()
    index = folder / "cache.json"
    if not index.exists() or json.loads(index.read_text(encoding="utf-8"))["key"] != key:
        if tokenizer is None:
            tokenizer = CharTokenizer(build_vocabulary(count_characters(corpus, sources), min_count=min_count))
        build_cache(corpus, sources, folder, tokenizer=tokenizer, key=key)
    stored = json.loads(index.read_text(encoding="utf-8"))
    parts = {(name, split): (start, end) for name, split, start, end in stored["parts"]}
    ids = np.load(folder / "ids.npy", mmap_mode="r")
    starts = np.load(folder / "starts.npy", mmap_mode="r")
    return TokenCache(ids, starts, parts), CharTokenizer.load(folder)


def build_cache(
    corpus: Path, sources: Sequence[Source], folder: Path, *, tokenizer: CharTokenizer, key: str
) -> None:
    """Build token numbers and unit borders; `cache.json` is written last and marks completion."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder)
    ids: list[NDArray[np.uint16]] = []
    starts: list[NDArray[np.bool_]] = []
    parts: list[tuple[str, Split, int, int]] = []
    offset = 0
    for source in sources:
        splits: dict[Split, list[str]] = {"train": [], "held_out": []}
        for number, lines in enumerate(read_documents(corpus, source), start=1):
            splits["train" if number % source.held_out_every else "held_out"].append("\n".join(lines))
        for split, documents in splits.items():
            begin = offset
            for text in documents:
                ids.append(np.append(tokenizer.ids(text), np.uint16(tokenizer.sep_id)))
                starts.append(np.append(unit_starts(text, _jieba_words), True))
                offset += len(text) + 1
            parts.append((source.name, split, begin, offset))
    np.save(folder / "ids.npy", np.concatenate(ids))
    np.save(folder / "starts.npy", np.concatenate(starts))
    (folder / "cache.json").write_text(json.dumps({"key": key, "parts": parts}), encoding="utf-8")


def _jieba_words(text: str) -> Iterable[str]:
    words: Iterable[str] = jieba.cut(text, HMM=False)
    return words


def _split_at_blank_lines(lines: Iterable[str]) -> Iterator[list[str]]:
    document: list[str] = []
    for line in lines:
        if line:
            document.append(line)
        elif document:
            yield document
            document = []
    if document:
        yield document


def _split_statutes(lines: Iterable[str]) -> Iterator[list[str]]:
    document: list[str] = []
    for line in lines:
        if not line:
            continue
        if _FIRST_ARTICLE.match(line):
            title = _title_start(document)
            if title:
                yield document[:title]
                document = document[title:]
        document.append(line)
    if document:
        yield document


def _title_start(lines: Sequence[str]) -> int:
    """Index of the first of the closing lines that are neither a sentence nor an article: title, dates, headings."""
    start = len(lines)
    while start and not (
        _ENDS_A_SENTENCE.search(lines[start - 1]) or _ARTICLE_OR_ITEM.match(lines[start - 1])
    ):
        start -= 1
    return start
