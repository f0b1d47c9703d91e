"""Titles that a file's own properties give: templates, converters and other programs leave theirs behind."""

from __future__ import annotations

import re

_REPORT = re.compile(r"报告|年报")


def report_title(title: str | None) -> str | None:
    """The title where it names a report."""
    return title.strip() if title and _REPORT.search(title) else None
