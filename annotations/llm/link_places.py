"""Where the nouns, verbs, bodies, times and channels of facts stand: at the place of the quote nearest the value."""

from __future__ import annotations

import re
from collections.abc import Sequence

from annotations.llm.costs import Drop, Drops
from annotations.llm.locate import FoldedText
from annotations.llm.schema import ROLES, Suggestion
from extraction.document import Span
from models.labels import LabelledSpan

_SENTENCE_END = re.compile(r"[。！？]")
_GOVERNING = frozenset({"scope", "period", "channel"})  # stand before what they govern, sentences ahead even


class LinkPlacer:
    """Places the links of one text's facts so that no two spans overlap; values come first."""

    def __init__(self, text: str, folded: FoldedText, values: Sequence[LabelledSpan]) -> None:
        self._text, self._folded = text, folded
        self._taken: list[LabelledSpan] = list(values)

    def place(
        self, suggestion: Suggestion, value: LabelledSpan, context: Span | None, drops: Drops
    ) -> dict[str, LabelledSpan | None]:
        """A fact's links by role; `None` where nothing is quoted, or the quote was dropped."""
        links: dict[str, LabelledSpan | None] = dict.fromkeys(ROLES)
        for role in ROLES:
            quote = getattr(suggestion, role)
            if not quote or not quote.strip():
                continue
            best = self._nearest(self._folded.find(quote), role, value, context)
            if best is None:
                drops[Drop.LINK_NOT_FOUND] += 1
                continue
            links[role] = self._settled(LabelledSpan(best.start, best.end, role.upper()))
            if links[role] is None:
                drops[Drop.LINK_OVERLAPS] += 1
        return links

    def _nearest(
        self, spans: Sequence[Span], role: str, value: LabelledSpan, context: Span | None
    ) -> Span | None:
        """The place that a reader would take: in the context, in the sentence, before the value, close to it."""
        sentence = self._sentence(value)

        def rank(span: Span) -> tuple[bool, bool, bool, int]:
            in_context = context is not None and role not in _GOVERNING and _overlap(span, context)
            is_after = span.start >= value.end
            gap = span.start - value.end if is_after else value.start - span.end
            return not in_context, not _overlap(span, sentence), is_after, gap

        possible = [span for span in spans if span.start < value.start or _overlap(span, sentence)]
        return min(possible, key=rank, default=None)

    def _sentence(self, value: LabelledSpan) -> Span:
        start = max((m.end() for m in _SENTENCE_END.finditer(self._text, 0, value.start)), default=0)
        stop = _SENTENCE_END.search(self._text, value.end)
        return Span(start, stop.end() if stop else len(self._text))

    def _settled(self, span: LabelledSpan) -> LabelledSpan | None:
        """The span, or one of its label that holds it or that it holds; `None` where another is in its way."""
        others = [other for other in self._taken if _overlap(other, span)]
        if not others:
            self._taken.append(span)
            return span
        other = others[0]
        nested = (other.start <= span.start and span.end <= other.end) or (
            span.start <= other.start and other.end <= span.end
        )
        return other if len(others) == 1 and other.label == span.label and nested else None


def _overlap(left: Span | LabelledSpan, right: Span | LabelledSpan) -> bool:
    return left.start < right.end and right.start < left.end
