"""The network that links values to spans, in NumPy: token embeddings, attention, and a scorer for each role.

A paragraph is read as tokens: its labelled spans, its punctuation marks, and the stretches of text between them
(`extraction.narrative.link_features`). `training.link_model` holds the same network for training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labels import LABELS, VALUE_LABELS

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

LINK_WEIGHTS = "link.npz"
ROLES = ("item", "action", "scope", "period", "channel", "parent")
# `also`: whether a noun or verb is one of several that share the value; `fact`: whether the value states a fact.
HEADS = (*ROLES, "also_item", "also_action", "fact")
_HEADS_OF = {
    "ITEM": ("item", "also_item"), "ACTION": ("action", "also_action"), "SCOPE": ("scope",), "PERIOD": ("period",),
    "CHANNEL": ("channel",),
}  # fmt: skip
CHARACTER_ROWS, TOKEN_ROWS, PAIR_ROWS = 2048, 116, 103
NEAR_ROWS, APART_ROWS = 32, 5
ATTENTION_HEADS = 4
_EPSILON = 1e-5  # of torch's LayerNorm


@dataclass(frozen=True, slots=True)
class LinkInput:
    """A paragraph as numbers. It has S spans, V of which are values; row 0 of the character table is nothing.

    Attributes:
        characters: Rows of the character table. *Shape:* (characters, hashes)
        starts: Where each token's characters begin. *Shape:* (tokens,)
        edges: Rows of the same table for each token's first and last two characters. *Shape:* (tokens, 2)
        tokens: Rows of the token table: kind, length and so on. *Shape:* (tokens, features)
        sentences: The number of the sentence that each token is in. *Shape:* (tokens,)
        spans: The token that each span is. *Shape:* (S,)
        labels: Its label, an index into `LABELS`. *Shape:* (S,)
        values: The number of each value's span. *Shape:* (V,)
        pairs: Rows of the pair table for each value and span. *Shape:* (V, S, features)
        closed: Whether a parenthesis around the span closes before the value. *Shape:* (V, S)
    """

    characters: Integers
    starts: Integers
    edges: Integers
    tokens: Integers
    sentences: Integers
    spans: Integers
    labels: Integers
    values: Integers
    pairs: Integers
    closed: NDArray[np.bool_]


def distance_rows(sentences: Integers) -> tuple[Integers, Integers]:
    """How far each token is from each other, in tokens and in sentences, as rows of the attention's biases.

    *Shape:* (tokens,) to twice (tokens, tokens)
    """
    places = np.arange(len(sentences))
    offset = places[None, :] - places[:, None]
    size = np.abs(offset)
    grown = 8 + 2 * np.log2(np.maximum(size, 8) / 8)
    near = np.where(size < 8, size, np.minimum(15, grown.astype(np.int64)))
    apart = np.clip(sentences[None, :] - sentences[:, None], -2, 2) + 2
    return np.where(offset < 0, 16 + near, near), apart


def candidates(labels: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Heads, and the numbers of the spans that they choose from: those of the role's label, for parents the values."""
    for label, heads in _HEADS_OF.items():
        yield np.array([HEADS.index(head) for head in heads]), np.flatnonzero(labels == LABELS.index(label))
    is_value = np.array([label in VALUE_LABELS for label in LABELS])
    yield np.array([HEADS.index("parent")]), np.flatnonzero(is_value[labels])


class LinkNetwork:
    """The network for use.

    Args:
        weights: Matrices by the names that `training.link_model` gives them.
    """

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        nothing = np.where(np.arange(CHARACTER_ROWS)[:, None] > 0, weights["characters.weight"], np.float32(0))
        self._weights = {**weights, "characters.weight": nothing}
        self._layers = sum(name.endswith(".qkv.weight") for name in weights)

    @classmethod
    def load(cls, path: Path) -> LinkNetwork:
        """Read what `save_weights` wrote.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is of another version.
        """
        with np.load(path) as stored:
            weights = {name: _restored(stored, name) for name in stored.files if not name.endswith(_SCALE)}
        rows = {name: len(weights[name]) for name in ("characters.weight", "tokens.weight", "pairs.weight", "nothing")}
        if list(rows.values()) != [CHARACTER_ROWS, TOKEN_ROWS, PAIR_ROWS, len(HEADS)]:
            raise ValueError(f"{path}: link weights of another version of this program: {rows}")
        return cls(weights)

    def scores(self, paragraph: LinkInput) -> Floats:
        """How well each span fits each value in each role. *Shape:* (heads, values, spans + 1)

        The last column is the score of nothing; spans that are none of a head's `candidates` have -inf. A
        probability is the softmax over a row; for the `also` heads the logistic of a span's score less that
        of nothing; for `fact` the logistic of the score of nothing.
        """
        weights, count = self._weights, len(paragraph.values)
        spans = self._states(paragraph)[paragraph.spans]
        values = self._linear("value", spans[paragraph.values]).reshape(count, len(HEADS), -1)
        scores = np.full((len(HEADS), count, len(spans) + 1), -np.inf, dtype=np.float32)
        scores[..., -1] = (np.maximum(values + weights["nothing"], 0) * weights["score"]).sum(axis=-1).T
        between = np.zeros((count, len(spans), PAIR_ROWS), dtype=np.float32)
        np.put_along_axis(between, paragraph.pairs, 1, axis=2)
        width = values.shape[-1]
        for heads, columns in candidates(paragraph.labels):
            rows = (heads[:, None] * width + np.arange(width)).ravel()
            own = spans[columns] @ weights["candidate.weight"][rows].T
            pairs = between[:, columns] @ weights["pairs.weight"][:, rows]
            fitting = np.maximum(values[:, heads].reshape(count, 1, -1) + own + pairs, 0)
            weighed = fitting.reshape(count, len(columns), len(heads), width) * weights["score"][heads]
            scores[np.ix_(heads, np.arange(count), columns)] = weighed.sum(axis=-1).transpose(2, 0, 1)
        return scores

    def _states(self, paragraph: LinkInput) -> Floats:
        """What the network knows of each token in its place. *Shape:* (tokens, width)"""
        weights = self._weights
        table = weights["characters.weight"]
        summed = np.add.reduceat(table[paragraph.characters].sum(axis=1), paragraph.starts, axis=0)
        count = np.diff(np.append(paragraph.starts, len(paragraph.characters)))
        ends = table[paragraph.edges]
        x = (
            self._linear("inside", summed / np.sqrt(count, dtype=np.float32)[:, None])
            + ends[:, 0] @ weights["first.weight"].T + ends[:, 1] @ weights["last.weight"].T
            + weights["tokens.weight"][paragraph.tokens].sum(axis=1)
        )  # fmt: skip
        near, apart = distance_rows(paragraph.sentences)
        for number in range(self._layers):
            x = self._layer(f"layers.{number}", x, near, apart)
        return self._normed("norm", x)

    def _layer(self, name: str, x: Floats, near: Integers, apart: Integers) -> Floats:
        """Attention with learnt distances, then a hidden layer, each behind a norm (pre-LN)."""
        length, width = x.shape
        qkv = self._linear(f"{name}.qkv", self._normed(f"{name}.norm", x))
        q, k, v = qkv.reshape(length, 3, ATTENTION_HEADS, -1).transpose(1, 2, 0, 3)
        bias = self._weights[f"{name}.near.weight"][near] + self._weights[f"{name}.apart.weight"][apart]
        scores = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(q.shape[-1])) + bias.transpose(2, 0, 1)
        raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (raised / raised.sum(axis=-1, keepdims=True)) @ v
        x = x + self._linear(f"{name}.out", mixed.transpose(1, 0, 2).reshape(length, width))
        hidden = np.maximum(self._linear(f"{name}.up", self._normed(f"{name}.hidden_norm", x)), 0)
        return np.asarray(x + self._linear(f"{name}.down", hidden), dtype=np.float32)

    def _linear(self, name: str, x: NDArray[np.floating[Any]]) -> Floats:
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"], dtype=np.float32)

    def _normed(self, name: str, x: Floats) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        return np.asarray(scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"], dtype=np.float32)


_SCALE = ".scale"


def save_weights(path: Path, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Write weights for `LinkNetwork.load`: matrices as bytes with a scale for each row, vectors as they are."""
    stored: dict[str, Any] = {}
    for name, matrix in weights.items():
        if matrix.ndim < 2:
            stored[name] = matrix.astype(np.float32)
            continue
        scale = np.maximum(np.abs(matrix).max(axis=1, keepdims=True), 1e-12) / 127
        stored[name] = np.round(matrix / scale).astype(np.int8)
        stored[name + _SCALE] = scale.astype(np.float32)
    with path.open("wb") as stream:
        np.savez_compressed(stream, **stored)


def _restored(stored: Mapping[str, NDArray[np.float32]], name: str) -> Floats:
    matrix = stored[name].astype(np.float32)
    return matrix * stored[name + _SCALE] if name + _SCALE in stored else matrix
