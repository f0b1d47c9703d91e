"""`nianbao annotate suggest`: a language model's facts of reports, located in their text, as a run of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from annotations.llm.costs import Costs, Drops, drops_dict, summary
from annotations.llm.errors import LlmError
from annotations.llm.suggest import DEFAULT_PRIOR, Suggester
from extraction.batch import extract_files, find_inputs
from extraction.errors import ReadError
from extraction.report import SCHEMA_VERSION, FailedReport, Report
from extraction.rereading import read_again
from nianbao.llm_options import LlmCache, LlmOptions, Model, Prior, Url

SOURCE = "llm"


def suggest(
    paths: Annotated[list[Path], typer.Argument(help="Reports or folders. 年报文件或文件夹", show_default=False)],
    url: Url = None,
    model: Model = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="JSONL file; else standard output. 输出文件", show_default=False)
    ] = None,
    cache: LlmCache = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Requests at a time. 并发请求数")] = 4,
    prior: Prior = DEFAULT_PRIOR,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds for one answer. 单次答复时限（秒）")] = 120.0,
    tries: Annotated[int, typer.Option("--tries", min=1, max=20, help="Requests for one answer. 单次答复最多请求次数")] = 5,
    max_tokens: Annotated[int, typer.Option("--max-tokens", min=64, help="The longest answer. 答复长度上限")] = 4096,
) -> None:
    """Ask a language model for facts, each located in the text or dropped. 大模型预标注：逐条核对原文，查无则弃

    Exit status: 0 all read and answered, 1 some input failed, 2 wrong usage.
    """
    files = find_inputs(paths)
    if not files:
        raise typer.BadParameter("no files that may be reports were found / 未找到可读取的文件")
    errors = Console(stderr=True)
    options = LlmOptions(url, model, cache, jobs, prior, timeout, tries, max_tokens)
    suggester = options.open(lambda words: _warn(errors, words))
    failures = facts = 0
    with suggester, _stream(output) as stream:
        hidden = len(files) < 2 or not errors.is_terminal
        reports = extract_files(files, use_model=False)
        for report in track(reports, "年报 reports", len(files), console=errors, transient=True, disable=hidden):
            line = suggested_line(report, suggester)
            if "error" in line:
                failures += 1
                _warn(errors, line["error"]["message"])
            facts += len(line.get("facts", ()))
            stream.write(_json(line) + "\n")
            stream.flush()
        _tell(errors, len(files), failures, facts)
        for words in summary(suggester.costs, suggester.drops):
            errors.print(words, style="dim", markup=False, soft_wrap=True)
    if failures:
        raise typer.Exit(1)


def suggested_line(report: Report | FailedReport, suggester: Suggester) -> dict[str, Any]:
    """One line of the output contract with the model's facts.

    Additive keys: `model_version` (model and prompt), `llm` (what it cost, what was dropped and why, the prior
    that every confidence is), and `source` on each fact. A report that the model could not be asked about
    has `error`, with the code, as one that could not be read.
    """
    costs, drops = suggester.costs, Drops(suggester.drops)
    line = _contract(report, suggester)
    spent, dropped = suggester.costs - costs, suggester.drops - drops
    return line | {"model_version": suggester.version, "llm": _account(spent, dropped, suggester.prior)}


def _contract(report: Report | FailedReport, suggester: Suggester) -> dict[str, Any]:
    if isinstance(report, FailedReport):
        return report.to_dict()
    try:
        line = read_again(report, suggester).to_dict()
    except ReadError as error:
        return FailedReport(report.source, error).to_dict()
    except LlmError as error:
        failure = {"code": error.code.value, "message": f"{report.source.path}: {error.message}"}
        return {"schema_version": SCHEMA_VERSION, "source": report.source.to_dict(), "error": failure}
    return line | {"facts": [fact | {"source": SOURCE} for fact in line["facts"]]}


def _account(costs: Costs, drops: Drops, prior: float) -> dict[str, Any]:
    return costs.to_dict() | {"dropped": drops_dict(drops), "prior": prior}


def _json(line: dict[str, Any]) -> str:
    text = json.dumps(line, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8")


def _tell(console: Console, files: int, failures: int, facts: int) -> None:
    console.print(
        f"{files - failures} of {files} reports, {facts} facts / {files} 份报告中完成 {files - failures} 份，共 {facts} 条数据",
        soft_wrap=True,
    )


def _warn(console: Console, words: str) -> None:
    console.print(f"✗ {words}", style="red", markup=False, soft_wrap=True)


@contextmanager
def _stream(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("w", encoding="utf-8", newline="\n") as stream:
        yield stream
