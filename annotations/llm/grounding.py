"""From a model's suggestions to values and links at places of the text; what does not stand there is dropped.

The number of a fact is what this project's own reader reads at the place; the model never gives one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from annotations.llm.costs import Drop, Drops
from annotations.llm.link_places import LinkPlacer
from annotations.llm.locate import FoldedText
from annotations.llm.schema import Suggestion
from annotations.llm.value_places import PlacedValue, place_values
from extraction.document import Span
from extraction.narrative.catalogue import Catalogue
from extraction.narrative.model import LinkedValue
from extraction.narrative.numbers import find_quantities, read_quantity
from extraction.narrative.quantity_patterns import EXCLUDED
from models.labels import LabelledSpan

# How words begin that say that something did not happen; 未来, 无偿, 不断 and the like only begin as if they did.
_NOUGHT = re.compile(
    r"[均皆也都尚仍并从全为]{0,2}(?:未(?!来|成年|必|免|遂|婚|知)|没|无(?!障碍|法|偿|线|人机|纸|缝|证|关|需|须|锡|为)"
    r"|零(?!星|售|距离|跑|散|工|部件)|不(?:曾|收|存在|涉及|发生|产生)|免收|全免|空缺|分文未|一[件分次起例人]?[没未])"
)
_NOUGHT_SHAPE = re.compile(r"[\u4e00-\u9fff\s]{1,9}")


@dataclass(slots=True)
class Grounded:
    """The facts of a text in reading order, their codes, and what was dropped. Offsets are into the text."""

    linked: list[LinkedValue] = field(default_factory=list)
    codes: list[str | None] = field(default_factory=list)
    drops: Drops = field(default_factory=Drops)


@dataclass(frozen=True, slots=True)
class _Read:
    """A suggestion whose value stands in the text and can be read."""

    number: int
    suggestion: Suggestion
    value: LabelledSpan
    context: Span | None
    amount: Decimal
    unit: str | None
    approximate: str | None


def ground(text: str, suggestions: Sequence[Suggestion | None], catalogue: Catalogue) -> Grounded:
    """Locates and reads suggestions.

    Args:
        text: What the model was shown.
        suggestions: An answer in its order, `None` where one is out of form.
        catalogue: The codes that there are.
    """
    grounded = Grounded()
    folded = FoldedText(text)
    wellformed = {n: suggestion for n, suggestion in enumerate(suggestions) if suggestion is not None}
    grounded.drops[Drop.FACT_MALFORMED] += len(suggestions) - len(wellformed)
    placed = place_values(folded, wellformed, grounded.drops)
    read = _without_overlaps(_read_values(text, placed, grounded.drops), grounded.drops)
    _link(text, folded, read, catalogue, grounded)
    return grounded


def _read_values(text: str, placed: Sequence[PlacedValue], drops: Drops) -> list[_Read]:
    quantities = [Span(match.start, match.end) for match in find_quantities(text)]
    excluded = [Span(*match.span()) for match in EXCLUDED.finditer(text)]
    read = []
    for place in placed:
        found = _read(text, place, [q for q in quantities if _overlap(q, place.span)], excluded)
        if isinstance(found, Drop):
            drops[found] += 1
        else:
            read.append(found)
    return read


def _read(text: str, place: PlacedValue, quantities: Sequence[Span], excluded: Sequence[Span]) -> _Read | Drop:
    """What stands at a value's place.

    A quote that is a part of one quantity of the text, or holds one, stands for that quantity: the guide says
    how far a value reaches (40条, 3.2万余人次), whatever the model has quoted of it.
    """
    start, end = place.span.start, place.span.end
    is_found = len(quantities) == 1 and (
        _within(place.span, quantities[0]) or _within(quantities[0], place.span)
    )
    if is_found:
        start, end = quantities[0].start, quantities[0].end
    elif any(_overlap(name, place.span) for name in excluded):
        return Drop.NOT_A_FACT
    if _says_nought(text, start, end):
        value = LabelledSpan(start, end, "ZERO")
        return _Read(place.number, place.suggestion, value, place.context, Decimal(0), None, None)
    quantity = read_quantity(text[start:end])
    if quantity is None:
        return Drop.NO_QUANTITY
    if quantity.unit is None and not is_found:
        return Drop.NOT_A_FACT  # a bare number that the reader would pass over: a number dialled, a designation
    value = LabelledSpan(start, end, quantity.kind.value)
    return _Read(
        place.number, place.suggestion, value, place.context,
        quantity.value, quantity.unit, quantity.approximate,
    )  # fmt: skip


def _says_nought(text: str, start: int, end: int) -> bool:
    word = _NOUGHT.match(text, start)
    return word is not None and word.end() <= end and _NOUGHT_SHAPE.fullmatch(text, start, end) is not None


def _without_overlaps(read: Sequence[_Read], drops: Drops) -> list[_Read]:
    """Values are the same or apart; the first one stands."""
    kept: list[_Read] = []
    for fact in read:
        if any(_overlap(fact.value, other.value) and fact.value != other.value for other in kept):
            drops[Drop.OVERLAP] += 1
        else:
            kept.append(fact)
    return kept


def _link(
    text: str, folded: FoldedText, read: Sequence[_Read], catalogue: Catalogue, grounded: Grounded
) -> None:
    placer = LinkPlacer(text, folded, [fact.value for fact in read])
    facts: dict[int, tuple[LinkedValue, str | None]] = {}
    for fact in read:
        links = placer.place(fact.suggestion, fact.value, fact.context, grounded.drops)
        code = fact.suggestion.code
        if code is not None and code not in catalogue:
            grounded.drops[Drop.UNKNOWN_CODE] += 1
            code = None
        reason = _unfit(fact, links, code, [(other, given) for other, given in facts.values()])
        if reason is not None:
            grounded.drops[reason] += 1
            continue
        linked = LinkedValue(
            fact.value, fact.amount, fact.unit, fact.approximate,
            links["item"], links["action"], links["scope"], links["period"], links["channel"],
        )  # fmt: skip
        facts[fact.number] = (linked, code)
    parts = {fact.number: fact.suggestion.part_of for fact in read if fact.number in facts}
    order = sorted(facts, key=lambda number: (_place(facts[number][0]), number))
    parents = _parents(parts, order, grounded.drops)
    grounded.linked = [replace(facts[number][0], parent=parents[number]) for number in order]
    grounded.codes = [facts[number][1] for number in order]


def _unfit(
    fact: _Read,
    links: dict[str, LabelledSpan | None],
    code: str | None,
    others: Sequence[tuple[LinkedValue, str | None]],
) -> Drop | None:
    """Why a located fact is none by the guide: it measures nothing, or stands there already."""
    if links["item"] is None and links["action"] is None:
        return Drop.NO_ITEM_OR_ACTION
    if fact.value.label == "ZERO" and code is None:
        return Drop.ZERO_WITHOUT_CODE
    for other, given in others:
        same_item = other.item == links["item"] and other.action == links["action"]
        if other.value == fact.value and (same_item or (code is not None and given == code)):
            return Drop.DUPLICATE
    return None


def _place(fact: LinkedValue) -> tuple[int, int]:
    return fact.value.start, fact.item.start if fact.item else -1


def _parents(parts: dict[int, int | None], order: Sequence[int], drops: Drops) -> dict[int, int | None]:
    """The places, in `order`, of the facts that facts are parts of; a link that would close a circle is none."""
    positions = {number: position for position, number in enumerate(order)}
    wholes: dict[int, int] = {}
    for number in order:
        whole = parts[number]
        if whole is None:
            continue
        above: int | None = whole
        while above is not None and above != number:
            above = wholes.get(above)
        if whole in positions and above is None:
            wholes[number] = whole
        else:
            drops[Drop.UNKNOWN_PARENT] += 1
    return {number: positions[wholes[number]] if number in wholes else None for number in order}


def _overlap(left: Span | LabelledSpan, right: Span | LabelledSpan) -> bool:
    return left.start < right.end and right.start < left.end


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
