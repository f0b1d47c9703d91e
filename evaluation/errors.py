"""What is wrong with the facts of a report, each error once and under one cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evaluation.assignment import Pair
from evaluation.matching import FactMatch, compact, equal_links, overlapping, pair_by_content, same_parent
from evaluation.model import Mention, ScoredFact

CodePair = tuple[str | None, str | None]


class Cause(StrEnum):
    """Why a fact is in the list of errors.

    Two of them cost no strict score: a wrong boundary (of the value, item or action, which the span scores
    count) and a code given where the gold has none.
    """

    MISSED = "missed"
    SPURIOUS = "spurious"
    WRONG_CODE = "wrong_code"
    WRONG_VALUE = "wrong_value"
    WRONG_LINK = "wrong_link"
    WRONG_BOUNDARY = "wrong_boundary"


@dataclass(frozen=True, slots=True)
class FactError:
    """One error; `fields` name what differs between the two facts."""

    cause: Cause
    gold: ScoredFact | None
    predicted: ScoredFact | None
    fields: tuple[str, ...] = ()

    @property
    def start(self) -> int:
        return min(fact.start for fact in (self.gold, self.predicted) if fact)


def find_errors(
    gold: Sequence[ScoredFact], predicted: Sequence[ScoredFact], match: FactMatch
) -> list[FactError]:
    """Every fact that is not wholly right, in reading order.

    Facts without a partner are first paired with what was predicted at their place, to tell a wrong code or
    value from a miss.
    """
    errors: list[FactError] = []
    strict = set(match.strict)
    near = _near_pairs(gold, predicted, match)
    for g, p in [*match.strict, *near]:
        differing = _differing(gold[g], predicted[p], strict)
        cause = _cause(differing, (g, p) in strict)
        if cause:
            errors.append(FactError(cause, gold[g], predicted[p], differing))
    gold_paired = {g for g, _ in [*match.strict, *near]}
    predicted_paired = {p for _, p in [*match.strict, *near]}
    errors += [FactError(Cause.MISSED, f, None) for g, f in enumerate(gold) if g not in gold_paired]
    errors += [
        FactError(Cause.SPURIOUS, None, f) for p, f in enumerate(predicted) if p not in predicted_paired
    ]
    return sorted(errors, key=lambda error: error.start)


def code_confusions(errors: Sequence[FactError]) -> Counter[CodePair]:
    """How often which code was given for which, where the value's range, value and unit are right."""
    confusions: Counter[CodePair] = Counter()
    for error in errors:
        if error.gold and error.predicted and "code" in error.fields and error.cause is not Cause.WRONG_VALUE:
            confusions[error.gold.code, error.predicted.code] += 1
    return confusions


def _near_pairs(gold: Sequence[ScoredFact], predicted: Sequence[ScoredFact], match: FactMatch) -> list[Pair]:
    gold_done, predicted_done = {g for g, _ in match.strict}, {p for _, p in match.strict}
    weights = {
        (g, p): _nearness(gold[g], predicted[p])
        for g, p in overlapping(gold, predicted)
        if g not in gold_done and p not in predicted_done
    }
    return pair_by_content(gold, predicted, weights)


def _nearness(gold: ScoredFact, predicted: ScoredFact) -> int:
    return (
        4 * (gold.value == predicted.value and gold.unit == predicted.unit)
        + 2 * (gold.code == predicted.code)
        + (compact(_wording(gold.item)) == compact(_wording(predicted.item)))
    )


def _differing(gold: ScoredFact, predicted: ScoredFact, pairs: set[Pair]) -> tuple[str, ...]:
    scope, period, channel = equal_links(gold, predicted)
    equal = {
        "value": gold.value == predicted.value,
        "unit": gold.unit == predicted.unit,
        "code": gold.code == predicted.code,
        "scope": scope,
        "period": period,
        "channel": channel,
        "parent": same_parent(gold, predicted, pairs),
        "range": (gold.start, gold.end) == (predicted.start, predicted.end),
        "item": compact(_wording(gold.item)) == compact(_wording(predicted.item)),
        "action": compact(gold.action) == compact(predicted.action),
    }
    return tuple(name for name, is_equal in equal.items() if not is_equal)


def _cause(differing: Sequence[str], strict: bool) -> Cause | None:
    if not strict:
        if "value" in differing or "unit" in differing:
            return Cause.WRONG_VALUE
        # With equal codes, what failed is the item that stands in for a code the catalogue has not.
        return Cause.WRONG_CODE if "code" in differing else Cause.WRONG_LINK
    if "code" in differing:
        return Cause.WRONG_CODE
    if {"scope", "period", "channel", "parent"} & set(differing):
        return Cause.WRONG_LINK
    return Cause.WRONG_BOUNDARY if differing else None


def _wording(item: Mention | None) -> str | None:
    return item.text if item else None
