"""A report that has been extracted, its running text read again by another reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from extraction.errors import ErrorCode, ReadError
from extraction.narrative.reading import ParagraphReader
from extraction.pipeline import read_running_text
from extraction.readers.dispatch import read_document
from extraction.report import Report


def read_again(report: Report, reader: ParagraphReader) -> Report:
    """The report with the facts of `reader`, and the findings that follow from them.

    The file is read anew: a report keeps its text, but not how its lines belong together.

    Raises:
        ReadError: Where the file has gone or changed since.
    """
    path = report.source.path
    try:
        document = read_document(Path(path).read_bytes(), path)
    except OSError as error:
        raise ReadError(ErrorCode.NOT_FOUND, path, error.strerror or "") from error
    if document.text != report.text:
        raise ReadError(ErrorCode.NOT_FOUND, path, "changed while it was being read")
    told = read_running_text(document, report.sections, report.forms, report.metadata.year, reader)
    return replace(report, facts=told.facts, spans=told.spans, findings=told.findings)
