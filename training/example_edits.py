"""Changes of an example's text with its spans kept exact.

An edit replaces a range that crosses no span's edge, so spans move by plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from models.labels import LabelledSpan
from training.tagger_examples import Example


class Edit(NamedTuple):
    """The range to replace and what comes instead."""

    start: int
    end: int
    text: str


def apply_edits(example: Example, edits: Iterable[Edit]) -> Example:
    """The example after the edits; those that cross a span's edge or another edit are left out.

    Text inserted at the edge of a span stays outside it.
    """
    edges = sorted({edge for span in example.spans for edge in (span.start, span.end)})
    chosen: list[Edit] = []
    for edit in sorted(edits):
        crossing = any(edit.start < edge < edit.end for edge in edges)
        whole = any((edit.start, edit.end) == (s.start, s.end) for s in example.spans)
        overlapping = bool(chosen) and edit.start < chosen[-1].end
        if not overlapping and (whole or not crossing) and not (whole and not edit.text.strip()):
            chosen.append(edit)
    parts: list[str] = []
    position = 0
    for edit in chosen:
        parts += [example.text[position : edit.start], edit.text]
        position = edit.end
    text = "".join([*parts, example.text[position:]])

    def moved(place: int, *, is_start: bool) -> int:
        shift = 0
        for edit in chosen:
            inserted = edit.start == edit.end == place
            if edit.end > place or (inserted and not is_start):
                break
            shift += len(edit.text) - (edit.end - edit.start)
        return place + shift

    spans = tuple(
        LabelledSpan(moved(s.start, is_start=True), moved(s.end, is_start=False), s.label) for s in example.spans
    )
    return replace(example, text=text, spans=spans)
