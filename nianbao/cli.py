"""The command line: `nianbao extract` and `nianbao evaluate`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from annotations.llm.suggest import DEFAULT_PRIOR
from extraction.batch import extract_files, find_inputs
from extraction.report import FailedReport
from nianbao.annotate_command import app as annotate
from nianbao.assist import DEFAULT_BELOW, Assist, Below, open_assistant
from nianbao.evaluate_command import evaluate
from nianbao.llm_options import LlmCache, LlmJobs, LlmModel, LlmOptions, LlmUrl, Prior
from nianbao.terminal import TerminalWriter
from nianbao.train_command import app as train
from nianbao.writers import CsvCellsWriter, CsvWriter, JsonlWriter, ReportWriter, XlsxWriter

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Chinese government disclosure annual reports into checked data. 政府信息公开工作年度报告 → 可核对的数据",
)


class OutputFormat(StrEnum):
    """What `extract` writes."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"


@app.callback()
def main() -> None:
    """Keeps `extract` a named command."""


@app.command()
def extract(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders. 文件或文件夹", show_default=False)],
    format_: Annotated[
        OutputFormat,
        typer.Option("--format", "-f", help="table: for reading; jsonl: the full contract; csv, xlsx. 输出格式"),
    ] = OutputFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File (jsonl, xlsx) or folder (csv). 输出文件或文件夹"),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes. 并行进程数")] = 1,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Read the running text by rules alone. 只用规则，不用模型")
    ] = False,
    assist: Assist = False,
    assist_below: Below = DEFAULT_BELOW,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_jobs: LlmJobs = 4,
    cache: LlmCache = None,
    prior: Prior = DEFAULT_PRIOR,
) -> None:
    """Read reports and print or write their data. 读取年报，输出数据。

    Exit status: 0 all read, 1 some input failed or went without the second opinion asked for, 2 wrong usage.
    """
    if format_ is OutputFormat.XLSX and output is None:
        raise typer.BadParameter("--format xlsx needs --output FILE.xlsx / 需要 --output 指定文件")
    files = find_inputs(paths)
    if not files:
        raise typer.BadParameter("no files that may be reports were found / 未找到可读取的文件")
    errors = Console(stderr=True)
    failures = 0
    reports = extract_files(files, jobs=jobs, use_model=not (no_model or assist))
    assistant = None
    if assist:
        options = LlmOptions(llm_url, llm_model, cache, llm_jobs, prior)
        assistant = open_assistant(options, below=assist_below, use_model=not no_model, console=errors)
        reports = assistant.join(reports)
    with _writer(format_, output) as writer, _progress(errors, len(files)) as progress:
        for report in reports:
            writer.write(report)
            if isinstance(report, FailedReport):
                failures += 1
                if format_ is not OutputFormat.TABLE or output is not None:
                    errors.print(f"✗ {report.error.message}", style="red", markup=False, soft_wrap=True)
            progress()
    _end(errors, failures, len(files), went_without=assistant.failures if assistant else 0)


def _end(errors: Console, failures: int, total: int, *, went_without: int) -> None:
    if failures:
        errors.print(f"{failures} of {total} inputs failed / {total} 个输入中 {failures} 个失败", style="red")
    if failures or went_without:
        raise typer.Exit(1)


app.command()(evaluate)
app.add_typer(annotate, name="annotate")
app.add_typer(train, name="train")


@contextmanager
def _writer(format_: OutputFormat, output: Path | None) -> Iterator[ReportWriter]:
    if format_ is OutputFormat.XLSX and output is not None:
        with XlsxWriter(output) as workbook:
            yield workbook
    elif format_ is OutputFormat.CSV and output is not None:
        with CsvWriter(output) as folder:
            yield folder
    else:
        if output is not None:
            output.parent.mkdir(parents=True, exist_ok=True)
        stream = output.open("w", encoding="utf-8", newline="\n") if output else sys.stdout
        try:
            if format_ is OutputFormat.JSONL:
                yield JsonlWriter(stream)
            elif format_ is OutputFormat.CSV:
                yield CsvCellsWriter(stream)
            else:
                yield TerminalWriter(Console(file=stream))
        finally:
            if output is not None:
                stream.close()


class _NoProgress:
    def __call__(self) -> None:
        pass


class _BarProgress:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("年报 reports", total=total)

    def __call__(self) -> None:
        self._progress.advance(self._task)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[_NoProgress | _BarProgress]:
    """A progress bar on standard error when there are many files and a person to see it."""
    if total < 2 or not console.is_terminal:
        yield _NoProgress()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _BarProgress(progress, total)


if __name__ == "__main__":
    app()
