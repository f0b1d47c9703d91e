"""The ablation changes one thing at a time, keeps what it has, and prints a table."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training.ablation import Variant, markdown, run_variants, untrained
from training.finetune import Recipe
from training.recode import starting_model


def test_variants_are_scored_once_and_told_in_a_table(
    recipe: Recipe, folder: Path, encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "splits.toml").write_text('development = ["dev.txt"]\ntest = ["test.txt"]\n')
    (folder / "test.txt").write_text((folder / "dev.txt").read_text(encoding="utf-8").replace("@id dev", "@id test"))
    variants = [Variant(name="whole recipe"), Variant(name="half", fraction=0.5, augmented=False, pretrained=False)]
    results = run_variants(variants, recipe, str(encoder_folder), folder, tmp_path, steps=3)
    assert [result["documents"] for result in results] == [8, 4]
    table = markdown(results).splitlines()
    assert len(table) == 4
    assert table[2].startswith("| whole recipe | 8 |")
    monkeypatch.setattr("training.ablation.tuned", lambda *_, **__: pytest.fail("computed again"))
    assert run_variants(variants, recipe, str(encoder_folder), folder, tmp_path, steps=3) == results


def test_an_untrained_encoder_has_lost_what_it_learnt_and_kept_its_heads(recipe: Recipe, encoder_folder: Path) -> None:
    model, _ = starting_model(str(encoder_folder), None, recipe.heads)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    untrained(model)
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed
    assert all(name.startswith("encoder.") for name in changed)
    assert "encoder.layers.0.qkv.weight" in changed
