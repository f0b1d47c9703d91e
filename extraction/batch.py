"""Many files: found, extracted one by one or on several processors, in a fixed order, none stopping the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path

from extraction.errors import ErrorCode, ReadError
from extraction.pipeline import extract_file
from extraction.report import FailedReport, Report, Source

SECONDS_A_FILE = 300.0  # a long scan takes about three seconds a page
_PAGES = {".html", ".htm", ".shtml", ".xhtml", ".mht", ".txt", ".md", ".markdown"}
_DOCUMENTS = {".docx", ".doc", ".wps", ".pdf", ".ofd"}
_IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"}
REPORT_SUFFIXES = frozenset(_PAGES | _DOCUMENTS | _IMAGES)


def find_inputs(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those under the folders named that may be reports (by suffix, or without one).

    Hidden files are passed over; the order is that of the arguments, then of the names.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(
                entry
                for entry in sorted(path.rglob("*"))
                if (entry.is_file() or entry.is_symlink())
                and not any(part.startswith(".") for part in entry.relative_to(path).parts)
                and (entry.suffix.lower() in REPORT_SUFFIXES or not entry.suffix)
            )
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def extract_files(
    paths: Sequence[Path],
    *,
    jobs: int = 1,
    seconds_a_file: float = SECONDS_A_FILE,
    use_model: bool = True,
) -> Iterator[Report | FailedReport]:
    """Extracts files in order, several of them in processes of their own.

    Args:
        paths: Files.
        jobs: Processes.
        seconds_a_file: A file that takes longer costs itself a `timeout` error; one whose process dies, an
            `internal` error. The others lose nothing.
        use_model: Whether the released model reads the running text.
    """
    extract = partial(extract_file, use_model=use_model)
    if len(paths) <= 1:
        yield from map(extract, paths)
        return
    remaining = list(paths)
    while remaining:
        done = 0
        for result in _run_pool(extract, remaining, jobs, seconds_a_file):
            done += 1
            yield result
        remaining = remaining[done:]


def _run_pool(
    extract: Callable[[Path], Report | FailedReport], paths: Sequence[Path], jobs: int, seconds: float
) -> Iterator[Report | FailedReport]:
    """Results in order up to the first file that had to be given up, that one's failure included."""
    others = {process.pid for process in active_children()}
    # Started anew, not forked: a fork after the model's first use inherits locks without their threads.
    pool = ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn"))
    try:
        futures = [pool.submit(extract, path) for path in paths]
        for path, future in zip(paths, futures, strict=True):
            try:
                yield future.result(timeout=seconds)
            except TimeoutError:
                yield _failure(path, ErrorCode.TIMEOUT, f"over {seconds:g} s")
                return
            except BrokenProcessPool:
                yield _failure(path, ErrorCode.INTERNAL, "the process reading it died")
                return
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in active_children():
            if process.pid not in others:
                process.kill()


def _failure(path: Path, code: ErrorCode, detail: str) -> FailedReport:
    return FailedReport(Source(str(path), None, None), ReadError(code, str(path), detail))
