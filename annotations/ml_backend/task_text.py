"""A task's text as a document, and the way back to the text's own offsets.

A task may hold any text: `\\r\\n`, byte-order marks, letters in pieces (NFD). The readers work on the canonical text
(NFC, `\\n`); regions in Label Studio are of the text as the task has it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from annotations.ml_backend.errors import BackendError, BackendErrorCode
from extraction.document import Document, normalise
from extraction.readers import text as text_reader

# A letter with its marks, the conjoining parts of a Korean syllable, or a line end: what normalising makes one of.
_CLUSTER = re.compile(r"\r\n|[\u1100-\u115f][\u1160-\u11a7]?[\u11a8-\u11ff]?|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TaskText:
    """A task's `text` and its document; `spans` are the ranges in `text` of the document's characters."""

    text: str
    document: Document
    spans: tuple[tuple[int, int], ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The range in `text` of a range of the document that is not empty."""
        return self.spans[start][0], self.spans[end - 1][1]


def as_document(text: str) -> TaskText:
    """Reads a task's text.

    Raises:
        BackendError: `bad_task` where it is no sequence of characters.
    """
    try:
        # With its mark in front, the reader need not guess the encoding.
        document = text_reader.read(codecs.BOM_UTF8 + text.encode(), "task")
    except UnicodeEncodeError as error:
        raise BackendError(BackendErrorCode.BAD_TASK, f"half a character at {error.start}") from error
    if document.text == text:
        return TaskText(text, document, tuple((n, n + 1) for n in range(len(text))))
    canonical, spans = _normalised(text)
    if canonical != document.text:
        raise BackendError(BackendErrorCode.BAD_TASK, "the text cannot be traced through its normal form (NFC)")
    return TaskText(text, document, tuple(spans))


def _normalised(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The canonical text, and for each of its characters the range of `text` that it was made of."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        part = normalise(text[start:end])
        parts.append(part)
        spans.extend([(start, end)] * len(part))
    return "".join(parts), spans


def _clusters(text: str) -> list[tuple[int, int]]:
    clusters: list[tuple[int, int]] = []
    for match in _CLUSTER.finditer(text):
        if clusters and unicodedata.combining(match[0][0]):
            clusters[-1] = (clusters[-1][0], match.end())
        else:
            clusters.append(match.span())
    return clusters
