"""An evaluation for a person at a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from annotations.sources import SourceState
from evaluation import wording
from evaluation.bootstrap import Comparison, Interval
from evaluation.metrics import Measure
from evaluation.report_result import Note, ReportResult
from evaluation.run import Evaluation
from evaluation.summary import summarise

_ABSENT = {
    SourceState.MISSING: ("报告文件不在手边，未评分", "its file is not at hand: not scored"),
    SourceState.OTHER_FILE: ("文件与标注时不同，未评分", "its file is not the annotated one: not scored"),
    None: ("不在 sources.toml 中，未评分", "not in sources.toml: not scored (pass PREDICTIONS)"),
}


def print_evaluation(
    console: Console, evaluation: Evaluation, absent: Mapping[str, SourceState | None]
) -> None:
    """The scores, each report's, and what was not scored or is missing.

    Args:
        console: Where to print.
        evaluation: The results.
        absent: Gold reports that were left out, and why.
    """
    if evaluation.results:
        console.print(_summary_table(evaluation))
        console.print(_report_table(evaluation))
        left_out = [" ".join(wording.MEASURES[measure]) for measure in Measure if measure not in evaluation.score]
        if left_out:
            console.print(Text(f"未评分 not scored: {'；'.join(left_out)}", style="dim"))
    else:
        console.print(Text("没有可评分的报告 no report could be scored", style="bold yellow"))
    for note in Note:
        _print_noted(console, note, [result for result in evaluation.results if result.note is note])
    for name, state in absent.items():
        chinese, english = _ABSENT[state]
        console.print(Text(f"- {name}: {chinese} · {english}", style="yellow"))
    if evaluation.without_gold:
        names = "、".join(evaluation.without_gold)
        console.print(Text(f"没有标注的预测，未评分 predictions without gold: {names}", style="dim"))


def _print_noted(console: Console, note: Note, results: Sequence[ReportResult]) -> None:
    if results:
        chinese, english = wording.NOTES[note]
        names = "、".join(result.id for result in results)
        console.print(Text(f"! {chinese} · {english}: {names}", style="yellow"))
    for result in results:
        if result.detail:
            console.print(Text(f"  {result.detail}", style="dim"))


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number == 0 else "right", no_wrap=True)
    return table


def _measure_name(measure: Measure) -> Text:
    chinese, english = wording.MEASURES[measure]
    return Text.assemble(chinese, "\n", (english, "dim"))


def _summary_table(evaluation: Evaluation) -> Table:
    table = _table("项目\nmeasure", "报告\nn", "P", "R", "F1", "95%", "正确\ntp", "多报\nfp", "漏报\nfn")
    for row in summarise(evaluation):
        counts = row.counts
        table.add_row(
            _measure_name(row.measure), str(row.reports), _percent(counts.precision),
            _percent(counts.recall), Text(_percent(counts.f1), style="bold"), _interval(row.f1),
            str(counts.tp), str(counts.fp), str(counts.fn),
        )  # fmt: skip
    return table


def _report_table(evaluation: Evaluation) -> Table:
    table = _table(
        "报告\nreport", "单元格\ncells", "多出\nextra", "事实\nfacts", "多出\nextra", "严格\nF1", "全对\nwhole"
    )
    table.caption = "单元格、事实：对/应有 · cells, facts: right/in gold"
    table.caption_style, table.caption_justify = "dim", "left"
    for result in evaluation.results:
        whole = result.score.total(Measure.REPORT).tp == 1
        table.add_row(
            Text(result.id), *_right_of_gold(result, Measure.CELL), *_right_of_gold(result, Measure.FACT),
            _percent(result.score.total(Measure.FACT).f1), Text("✓", style="green") if whole else "",
        )  # fmt: skip
    return table


def _right_of_gold(result: ReportResult, measure: Measure) -> tuple[str, str]:
    if measure not in result.score:
        return "—", "—"
    counts = result.score.total(measure)
    return f"{counts.tp}/{counts.gold}", str(counts.fp)


def print_comparison(console: Console, comparisons: Mapping[Measure, Comparison], names: tuple[str, str]) -> None:
    """The paired tests: A is the first run, B the second; the difference is B − A in percentage points."""
    console.print(Text(f"A {names[0]}\nB {names[1]}", style="dim"))
    table = _table("F1", "报告\nn", "A", "B", "B−A", "95%", "p")
    for measure, found in comparisons.items():
        style = "bold" if found.p_value < 0.05 else ""
        table.add_row(
            _measure_name(measure), str(found.n_reports), _percent(found.first),
            _percent(found.second), Text(_signed(found.difference), style=style),
            _interval(found.interval), f"{found.p_value:.4f}",
        )  # fmt: skip
    console.print(table)


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.1f}"


def _signed(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:+.1f}"


def _interval(found: Interval | None) -> str:
    return "—" if found is None else f"{100 * found.low:.1f}–{100 * found.high:.1f}"
