"""Many files: found, extracted one by one or on several processors, in a fixed order, none stopping the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from extraction.errors import ErrorCode, ReadError
from extraction.pipeline import extract_file
from extraction.report import FailedReport, Report, Source

_PAGES = {".html", ".htm", ".shtml", ".xhtml", ".mht", ".txt", ".md", ".markdown"}
_DOCUMENTS = {".docx", ".doc", ".wps", ".pdf", ".ofd"}
_IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}
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
                if entry.is_file()
                and not any(part.startswith(".") for part in entry.relative_to(path).parts)
                and (entry.suffix.lower() in REPORT_SUFFIXES or not entry.suffix)
            )
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def extract_files(paths: Sequence[Path], *, jobs: int = 1) -> Iterator[Report | FailedReport]:
    """Extracts files in order.

    Args:
        paths: Files.
        jobs: Processes; a process that dies costs its own file an `internal` error, not the batch.
    """
    if jobs <= 1 or len(paths) <= 1:
        yield from map(extract_file, paths)
        return
    remaining = list(paths)
    while remaining:
        with ProcessPoolExecutor(max_workers=jobs) as pool:
            results = pool.map(extract_file, remaining, chunksize=1)
            done = 0
            try:
                for result in results:
                    done += 1
                    yield result
                return
            except BrokenProcessPool:
                failed, remaining = remaining[done], remaining[done + 1 :]
        error = ReadError(ErrorCode.INTERNAL, str(failed), "the process reading it died")
        yield FailedReport(Source(str(failed), None, None), error)
