from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from models.tagger import load_tagger
from training.average import greedy_average, main, mean_of
from training.finetune import main as finetune

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "finetune.toml"


def test_a_run_is_kept_only_where_the_average_is_no_worse() -> None:
    states = [{"w": torch.tensor([value])} for value in (2.0, 0.5, -9.0)]
    kept, best = greedy_average(states, lambda state: -abs(float(state["w"]) - 1.0))
    assert kept == [1, 0]
    assert best == pytest.approx(-0.25)
    assert float(mean_of([states[n] for n in kept])["w"]) == 1.25


def test_runs_of_several_seeds_become_one_tagger(folder: Path, encoder_folder: Path, tmp_path: Path) -> None:
    runs = [tmp_path / f"seed-{seed}" for seed in (1, 2)]
    for seed, run in enumerate(runs, start=1):
        finetune([
            "--config", str(CONFIG), "--encoder", str(encoder_folder), "--output", str(run), "--hours", "0.0002",
            "--seed", str(seed), "--corpus", str(folder),
        ])  # fmt: skip
    main([*map(str, runs), "--output", str(tmp_path / "average"), "--corpus", str(folder)])
    told = json.loads((tmp_path / "average" / "average.json").read_text(encoding="utf-8"))
    averaged, _ = load_tagger(tmp_path / "average" / "best")
    parts = [load_tagger(tmp_path / name / "best")[0].state_dict() for name in told["kept"]]
    expected = mean_of(parts)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in averaged.state_dict().items())
