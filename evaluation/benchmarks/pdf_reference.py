"""Seconds to read PDF reports, against what pdfplumber alone takes for text and tables of the same files.

`python -m evaluation.benchmarks.pdf_reference FILE.pdf…` prints one line a file. The aim is a ratio of at
most 0.25.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pdfplumber

from extraction.readers import pdf


def best_seconds(run: Callable[[], object], *, repeats: int) -> float:
    """The shortest of several runs: the one least disturbed by the machine's other work."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def pdfplumber_text_and_tables(data: bytes) -> int:
    """Runs `extract_text` and `extract_tables` on every page; returns the number of pages."""
    with pdfplumber.open(io.BytesIO(data)) as document:
        for page in document.pages:
            page.extract_text()
            page.extract_tables()
        return len(document.pages)


def compare(path: Path, *, repeats: int) -> str:
    """One line with both times and their ratio."""
    data = path.read_bytes()
    pages = pdf.read(data, path.name).pages
    ours = best_seconds(lambda: pdf.read(data, path.name), repeats=repeats)
    reference = best_seconds(lambda: pdfplumber_text_and_tables(data), repeats=repeats)
    return f"{path.name}: {pages} pages, {ours:.3f} s; pdfplumber {reference:.3f} s; ratio {ours / reference:.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    for path in options.files:
        print(compare(path, repeats=options.repeats))


if __name__ == "__main__":
    main()
