"""The mean of taggers' weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models.tagger import load_tagger
from training.average import average, main

Write = Callable[..., Path]


def test_each_weight_is_the_mean_of_all_taggers(write_tagger: Write, tmp_path: Path) -> None:
    folders = [write_tagger(tmp_path / str(seed), seed) for seed in (1, 2, 3)]
    main([*map(str, folders), "--output", str(tmp_path / "mean")])
    mean, _ = load_tagger(tmp_path / "mean")
    states = [load_tagger(folder)[0].state_dict() for folder in folders]
    assert not torch.equal(states[0]["tags.weight"], states[1]["tags.weight"])
    for name, weight in mean.state_dict().items():
        assert torch.allclose(weight, torch.stack([state[name] for state in states]).mean(0), atol=1e-6)


def test_the_mean_of_one_tagger_is_that_tagger(write_tagger: Write, tmp_path: Path) -> None:
    folder = write_tagger(tmp_path / "one", 1)
    mean, tokenizer = average([folder])
    model, own = load_tagger(folder)
    assert all(torch.equal(weight, mean.state_dict()[name]) for name, weight in model.state_dict().items())
    assert tokenizer.tokens == own.tokens


def test_taggers_of_other_codes_are_refused(write_tagger: Write, tmp_path: Path) -> None:
    folders = [write_tagger(tmp_path / "a", 1), write_tagger(tmp_path / "b", 1, ("pub.total", "pub.notice"))]
    with pytest.raises(ValueError, match="differ"):
        average(folders)
    with pytest.raises(ValueError, match="no tagger"):
        average([])
