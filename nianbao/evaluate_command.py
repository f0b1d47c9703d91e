"""`nianbao evaluate`: the scores of a run against gold, or of the project's own extraction."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from annotations.sources import DEFAULT_REPORTS
from annotations.splits import Split


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
    no_model: Annotated[
        bool, typer.Option("--no-model", help="The own extraction by rules alone. 只用规则，不用模型")
    ] = False,
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
    # Imported when it is called: scoring needs numpy and Jinja, which `extract` need not wait for.
    from nianbao.evaluate_run import Request, run

    if not run(Request(predictions, tuple(gold or ()), split, reports, html, json_, compare, not no_model)):
        raise typer.Exit(1)
