"""How often a linker's links are the annotated ones, where it is given the annotated spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from extraction.narrative.model import LinkedValue, Linker
from models.labels import LabelledSpan
from models.link_network import ROLES
from training.link_data import LinkedFact, LinkExample

ALL, MISSING, EXTRA = "all", "missing", "extra"


@dataclass(slots=True)
class LinkScores:
    """Counts of annotated facts: those whose link in a role, or in all roles, is right; those without a fact.

    `extra` counts the linker's facts that are none of the annotated.
    """

    facts: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def share(self, name: str) -> float:
        return self.counts[name] / self.facts if self.facts else 0.0


def link_scores(linker: Linker, examples: Sequence[LinkExample]) -> LinkScores:
    """The scores over examples; of facts on one value, those are compared that agree best."""
    scores = LinkScores()
    for example in examples:
        left = _linked(linker, example)
        for fact in example.facts:
            scores.facts += 1
            on_value = [other for other in left if other.value == fact.value]
            if not on_value:
                scores.counts[MISSING] += 1
                continue
            best = max(on_value, key=lambda other: sum(_right(fact, other).values()))
            left.remove(best)
            right = _right(fact, best)
            scores.counts.update(role for role, is_right in right.items() if is_right)
            scores.counts[ALL] += all(right.values())
        scores.counts[EXTRA] += len(left)
    return scores


def _right(fact: LinkedFact, other: LinkedFact) -> dict[str, bool]:
    return {role: getattr(fact, role) == getattr(other, role) for role in ROLES}


def _linked(linker: Linker, example: LinkExample) -> list[LinkedFact]:
    linked = linker.link(example.text, example.spans)
    number = {span: index for index, span in enumerate(example.spans)}
    return [_numbered(fact, linked, number) for fact in linked]


def _numbered(
    fact: LinkedValue, linked: Sequence[LinkedValue], number: dict[LabelledSpan, int]
) -> LinkedFact:
    item, action, scope, period, channel, parent = (
        None if span is None else number[span]
        for span in (
            fact.item, fact.action, fact.scope, fact.period, fact.channel,
            None if fact.parent is None else linked[fact.parent].value,
        )
    )  # fmt: skip
    return LinkedFact(number[fact.value], item, action, scope, period, channel, parent)
