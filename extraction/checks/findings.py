"""Findings and the table of rules (`rules.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from extraction.document import Span

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's id, severity and message templates."""

    id: str
    severity: Severity
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, with the ranges of the text that show it."""

    rule: str
    severity: Severity
    message: str
    message_zh: str
    expected: Decimal | None
    actual: Decimal | None
    evidence: tuple[Span, ...]


@cache
def load_rules() -> dict[str, Rule]:
    """The rules by id."""
    with (Path(__file__).parent / "rules.toml").open("rb") as file:
        return {
            id_: Rule(id_, entry["severity"], entry["en"], entry["zh"])
            for id_, entry in tomllib.load(file).items()
        }


def plain(number: Decimal) -> str:
    """A number as people write it: no exponent, no trailing noughts."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def finding(
    rule: str,
    evidence: Sequence[Span],
    names: Mapping[str, str],
    *,
    expected: Decimal | None = None,
    actual: Decimal | None = None,
) -> Finding:
    """Fills a rule's templates with `names` and the two figures."""
    entry = load_rules()[rule]
    filled = dict(names)
    if expected is not None:
        filled.setdefault("expected", plain(expected))
    if actual is not None:
        filled.setdefault("actual", plain(actual))
    return Finding(
        rule, entry.severity, entry.en.format(**filled), entry.zh.format(**filled),
        expected, actual, tuple(evidence),
    )  # fmt: skip
