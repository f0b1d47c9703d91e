"""`nianbao extract --assist`: a language model's second opinion on facts that the tagger is not sure of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import typer
from rich.console import Console

from annotations.llm.costs import Drops, drops_dict, summary
from annotations.llm.errors import LlmError
from annotations.llm.suggest import Suggester
from extraction.assist import AssistedReader, findings_of, mark_facts
from extraction.checks.findings import Finding, finding
from extraction.errors import ReadError
from extraction.narrative.model import Fact
from extraction.narrative.reading import ParagraphReader
from extraction.pipeline import paragraph_reader
from extraction.report import FailedReport, Report
from extraction.rereading import read_again
from nianbao.llm_options import LlmOptions

SOURCE = "llm"
DEFAULT_BELOW = 0.7

Assist = Annotated[
    bool,
    typer.Option("--assist", help="Ask a language model where the tagger is not sure. 把握不足处请大模型复核"),
]
Below = Annotated[
    float,
    typer.Option("--assist-below", min=0.0, max=1.0, help="Confidence that is not sure enough. 低于此置信度即复核"),
]


@dataclass(frozen=True, slots=True)
class AssistedReport(Report):
    """A report with the additive key `assist`: who was asked, how often, and what came of it."""

    assist: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return Report.to_dict(self) | {"assist": dict(self.assist)}


class Assistant:
    """Gives reports their facts by the tagger (or the rules) with a second opinion joined.

    A report on which no second opinion could be had keeps the first one, and says so in a finding; `failures`
    counts them.

    Args:
        suggester: Who is asked.
        first: Whose facts stand.
        below: Confidence below which a fact is not sure.
        console: Where people are told what went wrong, and in the end the costs.
    """

    def __init__(self, suggester: Suggester, first: ParagraphReader, below: float, console: Console) -> None:
        self._suggester, self._first, self._below, self._console = suggester, first, below, console
        self.failures = 0

    def join(self, reports: Iterable[Report | FailedReport]) -> Iterator[Report | FailedReport]:
        """The reports in order, each as soon as it is done; the costs are told after the last."""
        with self._suggester:
            for report in reports:
                yield report if isinstance(report, FailedReport) else self._joined(report)
            for words in summary(self._suggester.costs, self._suggester.drops):
                self._console.print(words, style="dim", markup=False, soft_wrap=True)

    def _joined(self, report: Report) -> Report | FailedReport:
        try:
            try:
                return self._assisted(report)
            except LlmError as error:
                return self._unassisted(report, error)
        except ReadError as error:
            return FailedReport(report.source, error)

    def _assisted(self, report: Report) -> AssistedReport:
        suggester = self._suggester
        costs, drops = suggester.costs, Drops(suggester.drops)
        reader = AssistedReader(self._first, suggester, self._below, suggester.prior)
        read = read_again(report, reader)
        opinions = Counter(remark.opinion.value for remark in reader.remarks if remark is not None)
        account = {
            "model_version": suggester.version,
            "paragraphs": reader.asked,
            "opinions": dict(opinions),
            **(suggester.costs - costs).to_dict(),
            "dropped": drops_dict(suggester.drops - drops),
        }
        findings = [*read.findings, *findings_of(read.facts, reader.remarks)]
        return _with_account(read, account, mark_facts(read.facts, reader.remarks, SOURCE), findings)

    def _unassisted(self, report: Report, error: LlmError) -> AssistedReport:
        self.failures += 1
        self._console.print(
            f"✗ {report.source.path}: {error.message}", style="red", markup=False, soft_wrap=True
        )
        read = read_again(report, self._first)
        told = finding("assist.unavailable", [], {"reason": error.message})
        account = {"model_version": self._suggester.version, "error": error.code.value}
        return _with_account(read, account, read.facts, [*read.findings, told])


def open_assistant(options: LlmOptions, *, below: float, use_model: bool, console: Console) -> Assistant:
    """
    Raises:
        typer.BadParameter, typer.Exit: As `LlmOptions.open`.
    """
    suggester = options.open(lambda words: console.print(f"✗ {words}", style="red", markup=False, soft_wrap=True))
    return Assistant(suggester, paragraph_reader(use_model), below, console)


def _with_account(
    report: Report, account: Mapping[str, Any], facts: Sequence[Fact], findings: Sequence[Finding]
) -> AssistedReport:
    values = {name: getattr(report, name) for name in Report.__dataclass_fields__}
    return replace(AssistedReport(**values, assist=account), facts=facts, findings=findings)
