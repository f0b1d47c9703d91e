"""A report's running text: paragraphs with their lines joined, and the way back to canonical offsets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.document import Document, Paragraph, Span


@dataclass(frozen=True, slots=True)
class RunningParagraph:
    """A paragraph's joined text; `offset_of` maps its positions into the document."""

    text: str
    paragraph: Paragraph
    _joined_starts: tuple[int, ...]

    @property
    def page(self) -> int | None:
        return self.paragraph.page

    def offset_of(self, position: int, *, end: bool = False) -> int:
        """The canonical offset of a position; with `end`, of the exclusive end of a range there."""
        probe = position - 1 if end and position > 0 else position
        piece = bisect_right(self._joined_starts, probe) - 1
        offset = self.paragraph.pieces[piece].start + probe - self._joined_starts[piece]
        return offset + 1 if end and position > 0 else offset

    def span(self, start: int, end: int) -> Span:
        return Span(self.offset_of(start), self.offset_of(end, end=True))


def running_paragraph(document: Document, paragraph: Paragraph) -> RunningParagraph:
    """Joins a paragraph's lines without a separator."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for piece in paragraph.pieces:
        starts.append(length)
        line = document.text[piece.start : piece.end]
        parts.append(line)
        length += len(line)
    return RunningParagraph("".join(parts), paragraph, tuple(starts))


def _merged(regions: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for region in sorted(regions, key=lambda region: region.start):
        if merged and region.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, region.end))
        else:
            merged.append(region)
    return merged


def running_text(document: Document, regions: Sequence[Span] = ()) -> Iterator[RunningParagraph]:
    """The paragraphs outside the forms' `regions`, in reading order."""
    ordered = _merged(regions)
    starts = [region.start for region in ordered]
    for paragraph in document.paragraphs:
        index = bisect_right(starts, paragraph.start) - 1
        if index >= 0 and paragraph.start < ordered[index].end:
            continue
        yield running_paragraph(document, paragraph)
