"""Seconds a report, by format, and against pdfplumber alone on the same PDF.

`python -m evaluation.benchmarks.extraction [--no-model] [FILE…]` times the whole extraction (bytes to findings) of the
given files or of the example reports, pdfplumber's `extract_text` and `extract_tables` on each PDF of them,
and invented PDFs of growing length. Aims: a PDF in at most a quarter of pdfplumber's time, other formats
under 50 ms, cost linear in pages.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pdfplumber
from rich.console import Console
from rich.table import Table

from evaluation.synthetic.document_writers import pdf_file
from evaluation.synthetic.printed import SyntheticReport, form_keys, report_blocks
from extraction.pipeline import extract_bytes
from extraction.readers.dispatch import read_document
from extraction.report import Report

EXAMPLES = Path(__file__).parents[2] / "examples"
PARAGRAPH = "本年度共公开信息236条，回复留言48件，组织培训3场次，参训人员152人次，群众满意率达到98.6％，" * 4


def best_seconds(run: Callable[[], object], *, repeats: int) -> float:
    """The shortest of several runs: the one least disturbed by the machine's other work."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def pdfplumber_alone(data: bytes) -> None:
    """Runs `extract_text` and `extract_tables` on every page."""
    with pdfplumber.open(io.BytesIO(data)) as document:
        for page in document.pages:
            page.extract_text()
            page.extract_tables()


def invented_pdf(paragraphs: int) -> bytes:
    """A report with the three forms and a number of paragraphs."""
    values = dict.fromkeys(form_keys("2021"), "0")
    report = SyntheticReport("青禾县统计局", 2022, "2021", values, {"overview": [PARAGRAPH] * paragraphs})
    return pdf_file(report_blocks(report))


def time_files(files: Sequence[tuple[str, bytes]], *, repeats: int, use_model: bool) -> Table:
    """One row a file."""
    extract = partial(extract_bytes, use_model=use_model)
    table = Table("report", "format", "pages", "cells", "read s", "whole s", "pdfplumber s", "ratio")
    for name, data in files:
        report = extract(data, name)
        if not isinstance(report, Report):
            table.add_row(name, "—", "", "", report.error.code.value, "", "", "")
            continue
        read = best_seconds(lambda data=data, name=name: read_document(data, name), repeats=repeats)  # type: ignore[misc]
        whole = best_seconds(lambda data=data, name=name: extract(data, name), repeats=repeats)  # type: ignore[misc]
        row = [
            name, str(report.source.format), str(report.source.pages or ""),
            str(sum(len(form.cells) for form in report.forms)), f"{read:.4f}", f"{whole:.4f}",
        ]  # fmt: skip
        if report.source.format == "pdf":
            reference = best_seconds(lambda data=data: pdfplumber_alone(data), repeats=repeats)  # type: ignore[misc]
            row += [f"{reference:.4f}", f"{whole / reference:.3f}"]
        table.add_row(*row)
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-model", action="store_true", help="facts by rules alone")
    options = parser.parse_args(arguments)
    timed = partial(time_files, repeats=options.repeats, use_model=not options.no_model)
    paths = options.files or sorted(EXAMPLES.glob("*-20*"))
    console = Console()
    console.print(timed([(path.name, path.read_bytes()) for path in paths]))
    growing = [(f"{count} paragraphs", invented_pdf(count)) for count in (10, 40, 160)]
    console.print(timed(growing))


if __name__ == "__main__":
    main()
