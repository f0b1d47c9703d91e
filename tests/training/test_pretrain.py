import itertools
import lzma
import os
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from models.encoder import IGNORED_LABEL, EncoderConfig, MaskedLanguageModel, save_bert
from models.tokenizer import SPECIAL_TOKENS, CharTokenizer
from training.mlm_batches import epoch_windows, masked_batch
from training.pretrain import Pretraining, Recipe, Stage, Training, load_recipe, train
from training.schedule import learning_rate, stop_on_signals
from training.text_corpus import Source, TokenCache, load_or_build_cache, read_documents, unit_starts

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "pretrain.toml"
REPORTS = Source(
    name="reports", file="reports.txt.xz", documents="blank_line", held_out_every=5, drop_lines="^广告"
)
STATUTES = Source(name="statutes", file="statutes.txt", documents="statutes", held_out_every=4)
RECIPE = Recipe(
    min_count=1,
    sources=(REPORTS, STATUTES),
    encoder={"hidden_size": 32, "n_layers": 2, "n_heads": 2, "ffn_size": 64, "max_positions": 32},
    training=Training(
        seed=1,
        tokens_per_step=128,
        masked_share=0.2,
        peak_learning_rate=5e-3,
        warmup=0.1,
        weight_decay=0.01,
        betas=(0.9, 0.98),
        momentum=0.95,
        clip_norm=1.0,
        bf16=False,
        compile=False,
        log_steps=1,
        evaluation_sequences=4,
        evaluate_minutes=1.0,
        checkpoint_minutes=1.0,
        export_minutes=1.0,
    ),
    stages=(
        Stage(until=0.5, length=16, weights={"reports": 1.0, "statutes": 1.0}),
        Stage(until=1.0, length=32, weights={"reports": 1.5}),
    ),
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("corpus")
    reports = "\n\n".join(
        f"第{n}号公告\n广告位招租\n本年共收到申请{n}件，全部按时办结。" * 3 for n in range(1000, 1020)
    )
    with lzma.open(folder / REPORTS.file, "wt", encoding="utf-8") as stream:
        stream.write(reports)
    statute = "某市第{}号条例\n2020年1月1日通过\n第一条 为了规范管理，制定本条例。\n第二条 本条例自公布之日起施行。\n"
    (folder / STATUTES.file).write_text("".join(statute.format(n) for n in range(12)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TokenCache, CharTokenizer]:
    return load_or_build_cache(corpus, RECIPE.sources, tmp_path_factory.mktemp("cache"), min_count=1)


@pytest.fixture
def run(built: tuple[TokenCache, CharTokenizer], tmp_path: Path) -> Pretraining:
    return Pretraining(RECIPE, *built, tmp_path)


def text_of(cache: TokenCache, tokenizer: CharTokenizer, begin: int, end: int) -> str:
    return "".join(tokenizer.tokens[number] for number in cache.ids[begin:end])


def test_documents_are_told_apart_and_furniture_is_dropped(corpus: Path) -> None:
    reports = list(read_documents(corpus, REPORTS))
    assert len(reports) == 20
    assert not any("广告" in line for lines in reports for line in lines)
    statutes = list(read_documents(corpus, STATUTES))
    assert [lines[0] for lines in statutes] == [f"某市第{n}号条例" for n in range(12)]


def test_held_out_documents_are_not_trained_on(built: tuple[TokenCache, CharTokenizer]) -> None:
    train_text, held_out = (
        text_of(*built, *built[0].parts["reports", split]) for split in ("train", "held_out")
    )
    assert held_out.count("[SEP]") == 4
    assert "1004" in held_out
    assert "1004" not in train_text


def test_words_and_numbers_are_units() -> None:
    text = "受理1,234.5%，３５件"
    starts = unit_starts(text, lambda _: ["受理", *text[2:]])
    assert [i for i, start in enumerate(starts) if start] == [0, 2, 10, 11, 13]


def test_masks_cover_whole_units_and_labels_restore_the_text(built: tuple[TokenCache, CharTokenizer]) -> None:
    cache, tokenizer = built
    rng = np.random.default_rng(3)
    windows = epoch_windows(cache, {"reports": 1.0}, length=32, rng=rng)
    batch = masked_batch(cache, windows, tokenizer, length=32, share=0.2, rng=rng)
    original = cache.ids[windows[:, None] + np.arange(30)].astype(np.int64)
    restored = batch.ids.copy()
    counted = batch.labels != IGNORED_LABEL
    rows = np.nonzero(counted)[0]
    restored[rows, batch.places[counted]] = batch.labels[counted]
    np.testing.assert_array_equal(restored[:, 1:-1], original)
    assert (batch.labels[counted] >= len(SPECIAL_TOKENS)).all()
    assert 0.5 < counted.mean() <= 1

    masked = np.zeros_like(batch.ids, dtype=bool)
    masked[rows, batch.places[counted]] = True
    starts = cache.starts[windows[:, None] + np.arange(30)]
    inside = ~starts[:, 1:]
    np.testing.assert_array_equal(masked[:, 2:-1][inside], masked[:, 1:-2][inside])


def test_weights_say_how_often_a_source_is_read(built: tuple[TokenCache, CharTokenizer]) -> None:
    def windows(weight: float) -> int:
        return len(epoch_windows(built[0], {"reports": weight}, length=16, rng=np.random.default_rng(0)))

    assert windows(2.5) == pytest.approx(2.5 * windows(1.0), abs=3)
    with pytest.raises(ValueError, match="no window"):
        windows(0.0)


def test_changed_settings_rebuild_the_cache(corpus: Path, tmp_path: Path) -> None:
    load_or_build_cache(corpus, [STATUTES], tmp_path, min_count=1)
    stamp = (tmp_path / "ids.npy").stat().st_mtime_ns
    load_or_build_cache(corpus, [STATUTES], tmp_path, min_count=1)
    assert (tmp_path / "ids.npy").stat().st_mtime_ns == stamp
    cache, _ = load_or_build_cache(corpus, [STATUTES, REPORTS], tmp_path, min_count=1)
    assert ("reports", "train") in cache.parts


def test_learning_rate_rises_then_falls_to_nought() -> None:
    rates = [learning_rate(p, peak=1.0, warmup=0.1) for p in (0.0, 0.05, 0.1, 0.55, 1.0, 1.2)]
    assert rates == pytest.approx([0.0, 0.5, 1.0, 0.5, 0.0, 0.0])


def test_saved_encoder_computes_the_same_in_transformers(tmp_path: Path) -> None:
    from transformers import AutoModelForMaskedLM, AutoModelForTokenClassification

    torch.manual_seed(0)
    model = MaskedLanguageModel(EncoderConfig(vocab_size=50, **RECIPE.encoder))
    torch.nn.init.normal_(model.output_bias)
    save_bert(model, tmp_path)
    bert = AutoModelForMaskedLM.from_pretrained(tmp_path).eval()
    ids, places = torch.randint(0, 50, (3, 20)), torch.tensor([[1, 5], [0, 19], [7, 8]])
    with torch.no_grad():
        expected = bert(ids).logits[torch.arange(3)[:, None], places]
        torch.testing.assert_close(model.logits(ids, places), expected, rtol=1e-4, atol=1e-4)
    tagger = AutoModelForTokenClassification.from_pretrained(tmp_path, num_labels=5)
    torch.testing.assert_close(tagger.bert.embeddings.word_embeddings.weight, model.words.weight)


def test_a_resumed_run_equals_an_uninterrupted_one(
    run: Pretraining, built: tuple[TokenCache, CharTokenizer], tmp_path: Path
) -> None:
    def steps(some_run: Pretraining, shares: list[float]) -> list[float]:
        losses = []
        for share in shares:
            some_run.enter_stage(share)
            losses.append(some_run.step(share))
        return losses

    shares = [0.1, 0.2, 0.3, 0.6, 0.7]
    steps(run, shares[:2])
    run.save()
    expected = steps(run, shares[2:])
    resumed = Pretraining(RECIPE, *built, tmp_path)
    resumed.resume()
    assert resumed.position.step == 2
    assert steps(resumed, shares[2:]) == pytest.approx(expected, rel=1e-6)
    assert resumed.position == run.position


def test_training_learns(run: Pretraining) -> None:
    losses = [run.step(0.1) for _ in range(30)]
    assert losses[-1] < losses[0] - 2


def test_a_run_ends_with_its_budget_and_leaves_an_encoder(
    run: Pretraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()
    monkeypatch.setattr("training.pretrain.time", SimpleNamespace(monotonic=lambda: next(clock)))
    records: list[dict[str, Any]] = []
    train(run, hours=60 / 3600, log=records.append, stop=lambda: False)
    assert records[-1]["seconds"] == pytest.approx(60, abs=5)
    assert {record["stage"] for record in records} == {0, 1}
    assert set(records[-1]["held_out"]) == {"reports", "statutes"}
    assert (tmp_path / "export" / "model.safetensors").exists()
    assert len(CharTokenizer.load(tmp_path / "export")) == run.model.config.vocab_size


def test_a_stopped_run_keeps_its_last_two_checkpoints(run: Pretraining, tmp_path: Path) -> None:
    for _ in range(3):
        run.step(0.1)
        run.save()
    train(run, hours=1.0, log=lambda record: None, stop=lambda: True)
    assert sorted(path.name for path in tmp_path.glob("step-*")) == ["step-00000002.pt", "step-00000003.pt"]


def test_sigterm_asks_the_run_to_stop() -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stop = stop_on_signals()
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def test_the_configuration_of_the_released_encoder_is_valid() -> None:
    recipe = load_recipe(CONFIG)
    assert EncoderConfig(vocab_size=1, **recipe.encoder).n_layers == 6


def test_stages_that_cannot_be_run_are_refused() -> None:
    with pytest.raises(ValueError, match="not declared"):
        replace(RECIPE, stages=(Stage(until=1.0, length=16, weights={"novels": 1.0}),))
    with pytest.raises(ValueError, match=r"until = 1\.0"):
        replace(RECIPE, stages=RECIPE.stages[:1])
    with pytest.raises(ValueError, match="max_positions"):
        replace(RECIPE, stages=(Stage(until=1.0, length=64, weights={"reports": 1.0}),))
