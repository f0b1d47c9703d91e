"""Links by the trained network: its scores made into facts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extraction.narrative.link_features import link_input
from extraction.narrative.linker import RuleLinker, quantity_of
from extraction.narrative.model import LinkedValue, Linker
from models.labels import LabelledSpan
from models.link_network import HEADS, LINK_WEIGHTS, ROLES, LinkInput, LinkNetwork
from models.runtime import RELEASED

Choice = LabelledSpan | None
Chosen = NDArray[np.int64]
# Spans, and characters from first to last, that are linked with one another: all is compared with all.
MOST_SPANS, MOST_CHARACTERS = 160, 3000
# Log-odds below which a value states no fact: one to four behind a word of plans or duties, one to ninety elsewhere. At
# even odds more facts of reports in an unknown manner were lost than plans kept out.
_LEAST_FACT, _LEAST_UNPLANNED = -1.4, -4.5
_PLAN = re.compile(r"将|拟|计划|力争|争取|打算|目标|下一步|下一年|明年|今后|预计|确保|要求|应当?|不得")
_AROUND = 400  # characters before the first and behind the last span that the network reads with them
_GOVERNING = [ROLES.index(role) for role in ("scope", "period", "channel")]
_SENTENCE_END = re.compile("[。！？；]")


def default_linker(folder: Path = RELEASED) -> Linker:
    """The trained linker where its weights are in the folder, else the rules."""
    path = folder / LINK_WEIGHTS
    return LearnedLinker(LinkNetwork.load(path)) if path.exists() else RuleLinker()


def linker_of(model: Path) -> Linker:
    """The linker that a model's folder brings along, else the released one: weights do not depend on the tagger's."""
    return default_linker(model if (model / LINK_WEIGHTS).exists() else RELEASED)


@dataclass(frozen=True, slots=True)
class Links:
    """The network's choices for V values among S spans, as numbers of spans; S is nothing.

    Attributes:
        chosen: *Shape:* (roles, V); that of `parent` is a value's span.
        also: Whether an item or action is one of several for the value. *Shape:* (2, V, S)
        is_fact: Whether the value states a fact. *Shape:* (V,)
    """

    chosen: Chosen
    also: NDArray[np.bool_]
    is_fact: NDArray[np.bool_]


class LearnedLinker:
    """Chooses for each value and role the span that scores best, or nothing.

    A value with several nouns or verbs is several facts; one that states no fact is passed over.
    """

    is_complete = True

    def __init__(self, network: LinkNetwork) -> None:
        self._network = network

    def link(self, text: str, spans: Sequence[LabelledSpan]) -> list[LinkedValue]:
        """As `extraction.narrative.linker.link`; the time it takes grows with the paragraph's length, not its square."""
        linked: list[LinkedValue] = []
        plan = _PLAN.search(text)
        planned = plan.start() if plan else len(text)
        for portion in portions(text, spans):
            before = len(linked)
            for fact in self._link(text, portion, planned):
                parent = None if fact.parent is None else fact.parent + before
                linked.append(replace(fact, parent=parent))
        return linked

    def _link(self, text: str, spans: Sequence[LabelledSpan], planned: int) -> list[LinkedValue]:
        """Links a part of the spans; `planned` is where the text's first word of plans stands."""
        quantities = {
            number: quantity for number, span in enumerate(spans) if (quantity := quantity_of(text, span))
        }
        if not quantities:
            return []
        known = [quantities[n][:2] if n in quantities else None for n in range(len(spans))]
        before = max(0, spans[0].start - _AROUND)
        near = [span._replace(start=span.start - before, end=span.end - before) for span in spans]
        paragraph = link_input(text[before : spans[-1].end + _AROUND], near, known)
        least = [_LEAST_FACT if spans[n].start > planned else _LEAST_UNPLANNED for n in paragraph.values]
        links = decoded(self._network.scores(paragraph), paragraph, np.array(least, dtype=np.float32))
        options: list[Choice] = [*spans, None]
        linked: list[LinkedValue] = []
        first: dict[int, int] = {}
        parents: list[int] = []
        for row, number in enumerate(paragraph.values.tolist()):
            if not links.is_fact[row]:
                continue
            item, action, scope, period, channel = (options[n] for n in links.chosen[:-1, row])
            plain = LinkedValue(spans[number], *quantities[number], item, action, scope, period, channel)
            first[number] = len(linked)
            facts = list(_facts(plain, links, row, spans))
            linked += facts
            parents += [int(links.chosen[-1, row])] * len(facts)
        return [
            replace(fact, parent=_parent(index, fact, linked, first.get(parents[index])))
            for index, fact in enumerate(linked)
        ]


def portions(text: str, spans: Sequence[LabelledSpan]) -> Iterator[Sequence[LabelledSpan]]:
    """The spans, in parts of at most `MOST_SPANS` and `MOST_CHARACTERS`.

    A part ends with a sentence where one ends in its latter half.
    """
    start = 0
    limits = [span.end - MOST_CHARACTERS for span in spans]
    while start < len(spans):
        end = min(start + MOST_SPANS, max(start + 1, bisect_right(limits, spans[start].start)))
        if end < len(spans):
            ends = [
                n for n in range((start + end + 1) // 2, end + 1)
                if _SENTENCE_END.search(text, spans[n - 1].end, spans[n].start)
            ]  # fmt: skip
            end = ends[-1] if ends else end
        yield spans[start:end]
        start = end


def _parent(index: int, fact: LinkedValue, linked: Sequence[LinkedValue], parent: int | None) -> int | None:
    """The parent chosen; where there is none, a second verb on one value (提案5件，均为主办) is part of the first."""
    if parent is None and index and linked[index - 1].value == fact.value and linked[index - 1].item == fact.item:
        return index - 1 if linked[index - 1].parent is None else None
    return parent


def _facts(plain: LinkedValue, links: Links, row: int, spans: Sequence[LabelledSpan]) -> Iterator[LinkedValue]:
    """A value's facts: one for each of its nouns, or of its verbs where it has one noun."""
    items = _several(plain.item, links.also[0, row], spans)
    actions = _several(plain.action, links.also[1, row], spans)
    if len(items) == len(actions):
        yield from (replace(plain, item=i, action=a) for i, a in zip(items, actions, strict=True))
    elif len(items) > 1:
        yield from (replace(plain, item=item) for item in items)
    else:
        yield from (replace(plain, action=action) for action in actions)


def _several(best: Choice, also: NDArray[np.bool_], spans: Sequence[LabelledSpan]) -> list[Choice]:
    """The best and those that share the value with it, in the text's order; nothing comes first."""
    found: list[Choice] = [*sorted({spans[int(number)] for number in np.flatnonzero(also)} | ({best} if best else set()))]
    return [None, *found] if best is None and len(found) < 2 else found


def _of_others(items: NDArray[np.int64], paragraph: LinkInput) -> NDArray[np.bool_]:
    """Which nouns a value cannot share: those beyond another value, and those behind it that a later one has.

    Args:
        items: The noun chosen for each value. *Shape:* (V,)
        paragraph: Of V values and S spans.

    Returns: *Shape:* (V, S)
    """
    values, numbers = paragraph.values[:, None], np.arange(len(paragraph.labels))
    before = np.searchsorted(paragraph.values, np.arange(len(numbers) + 1))
    nearer, further = np.minimum(values, numbers), np.maximum(values, numbers)
    is_beyond = before[further] > before[np.minimum(nearer + 1, further)]
    is_owned = np.zeros(len(numbers), dtype=bool)
    is_owned[items[items < paragraph.values]] = True
    return np.asarray(is_beyond | (is_owned & (numbers > values)))


def decoded(scores: NDArray[np.float32], paragraph: LinkInput, least: NDArray[np.float32]) -> Links:
    """The best choices, parents being other values that state facts, not in circles.

    Args:
        scores: *Shape:* (heads, V, S + 1)
        paragraph: What they were computed from.
        least: The log-odds that a value must have to state a fact. *Shape:* (V,)
    """
    is_fact = scores[HEADS.index("fact"), :, -1] > least
    parents = scores[len(ROLES) - 1].copy()
    # Not every span with a value's label is one: no quantity may be read in it.
    no_fact = np.ones(parents.shape[1], dtype=bool)
    no_fact[[*paragraph.values[is_fact], -1]] = False
    parents[:, no_fact] = -np.inf
    parents[np.arange(len(parents)), paragraph.values] = -np.inf
    chosen = np.concatenate([_not_hidden(scores[: len(ROLES) - 1], paragraph), parents[None]]).argmax(axis=-1)
    chosen[-1] = _without_circles(chosen[-1], parents, paragraph.values)
    also = scores[len(ROLES) : -1, :, :-1] > scores[len(ROLES) : -1, :, -1:]
    also[0] &= ~_of_others(chosen[0], paragraph)
    return Links(chosen, also, is_fact)


def _not_hidden(scores: NDArray[np.float32], paragraph: LinkInput) -> NDArray[np.float32]:
    """The scores without governing spans in closed parentheses, which govern only there, where there are others.

    *Shape:* (roles, V, S + 1)
    """
    kept = scores.copy()
    for role in _GOVERNING:
        hidden = np.isfinite(scores[role, :, :-1]) & paragraph.closed
        others = np.isfinite(scores[role, :, :-1]) & ~paragraph.closed
        kept[role, :, :-1][hidden & others.any(axis=1, keepdims=True)] = -np.inf
    return kept


def _without_circles(parents: Chosen, scores: NDArray[np.float32], values: Chosen) -> Chosen:
    """The parents with the least certain of each circle taken out."""
    row_of = {int(number): row for row, number in enumerate(values)}
    nothing = scores.shape[1] - 1
    kept = np.full_like(parents, nothing)
    certainty = np.take_along_axis(scores, parents[:, None], axis=1)[:, 0] - scores[:, -1]
    for row in np.argsort(-certainty, kind="stable").tolist():
        above = int(parents[row])
        while above != nothing and row_of[above] != row:
            above = int(kept[row_of[above]])
        if above == nothing:
            kept[row] = parents[row]
    return kept
