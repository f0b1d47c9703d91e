"""What became of pages that are images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extraction.checks.findings import Finding, finding
from extraction.document import Document


def check_pages(document: Document) -> Iterator[Finding]:
    """Pages whose text was recognised, and pages that were not read at all."""
    if document.scanned_pages:
        yield finding("source.recognised", (), {"pages": _ranges(document.scanned_pages)})
    if document.unread_pages:
        yield finding("source.unread", (), {"pages": _ranges(document.unread_pages)})


def _ranges(numbers: Sequence[int]) -> str:
    """1, 2, 3, 5 as 1–3, 5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
