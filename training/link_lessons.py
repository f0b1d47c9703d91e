"""What the link network learns from an example: its input, the right choices, and which choices there are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extraction.narrative.link_features import link_input
from extraction.narrative.linker import quantity_of
from models.link_network import HEADS, ROLES, Integers, LinkInput, candidates
from training.link_data import LOST, LinkedFact, LinkExample

UNKNOWN = -100  # what torch's cross-entropy leaves out


@dataclass(frozen=True, slots=True)
class Lesson:
    """A paragraph of S spans, V of which are values; S stands for nothing.

    Attributes:
        input: The paragraph.
        targets: The right span, or `UNKNOWN`. *Shape:* (roles, V)
        allowed: The spans to choose from. *Shape:* (heads, V, S + 1)
        also: Whether an item or action is one of several for the value. *Shape:* (2, V, S)
        is_fact: Whether the value states a fact. *Shape:* (V,)
    """

    input: LinkInput
    targets: Integers
    allowed: NDArray[np.bool_]
    also: NDArray[np.bool_]
    is_fact: NDArray[np.bool_]


def lesson_of(example: LinkExample) -> Lesson | None:
    """The lesson, or `None` where no value can be read."""
    spans = example.spans
    quantities = [quantity_of(example.text, span) for span in spans]
    if not any(quantities):
        return None
    paragraph = link_input(example.text, spans, [quantity and quantity[:2] for quantity in quantities])
    row = {int(number): index for index, number in enumerate(paragraph.values)}
    targets = np.full((len(ROLES), len(row)), UNKNOWN, dtype=np.int64)
    also = np.zeros((2, len(row), len(spans)), dtype=bool)
    is_fact = np.zeros(len(row), dtype=bool)
    by_value: dict[int, list[LinkedFact]] = defaultdict(list)
    for fact in example.facts:
        by_value[fact.value].append(fact)
    for value, facts in by_value.items():
        if value in row:
            is_fact[row[value]] = True
            targets[:, row[value]] = [_target(getattr(facts[0], role), len(spans)) for role in ROLES]
            for number, role in enumerate(("item", "action")):
                linked = {getattr(fact, role) for fact in facts}
                if len(linked) > 1:
                    also[number, row[value], [n for n in linked if n is not None and n != LOST]] = True
    allowed = _allowed(paragraph, is_fact)
    parents = targets[-1]
    parents[[int(t) not in row and t != len(spans) for t in parents]] = UNKNOWN
    return Lesson(paragraph, targets, allowed, also, is_fact)


def _allowed(paragraph: LinkInput, is_fact: NDArray[np.bool_]) -> NDArray[np.bool_]:
    count = len(paragraph.values)
    allowed = np.zeros((len(HEADS), count, len(paragraph.spans) + 1), dtype=bool)
    allowed[..., -1] = True
    for heads, columns in candidates(paragraph.labels):
        allowed[np.ix_(heads, np.arange(count), columns)] = True
    parents = allowed[len(ROLES) - 1]
    no_fact = np.ones(parents.shape[1], dtype=bool)
    no_fact[[*paragraph.values[is_fact], -1]] = False
    parents[:, no_fact] = False
    parents[np.arange(count), paragraph.values] = False
    return allowed


def _target(span: int | None, nothing: int) -> int:
    return nothing if span is None else UNKNOWN if span == LOST else span
