"""The work behind `nianbao evaluate`: read, score, print and write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from annotations.corpus_format import CorpusError
from annotations.gold_format import GoldError
from annotations.sources import SourcesError, SourceState
from annotations.splits import Split, SplitError
from evaluation.html_report import render_page
from evaluation.prediction_reader import PredictionError, Predictions, read_predictions
from evaluation.results_json import comparison_dict, results_dict
from evaluation.run import Evaluation, PairingError, evaluate
from evaluation.summary import compare_runs
from extraction.narrative.catalogue import load_catalogue
from nianbao.evaluate_gold import Gold, load_all_gold, run_extraction
from nianbao.evaluate_tables import print_comparison, print_evaluation

_UNREADABLE = (CorpusError, GoldError, OSError, PairingError, PredictionError, SourcesError, SplitError)


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for; the fields are the command's options."""

    predictions: Path | None
    gold: tuple[Path, ...]
    split: Split | None
    reports: Path
    html: Path | None
    json: Path | None
    compare: tuple[Path, Path] | None
    use_model: bool = True

    @property
    def gold_name(self) -> str:
        named = [path.name for path in self.gold] + ([f"corpus {self.split.value}"] if self.split else [])
        return "、".join(named) or "annotations/gold"


def run(request: Request) -> bool:
    """Scores and reports; `False`, with a message on standard error, where an input could not be read."""
    console = Console()
    try:
        gold = load_all_gold(request.gold, request.split)
        if request.compare:
            _compare(console, gold, request.compare, request.json)
        else:
            _evaluate(console, gold, request)
    except _UNREADABLE as error:
        Console(stderr=True).print(f"✗ {error}", style="red", markup=False, soft_wrap=True)
        return False
    return True


def _evaluate(console: Console, gold: Gold, request: Request) -> None:
    absent: dict[str, SourceState | None] = {}
    if request.predictions:
        evaluation = _score(gold, read_predictions(request.predictions))
    else:
        own = run_extraction(gold, request.reports, use_model=request.use_model)
        evaluation, absent = _score(own.gold, own.predictions), own.absent
    print_evaluation(console, evaluation, absent)
    if request.html:
        title = request.predictions.name if request.predictions else "nianbao extract"
        subtitle = f"{request.gold_name} · {len(evaluation.results)} 份报告 reports"
        page = render_page(evaluation, title=title, subtitle=subtitle, catalogue=load_catalogue())
        _write(request.html, page)
    if request.json:
        _write(request.json, _json_text(results_dict(evaluation)))


def _score(gold: Gold, predictions: Predictions) -> Evaluation:
    return evaluate(gold.reports(predictions), predictions.reports, predictions.failures)


def _compare(console: Console, gold: Gold, paths: tuple[Path, Path], json_path: Path | None) -> None:
    first, second = (_score(gold, read_predictions(path)) for path in paths)
    comparisons = compare_runs(first, second)
    print_comparison(console, comparisons, (str(paths[0]), str(paths[1])))
    if json_path:
        _write(json_path, _json_text(comparison_dict(comparisons)))


def _json_text(data: dict[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
