"""`nianbao evaluate`: the scores of a run against gold, or of the project's own extraction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from annotations.corpus_format import CorpusError
from annotations.gold_format import GoldError
from annotations.sources import DEFAULT_REPORTS, SourcesError, SourceState
from annotations.splits import Split, SplitError
from evaluation.html_report import render_page
from evaluation.prediction_reader import PredictionError, Predictions, read_predictions
from evaluation.results_json import comparison_dict, results_dict
from evaluation.run import Evaluation, PairingError
from evaluation.run import evaluate as score_run
from evaluation.summary import compare_runs
from extraction.narrative.catalogue import load_catalogue
from nianbao.evaluate_gold import Gold, load_all_gold, run_extraction
from nianbao.evaluate_tables import print_comparison, print_evaluation

_UNREADABLE = (CorpusError, GoldError, OSError, PairingError, PredictionError, SourcesError, SplitError)


def evaluate(
    predictions: Annotated[
        Path | None,
        typer.Argument(help="A run's JSONL; without it, this program's own extraction. 待评测的 JSONL", show_default=False),
    ] = None,
    gold: Annotated[
        list[Path] | None,
        typer.Option("--gold", help="Standoff *.json, corpus *.txt, or folders. 标注文件或文件夹", show_default=False),
    ] = None,
    split: Annotated[
        Split | None, typer.Option("--split", help="A split of the corpus. 语料的划分", show_default=False)
    ] = None,
    reports: Annotated[
        Path, typer.Option("--reports", help="Where real reports lie. 真实报告所在文件夹", show_default=False)
    ] = DEFAULT_REPORTS,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with every error. 输出网页")] = None,
    json_: Annotated[Path | None, typer.Option("--json", help="Write the scores as JSON. 输出 JSON")] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", metavar="A B", help="Test two runs on the same gold. 比较两次结果", show_default=False),
    ] = None,
) -> None:
    """Score predictions against annotated reports. 用标注数据评测抽取结果。

    Exit status: 0 scored, 1 an input could not be read, 2 wrong usage.
    """
    if compare and (predictions or html):
        raise typer.BadParameter("--compare takes two runs, and neither PREDICTIONS nor --html / 不能同时使用")
    console = Console()
    try:
        annotations = load_all_gold(gold or [], split)
        if compare:
            _compare(console, annotations, compare, json_)
            return
        evaluation, absent = _evaluate(annotations, predictions, reports)
    except _UNREADABLE as error:
        Console(stderr=True).print(f"✗ {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    print_evaluation(console, evaluation, absent)
    if html:
        title = predictions.name if predictions else "nianbao extract"
        subtitle = f"{_gold_name(gold, split)} · {len(evaluation.results)} 份报告 reports"
        page = render_page(evaluation, title=title, subtitle=subtitle, catalogue=load_catalogue())
        _write(html, page)
    if json_:
        _write(json_, _json_text(results_dict(evaluation)))


def _evaluate(
    annotations: Gold, predictions: Path | None, reports: Path
) -> tuple[Evaluation, dict[str, SourceState | None]]:
    if predictions is not None:
        return _score(annotations, read_predictions(predictions)), {}
    own = run_extraction(annotations, reports)
    return _score(own.gold, own.predictions), own.absent


def _score(annotations: Gold, run: Predictions) -> Evaluation:
    return score_run(annotations.reports([run]), run.reports, run.failures)


def _compare(console: Console, annotations: Gold, paths: tuple[Path, Path], json_: Path | None) -> None:
    first, second = (_score(annotations, read_predictions(path)) for path in paths)
    comparisons = compare_runs(first, second)
    print_comparison(console, comparisons, (str(paths[0]), str(paths[1])))
    if json_:
        _write(json_, _json_text(comparison_dict(comparisons)))


def _gold_name(paths: list[Path] | None, split: Split | None) -> str:
    named = [path.name for path in paths or []] + ([f"corpus {split.value}"] if split else [])
    return "、".join(named) or "annotations/gold"


def _json_text(data: dict[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
