"""The link network in torch, for training; `models.link_network` is the same in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.link_network import (
    APART_ROWS,
    ATTENTION_HEADS,
    CHARACTER_ROWS,
    HEADS,
    NEAR_ROWS,
    PAIR_ROWS,
    ROLES,
    TOKEN_ROWS,
    LinkInput,
    candidates,
    distance_rows,
)
from training.link_lessons import UNKNOWN, Lesson

_NEVER = -1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSizes:
    """Widths of the character table, of the tokens' states and of the scorer; shares that are dropped."""

    characters: int = 32
    width: int = 64
    layers: int = 3
    scorer: int = 32
    dropout: float = 0.2
    character_dropout: float = 0.3


class _Padded(NamedTuple):
    """Tokens of several paragraphs. *Shapes:* (batch, seq, width), (batch, seq), twice (batch, seq, seq)"""

    states: Tensor
    mask: Tensor
    near: Tensor
    apart: Tensor


class _Layer(nn.Module):
    def __init__(self, sizes: LinkSizes) -> None:
        super().__init__()
        width = sizes.width
        self.norm, self.hidden_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.near, self.apart = nn.Embedding(NEAR_ROWS, ATTENTION_HEADS), nn.Embedding(APART_ROWS, ATTENTION_HEADS)
        self.dropout = nn.Dropout(sizes.dropout)
        nn.init.zeros_(self.near.weight)
        nn.init.zeros_(self.apart.weight)

    def forward(self, x: Tensor, tokens: _Padded) -> Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(self.norm(x)).view(batch, length, 3, ATTENTION_HEADS, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        bias = (self.near(tokens.near) + self.apart(tokens.apart)).permute(0, 3, 1, 2)
        scores = q @ k.transpose(-1, -2) / (q.shape[-1] ** 0.5) + bias
        scores = scores.masked_fill(~tokens.mask[:, None, None, :], _NEVER)
        mixed = self.dropout(scores.softmax(-1)) @ v
        x = x + self.dropout(self.out(mixed.transpose(1, 2).reshape(batch, length, width)))
        hidden: Tensor = self.dropout(self.down(functional.relu(self.up(self.hidden_norm(x)))))
        return x + hidden


class TorchLinkNetwork(nn.Module):
    """Scores as `models.link_network.LinkNetwork.scores`, for several paragraphs at once."""

    def __init__(self, sizes: LinkSizes) -> None:
        super().__init__()
        self.sizes = sizes
        width, scored = sizes.width, len(HEADS) * sizes.scorer
        self.characters = nn.Embedding(CHARACTER_ROWS, sizes.characters)
        self.tokens, self.pairs = nn.Embedding(TOKEN_ROWS, width), nn.Embedding(PAIR_ROWS, scored)
        for table, deviation in ((self.characters, 0.3), (self.tokens, 0.3), (self.pairs, 0.1)):
            nn.init.normal_(table.weight, std=deviation)
        self.inside = nn.Linear(sizes.characters, width)
        self.first, self.last = (nn.Linear(sizes.characters, width, bias=False) for _ in range(2))
        self.layers = nn.ModuleList(_Layer(sizes) for _ in range(sizes.layers))
        self.norm = nn.LayerNorm(width)
        self.value, self.candidate = nn.Linear(width, scored), nn.Linear(width, scored, bias=False)
        self.nothing = nn.Parameter(torch.zeros(len(HEADS), sizes.scorer))
        self.score = nn.Parameter(torch.randn(len(HEADS), sizes.scorer) / sizes.scorer**0.5)
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(self, inputs: Sequence[LinkInput]) -> list[Tensor]:
        """*Shape*, for each paragraph: (heads, values, spans + 1)"""
        tokens = self._padded(inputs)
        states = self.dropout(tokens.states)
        for layer in self.layers:
            states = layer(states, tokens)
        return [self._scored(rows, each) for rows, each in zip(self.norm(states), inputs, strict=True)]

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The weights by name, for `models.link_network`."""
        return {name: tensor.detach().numpy().copy() for name, tensor in self.state_dict().items()}

    def _padded(self, inputs: Sequence[LinkInput]) -> _Padded:
        lengths = [len(each.starts) for each in inputs]
        shape = (len(inputs), max(lengths))
        states = torch.zeros(*shape, self.sizes.width)
        mask = torch.zeros(shape, dtype=torch.bool)
        near, apart = (torch.zeros(*shape, shape[1], dtype=torch.long) for _ in range(2))
        for row, (rows, each) in enumerate(zip(torch.split(self._embedded(inputs), lengths), inputs, strict=True)):
            length = len(rows)
            states[row, :length], mask[row, :length] = rows, True
            for tensor, distances in zip((near, apart), distance_rows(each.sentences), strict=True):
                tensor[row, :length, :length] = torch.from_numpy(distances)
        return _Padded(states, mask, near, apart)

    def _embedded(self, inputs: Sequence[LinkInput]) -> Tensor:
        """All paragraphs' tokens, one behind the other, not yet in their context. *Shape:* (tokens, width)"""
        counts = np.concatenate([np.diff([*each.starts, len(each.characters)]) for each in inputs])
        owner = torch.from_numpy(np.repeat(np.arange(len(counts)), counts))
        inside = self._characters(np.concatenate([each.characters for each in inputs]))
        ends = self._characters(np.concatenate([each.edges for each in inputs]))
        summed = torch.zeros(len(counts), self.sizes.characters).index_add_(0, owner, inside.sum(1))
        rows = torch.from_numpy(np.concatenate([each.tokens for each in inputs]))
        mean = self.inside(summed / torch.from_numpy(counts).sqrt()[:, None])
        states: Tensor = mean + self.first(ends[:, 0]) + self.last(ends[:, 1]) + self.tokens(rows).sum(1)
        return states

    def _characters(self, rows: NDArray[np.int64]) -> Tensor:
        """States of rows of the character table, nought for row 0. *Shape:* (n, m) to (n, m, characters)"""
        kept = torch.from_numpy(rows)
        if self.training:
            kept = kept * (torch.rand(kept.shape) >= self.sizes.character_dropout)
        states: Tensor = self.characters(kept) * (kept > 0)[..., None]
        return states

    def _scored(self, states: Tensor, each: LinkInput) -> Tensor:
        count, width = len(each.values), self.sizes.scorer
        spans = states[torch.from_numpy(each.spans)]
        values = self.value(spans[torch.from_numpy(each.values)]).view(count, len(HEADS), width)
        nothing = (functional.relu(values + self.nothing) * self.score).sum(-1).T
        scores = torch.full((len(HEADS), count, len(spans)), _NEVER)
        for heads, columns in candidates(each.labels):
            if not len(columns):
                continue
            rows = torch.from_numpy((heads[:, None] * width + np.arange(width)).ravel())
            between = torch.from_numpy(each.pairs[:, columns]).flatten(0, 1)
            pairs = functional.embedding_bag(between, self.pairs.weight[:, rows], mode="sum")
            own = spans[torch.from_numpy(columns)] @ self.candidate.weight[rows].T
            shape = (count, len(columns), len(heads), width)
            fitting = functional.relu(
                values[:, None, heads] + own.view(1, *shape[1:]) + pairs.view(shape)
            )
            weighed = (fitting * self.score[heads]).sum(-1)
            for number, head in enumerate(heads.tolist()):
                scores[head, :, torch.from_numpy(columns)] = weighed[..., number]
        return torch.cat([scores, nothing[..., None]], 2)


def link_loss(network: TorchLinkNetwork, lessons: Sequence[Lesson]) -> Tensor:
    """The mean loss of a value: cross-entropy of each role's choice and of each yes or no."""
    total = torch.zeros(())
    for scores, lesson in zip(network([lesson.input for lesson in lessons]), lessons, strict=True):
        allowed = torch.from_numpy(lesson.allowed)
        choices = scores[: len(ROLES)].masked_fill(~allowed[: len(ROLES)], _NEVER).flatten(0, 1)
        targets = torch.from_numpy(lesson.targets).flatten()
        total = total + functional.cross_entropy(choices, targets, ignore_index=UNKNOWN, reduction="sum")
        shared = scores[len(ROLES) : -1, :, :-1] - scores[len(ROLES) : -1, :, -1:]
        asked = allowed[len(ROLES) : -1, :, :-1] & torch.from_numpy(lesson.is_fact)[:, None]
        total = total + _yes_or_no(shared[asked], torch.from_numpy(lesson.also)[asked])
        total = total + _yes_or_no(scores[-1, :, -1], torch.from_numpy(lesson.is_fact))
    return total / sum(len(lesson.is_fact) for lesson in lessons)


def _yes_or_no(scores: Tensor, answers: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(scores, answers.float(), reduction="sum")
