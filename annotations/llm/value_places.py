"""Where the values of an answer stand: by the quote, then by the quoted context, then by the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from annotations.llm.costs import Drop, Drops
from annotations.llm.locate import FoldedText
from annotations.llm.schema import Suggestion
from extraction.document import Span


@dataclass(frozen=True, slots=True)
class PlacedValue:
    """A suggestion (its `number` in the answer) with the places of its value and, where it stands, its context."""

    number: int
    suggestion: Suggestion
    span: Span
    context: Span | None


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Where a value may stand, and where its context does."""

    suggestion: Suggestion
    spans: tuple[Span, ...]
    contexts: tuple[Span, ...]

    def at(self, number: int, span: Span) -> PlacedValue:
        context = next((context for context in self.contexts if _holds(context, span)), None)
        return PlacedValue(number, self.suggestion, span, context)


def place_values(
    folded: FoldedText, suggestions: Mapping[int, Suggestion], drops: Drops
) -> list[PlacedValue]:
    """The values that stand in the text at one place for certain, in the answer's order; others are counted."""
    found: dict[int, _Candidates] = {}
    for number, suggestion in suggestions.items():
        candidates = _candidates(folded, suggestion, drops)
        if candidates.spans:
            found[number] = candidates
        else:
            drops[Drop.VALUE_NOT_FOUND] += 1
    places = {number: one.spans[0] for number, one in found.items() if len(one.spans) == 1}
    if all(places[left].start <= places[right].start for left, right in pairwise(sorted(places))):
        places |= _placed_by_order(found, places)
    drops[Drop.VALUE_AMBIGUOUS] += len(found) - len(places)
    return [found[number].at(number, places[number]) for number in sorted(places)]


def _candidates(folded: FoldedText, suggestion: Suggestion, drops: Drops) -> _Candidates:
    spans = folded.find(suggestion.value)
    contexts = folded.find(suggestion.context, may_cut_numbers=True) if suggestion.context else []
    if spans and suggestion.context and not contexts:
        drops[Drop.CONTEXT_NOT_FOUND] += 1
    inside = [span for span in spans if any(_holds(context, span) for context in contexts)]
    return _Candidates(suggestion, tuple(inside or spans), tuple(contexts))


def _placed_by_order(found: Mapping[int, _Candidates], certain: Mapping[int, Span]) -> dict[int, Span]:
    """Values of several possible places, where the order of the answer, which is the text's, leaves only one.

    As many equal quotes as free places are those places in order; else a quote stands between its neighbours.
    """
    groups: dict[tuple[Span, ...], list[int]] = {}
    for number, candidates in found.items():
        if number not in certain:
            groups.setdefault(candidates.spans, []).append(number)
    placed: dict[int, Span] = {}
    taken = set(certain.values())
    for spans, numbers in groups.items():
        free = [span for span in spans if span not in taken]
        if len(free) == len(numbers):
            placed.update(zip(numbers, free, strict=True))
            continue
        for number in numbers:
            between = _between(number, free, certain)
            if len(between) == 1:
                placed[number] = between[0]
    return placed


def _between(number: int, spans: Sequence[Span], certain: Mapping[int, Span]) -> list[Span]:
    before = max((span.start for other, span in certain.items() if other < number), default=-1)
    after = min((span.start for other, span in certain.items() if other > number), default=None)
    return [span for span in spans if before < span.start and (after is None or span.start < after)]


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
