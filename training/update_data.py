"""What an update learns from: the corpus and the annotations that came back, without what the scores rest on."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from annotations.corpus_format import AnnotatedDocument, CorpusError, load_corpus
from annotations.gold_format import load_gold, text_sha256
from annotations.sources import load_sources
from annotations.splits import Split, load_split
from evaluation.matching import compact

GOLD = "gold"
UNKNOWN_ANNOTATOR = "unknown"
# A paragraph of so many characters with a fact in it does not come up twice by chance.
_PASSAGE = 30


class UpdateError(Exception):
    """An update that cannot be done; the message says why and what to do, in English and Chinese."""


class RefusalReason(StrEnum):
    """Why a document is not learnt from."""

    BODY = "body_held_out"
    TEXT = "text_held_out"
    PASSAGE = "passage_held_out"
    NO_FACTS = "no_facts"
    TWICE = "same_text_twice"


_TOLD = {
    RefusalReason.BODY: ("its body is held out", "该单位留作评测"),
    RefusalReason.TEXT: ("its text is held out", "正文留作评测"),
    RefusalReason.PASSAGE: ("a paragraph of it is held out", "其中段落留作评测"),
    RefusalReason.NO_FACTS: ("no fact is annotated", "没有标注事实"),
    RefusalReason.TWICE: ("the same text as another", "正文与另一份相同"),
}


class Refusal(NamedTuple):
    """A document that is not learnt from; `detail` is the split, the body or the other document."""

    document: str
    reason: RefusalReason
    detail: str

    def __str__(self) -> str:
        english, chinese = _TOLD[self.reason]
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.document}: {english} / {chinese}{detail}"


@dataclass(frozen=True, slots=True)
class UpdateData:
    """The documents of an update.

    Attributes:
        train: The corpus's training split and the accepted annotations, these in place of a corpus document of
            the same id or text.
        accepted: The annotations among them.
        replaced: Ids of the corpus's documents that annotations stand in place of.
        refused: Annotations that are left out, and why.
    """

    train: list[AnnotatedDocument]
    development: list[AnnotatedDocument]
    test: list[AnnotatedDocument]
    accepted: list[AnnotatedDocument]
    replaced: list[str]
    refused: list[Refusal]

    @property
    def annotators(self) -> dict[str, int]:
        """How many of the accepted documents each annotator has annotated."""
        return dict(sorted(Counter(name for d in self.accepted for name in annotators(d)).items()))


@dataclass(slots=True)
class HeldOut:
    """Bodies, texts and passages that may not be learnt from, each with where it is held."""

    bodies: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    passages: dict[str, str] = field(default_factory=dict)

    def add(self, documents: Iterable[AnnotatedDocument], where: str) -> None:
        for document in documents:
            if body := compact(document.meta.get("body")):
                self.bodies[body] = where
            self.texts |= dict.fromkeys(_text_keys(document), where)
            self.passages |= dict.fromkeys(_passages(document), where)

    def add_gold(self, gold: Path, sources: Path) -> None:
        """The standoff's reports, by their checksums and publishers; their texts need not be at hand."""
        if gold.is_dir():
            publishers = {source.id: source.publisher for source in load_sources(sources)}
            for report in load_gold([gold]):
                self.texts[report.sha256_text] = GOLD
                if body := compact(publishers.get(report.id)):
                    self.bodies[body] = GOLD

    def refusal(self, document: AnnotatedDocument) -> Refusal | None:
        """Why the document would leak into the scores, if it would."""
        found = next((self.texts[key] for key in _text_keys(document) if key in self.texts), None)
        if found:
            return Refusal(document.id, RefusalReason.TEXT, found)
        body = compact(document.meta.get("body"))
        if body in self.bodies:
            return Refusal(document.id, RefusalReason.BODY, f"{body}, {self.bodies[body]}")
        found = next((self.passages[p] for p in _passages(document) if p in self.passages), None)
        return Refusal(document.id, RefusalReason.PASSAGE, found) if found else None


def load_update_data(
    annotations: Path, corpus: Path, gold: Path, sources: Path, codes: Collection[str]
) -> UpdateData:
    """Reads corpus and annotations, and sorts out what may be learnt from.

    Args:
        annotations: Folder of corpus-format files (or one of them).
        corpus: The annotated corpus with its `splits.toml`.
        gold: Folder of standoff; nothing is held out for it where it is not there.
        sources: The table of the gold's reports.
        codes: The catalogue's.

    Raises:
        UpdateError: There is no test or development split, no annotation that may be learnt from, or one has a
            code that the catalogue lacks.
        CorpusError, SplitError, GoldError, SourcesError: A file is out of format.
        OSError: One cannot be read.
    """
    splits = {split: load_split(split, corpus) for split in Split}
    for split in (Split.DEVELOPMENT, Split.TEST):
        if not splits[split]:
            raise UpdateError(f"{corpus}: no {split} documents in splits.toml / 语料缺少 {split} 划分")
    held_out = HeldOut()
    for split in (Split.DEVELOPMENT, Split.TEST):
        held_out.add(splits[split], split)
    held_out.add_gold(gold, sources)
    accepted, refused = _sorted_out(_annotated(annotations), held_out)
    _check_codes(accepted, codes)
    if not accepted:
        names = "".join(f"; {refusal}" for refusal in refused)
        raise UpdateError(f"{annotations}: no annotation to learn from / 没有可用于训练的标注{names}")
    train, replaced = _merged(splits[Split.TRAIN], accepted)
    return UpdateData(train, splits[Split.DEVELOPMENT], splits[Split.TEST], accepted, replaced, refused)


def annotators(document: AnnotatedDocument) -> list[str]:
    """Who annotated a document."""
    named = document.meta.get("annotator", "").replace("、", ",").split(",")
    return [name.strip() for name in named if name.strip()] or [UNKNOWN_ANNOTATOR]


def digest_of(files: Iterable[Path]) -> str:
    """One checksum of files' names and contents."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def text_files(folder: Path) -> list[Path]:
    """The `*.txt` files of a folder, or the one file."""
    return sorted(folder.glob("*.txt")) if folder.is_dir() else [folder]


def _annotated(annotations: Path) -> list[AnnotatedDocument]:
    if not annotations.exists():
        raise UpdateError(f"{annotations}: no such folder / 文件夹不存在")
    try:
        return load_corpus(annotations)
    except UnicodeDecodeError as error:
        raise CorpusError(f"{annotations}: not UTF-8: {error}") from error


def _sorted_out(
    documents: Sequence[AnnotatedDocument], held_out: HeldOut
) -> tuple[list[AnnotatedDocument], list[Refusal]]:
    accepted: list[AnnotatedDocument] = []
    refused: list[Refusal] = []
    seen: dict[str, str] = {}
    for document in documents:
        refusal = held_out.refusal(document)
        key = _text_keys(document)[0]
        if refusal is None and not document.facts:
            refusal = Refusal(document.id, RefusalReason.NO_FACTS, "")
        if refusal is None and key in seen:
            refusal = Refusal(document.id, RefusalReason.TWICE, seen[key])
        if refusal:
            refused.append(refusal)
        else:
            seen[key] = document.id
            accepted.append(document)
    return accepted, refused


def _check_codes(documents: Sequence[AnnotatedDocument], codes: Collection[str]) -> None:
    for document in documents:
        for fact in document.facts:
            if fact.code is not None and fact.code not in codes:
                raise UpdateError(
                    f"{document.id}: {document.quote(fact.value_span)!r} has the code {fact.code}, which the "
                    f"catalogue lacks; correct it or add the code / 指标目录中没有代码 {fact.code}"
                )


def _merged(
    corpus: Sequence[AnnotatedDocument], accepted: Sequence[AnnotatedDocument]
) -> tuple[list[AnnotatedDocument], list[str]]:
    ids = {document.id for document in accepted}
    keys = {_text_keys(document)[0] for document in accepted}
    replaced = [d.id for d in corpus if d.id in ids or _text_keys(d)[0] in keys]
    kept = [document for document in corpus if document.id not in replaced]
    return [*kept, *accepted], replaced


def _text_keys(document: AnnotatedDocument) -> tuple[str, str]:
    """Checksums of the text without and with its white space."""
    return text_sha256(compact(document.text) or ""), text_sha256(document.text)


def _passages(document: AnnotatedDocument) -> set[str]:
    """The long paragraphs with facts, without white space."""
    starts = [document.spans[fact.value_span].start for fact in document.facts]
    texts = (
        compact(document.text[block.start : block.end]) or ""
        for block in document.blocks
        if any(block.start <= start < block.end for start in starts)
    )
    return {text for text in texts if len(text) >= _PASSAGE}
