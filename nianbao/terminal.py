"""A report for a person at a terminal: what it is, its forms, what contradicts what."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from extraction.checks.findings import Finding, plain
from extraction.checks.form_checks import definition_of
from extraction.forms.definitions import FormDefinition, RowDefinition
from extraction.forms.model import Form, FormCell
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.model import Fact
from extraction.report import FailedReport, JsonNumber, Report, json_number

_SEVERITY = {"error": ("red", "错误 error"), "warning": ("yellow", "警告 warning"), "info": ("cyan", "提示 info")}
_DOUBTFUL = 0.8


class TerminalWriter:
    """Prints each report as it comes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, report: Report | FailedReport) -> None:
        if isinstance(report, FailedReport):
            self._console.print(f"[red]✗[/] {escape(report.error.message)}\n")
            return
        self._heading(report)
        for form in report.forms:
            self._form(form)
        self._facts(report.facts)
        self._findings(report.findings)
        self._console.print()

    def __enter__(self) -> TerminalWriter:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _heading(self, report: Report) -> None:
        meta = report.metadata
        sections = len([section for section in report.sections if section.kind != "front"])
        cells = sum(len(form.cells) for form in report.forms)
        self._console.rule(f"[bold]{escape(meta.agency or '?')}[/] {meta.year or '?'}", align="left")
        facts = (
            f"{report.source.path} · {report.source.format}",
            f"版式 edition {report.edition or '—'} · {sections} 章 sections · {cells} 格 cells",
        )
        for line in facts:
            self._console.print(Text(line, style="dim"))

    def _form(self, form: Form) -> None:
        definition = definition_of(form)
        title = f"{definition.name_zh} {definition.name_en} ({form.edition}{_year_of(form)})"
        self._console.print(Text(f"\n{title}", style="bold cyan"))
        table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1), header_style="dim")
        if form.form == "proactive":
            _fill_listed(table, form, definition)
        elif len(definition.columns) == 1:
            _fill_single(table, form, definition)
        else:
            _fill_matrix(table, form, definition)
        self._console.print(table)
        for row in form.extra:
            values = " ".join(cell.text or "—" for cell in row.cells)
            self._console.print(f"  [dim]另有行 extra row:[/] {escape(row.label)}  {escape(values)}")

    def _facts(self, facts: Sequence[Fact]) -> None:
        """The coded facts of the running text, one a line."""
        coded = [fact for fact in facts if fact.code]
        if not coded:
            return
        catalogue = load_catalogue()
        title = f"正文数据 Facts in the running text: {len(facts)} ({len(coded)} 有指标代码 coded)"
        self._console.print(Text(f"\n{title}", style="bold cyan"))
        table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1), header_style="dim")
        table.add_column("指标 indicator")
        table.add_column("数值 value", justify="right")
        table.add_column("原文 as printed", overflow="fold")
        for fact in coded:
            words = "".join(filter(None, (fact.action, fact.item, fact.text)))
            number = f"{plain(fact.value)} {fact.unit or ''}".strip()
            table.add_row(catalogue[fact.code or ""].name_zh, number, Text(" ".join(words.split()), style="dim"))
        self._console.print(table)

    def _findings(self, findings: Sequence[Finding]) -> None:
        self._console.print()
        if not findings:
            self._console.print("[green]✓ 未发现矛盾 no contradiction found[/]")
        for found in findings:
            colour, name = _SEVERITY[found.severity]
            self._console.print(Text.assemble((f"{name}  ", colour), found.message_zh))
            self._console.print(Text(f"  {found.message} [{found.rule}]", style="dim"))


def _year_of(form: Form) -> str:
    return f", {form.year}" if form.year else ""


def _printed(cell: FormCell | None) -> Text:
    if cell is None or cell.value is None:
        return Text("—" if cell else "", style="dim")
    number: JsonNumber | None = json_number(cell.value)
    style = "yellow" if cell.confidence < _DOUBTFUL else ("dim" if number == 0 else "bold")
    return Text(plain(cell.value) + ("?" if cell.confidence < _DOUBTFUL else ""), style=style)


def _fill_listed(table: Table, form: Form, definition: FormDefinition) -> None:
    """One line a row: each of its figures with the column's name."""
    table.add_column("项目 row")
    table.add_column("数据 figures")
    for row in _printed_rows(form, definition):
        figures = Text()
        for column in row.columns:
            cell = form.cell(row.id, column)
            figures.append(f"{definition.column(column).zh}\xa0", style="dim")
            figures.append(_printed(cell))
            figures.append(f"\xa0{cell.unit}  " if cell and cell.unit else "  ")
        table.add_row(row.zh, figures)


def _fill_single(table: Table, form: Form, definition: FormDefinition) -> None:
    """A form of one column under its heads, rows of noughts folded into one line."""
    column = definition.columns[0]
    table.add_column("项目 row", overflow="fold")
    table.add_column(column.zh, justify="right")
    table.add_column("单位 unit")
    noughts, head = 0, ""
    for row in definition.rows:
        cell = form.cell(row.id, column.id)
        if not row.columns:
            head = row.zh
        elif cell and cell.value == 0:
            noughts += 1
        elif cell:
            if head:
                table.add_row(Text(head, style="dim"))
            table.add_row(row.zh, _printed(cell), cell.unit or "")
            head = ""
    if noughts:
        table.add_row(_all_nought(noughts))


def _all_nought(rows: int) -> Text:
    return Text(f"其余 {rows} 行均为 0 (all nought)", style="dim")


def _fill_matrix(table: Table, form: Form, definition: FormDefinition) -> None:
    """The form as printed, rows of noughts folded into one line."""
    table.add_column("项目 row", min_width=28, max_width=28, no_wrap=True, overflow="ellipsis")
    for column in definition.columns:
        table.add_column(column.zh, justify="right", min_width=4, max_width=6, overflow="fold")
    noughts = 0
    for row in _printed_rows(form, definition):
        cells = [form.cell(row.id, column) for column in row.columns]
        if form.form == "requests" and all(cell and cell.value == 0 for cell in cells):
            noughts += 1
            continue
        table.add_row(row.zh, *(_printed(cell) for cell in cells))
    if noughts:
        table.add_row(_all_nought(noughts))


def _printed_rows(form: Form, definition: FormDefinition) -> list[RowDefinition]:
    printed = {cell.row for cell in form.cells}
    return [row for row in definition.rows if row.id in printed]
