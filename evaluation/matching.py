"""Which predicted spans and facts are which gold ones (annotation guide, section 6).

Every pairing is one to one and the best there is, so that neither the order of the predictions nor that of
the gold changes a score.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from evaluation.assignment import Pair, best_pairs
from evaluation.model import ScoredFact
from models.labels import LabelledSpan


class FactMatch(NamedTuple):
    """Pairs (gold index, predicted index); `linked` are those of `strict` whose links are right too."""

    strict: list[Pair]
    linked: list[Pair]


def match_spans_relaxed(gold: Sequence[LabelledSpan], predicted: Sequence[LabelledSpan]) -> list[Pair]:
    """Pairs of spans with the same label that overlap; as many as can be, then the most shared characters."""
    gold_order, predicted_order = _order(gold), _order(predicted)
    weights = {
        (g, p): min(a.end, b.end) - max(a.start, b.start)
        for g, a in enumerate(gold[i] for i in gold_order)
        for p, b in enumerate(predicted[i] for i in predicted_order)
        if a.label == b.label and a.start < b.end and b.start < a.end
    }
    return [(gold_order[g], predicted_order[p]) for g, p in best_pairs(weights)]


def _order(spans: Sequence[LabelledSpan]) -> list[int]:
    return sorted(range(len(spans)), key=spans.__getitem__)


def is_strict(gold: ScoredFact, predicted: ScoredFact) -> bool:
    """Whether a prediction states the gold fact.

    Value and unit equal, the value's range overlapping, and the code equal; where the catalogue has no code
    for the gold fact, an overlapping item stands in for it, whatever code was predicted. A gold fact
    without code and item (an action alone) is matched by one that has neither.
    """
    if gold.value != predicted.value or gold.unit != predicted.unit or not gold.overlaps(predicted):
        return False
    if gold.code is not None:
        return gold.code == predicted.code
    if gold.item is None:
        return predicted.item is None and predicted.code is None
    return predicted.item is not None and gold.item.overlaps(predicted.item)


def compact(text: str | None) -> str | None:
    """A linked text as it is compared: without white space, nothing for nothing."""
    return "".join(text.split()) or None if text else None


def equal_links(gold: ScoredFact, predicted: ScoredFact) -> tuple[bool, bool, bool]:
    """Whether scope, period and channel are equal."""
    return (
        compact(gold.scope) == compact(predicted.scope),
        compact(gold.period) == compact(predicted.period),
        compact(gold.channel) == compact(predicted.channel),
    )


def match_facts(gold: Sequence[ScoredFact], predicted: Sequence[ScoredFact]) -> FactMatch:
    """The most strict pairs there can be; among those, the ones that agree best in everything else."""
    may_pair = {(g, p) for g, p in overlapping(gold, predicted) if is_strict(gold[g], predicted[p])}
    weights = {pair: _likeness(gold, predicted, pair, may_pair) for pair in may_pair}
    strict = pair_by_content(gold, predicted, weights)
    paired = set(strict)
    linked = [
        (g, p)
        for g, p in strict
        if all(equal_links(gold[g], predicted[p])) and same_parent(gold[g], predicted[p], paired)
    ]
    return FactMatch(strict, linked)


def match_values(gold: Sequence[ScoredFact], predicted: Sequence[ScoredFact]) -> list[Pair]:
    """Pairs (gold index, predicted index) of the same number in the same place, whatever it is taken for."""
    may_pair = {
        (g, p)
        for g, p in overlapping(gold, predicted)
        if gold[g].value == predicted[p].value and gold[g].unit == predicted[p].unit
    }
    return pair_by_content(
        gold, predicted, {pair: _likeness(gold, predicted, pair, may_pair) for pair in may_pair}
    )


def pair_by_content(
    gold: Sequence[ScoredFact], predicted: Sequence[ScoredFact], weights: Mapping[Pair, int]
) -> list[Pair]:
    """`best_pairs`, with ties decided by what the facts say and not by where they stand in their lists."""
    gold_order, predicted_order = content_order(gold), content_order(predicted)
    gold_rank = {index: rank for rank, index in enumerate(gold_order)}
    predicted_rank = {index: rank for rank, index in enumerate(predicted_order)}
    ranked = {(gold_rank[g], predicted_rank[p]): weight for (g, p), weight in weights.items()}
    return sorted((gold_order[g], predicted_order[p]) for g, p in best_pairs(ranked))


def same_parent(gold: ScoredFact, predicted: ScoredFact, pairs: Collection[Pair]) -> bool:
    """Whether the parents are one of the pairs, or there is none on either side."""
    if gold.parent is None or predicted.parent is None:
        return gold.parent is None and predicted.parent is None
    return (gold.parent, predicted.parent) in pairs


def overlapping(gold: Sequence[ScoredFact], predicted: Sequence[ScoredFact]) -> Iterable[Pair]:
    """All pairs whose values' ranges overlap."""
    by_start = sorted(range(len(predicted)), key=lambda p: predicted[p].start)
    longest = max((fact.end - fact.start for fact in predicted), default=0)
    starts = [predicted[p].start for p in by_start]
    for g, fact in enumerate(gold):
        first = bisect_left(starts, fact.start - longest)
        for p in by_start[first:]:
            if predicted[p].start >= fact.end:
                break
            if fact.overlaps(predicted[p]):
                yield g, p


def _likeness(
    gold: Sequence[ScoredFact], predicted: Sequence[ScoredFact], pair: Pair, may_pair: set[Pair]
) -> int:
    """How far a strict pair agrees beyond what strict asks, to choose between readings of one number."""
    a, b = gold[pair[0]], predicted[pair[1]]
    agreements = (
        a.code == b.code,
        _item_text(a) == _item_text(b),
        (a.start, a.end) == (b.start, b.end),
        same_parent(a, b, may_pair),
        *equal_links(a, b),
        compact(a.action) == compact(b.action),
    )
    return sum(agreements)


def _item_text(fact: ScoredFact) -> str | None:
    return compact(fact.item.text) if fact.item else None


def content_order(facts: Sequence[ScoredFact]) -> list[int]:
    """The facts' indices in an order that only their content decides, their parents' and children's too."""
    own = [_content(fact) for fact in facts]
    children: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for index, fact in enumerate(facts):
        if fact.parent is not None:
            children[fact.parent].append(own[index])
    lineage = [own[fact.parent] if fact.parent is not None else () for fact in facts]
    return sorted(
        range(len(facts)), key=lambda index: (own[index], lineage[index], sorted(children[index]))
    )


def _content(fact: ScoredFact) -> tuple[str, ...]:
    fields = (
        f"{fact.start:09}", f"{fact.end:09}", fact.value, fact.unit, fact.code, _item_text(fact),
        compact(fact.action), compact(fact.scope), compact(fact.period), compact(fact.channel),
    )  # fmt: skip
    return tuple(str(field) for field in fields)
