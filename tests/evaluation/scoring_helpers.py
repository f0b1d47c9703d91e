"""Short ways to write gold and predictions in the tests."""

from __future__ import annotations

from decimal import Decimal

from evaluation.model import Mention, ScoredCell, ScoredFact, ScoredReport
from models.labels import LabelledSpan

SHA = "0" * 64


def fact(
    start: int,
    value: str = "1",
    *,
    unit: str | None = "件",
    code: str | None = "app.received",
    item: Mention | None = None,
    end: int | None = None,
    scope: str | None = None,
    period: str | None = None,
    channel: str | None = None,
    parent: int | None = None,
    section: str | None = None,
    confidence: float | None = None,
) -> ScoredFact:
    """A fact whose value is two characters long."""
    return ScoredFact(
        start, start + 2 if end is None else end, Decimal(value), unit, code, item, None, scope, period, channel,
        parent, section, confidence,
    )  # fmt: skip


def item(text: str, start: int) -> Mention:
    return Mention(text, ((start, start + len(text)),))


def cell(
    row: str,
    value: str | None,
    *,
    column: str = "total",
    form: str = "requests",
    edition: str = "2021",
    year: int | None = None,
    confidence: float | None = None,
) -> ScoredCell:
    number = None if value is None else Decimal(value)
    return ScoredCell(form, edition, year, row, column, number, confidence=confidence)


def report(
    name: str = "a",
    *,
    sha: str = SHA,
    facts: tuple[ScoredFact, ...] | None = (),
    cells: tuple[ScoredCell, ...] | None = None,
    spans: tuple[tuple[int, int, str], ...] | None = None,
    text: str | None = None,
    format_: str | None = None,
) -> ScoredReport:
    labelled = None if spans is None else tuple(LabelledSpan(*span) for span in spans)
    return ScoredReport(name, sha, format_, text, (), labelled, facts, cells)
