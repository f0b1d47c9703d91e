"""`nianbao train`: a better model from annotations."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from annotations.gold_format import GOLD_FOLDER
from annotations.sources import DEFAULT_REPORTS
from annotations.splits import CORPUS_FOLDER
from models.runtime import RELEASED

if TYPE_CHECKING:
    from training.update_decision import Compared
    from training.update_record import UpdateRecord

app = typer.Typer(no_args_is_help=True, help="A better model from annotations. 用标注改进模型")

_OWN = frozenset({"nianbao", "training", "evaluation", "annotations", "extraction", "models"})
_OUTCOME = {
    "did_not_fall": "the strict fact score did not fall: the model in use is replaced / 严格事实得分未下降，已替换现用模型",
    "fell_on_test": "the strict fact score fell on the test split: the model in use is kept / 测试集得分下降，保留现用模型",
    "fell_on_gold": "the strict fact score fell on the real reports: the model in use is kept / 真实年报得分下降，保留现用模型",
}


class Weights(StrEnum):
    """How the new model's weights are stored."""

    INT8 = "int8"
    FP16 = "fp16"
    FP32 = "fp32"


@app.callback()
def train() -> None:
    """Keeps `update` a named command."""


@app.command()
def update(
    annotations: Annotated[
        Path,
        typer.Option(
            "--annotations",
            exists=True,
            show_default=False,
            help="Folder of annotated documents (*.txt), as `annotate pull` writes it. 已标注文档的文件夹",
        ),
    ],
    model: Annotated[
        Path, typer.Option("--model", help="Folder of the model in use. 现用模型的文件夹", show_default=False)
    ] = RELEASED,
    corpus: Annotated[
        Path,
        typer.Option("--corpus", help="The annotated corpus with splits.toml. 标注语料", show_default=False),
    ] = CORPUS_FOLDER,
    gold: Annotated[
        Path, typer.Option("--gold", help="Standoff of real reports. 真实年报的标注", show_default=False)
    ] = GOLD_FOLDER,
    reports: Annotated[
        Path, typer.Option("--reports", help="Where real reports lie. 真实报告所在文件夹", show_default=False)
    ] = DEFAULT_REPORTS,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="Settings of fine-tuning (TOML). 微调设置", show_default=False),
    ] = None,
    hours: Annotated[float, typer.Option("--hours", help="Time for fine-tuning. 微调时间（小时）")] = 0.5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random numbers. 随机种子")] = 0,
    precision: Annotated[
        Weights, typer.Option("--precision", help="Of the weights. 权重精度")
    ] = Weights.INT8,
) -> None:
    """Train on annotations; replace the model in use if its score did not fall. 用标注重新训练，得分不降才替换模型。

    The strict fact score is compared on the corpus's test split and on the real reports at hand, in a paired test.
    The model before and a record lie in MODEL-history. A run that was stopped goes on with the same command.

    Exit status: 0 replaced or kept (it says which), 1 failed, 2 wrong usage.
    """
    if hours <= 0:
        raise typer.BadParameter(f"--hours must be over 0, got {hours:g} / 时间须大于 0")
    if not (corpus / "splits.toml").is_file():
        raise typer.BadParameter(
            f"{corpus} holds no splits.toml; an installed package brings no corpus: give --corpus FOLDER, the "
            "annotations/corpus of a checkout / 安装包不含语料，请用 --corpus 指定"
        )
    options = {
        "annotations": annotations, "model": model, "corpus": corpus, "gold": gold, "reports": reports,
        "hours": hours, "seed": seed, **({"config": config} if config else {}),
    }  # fmt: skip
    record = _updated(options, precision, lambda text: _complain(text, "yellow"))
    if record is None:
        raise typer.Exit(1)
    _print(Console(), record, model)


def _updated(options: dict[str, Any], precision: Weights, say: Callable[[str], None]) -> UpdateRecord | None:
    """The update's record; `None`, with a message on standard error, where it failed or was stopped."""
    try:
        from training.onnx_graph import Precision
        from training.schedule import stop_on_signals
        from training.update import FAILURES, InterruptedUpdate, UpdateRequest, update
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _OWN:
            raise
        _complain(
            f"✗ {error.name} is missing: pip install 'nianbao[train]' / 缺少训练依赖，请安装 nianbao[train]"
        )
        return None
    try:
        request = UpdateRequest(**options, precision=Precision(precision.value))
        return update(request, say=say, stop=stop_on_signals())
    except InterruptedUpdate:
        _complain("✗ stopped; the same command goes on from here / 已停止，再次运行同一命令即可继续")
    except FAILURES as error:
        _complain(f"✗ {error}")
    return None


def _complain(text: str, style: str = "red") -> None:
    Console(stderr=True).print(text, style=style, markup=False, soft_wrap=True)


def _print(console: Console, record: UpdateRecord, model: Path) -> None:
    for row in record.scores:
        console.print(_score_line(row), markup=False, highlight=False, soft_wrap=True)
    if record.gold_absent:
        console.print(
            f"not scored, file not at hand / 未评测（缺少原文）: {', '.join(record.gold_absent)}",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    console.print(_OUTCOME[record.reason], markup=False, soft_wrap=True)
    history = model.resolve().with_name(f"{model.resolve().name}-history")
    if record.previous:
        console.print(
            f"the model before / 原模型: {history / 'previous' / record.previous}",
            markup=False,
            soft_wrap=True,
        )
    console.print(f"record / 记录: {history / 'updates.jsonl'}", markup=False, soft_wrap=True)


def _score_line(row: Compared) -> str:
    """As `test: 87.6 → 88.1, +0.5 points (95 % -0.2 to +1.1), p = 0.21, 68 reports`."""
    before, after = ("—" if score is None else f"{100 * score:.1f}" for score in (row.before, row.after))
    interval = (
        ""
        if row.low is None or row.high is None
        else f" (95 % {100 * row.low:+.1f} to {100 * row.high:+.1f})"
    )
    change = f"{100 * row.point:+.1f} points{interval}"
    return f"{row.name}: strict fact F1 / 严格事实 F1 {before} → {after}, {change}, p = {row.p_value:.3g}, {row.reports} 份"
