"""What pre-training, augmentation and more annotated data are worth: the same short fine-tuning, one thing changed.

    python -m training.ablation --encoder RUN/export --output ABLATION --steps 600

Every variant is fine-tuned for the same number of steps, exported, calibrated on the development split and scored on
the test split. Results are kept in `OUTPUT/results.json` one by one: the same command goes on where it was stopped. The
table is printed in Markdown.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from annotations.splits import CORPUS_FOLDER, Split, load_split
from evaluation.bootstrap import interval
from evaluation.metrics import Measure
from evaluation.run import Evaluation
from models.tagger import Tagger
from training.export import export
from training.finetune import Finetuning, Recipe, load_examples, load_recipe
from training.onnx_graph import Precision
from training.recode import starting_model
from training.scoring import reader_of, score_documents

_MEASURES = (Measure.SPAN, Measure.FACT, Measure.FACT_LINKED)
_INIT_STD = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One row of the table; the defaults are the recipe's."""

    name: str
    pretrained: bool = True
    augmented: bool = True
    fraction: float = 1.0
    seed: int = 1


VARIANTS = (
    Variant(name="whole recipe"),
    Variant(name="no pre-training", pretrained=False),
    Variant(name="no augmentation", augmented=False),
    Variant(name="corpus at 50 %", fraction=0.5),
    Variant(name="corpus at 25 %", fraction=0.25),
    Variant(name="whole recipe, seed 2", seed=2),
    Variant(name="whole recipe, seed 3", seed=3),
)


def untrained(model: Tagger) -> None:
    """Puts the encoder back to where pre-training began."""
    for module in model.encoder.modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=_INIT_STD)
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
        if isinstance(module, nn.LayerNorm):
            module.reset_parameters()


def tuned(variant: Variant, recipe: Recipe, encoder: str, corpus: Path, output: Path, *, steps: int) -> Path:
    """Fine-tunes a variant for a number of steps, if that has not been done; returns the folder of its tagger."""
    best = output / "best"
    if best.exists():
        return best
    torch.manual_seed(variant.seed)
    model, tokenizer = starting_model(encoder, None, recipe.heads)
    if not variant.pretrained:
        untrained(model)
    own = recipe if variant.augmented else replace(recipe, augmentation=None)
    examples = load_examples(corpus, fraction=variant.fraction, complain=print)
    run = Finetuning(own, examples, model, tokenizer, output, variant.seed)
    for step in range(steps):
        run.step(step / steps)
    run.evaluate()
    return best


def scored(evaluation: Evaluation) -> dict[str, Any]:
    """F1 of each measure in percent with its interval over reports."""
    scores = {}
    for measure in _MEASURES:
        by_report = list(evaluation.by_report(measure).values())
        total, around = evaluation.score.total(measure).f1, interval(by_report)
        bounds = [round(100 * bound, 1) for bound in (around.low, around.high)] if around else None
        scores[measure.value] = {"f1": round(100 * (total or 0.0), 1), "interval": bounds}
    return scores


def markdown(results: Sequence[dict[str, Any]]) -> str:
    """The table, a row a variant."""
    lines = ["| variant | documents | spans, exact | facts, strict | facts, links too |", "| --- | --- | --- | --- | --- |"]
    for result in results:
        cells = [result["variant"]["name"], str(result["documents"])]
        for measure in _MEASURES:
            score = result["scores"][measure.value]
            bounds = "" if score["interval"] is None else f" ({score['interval'][0]}–{score['interval'][1]})"
            cells.append(f"{score['f1']}{bounds}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def run_variants(
    variants: Sequence[Variant], recipe: Recipe, encoder: str, corpus: Path, output: Path, *, steps: int
) -> list[dict[str, Any]]:
    """Results of all variants, those that stand in `results.json` not computed again."""
    output.mkdir(parents=True, exist_ok=True)
    stored = output / "results.json"
    results: list[dict[str, Any]] = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else []
    done = [(result["variant"], result["steps"]) for result in results]
    test = load_split(Split.TEST, corpus)
    for variant in variants:
        if (asdict(variant), steps) in done:
            continue
        folder = output / f"{variant.name.replace(' ', '-')}-{steps}"
        best = tuned(variant, recipe, encoder, corpus, folder, steps=steps)
        export(best, folder / "model", Precision.INT8, corpus)
        documents = len(load_examples(corpus, fraction=variant.fraction, complain=print).train)
        scores = scored(score_documents(test, reader_of(folder / "model")))
        results.append({"variant": asdict(variant), "steps": steps, "documents": documents, "scores": scores})
        stored.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [result for result in results if result["steps"] == steps]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path(__file__).parent / "configs" / "finetune.toml")
    parser.add_argument("--encoder", required=True, help="folder or name of a pre-trained encoder")
    parser.add_argument("--output", type=Path, required=True, help="folder for the variants and results")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER, help="annotated corpus with splits.toml")
    options = parser.parse_args(arguments)
    recipe = load_recipe(options.config)
    results = run_variants(
        VARIANTS, recipe, options.encoder, options.corpus, options.output, steps=options.steps
    )
    print(markdown(results))
    spread = [r["scores"][Measure.FACT.value]["f1"] for r in results if r["variant"]["name"].startswith("whole")]
    if len(spread) > 1:
        print(f"\nStrict facts over {len(spread)} seeds: {np.mean(spread):.1f} ± {np.std(spread, ddof=1):.1f}")


if __name__ == "__main__":
    main()
