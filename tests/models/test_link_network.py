"""The link network's file and its forward pass on a paragraph of three tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.link_network import (
    APART_ROWS,
    ATTENTION_HEADS,
    CHARACTER_ROWS,
    HEADS,
    NEAR_ROWS,
    PAIR_ROWS,
    TOKEN_ROWS,
    Floats,
    LinkInput,
    LinkNetwork,
    distance_rows,
    save_weights,
)

WIDTH, CHARACTERS, SCORER = 8, 4, 3


def random_weights(seed: int = 0) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    scored = len(HEADS) * SCORER
    shapes: dict[str, tuple[int, ...]] = {
        "characters.weight": (CHARACTER_ROWS, CHARACTERS), "tokens.weight": (TOKEN_ROWS, WIDTH),
        "pairs.weight": (PAIR_ROWS, scored), "inside.weight": (WIDTH, CHARACTERS), "inside.bias": (WIDTH,),
        "first.weight": (WIDTH, CHARACTERS), "last.weight": (WIDTH, CHARACTERS), "norm.weight": (WIDTH,),
        "norm.bias": (WIDTH,), "value.weight": (scored, WIDTH), "value.bias": (scored,),
        "candidate.weight": (scored, WIDTH), "nothing": (len(HEADS), SCORER), "score": (len(HEADS), SCORER),
        "layers.0.norm.weight": (WIDTH,), "layers.0.norm.bias": (WIDTH,), "layers.0.hidden_norm.weight": (WIDTH,),
        "layers.0.hidden_norm.bias": (WIDTH,), "layers.0.qkv.weight": (3 * WIDTH, WIDTH),
        "layers.0.qkv.bias": (3 * WIDTH,), "layers.0.out.weight": (WIDTH, WIDTH), "layers.0.out.bias": (WIDTH,),
        "layers.0.up.weight": (2 * WIDTH, WIDTH), "layers.0.up.bias": (2 * WIDTH,),
        "layers.0.down.weight": (WIDTH, 2 * WIDTH), "layers.0.down.bias": (WIDTH,),
        "layers.0.near.weight": (NEAR_ROWS, ATTENTION_HEADS), "layers.0.apart.weight": (APART_ROWS, ATTENTION_HEADS),
    }  # fmt: skip
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def paragraph(**changes: object) -> LinkInput:
    """A noun of two characters, a value of three, a mark."""
    numbers: dict[str, object] = {
        "characters": np.array([[3, 4], [5, 6], [7, 8], [9, 10], [11, 12], [13, 14]]),
        "starts": np.array([0, 2, 5]), "edges": np.array([[1, 2], [3, 4], [5, 6]]),
        "tokens": np.array([[4, 20], [0, 21], [9, 22]]), "sentences": np.array([0, 0, 0]),
        "spans": np.array([0, 1]), "labels": np.array([4, 0]), "values": np.array([1]), "pairs": np.array([[[1, 40], [2, 50]]]),
        "closed": np.zeros((1, 2), dtype=bool),
    }  # fmt: skip
    return LinkInput(**(numbers | changes))  # type: ignore[arg-type]


def test_weights_are_kept_up_to_the_step_of_their_row(tmp_path: Path) -> None:
    weights = random_weights()
    save_weights(tmp_path / "link.npz", weights)
    restored = LinkNetwork.load(tmp_path / "link.npz").scores(paragraph())
    exact = LinkNetwork(weights).scores(paragraph())
    asked = np.isfinite(exact)
    assert np.abs(exact[asked]).max() > 1
    assert np.abs(restored[asked] - exact[asked]).max() < 0.1 * np.abs(exact[asked]).max()


def test_weights_of_another_version_are_refused(tmp_path: Path) -> None:
    weights = random_weights()
    save_weights(tmp_path / "link.npz", weights | {"pairs.weight": weights["pairs.weight"][:-1]})
    with pytest.raises(ValueError, match=r"link\.npz.*another version"):
        LinkNetwork.load(tmp_path / "link.npz")


def test_scores_see_the_characters_the_context_and_what_lies_between() -> None:
    network = LinkNetwork(random_weights())
    plain = network.scores(paragraph())
    asked = np.isfinite(plain)
    for change in (
        {"characters": np.array([[30, 4], [5, 6], [7, 8], [9, 10], [11, 12], [13, 14]])},
        {"tokens": np.array([[4, 20], [0, 21], [10, 22]])},
        {"sentences": np.array([0, 1, 1])},
        {"pairs": np.array([[[3, 40], [2, 50]]])},
    ):
        assert np.abs(network.scores(paragraph(**change))[asked] - plain[asked]).max() > 1e-3


def test_heads_choose_among_spans_of_their_label() -> None:
    scores = LinkNetwork(random_weights()).scores(paragraph())
    assert scores.shape == (len(HEADS), 1, 3)
    chosen_from = {head: np.isfinite(row).tolist() for head, row in zip(HEADS, scores[:, 0], strict=True)}
    assert chosen_from["item"] == chosen_from["also_item"] == [True, False, True]
    assert chosen_from["parent"] == [False, True, True]
    assert chosen_from["action"] == chosen_from["fact"] == [False, False, True]


def test_row_nought_of_the_character_table_is_nothing() -> None:
    weights = random_weights()
    other = weights | {"characters.weight": weights["characters.weight"].copy()}
    other["characters.weight"][0] = 100
    hidden = paragraph(characters=np.zeros((6, 2), dtype=np.int64))
    assert np.array_equal(LinkNetwork(weights).scores(hidden), LinkNetwork(other).scores(hidden))


def test_distances_grow_coarser_and_have_a_side() -> None:
    near, apart = distance_rows(np.array([0] * 50 + [1] * 50 + [2] * 50 + [7] * 50))
    assert near.max() < NEAR_ROWS
    assert apart.max() < APART_ROWS
    assert near[10, 13] != near[13, 10]
    assert len({near[0, n] for n in range(8)}) == 8
    assert near[0, 150] == near[0, 199]
    assert apart[0, 60] != apart[60, 0] != apart[0, 0]
