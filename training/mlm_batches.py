"""Batches for masked language modelling: which windows in which order, and what is masked in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.encoder import IGNORED_LABEL
from models.tokenizer import SPECIAL_TOKENS, CharTokenizer
from training.text_corpus import Split, TokenCache

_MASKED, _RANDOM = 0.8, 0.1  # Devlin et al. 2019, section 3.1; the remaining tenth is kept


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs and targets of one step.

    Attributes:
        ids: Token numbers after masking. *Shape:* (batch, seq)
        places: Positions to guess. *Shape:* (batch, places)
        labels: What stood there, or `IGNORED_LABEL`. *Shape:* (batch, places)
    """

    ids: NDArray[np.int64]
    places: NDArray[np.int64]
    labels: NDArray[np.int64]


def epoch_windows(
    cache: TokenCache,
    weights: Mapping[str, float],
    *,
    length: int,
    rng: np.random.Generator,
    split: Split = "train",
) -> NDArray[np.int64]:
    """First tokens of an epoch's windows, shuffled.

    A source of weight 2.5 is gone through twice and half of it a third time, each time with other borders.

    Args:
        cache: The tokens.
        weights: How often each source is gone through; sources not named are left out.
        length: Length of a sequence, `[CLS]` and `[SEP]` included.
        rng: Borders and order.
        split: Which documents.

    Raises:
        ValueError: The sources hold not one window.
    """
    width = length - 2
    chosen: list[NDArray[np.int64]] = []
    for name, weight in weights.items():
        begin, end = cache.parts[name, split]
        while weight > 0:
            windows = np.arange(begin + rng.integers(width), end - width + 1, width, dtype=np.int64)
            chosen.append(rng.permutation(windows)[: round(min(weight, 1.0) * len(windows))])
            weight -= 1
    windows = np.concatenate(chosen) if chosen else np.empty(0, dtype=np.int64)
    if not len(windows):
        raise ValueError(f"no window of {width} tokens in the {split} part of {sorted(weights)}")
    return rng.permutation(windows)


def masked_batch(
    cache: TokenCache,
    windows: NDArray[np.int64],
    tokenizer: CharTokenizer,
    *,
    length: int,
    share: float,
    rng: np.random.Generator,
) -> Batch:
    """Cut the windows out and mask whole words and numbers until `share` of each is masked.

    A unit that no longer fits is left whole, so that the number of places is the same in every batch (which
    the compiled model needs) and at most the last few of them do not count.
    """
    width = length - 2
    columns = windows[:, None] + np.arange(width)
    ids = np.full((len(windows), length), tokenizer.cls_id, dtype=np.int64)
    ids[:, 1:-1] = cache.ids[columns]
    ids[:, -1] = tokenizer.sep_id
    starts = np.ones_like(ids, dtype=np.bool_)
    starts[:, 2:-1] = cache.starts[columns[:, 1:]]
    units = starts.cumsum(axis=1) - 1
    n_places = round(share * width)

    keys = np.take_along_axis(rng.random(ids.shape), units, axis=1)
    keys[ids < len(SPECIAL_TOKENS)] = 2.0
    order = keys.argsort(axis=1, kind="stable")[:, : n_places + 1]
    unit_order = np.take_along_axis(units, order, axis=1)
    counts = unit_order[:, :-1] != unit_order[:, -1:]
    counts &= np.take_along_axis(keys, order, axis=1)[:, :-1] < 2.0
    places = order[:, :-1]
    originals = np.take_along_axis(ids, places, axis=1)
    labels = np.where(counts, originals, IGNORED_LABEL)

    fate = np.take_along_axis(rng.random(ids.shape), unit_order[:, :-1], axis=1)
    noise = rng.integers(len(SPECIAL_TOKENS), len(tokenizer), size=places.shape)
    shown = np.where(fate < _MASKED, tokenizer.mask_id, np.where(fate < _MASKED + _RANDOM, noise, originals))
    np.put_along_axis(ids, places, np.where(counts, shown, originals), axis=1)
    return Batch(ids, places, labels)
