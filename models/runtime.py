"""The released tagger without torch: ONNX Runtime for the encoder, NumPy for decoding and the code head."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.decoding import best_spans
from models.labels import TAGS, LabelledSpan
from models.tokenizer import CharTokenizer
from models.windows import CONTEXT, Window, pack

RELEASED = Path(__file__).parent / "released"
GRAPH, LABELS, CODE_HEAD = "model.onnx", "labels.json", "code_head.npz"
_BATCH_TOKENS = 8192
_LENGTH_STEP = 32  # windows whose lengths are in one step are read together

Floats = NDArray[np.float32]
_POOLED = 9  # states that the code head reads of a fact, as `models.tagger.pooled` lines them up
Range = tuple[int, int]


class FactRanges(NamedTuple):
    """The ranges of a fact in its paragraph, `None` for what it lacks; `parent_item` is its parent's noun."""

    value: Range
    item: Range | None = None
    action: Range | None = None
    channel: Range | None = None
    parent_item: Range | None = None


@dataclass(frozen=True, slots=True)
class TaggedParagraph:
    """What the model says of a paragraph.

    `tags` are probabilities, *Shape:* (characters, tags); `states` what facts are coded from,
    *Shape:* (characters, width).
    """

    spans: list[LabelledSpan]
    tags: Floats
    states: Floats

    def certainty(self, span: LabelledSpan) -> float:
        """The least probability, over the span's characters, of the tag that it has there."""
        inside = TAGS.index(f"I-{span.label}")
        chosen = self.tags[span.start : span.end, inside].copy()
        chosen[0] = self.tags[span.start, TAGS.index(f"B-{span.label}")]
        return float(chosen.min())


class ModelTagger:
    """A released model.

    Args:
        folder: What `training.export` wrote.
        threads: Of ONNX Runtime; the number of processors, at most 4, by default.
        settings: Temperatures and weights in place of those released with the model.

    Raises:
        FileNotFoundError: The folder holds no model.
        ValueError: It is another program's or version's.
    """

    def __init__(
        self, folder: Path = RELEASED, *, threads: int | None = None, settings: dict[str, Any] | None = None
    ) -> None:
        labels = json.loads((folder / LABELS).read_text(encoding="utf-8"))
        if tuple(labels["tags"]) != TAGS:
            raise ValueError(f"{folder / LABELS}: tags must be {TAGS}, got {labels['tags']}")
        self.codes: tuple[str | None, ...] = (None, *labels["codes"])
        self.settings: dict[str, Any] = labels["settings"] if settings is None else settings
        self._temperature = float(self.settings.get("tag_temperature", 1.0))
        self._code_temperature = float(self.settings.get("code_temperature", 1.0))
        self._tokenizer = CharTokenizer.load(folder)
        with np.load(folder / CODE_HEAD) as stored:
            self._head = {name: stored[name].astype(np.float32) for name in stored.files}
        self._graph = folder / GRAPH
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._sessions: dict[int, Any] = {os.getpid(): self._new_session()}

    def tag(self, text: str) -> list[LabelledSpan]:
        """The spans of a paragraph, in order, not overlapping."""
        return self.tag_many([text])[0].spans

    def tag_many(self, paragraphs: Sequence[str]) -> list[TaggedParagraph]:
        """Tags neighbouring paragraphs, which are one another's context where they are short."""
        windows = pack(paragraphs)
        outputs = self._run(windows)
        width = self._head["hidden.weight"].shape[1] // _POOLED
        joined = [_Joined(len(text), width) for text in paragraphs]
        for window, (tags, states) in zip(windows, outputs, strict=True):
            for piece in window.pieces:
                part = slice(piece.offset, piece.offset + piece.end - piece.start)
                joined[piece.paragraph].put(piece.start, tags[part], states[part])
        return self._decoded(paragraphs, joined)

    def code_probabilities(self, paragraph: TaggedParagraph, facts: Sequence[FactRanges]) -> Floats:
        """How probable each of `codes` is for facts of a paragraph. *Shape:* (facts, codes)"""
        if not facts:
            return np.zeros((0, len(self.codes)), dtype=np.float32)
        features = np.stack([_features(paragraph.states, fact) for fact in facts])
        hidden = _gelu(features @ self._head["hidden.weight"].T + self._head["hidden.bias"])
        scores = hidden @ self._head["output.weight"].T + self._head["output.bias"]
        return _softmax(scores / self._code_temperature)

    def _session(self) -> Any:
        """This process's session: one made before a fork has lost its threads, and would wait for them."""
        process = os.getpid()
        if process not in self._sessions:
            self._sessions = {process: self._new_session()}
        return self._sessions[process]

    def _new_session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._graph), options, providers=["CPUExecutionProvider"])

    def _run(self, windows: Sequence[Window]) -> list[tuple[Floats, Floats]]:
        """Log-probabilities of the tags and states of each window's characters, in the windows' order."""
        results: dict[int, tuple[Floats, Floats]] = {}
        session = self._session()
        for batch in _batches([len(window.text) for window in windows]):
            length = max(len(windows[n].text) for n in batch) + 2
            ids = np.full((len(batch), length), self._tokenizer.pad_id, dtype=np.int64)
            mask = np.zeros((len(batch), length), dtype=np.int64)
            for row, number in enumerate(batch):
                text = windows[number].text
                ids[row, 0], ids[row, len(text) + 1] = self._tokenizer.cls_id, self._tokenizer.sep_id
                ids[row, 1 : len(text) + 1] = self._tokenizer.ids(text)
                mask[row, : len(text) + 2] = 1
            scores, states = session.run(["tags", "states"], {"ids": ids, "mask": mask})
            for row, number in enumerate(batch):
                end = len(windows[number].text) + 1
                probable = _log_softmax(scores[row, 1:end] / self._temperature)
                results[number] = (probable, states[row, 1:end])
        return [results[number] for number in range(len(windows))]

    def _decoded(self, paragraphs: Sequence[str], joined: Sequence[_Joined]) -> list[TaggedParagraph]:
        spans: list[list[LabelledSpan]] = [[] for _ in joined]
        for batch in _batches([len(text) for text in paragraphs]):
            texts = [paragraphs[number] for number in batch]
            scores = np.zeros((len(batch), max(map(len, texts)), len(TAGS)), dtype=np.float32)
            for row, number in enumerate(batch):
                scores[row, : len(texts[row])] = joined[number].tags
            for number, found in zip(batch, best_spans(texts, scores), strict=True):
                spans[number] = found
        return [
            TaggedParagraph(found, np.exp(j.tags), j.states) for found, j in zip(spans, joined, strict=True)
        ]


class _Joined:
    """A paragraph's outputs from overlapping windows: each place from the window in which it is furthest inside."""

    def __init__(self, length: int, width: int) -> None:
        self.tags: Floats = np.zeros((length, len(TAGS)), dtype=np.float32)
        self.states: Floats = np.zeros((length, width), dtype=np.float32)
        self._depth = np.full(length, -1, dtype=np.int64)

    def put(self, start: int, tags: Floats, states: Floats) -> None:
        places = np.arange(len(tags))
        depth = np.minimum(places, len(tags) - 1 - places)
        better = depth > self._depth[start : start + len(tags)]
        chosen = places[better] + start
        self.tags[chosen], self.states[chosen] = tags[better], states[better]
        self._depth[chosen] = depth[better]


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Numbers of the texts that are not empty, those of a like length together."""
    order = sorted((n for n, length in enumerate(lengths) if length), key=lambda n: lengths[n])
    batches: list[list[int]] = []
    for number in order:
        first = lengths[batches[-1][0]] if batches else -1
        fits = bool(batches) and (len(batches[-1]) + 1) * (lengths[number] + 2) <= _BATCH_TOKENS
        if fits and lengths[number] - first < _LENGTH_STEP:
            batches[-1].append(number)
        else:
            batches.append([number])
    return batches


def _features(states: Floats, fact: FactRanges) -> Floats:
    """As `models.tagger.pooled`: means over the ranges, the value's first state and the item's last."""
    start, end = fact.value
    context = ((max(0, start - CONTEXT), start), (end, min(len(states), end + CONTEXT)))
    nothing = np.zeros(states.shape[1], dtype=np.float32)
    ranges = (fact.value, *context, fact.item, fact.action, fact.channel, fact.parent_item)
    means = [states[r[0] : r[1]].mean(axis=0) if r and r[0] < r[1] else nothing for r in ranges]
    last = states[fact.item[1] - 1] if fact.item else nothing
    return np.concatenate((*means, states[start], last)).astype(np.float32)


def _gelu(x: Floats) -> Floats:
    # The tanh form (Hendrycks and Gimpel 2016), as in the code head.
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), dtype=np.float32)


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32)


def _softmax(scores: Floats) -> Floats:
    return np.exp(_log_softmax(scores))
