"""A tiny encoder learns the tags, resumes as if never stopped, and is exported and calibrated."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from extraction.narrative.reading import Evidence
from models.labels import TAGS
from models.runtime import LABELS, ModelTagger
from models.tagger import BertEncoder, Tagger, load_encoder, load_tagger
from training.export import CHECKSUMS, export
from training.finetune import (
    Finetuning,
    Recipe,
    load_examples,
    load_recipe,
    main,
    tag_loss,
    train,
)
from training.logistic import logistic_regression
from training.onnx_graph import Precision
from training.tagger_examples import Example

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "finetune.toml"
CODES = ("pub.total", "pub.notice")


def new_run(recipe: Recipe, folder: Path, encoder_folder: Path, output: Path) -> Finetuning:
    torch.manual_seed(0)
    corpus = load_examples(folder, fraction=1.0, complain=lambda text: None)
    encoder, tokenizer = load_encoder(str(encoder_folder))
    return Finetuning(recipe, corpus, Tagger(encoder, CODES, recipe.heads), tokenizer, output, seed=3)


def test_a_file_out_of_format_is_left_out_aloud(folder: Path) -> None:
    complaints: list[str] = []
    corpus = load_examples(folder, fraction=0.5, complain=complaints.append)
    assert len(corpus.train) == 4
    assert len(corpus.development) == 3
    assert "broken.txt" in complaints[0]


def test_training_learns_to_tag_and_code(recipe: Recipe, folder: Path, encoder_folder: Path, tmp_path: Path) -> None:
    run = new_run(recipe, folder, encoder_folder, tmp_path)
    run.corpus = replace(run.corpus, development=run.corpus.train)
    for _ in range(40):
        run.step(0.05)
    scores = run.evaluate(at_end=True)
    assert scores["span_f1"] > 0.9
    assert scores["code_accuracy"] > 0.9
    assert run.position.best == scores["score"]
    for kept in ("best", "last"):
        model, _ = load_tagger(tmp_path / kept)
        assert model.codes == CODES


def test_a_resumed_run_equals_an_uninterrupted_one(
    recipe: Recipe, folder: Path, encoder_folder: Path, tmp_path: Path
) -> None:
    run = new_run(recipe, folder, encoder_folder, tmp_path)
    for _ in range(3):
        run.step(0.1)
    run.save()
    expected = [run.step(0.2)["tag_loss"] for _ in range(3)]
    resumed = new_run(recipe, folder, encoder_folder, tmp_path)
    resumed.resume()
    assert [resumed.step(0.2)["tag_loss"] for _ in range(3)] == pytest.approx(expected, rel=1e-5)
    assert resumed.position == run.position


def test_certain_soft_tags_are_learnt_as_annotated_ones_are(
    recipe: Recipe, folder: Path, encoder_folder: Path, tmp_path: Path
) -> None:
    run = new_run(recipe, folder, encoder_folder, tmp_path)
    text, tags = "公开5条。", [0, 1, 2, 0, 0]
    hard = run.maker.arrays([Example(text)])
    hard.tags[0, 1:6] = tags
    soft = run.maker.arrays([Example(text, tags=np.eye(len(TAGS), dtype=np.float16)[tags])])
    scores = torch.randn((*hard.ids.shape, len(TAGS)))
    assert tag_loss(scores, soft, 0.0) == pytest.approx(float(tag_loss(scores, hard, 0.0)))
    # Beside annotated windows each place counts once.
    both = run.maker.arrays([Example(text), Example(text, tags=np.eye(len(TAGS), dtype=np.float16)[tags])])
    both.tags[0, 1:6] = tags
    assert tag_loss(scores.repeat(2, 1, 1), both, 0.0) == pytest.approx(float(tag_loss(scores, hard, 0.0)))


def test_what_the_layers_add_is_dropped_in_training_only(encoder_folder: Path) -> None:
    encoder, tokenizer = load_encoder(str(encoder_folder))
    assert isinstance(encoder, BertEncoder)
    ids = torch.from_numpy(tokenizer.ids("公开信息").astype(np.int64))[None]
    mask = torch.ones_like(ids)
    encoder.eval()
    plain = encoder(ids, mask)[1]
    encoder.set_dropout(0.5)
    assert torch.equal(encoder(ids, mask)[1], plain)
    assert not torch.allclose(encoder.train()(ids, mask)[1], plain)


def test_a_run_ends_with_its_budget(
    recipe: Recipe, folder: Path, encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()
    monkeypatch.setattr("training.finetune.time", SimpleNamespace(monotonic=lambda: next(clock)))
    records: list[dict[str, Any]] = []
    train(new_run(recipe, folder, encoder_folder, tmp_path), hours=20 / 3600, log=records.append, stop=lambda: False)
    assert records[-1]["seconds"] == pytest.approx(20, abs=3)
    assert "span_f1" in records[-1]
    assert (tmp_path / "checkpoint.pt").exists()


def test_the_command_trains_and_its_result_is_exported(folder: Path, encoder_folder: Path, tmp_path: Path) -> None:
    main(
        ["--config", str(CONFIG), "--encoder", str(encoder_folder), "--output", str(tmp_path / "run"),
         "--hours", "0.0006", "--seed", "5", "--corpus", str(folder), "--rates", "0.5", "--encoder-dropout", "0.2"]
    )  # fmt: skip
    described = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (described["seed"], described["documents"]) == (5, 8)
    told, tuning = described["recipe"]["tuning"], load_recipe(CONFIG).tuning
    assert told["encoder_learning_rate"] == tuning.encoder_learning_rate / 2
    assert told["head_learning_rate"] == tuning.head_learning_rate / 2
    assert told["encoder_dropout"] == 0.2
    released = tmp_path / "released"
    export(tmp_path / "run" / "best", released, Precision.INT8, folder)
    settings = json.loads((released / LABELS).read_text())["settings"]
    assert set(settings) == {
        "tag_temperature", "code_temperature", "catalogue_weight", "confidence", "support", "curves",
    }  # fmt: skip
    assert len(settings["confidence"]) == len(Evidence(0.5, 0.5, 1, 1).features())
    assert len((released / CHECKSUMS).read_text().splitlines()) == 6  # with the linker's weights
    assert ModelTagger(released, threads=1).tag("") == []


def test_the_regression_learns_what_speaks_for_a_fact() -> None:
    rng = np.random.default_rng(0)
    features = np.stack((rng.normal(size=2000), np.ones(2000)), axis=1)
    right = (rng.random(2000) < 1 / (1 + np.exp(-(1.5 * features[:, 0] - 0.5)))).astype(float)
    np.testing.assert_allclose(logistic_regression(features, right), [1.5, -0.5], atol=0.2)


