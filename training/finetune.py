"""Fine-tune an encoder as the tagger, within a given time, resumable at any step.

    python -m training.finetune --config training/configs/finetune.toml --encoder FOLDER --output FOLDER --hours 0.5

The tag head and the code head are trained together. `--tagger FOLDER` in place of `--encoder` goes on from a tagger,
its heads included. The weights kept in `best/` are those that score best on the development files. Run the same
command again to resume.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from annotations.corpus_format import AnnotatedDocument, CorpusError, load_corpus
from annotations.splits import CORPUS_FOLDER, Split, split_files
from extraction.narrative.catalogue import load_catalogue
from models.tagger import BertEncoder, HeadConfig, Tagger, save_tagger
from models.tokenizer import CharTokenizer
from training.augmentation import AugmentationConfig, SpanBank
from training.development_score import development_documents, development_scores
from training.recode import starting_model
from training.schedule import Stopwatch, learning_rate, stop_on_signals
from training.soft_labels import load_soft_labels
from training.tagger_data import IGNORED, BatchMaker, TaggerBatch
from training.tagger_examples import Example, ExampleDocument, examples_of, fraction_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Knobs of the optimisation; `configs/finetune.toml` explains each in place."""

    tokens_per_step: int
    encoder_learning_rate: float
    head_learning_rate: float
    warmup: float
    weight_decay: float
    clip_norm: float
    code_loss_weight: float
    label_smoothing: float
    token_dropout: float
    link_dropout: float
    average: float
    bf16: bool
    log_steps: int
    evaluate_minutes: float
    checkpoint_minutes: float
    encoder_dropout: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All of a configuration file; `augmentation` is `None` for none."""

    tuning: Tuning
    heads: HeadConfig
    augmentation: AugmentationConfig | None


@dataclass(slots=True)
class Position:
    """Where the run is. The batches follow from the seed and this alone."""

    step: int = 0
    tokens: int = 0
    elapsed: float = 0.0
    epoch: int = 0
    cursor: int = 0
    best: float = -1.0


@dataclass(frozen=True, slots=True)
class Corpus:
    """Training and development documents; `bank` holds texts to swap, `unannotated` windows with soft labels."""

    train: Sequence[ExampleDocument]
    development: Sequence[ExampleDocument]
    bank: SpanBank
    unannotated: Sequence[Example] = ()


def load_recipe(path: Path) -> Recipe:
    """Read a TOML configuration."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    augmentation = AugmentationConfig(**raw["augmentation"]) if "augmentation" in raw else None
    return Recipe(tuning=Tuning(**raw["tuning"]), heads=HeadConfig(**raw["heads"]), augmentation=augmentation)


def adjusted(recipe: Recipe, *, rates: float = 1.0, encoder_dropout: float | None = None) -> Recipe:
    """The recipe with a share of its learning rates, and another dropout where one is given."""
    tuning = replace(
        recipe.tuning,
        encoder_learning_rate=rates * recipe.tuning.encoder_learning_rate,
        head_learning_rate=rates * recipe.tuning.head_learning_rate,
        encoder_dropout=recipe.tuning.encoder_dropout if encoder_dropout is None else encoder_dropout,
    )
    return replace(recipe, tuning=tuning)


def load_examples(folder: Path, *, fraction: float, complain: Callable[[str], None]) -> Corpus:
    """The corpus's splits. A training file that is out of format is left out, with a complaint.

    Raises:
        SplitError: Where `splits.toml` is out of format.
        CorpusError: Where a development file is.
    """
    train: list[ExampleDocument] = []
    for path in split_files(Split.TRAIN, folder):
        try:
            documents = load_corpus(path)
        except CorpusError as error:
            complain(f"left out: {error}")
            continue
        train.extend(map(training_examples, documents))
    train = fraction_of(train, fraction)
    return corpus_of(train, development_documents(folder))


def training_examples(document: AnnotatedDocument) -> ExampleDocument:
    """All blocks of a document: headings and tables, too, teach where there are no facts."""
    return examples_of(document, kinds=("paragraph", "heading", "table"))


def corpus_of(train: Sequence[ExampleDocument], development: Sequence[ExampleDocument]) -> Corpus:
    """The documents with the bank of the training documents' and the catalogue's wordings."""
    wordings = {code: entry.wordings for code, entry in load_catalogue().items()}
    return Corpus(train, development, SpanBank(train, wordings))


@dataclass
class Finetuning:
    """A run: its model, optimizer and position, and the folder they are saved in."""

    recipe: Recipe
    corpus: Corpus
    model: Tagger
    tokenizer: CharTokenizer
    output: Path
    seed: int
    position: Position = field(init=False, default_factory=Position)

    def __post_init__(self) -> None:
        tuning = self.recipe.tuning
        if isinstance(self.model.encoder, BertEncoder):  # others bring their own
            self.model.encoder.set_dropout(tuning.encoder_dropout)
        self.optimizer = _optimizer(self.model, tuning)
        self.peaks = [float(group["lr"]) for group in self.optimizer.param_groups]
        self.maker = BatchMaker(
            self.tokenizer, self.model.codes, tuning.tokens_per_step,
            token_dropout=tuning.token_dropout, link_dropout=tuning.link_dropout,
        )  # fmt: skip
        self.averaged = {name: t.detach().clone() for name, t in self.model.state_dict().items()}
        self._epoch_number, self._batches = -1, list[list[Example]]()

    def resume(self) -> None:
        """Take up the checkpoint in the output folder, if there is one."""
        path = self.output / "checkpoint.pt"
        if path.exists():
            saved = torch.load(path, weights_only=True)
            self.model.load_state_dict(saved["model"])
            self.averaged = saved["averaged"]
            self.optimizer.load_state_dict(saved["optimizer"])
            self.position = Position(**saved["position"])

    def save(self) -> None:
        """Write the checkpoint under a temporary name and rename it."""
        path = self.output / "checkpoint.pt"
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged,
            "optimizer": self.optimizer.state_dict(),
            "position": asdict(self.position),
        }
        torch.save(state, path.with_suffix(".partial"))
        path.with_suffix(".partial").replace(path)

    def step(self, progress: float) -> dict[str, float]:
        """One update; returns the losses in nats."""
        tuning = self.recipe.tuning
        self.model.train()
        # What is dropped follows from the position, too.
        torch.manual_seed(self.seed * 1_000_003 + self.position.step)
        batch = self.next_batch()
        share = learning_rate(progress, peak=1.0, warmup=tuning.warmup)
        tags, codes = self._losses(batch)
        (tags + tuning.code_loss_weight * codes).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), tuning.clip_norm)
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * share
        self.optimizer.step()
        self.model.zero_grad(set_to_none=True)
        self._average()
        self.position.step += 1
        self.position.tokens += batch.ids.size
        return {"tag_loss": float(tags.detach()), "code_loss": float(codes.detach())}

    def next_batch(self) -> TaggerBatch:
        at = self.position
        batches = self._epoch()
        if at.cursor >= len(batches):
            at.epoch, at.cursor = at.epoch + 1, 0
            batches = self._epoch()
        examples = batches[at.cursor]
        at.cursor += 1
        return self.maker.arrays(examples, np.random.default_rng([self.seed, 1, at.step]))

    def _epoch(self) -> list[list[Example]]:
        if self._epoch_number != self.position.epoch:
            self._epoch_number = self.position.epoch
            rng = np.random.default_rng([self.seed, 0, self._epoch_number])
            corpus = self.corpus
            self._batches = self.maker.epoch(
                corpus.train, corpus.bank, self.recipe.augmentation, rng, unannotated=corpus.unannotated
            )
        return self._batches

    def _losses(self, batch: TaggerBatch) -> tuple[Tensor, Tensor]:
        smoothing = self.recipe.tuning.label_smoothing
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.tuning.bf16):
            scores, states = self.model(torch.from_numpy(batch.ids), torch.from_numpy(batch.mask))
        tags = tag_loss(scores.float(), batch, smoothing)
        if not len(batch.codes):
            return tags, torch.zeros(())
        codes = self.model.code_scores(states, torch.from_numpy(batch.rows), torch.from_numpy(batch.ranges))
        return tags, F.cross_entropy(codes, torch.from_numpy(batch.codes), label_smoothing=smoothing)

    def _average(self) -> None:
        # A warm average: young runs follow the weights closely.
        keep = min(self.recipe.tuning.average, (1 + self.position.step) / (10 + self.position.step))
        names = list(self.averaged)
        state = self.model.state_dict()
        torch._foreach_lerp_([self.averaged[n] for n in names], [state[n] for n in names], 1 - keep)

    @torch.no_grad()
    def evaluate(self, *, at_end: bool = False) -> dict[str, float]:
        """Of the averaged weights on the development files; keeps them in `best/` if they are the best yet, and at a
        run's end in `last/`."""
        trained = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
        self.model.load_state_dict(self.averaged)
        self.model.eval()
        scores = development_scores(self.model, self.maker, self.corpus.development, bf16=self.recipe.tuning.bf16)
        if scores["score"] > self.position.best:
            self.position.best = scores["score"]
            save_tagger(self.model, self.tokenizer, self.output / "best")
        if at_end:
            save_tagger(self.model, self.tokenizer, self.output / "last")
        self.model.load_state_dict(trained)
        return scores


def train(run: Finetuning, *, hours: float, log: Callable[[dict[str, Any]], None], stop: Callable[[], bool]) -> None:
    """Train until the budget is spent or `stop` says so; evaluates at the end and saves either way.

    Args:
        run: The run, resumed or new.
        hours: Wall-clock budget of the whole run, earlier sessions included.
        log: Called with each record of the log.
        stop: Asked before each step.
    """
    tuning, budget = run.recipe.tuning, hours * 3600
    began = time.monotonic() - run.position.elapsed
    evaluation = Stopwatch(tuning.evaluate_minutes, run.position.elapsed)
    checkpoint = Stopwatch(tuning.checkpoint_minutes, run.position.elapsed)
    losses: list[dict[str, float]] = []

    def now() -> float:
        run.position.elapsed = time.monotonic() - began
        return run.position.elapsed

    while now() < budget and not stop():
        losses.append(run.step(run.position.elapsed / budget))
        if run.position.step % tuning.log_steps == 0:
            log(_record(run, {name: round(_mean(r[name] for r in losses), 4) for name in losses[0]}))
            losses = []
        if evaluation.due(now()):
            log(_record(run, run.evaluate()))
        if checkpoint.due(now()):
            run.save()
    run.save()
    log(_record(run, run.evaluate(at_end=True)))


def tag_loss(scores: Tensor, batch: TaggerBatch, smoothing: float) -> Tensor:
    """Mean cross-entropy over all places, those with soft tags among them.

    *Shape of the scores:* (batch, seq, tags)
    """
    hard, soft = torch.from_numpy(batch.tags), torch.from_numpy(batch.soft_tags)
    total = F.cross_entropy(
        scores.flatten(0, 1), hard.flatten(), ignore_index=IGNORED, label_smoothing=smoothing, reduction="sum"
    )
    total = total - (soft * scores.log_softmax(-1)).sum()
    return total / ((hard != IGNORED).sum() + soft.sum())


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _record(run: Finetuning, values: dict[str, float]) -> dict[str, Any]:
    at = run.position
    return {"step": at.step, "tokens": at.tokens, "seconds": round(at.elapsed), "epoch": at.epoch, **values}


def _optimizer(model: Tagger, tuning: Tuning) -> torch.optim.Optimizer:
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        key = (name.startswith("encoder."), parameter.dim() > 1)
        groups.setdefault(key, []).append(parameter)
    rates = {True: tuning.encoder_learning_rate, False: tuning.head_learning_rate}
    return torch.optim.AdamW(
        [
            {"params": group, "lr": rates[is_encoder], "weight_decay": tuning.weight_decay if is_matrix else 0.0}
            for (is_encoder, is_matrix), group in groups.items()
        ],
        betas=(0.9, 0.98),
        fused=True,
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="TOML file, see training/configs")
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument("--encoder", help="folder or name of an encoder of `transformers`; the heads are new")
    start.add_argument("--tagger", type=Path, help="folder of a tagger (`best/`, `training.restore`) to go on from")
    parser.add_argument("--output", type=Path, required=True, help="folder for checkpoint, log, best weights")
    parser.add_argument("--hours", type=float, required=True, help="wall-clock budget of the whole run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER, help="annotated corpus with splits.toml")
    parser.add_argument("--rates", type=float, default=1.0, help="share of the configuration's learning rates")
    parser.add_argument("--encoder-dropout", type=float, help="in place of the configuration's")
    parser.add_argument("--unannotated", type=Path, help="soft labels by `training.soft_labels`, learnt beside")
    parser.add_argument("--fraction", type=float, default=1.0, help="share of the training documents")
    options = parser.parse_args(arguments)
    recipe = adjusted(load_recipe(options.config), rates=options.rates, encoder_dropout=options.encoder_dropout)
    options.output.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    with (options.output / "log.jsonl").open("a", encoding="utf-8") as stream:

        def log(record: dict[str, Any]) -> None:
            line = json.dumps(record, ensure_ascii=False)
            print(line, file=stream, flush=True)
            print(line, file=sys.stderr, flush=True)

        corpus = load_examples(
            options.corpus, fraction=options.fraction, complain=lambda text: log({"warning": text})
        )
        if options.unannotated:
            corpus = replace(corpus, unannotated=load_soft_labels(options.unannotated))
        model, tokenizer = starting_model(options.encoder, options.tagger, recipe.heads)
        run = Finetuning(recipe, corpus, model, tokenizer, options.output, options.seed)
        run.resume()
        described = {
            # A name of a hub, or a folder without what machine it lies on.
            "start": "/".join(Path(options.encoder or options.tagger).parts[-2:]),
            "goes_on": options.tagger is not None, "seed": options.seed, "hours": options.hours,
            "fraction": options.fraction, "documents": len(corpus.train),
            "unannotated_characters": sum(len(window.text) for window in corpus.unannotated), "recipe": asdict(recipe),
        }  # fmt: skip
        (options.output / "run.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
        train(run, hours=options.hours, log=log, stop=stop_on_signals())


if __name__ == "__main__":
    main()
