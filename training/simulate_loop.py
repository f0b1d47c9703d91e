"""Simulate the annotation loop with an oracle: uncertain documents first against documents at random.

    python -m training.simulate_loop --output FOLDER

Both strategies begin with the same tenth of the training documents and get the same number of facts to correct in
each round. Every model starts from the same encoder and is trained for the same number of steps. The encoder must
not have seen a label of the corpus: give an MLM encoder that was trained from nothing (`--encoder`), or let one be
made that has read nothing. `--seeds N` repeats all of it with other beginnings, orders and weights. Writes
`result.json`, `table.md` and `curve.svg`. Run the same command again to resume, or with more seeds to go on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from annotations.corpus_format import AnnotatedDocument
from annotations.splits import CORPUS_FOLDER, Split, load_split
from training.finetune import Recipe, load_recipe
from training.loop_simulation import Plan, Point, simulate
from training.loop_simulation_learner import StoppedSimulation, TaggerLearner, encoder_from_nothing
from training.loop_simulation_report import chart, result, table
from training.schedule import stop_on_signals
from training.update_data import digest_of, text_files
from training.update_folder import write_flushed

CONFIG = Path(__file__).parent / "configs" / "finetune.toml"


@dataclass(frozen=True, slots=True)
class PointFiles:
    """Points as JSON files in a folder, so that a simulation goes on where it was stopped."""

    folder: Path

    def recall(self, name: str) -> Point | None:
        path = self._path(name)
        return Point.from_dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def keep(self, name: str, point: Point) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_flushed(self._path(name), json.dumps(point.to_dict(), ensure_ascii=False))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def main(arguments: list[str] | None = None) -> int:
    """Status 1 where it was stopped, or the folder holds a simulation of other settings."""
    options = _parser().parse_args(arguments)
    settings = _settings(options)
    output: Path = options.output
    output.mkdir(parents=True, exist_ok=True)
    stored = output / "settings.json"
    if stored.exists() and json.loads(stored.read_text(encoding="utf-8")) != settings:
        print(f"{output} holds a simulation of other settings: give another --output", file=sys.stderr)
        return 1
    write_flushed(stored, json.dumps(settings, ensure_ascii=False, indent=1) + "\n")
    stop = stop_on_signals()
    try:
        runs = {
            seed: _points(options, seed, stop) for seed in range(options.seed, options.seed + options.seeds)
        }
    except StoppedSimulation:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 1
    all_runs = list(runs.values())
    text = json.dumps(result(settings, runs), ensure_ascii=False, indent=1) + "\n"
    for name, content in (
        ("result.json", text),
        ("table.md", table(all_runs)),
        ("curve.svg", chart(all_runs)),
    ):
        (output / name).write_text(content, encoding="utf-8", newline="\n")
    print(table(all_runs))
    return 0


def _points(options: argparse.Namespace, seed: int, stop: Callable[[], bool]) -> list[Point]:
    """One run: what is annotated first, the random order and the training follow from the seed."""
    folder = options.output / f"seed-{seed}"
    encoder = options.encoder or folder / "encoder"
    if not encoder.exists():
        encoder_from_nothing(encoder, layers=options.layers, width=options.width, seed=seed)
    development = load_split(Split.DEVELOPMENT, options.corpus)
    recipe, plan = _recipe(options), replace(_plan(options), seed=seed)

    def learner_for(kept: Sequence[AnnotatedDocument]) -> TaggerLearner:
        return TaggerLearner(recipe, encoder, options.steps, seed, folder / "models", kept, development, stop)

    points = []
    pool = load_split(Split.TRAIN, options.corpus)[: options.documents]
    for point in simulate(plan, pool, learner_for, PointFiles(folder / "points")):
        points.append(point)
        print(f"seed {seed}: {_line(point)}", file=sys.stderr, flush=True)
    return points


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    plan = Plan()
    parser.add_argument("--output", type=Path, required=True, help="folder for models, points and the result")
    parser.add_argument("--encoder", type=Path, help="an encoder of `transformers` that has seen no label")
    parser.add_argument("--layers", type=int, default=2, help="of the encoder that is made without --encoder")
    parser.add_argument("--width", type=int, default=128, help="of the same")
    parser.add_argument("--config", type=Path, default=CONFIG, help="settings of fine-tuning")
    parser.add_argument("--rate", type=float, help="learning rate in place of the configuration's two")
    parser.add_argument("--steps", type=int, default=250, help="of each fine-tuning")
    parser.add_argument("--rounds", type=int, default=plan.rounds)
    parser.add_argument("--budget", type=int, default=plan.budget, help="facts corrected in a round")
    parser.add_argument(
        "--share", type=float, default=plan.share, help="of the documents, annotated at first"
    )
    parser.add_argument(
        "--calibration", type=int, default=plan.calibration, help="one in so many of these calibrates"
    )
    parser.add_argument("--documents", type=int, help="of the training split, all by default")
    parser.add_argument("--seed", type=int, default=plan.seed, help="of the first run")
    parser.add_argument("--seeds", type=int, default=1, help="runs, each with the next seed")
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER)
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    return Plan(
        rounds=options.rounds, share=options.share, calibration=options.calibration, budget=options.budget
    )  # fmt: skip


def _recipe(options: argparse.Namespace) -> Recipe:
    recipe = load_recipe(options.config)
    if options.rate is None:
        return recipe
    rates = {"encoder_learning_rate": options.rate, "head_learning_rate": options.rate}
    return replace(recipe, tuning=replace(recipe.tuning, **rates))


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """What the result rests on besides the seeds; the encoder is told by what it is, not by where it lies."""
    encoder: dict[str, Any] = {"layers": options.layers, "width": options.width, "pretraining": None}
    if options.encoder:
        encoder = {"folder": options.encoder.name}
    plan = {name: value for name, value in asdict(_plan(options)).items() if name != "seed"}
    return {
        "plan": plan,
        "steps": options.steps,
        "documents": options.documents,
        "corpus": digest_of(text_files(options.corpus)),
        "encoder": encoder,
        "recipe": json.loads(json.dumps(asdict(_recipe(options)))),
    }


def _line(point: Point) -> str:
    strategy = point.strategy or "both"
    return f"{strategy} {point.round}: {point.documents} documents, {point.corrected} corrected, F1 {100 * point.f1:.1f}"


if __name__ == "__main__":
    sys.exit(main())
