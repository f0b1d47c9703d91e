"""Batches for the tagger: paragraphs packed into windows, their labels, and what augmentation makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.labels import TAG_INDEX, TAGS, spans_to_bio
from models.tagger import RANGES
from models.tokenizer import CharTokenizer
from models.windows import CONTEXT, MAX_WINDOW, SEPARATOR, pack
from training.augmentation import AugmentationConfig, SpanBank, augmented, renamed
from training.tagger_examples import Example, ExampleDocument, FactLinks, cut, joined

IGNORED = -100
# Lengths are padded to a multiple: oneDNN prepares its kernels anew for each shape that it meets.
_LENGTH_STEP = 32


@dataclass(frozen=True, slots=True)
class TaggerBatch:
    """Windows of a like length.

    `ids`, `mask` and `tags` are (batch, seq), special tokens included; `tags` are `IGNORED` at those, at padding and
    where `soft_tags`, (batch, seq, tags), has probabilities in their place. `rows` (facts,), `ranges`
    (facts, ranges, 2) and `codes` (facts,) are the facts of all windows.
    """

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    tags: NDArray[np.int64]
    soft_tags: NDArray[np.float32]
    rows: NDArray[np.int64]
    ranges: NDArray[np.int64]
    codes: NDArray[np.int64]


def windows_of(paragraphs: Sequence[Example], limits: Iterator[int] | None = None) -> list[Example]:
    """Neighbouring paragraphs as windows; the arguments are those of `pack`."""
    windows = pack([paragraph.text for paragraph in paragraphs], limits)
    return [
        joined((cut(paragraphs[p.paragraph], p.start, p.end) for p in window.pieces), SEPARATOR)
        for window in windows
    ]


def _random_limits(rng: Generator) -> Iterator[int]:
    while True:
        yield int(rng.integers(60, MAX_WINDOW + 1))


def _padded_length(examples: Sequence[Example]) -> int:
    longest = max(len(example.text) for example in examples) + 2
    return -(-longest // _LENGTH_STEP) * _LENGTH_STEP


@dataclass(frozen=True)
class BatchMaker:
    """Turns documents into batches.

    Args:
        tokenizer: Characters to numbers.
        codes: The codes in the code head's order.
        tokens: Tokens in a batch, padding included.
        token_dropout: Share of the characters hidden from the model.
        link_dropout: Share of a fact's links hidden from the code head, as the linker misses some.
    """

    tokenizer: CharTokenizer
    codes: tuple[str, ...]
    tokens: int
    token_dropout: float = 0.0
    link_dropout: float = 0.0

    def epoch(
        self,
        documents: Sequence[ExampleDocument],
        bank: SpanBank,
        augmentation: AugmentationConfig | None,
        rng: Generator,
        *,
        unannotated: Sequence[Example] = (),
    ) -> list[list[Example]]:
        """All documents and unannotated windows once, in random batches of windows of a like length."""
        windows = list(unannotated)
        for document in documents:
            if augmentation and rng.random() < augmentation.names:
                document = renamed(document, rng)
            paragraphs = document.paragraphs
            if augmentation:
                paragraphs = tuple(augmented(p, bank, augmentation, rng) for p in paragraphs)
            windows.extend(windows_of(paragraphs, _random_limits(rng)))
        noise = rng.random(len(windows)) * 24
        order = sorted(range(len(windows)), key=lambda n: len(windows[n].text) + noise[n])
        batches = list(self._sized([windows[n] for n in order]))
        return [batches[n] for n in rng.permutation(len(batches))]

    def plain(self, documents: Sequence[ExampleDocument]) -> list[list[Example]]:
        """The documents as they are, packed as at run time."""
        return self.by_length(w for d in documents for w in windows_of(d.paragraphs))

    def by_length(self, windows: Iterable[Example]) -> list[list[Example]]:
        """Windows in batches, the shortest first."""
        return list(self._sized(sorted(windows, key=lambda window: len(window.text))))

    def _sized(self, windows: Sequence[Example]) -> Iterator[list[Example]]:
        batch: list[Example] = []
        for window in windows:
            if batch and _padded_length([*batch, window]) * (len(batch) + 1) > self.tokens:
                yield batch
                batch = []
            batch.append(window)
        if batch:
            yield batch

    def arrays(self, examples: Sequence[Example], rng: Generator | None = None) -> TaggerBatch:
        """The arrays of a batch; with `rng`, tokens and links are dropped at random."""
        shape = (len(examples), _padded_length(examples))
        ids = np.full(shape, self.tokenizer.pad_id, dtype=np.int64)
        mask, tags = np.zeros(shape, dtype=np.int64), np.full(shape, IGNORED, dtype=np.int64)
        soft_tags = np.zeros((*shape, len(TAGS)), dtype=np.float32)
        rows, ranges, codes = [], [], []
        for row, example in enumerate(examples):
            numbers = self.tokenizer.ids(example.text).astype(np.int64)
            if rng is not None:
                numbers[rng.random(len(numbers)) < self.token_dropout] = self.tokenizer.mask_id
            end = len(numbers) + 1
            ids[row, 0], ids[row, 1:end], ids[row, end] = self.tokenizer.cls_id, numbers, self.tokenizer.sep_id
            mask[row, : end + 1] = 1
            if example.tags is None:
                bio = spans_to_bio(example.spans, len(example.text))
                tags[row, 1:end] = [TAG_INDEX[tag] for tag in bio]
            else:
                soft_tags[row, 1:end] = example.tags
            for fact in example.facts:
                rows.append(row)
                ranges.append(self._ranges(example, fact, rng))
                codes.append(0 if fact.code is None else self.codes.index(fact.code) + 1)
        return TaggerBatch(
            ids, mask, tags, soft_tags, np.array(rows, dtype=np.int64),
            np.array(ranges, dtype=np.int64).reshape(-1, len(RANGES), 2), np.array(codes, dtype=np.int64),
        )  # fmt: skip

    def _ranges(self, example: Example, fact: FactLinks, rng: Generator | None) -> list[tuple[int, int]]:
        value = example.spans[fact.value]
        links = []
        for number in (fact.item, fact.action, fact.channel, fact.parent_item):
            dropped = rng is not None and rng.random() < self.link_dropout
            span = None if number is None or dropped else example.spans[number]
            links.append((0, 0) if span is None else (span.start + 1, span.end + 1))
        own = (value.start + 1, value.end + 1)
        before = (max(1, own[0] - CONTEXT), own[0])
        after = (own[1], min(len(example.text) + 1, own[1] + CONTEXT))
        return [own, before, after, *links]


