"""Pre-train the encoder with masked language modelling, within a given time, resumable at any step.

    python -m training.pretrain --config training/configs/pretrain.toml --corpus FOLDER --output FOLDER --hours 2

Every schedule follows the share of the time budget that is spent, not the number of steps, so that a machine
that slows down still ends with a learning rate of nought. Run the same command again to resume.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.encoder import IGNORED_LABEL, EncoderConfig, MaskedLanguageModel, save_bert
from models.tagger import Tagger, load_tagger
from models.tokenizer import CharTokenizer
from training.mlm_batches import Batch, epoch_windows, masked_batch
from training.schedule import Stopwatch, learning_rate, stop_on_signals
from training.text_corpus import Source, TokenCache, load_or_build_cache

_KEPT_CHECKPOINTS = 2
_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the run. Lasts until the share `until` of the time is spent."""

    until: float
    length: int
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """Knobs of the optimisation; `configs/pretrain.toml` explains each in place."""

    seed: int
    tokens_per_step: int
    masked_share: float
    peak_learning_rate: float
    warmup: float
    weight_decay: float
    betas: tuple[float, float]
    momentum: float
    clip_norm: float
    bf16: bool
    compile: bool
    log_steps: int
    evaluation_sequences: int
    evaluate_minutes: float
    checkpoint_minutes: float
    export_minutes: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """All of a configuration file.

    Raises:
        ValueError: The stages do not end at 1 in rising order, or one names an unknown source.
    """

    min_count: int
    sources: tuple[Source, ...]
    encoder: Mapping[str, int]
    training: Training
    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        ends = [stage.until for stage in self.stages]
        if not ends or ends != sorted(ends) or ends[-1] != 1.0:
            raise ValueError(f"stages must rise to until = 1.0, got {ends}")
        longest = max(stage.length for stage in self.stages)
        if longest > self.encoder["max_positions"]:
            raise ValueError(
                f"a stage has sequences of {longest}, max_positions is {self.encoder['max_positions']}"
            )
        unknown = {name for stage in self.stages for name in stage.weights} - {s.name for s in self.sources}
        if unknown:
            raise ValueError(f"stages name sources that are not declared: {sorted(unknown)}")


@dataclass(slots=True)
class Position:
    """Where the run is. The random numbers of a batch follow from the seed and this alone."""

    step: int = 0
    tokens: int = 0
    elapsed: float = 0.0
    stage: int = 0
    epoch: int = 0
    cursor: int = 0


def load_recipe(path: Path) -> Recipe:
    """Read a TOML configuration."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return Recipe(
        min_count=raw["vocabulary"]["min_count"],
        sources=tuple(Source(**source) for source in raw["source"]),
        encoder=raw["encoder"],
        training=Training(**raw["training"] | {"betas": tuple(raw["training"]["betas"])}),
        stages=tuple(Stage(**stage) for stage in raw["stage"]),
    )


@dataclass
class Pretraining:
    """A run: its model, optimizer and position, and the folder they are saved in."""

    recipe: Recipe
    cache: TokenCache
    tokenizer: CharTokenizer
    output: Path
    model: MaskedLanguageModel = field(init=False)
    optimizers: tuple[torch.optim.Optimizer, ...] = field(init=False)
    position: Position = field(init=False, default_factory=Position)

    def __post_init__(self) -> None:
        torch.manual_seed(self.recipe.training.seed)
        self.model = MaskedLanguageModel(EncoderConfig(vocab_size=len(self.tokenizer), **self.recipe.encoder))
        self.optimizers = _optimizers(self.model, self.recipe.training)
        self._epoch_key, self._epoch_windows = (-1, -1), np.empty(0, dtype=np.int64)
        self._step_model: Callable[..., Tensor] = self.model
        if self.recipe.training.compile:
            self._step_model = torch.compile(self.model, dynamic=False)

    @property
    def stage(self) -> Stage:
        return self.recipe.stages[self.position.stage]

    def start_from(self, tagger: Tagger) -> None:
        """Take over a tagger's encoder; what guesses the masked tokens starts from nothing.

        Raises:
            RuntimeError: Its sizes are not those of the recipe.
        """
        taken = tagger.encoder.state_dict()
        missing, _ = self.model.load_state_dict(taken, strict=False)
        unknown = [name for name in missing if not name.startswith(("head", "output_bias"))]
        if unknown:
            raise RuntimeError(f"the tagger's encoder has no {', '.join(unknown)}")

    def resume(self) -> None:
        """Take up the newest checkpoint in the output folder, if there is one."""
        checkpoints = _checkpoints(self.output)
        if checkpoints:
            saved = torch.load(checkpoints[-1], weights_only=True)
            self.model.load_state_dict(saved["model"])
            for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            self.position = Position(**saved["position"])

    def save(self) -> None:
        """Write a checkpoint under a temporary name, rename it, and drop all but the last ones."""
        path = self.output / f"step-{self.position.step:08d}.pt"
        partial = path.with_suffix(".partial")
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "position": asdict(self.position),
        }
        torch.save(state, partial)
        partial.replace(path)
        for old in _checkpoints(self.output)[:-_KEPT_CHECKPOINTS]:
            old.unlink()

    def export(self) -> None:
        """Write the encoder and its tokenizer to `export/`, which `transformers` loads."""
        save_bert(self.model, self.output / "export")
        self.tokenizer.save(self.output / "export")

    def enter_stage(self, progress: float) -> None:
        """Go on to the stage that the share of time spent asks for."""
        stage = next(i for i, s in enumerate(self.recipe.stages) if progress < s.until or s.until == 1.0)
        if stage != self.position.stage:
            self.position.stage, self.position.epoch, self.position.cursor = stage, 0, 0

    def step(self, progress: float) -> float:
        """One update; returns the loss in nats."""
        training = self.recipe.training
        rate = learning_rate(progress, peak=training.peak_learning_rate, warmup=training.warmup)
        batch = self._next_batch()
        with self._autocast():
            loss = self._step_model(*_tensors(batch))
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), training.clip_norm)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        self.model.zero_grad(set_to_none=True)
        self.position.step += 1
        self.position.tokens += batch.ids.size
        return float(loss.detach())

    @torch.no_grad()
    def evaluate(self) -> dict[str, dict[str, float]]:
        """Loss in nats and accuracy at the masked places of the held-out documents, source by source.

        Windows and masks are the same in every evaluation.
        """
        scores = {}
        training, length = self.recipe.training, self.recipe.stages[0].length
        for source in self.recipe.sources:
            rng = np.random.default_rng([training.seed, 2**31])
            windows = epoch_windows(self.cache, {source.name: 1.0}, length=length, rng=rng, split="held_out")
            batch = masked_batch(
                self.cache,
                windows[: training.evaluation_sequences],
                self.tokenizer,
                length=length,
                share=training.masked_share,
                rng=rng,
            )
            ids, places, labels = _tensors(batch)
            with self._autocast():
                logits = self.model.logits(ids, places).flatten(0, 1).float()
            counted = labels.flatten() != IGNORED_LABEL
            logits, labels = logits[counted], labels.flatten()[counted]
            scores[source.name] = {
                "loss": round(nn.functional.cross_entropy(logits, labels).item(), 4),
                "accuracy": round((logits.argmax(-1) == labels).float().mean().item(), 4),
            }
        return scores

    def _next_batch(self) -> Batch:
        training, at, stage = self.recipe.training, self.position, self.stage
        size = max(1, training.tokens_per_step // stage.length)
        windows = self._epoch()
        if at.cursor + size > len(windows):
            at.epoch, at.cursor = at.epoch + 1, 0
            windows = self._epoch()
        chosen = windows[at.cursor : at.cursor + size]
        at.cursor += size
        rng = np.random.default_rng([training.seed, 1, at.step])
        return masked_batch(
            self.cache, chosen, self.tokenizer, length=stage.length, share=training.masked_share, rng=rng
        )

    def _epoch(self) -> NDArray[np.int64]:
        key, stage = (self.position.stage, self.position.epoch), self.stage
        if self._epoch_key != key:
            rng = np.random.default_rng([self.recipe.training.seed, 0, *key])
            self._epoch_key = key
            self._epoch_windows = epoch_windows(self.cache, stage.weights, length=stage.length, rng=rng)
        return self._epoch_windows

    def _autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.training.bf16)


def train(
    run: Pretraining, *, hours: float, log: Callable[[dict[str, Any]], None], stop: Callable[[], bool]
) -> None:
    """Train until the budget is spent or `stop` says so; saves a checkpoint and exports either way.

    Args:
        run: The run, resumed or new.
        hours: Wall-clock budget of the whole run, earlier sessions included.
        log: Called with each record of the log.
        stop: Asked before each step.
    """
    training, budget = run.recipe.training, hours * 60 * _MINUTE
    began = time.monotonic() - run.position.elapsed
    evaluation, checkpoint, export = (
        Stopwatch(minutes, run.position.elapsed)
        for minutes in (training.evaluate_minutes, training.checkpoint_minutes, training.export_minutes)
    )
    losses: list[float] = []
    logged_at, logged_tokens = run.position.elapsed, run.position.tokens

    def now() -> float:
        run.position.elapsed = time.monotonic() - began
        return run.position.elapsed

    while now() < budget and not stop():
        progress = run.position.elapsed / budget
        run.enter_stage(progress)
        losses.append(run.step(progress))
        if run.position.step % training.log_steps == 0:
            speed = (run.position.tokens - logged_tokens) / (now() - logged_at)
            log(_record(run, progress, loss=round(float(np.mean(losses)), 4), tokens_per_s=round(speed)))
            losses, logged_at, logged_tokens = [], run.position.elapsed, run.position.tokens
        if evaluation.due(now()):
            log(_record(run, progress, held_out=run.evaluate()))
        if checkpoint.due(now()):
            run.save()
        if export.due(now()):
            run.export()
    log(_record(run, run.position.elapsed / budget, held_out=run.evaluate()))
    run.save()
    run.export()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True, help="TOML file, see training/configs")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the raw text files")
    parser.add_argument(
        "--output", type=Path, required=True, help="folder for cache, checkpoints, log, export"
    )
    parser.add_argument("--hours", type=float, required=True, help="wall-clock budget of the whole run")
    parser.add_argument("--start", type=Path, help="tagger whose encoder and vocabulary are trained further")
    options = parser.parse_args(arguments)
    recipe = load_recipe(options.config)
    start = load_tagger(options.start) if options.start else None
    cache, tokenizer = load_or_build_cache(
        options.corpus, recipe.sources, options.output / "cache", min_count=recipe.min_count,
        tokenizer=start[1] if start else None,
    )  # fmt: skip
    run = Pretraining(recipe, cache, tokenizer, options.output)
    if start:
        run.start_from(start[0])
    run.resume()
    described = {"start": options.start.name if options.start else None, "hours": options.hours}
    (options.output / "run.json").write_text(json.dumps(described) + "\n", encoding="utf-8")
    with (options.output / "log.jsonl").open("a", encoding="utf-8") as stream:

        def log(record: dict[str, Any]) -> None:
            line = json.dumps(record, ensure_ascii=False)
            print(line, file=stream, flush=True)
            print(line, file=sys.stderr, flush=True)

        train(run, hours=options.hours, log=log, stop=stop_on_signals())


def _record(run: Pretraining, progress: float, **values: Any) -> dict[str, Any]:
    at, training = run.position, run.recipe.training
    rate = learning_rate(progress, peak=training.peak_learning_rate, warmup=training.warmup)
    where = {"step": at.step, "tokens": at.tokens, "seconds": round(at.elapsed), "stage": at.stage}
    return where | {"epoch": at.epoch, "learning_rate": float(f"{rate:.3g}")} | values


def _optimizers(model: MaskedLanguageModel, training: Training) -> tuple[torch.optim.Optimizer, ...]:
    """Muon (Jordan 2024) for the matrices of the layers, AdamW for embeddings, biases and norms."""
    embeddings = [model.words.weight, model.positions.weight]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    matrices = [m.weight for m in model.modules() if isinstance(m, nn.Linear)]
    rate, decay = training.peak_learning_rate, training.weight_decay
    groups = [{"params": embeddings, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    return (
        torch.optim.AdamW(groups, lr=rate, betas=training.betas, fused=True),
        # Updates scaled to the size of AdamW's, so that one learning rate serves both (Liu et al. 2025, 2.2).
        torch.optim.Muon(
            matrices, lr=rate, weight_decay=decay, momentum=training.momentum, adjust_lr_fn="match_rms_adamw"
        ),
    )


def _tensors(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    return torch.from_numpy(batch.ids), torch.from_numpy(batch.places), torch.from_numpy(batch.labels)


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.pt"))


if __name__ == "__main__":
    main()
