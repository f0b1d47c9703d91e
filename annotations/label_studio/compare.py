"""Where several annotations of one text differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from annotations.corpus_format import ROLES, AnnotatedDocument, TextSpan
from annotations.label_studio.reading import Problem

Range = tuple[int, int]
_NOTHING = "-"


class StatedFact(NamedTuple):
    """A fact told by places and values, the same in whatever order an annotation lists its facts."""

    place: Range
    value: str
    unit: str | None
    code: str | None
    approximate: str | None
    item: Range | None
    action: Range | None
    scope: Range | None
    period: Range | None
    channel: Range | None
    parent: tuple[Range, str | None] | None


_FIELDS = tuple(name for name in StatedFact._fields if name != "place")
_LINKS = frozenset(ROLES.values())


def stated_facts(document: AnnotatedDocument) -> Counter[StatedFact]:
    """The document's facts."""

    def place(index: int | None) -> Range | None:
        return None if index is None else (document.spans[index].start, document.spans[index].end)

    def parent(index: int | None) -> tuple[Range, str | None] | None:
        if index is None:
            return None
        span = document.spans[document.facts[index].value_span]
        return (span.start, span.end), document.facts[index].code

    stated: Counter[StatedFact] = Counter()
    for fact in document.facts:
        span = document.spans[fact.value_span]
        one = StatedFact(
            (span.start, span.end), format(fact.value.normalize(), "f"), fact.unit, fact.code, fact.approximate,
            item=place(fact.item), action=place(fact.action), scope=place(fact.scope), period=place(fact.period),
            channel=place(fact.channel), parent=parent(fact.parent),
        )  # fmt: skip
        stated[one] += 1
    return stated


def differences_of(versions: Sequence[tuple[str, AnnotatedDocument]]) -> list[Problem]:
    """What the versions after the first say otherwise than the first.

    Args:
        versions: Annotators and their documents, all of one text.
    """
    (first_name, first), *others = versions
    found: list[Problem] = []
    for name, other in others:
        found += _span_differences(first_name, first, name, other)
        found += _fact_differences(first_name, first, name, other)
    return found


def _span_differences(
    one: str, first: AnnotatedDocument, two: str, second: AnnotatedDocument
) -> list[Problem]:
    found = []
    only: dict[TextSpan, str] = dict.fromkeys(set(first.spans) - set(second.spans), one)
    only |= dict.fromkeys(set(second.spans) - set(first.spans), two)
    for span in sorted(only, key=lambda span: (span.start, span.end, span.label)):
        quoted = first.text[span.start : span.end]
        found.append(
            Problem(f"{span.label} {quoted!r}: only {only[span]} / 只有一人标注", span.start, span.end)
        )
    return found


def _fact_differences(
    one: str, first: AnnotatedDocument, two: str, second: AnnotatedDocument
) -> list[Problem]:
    """Facts of values that both marked; the others differ as spans already."""
    ours, theirs = stated_facts(first), stated_facts(second)
    shared = {fact.place for fact in ours} & {fact.place for fact in theirs}
    found = []
    for place in sorted(shared):
        mine = [fact for fact in (ours - theirs).elements() if fact.place == place]
        others = [fact for fact in (theirs - ours).elements() if fact.place == place]
        quoted = first.text[place[0] : place[1]]
        if len(mine) == len(others) == 1:
            words = "; ".join(_field_differences(first.text, one, mine[0], two, others[0]))
        elif mine or others:
            words = f"{one} has {len(mine)} facts that {two} has not, {two} {len(others)} / 事实数目不同"
        else:
            continue
        found.append(Problem(f"{quoted!r}: {words}", *place))
    return found


def _field_differences(text: str, one: str, mine: StatedFact, two: str, other: StatedFact) -> list[str]:
    return [
        f"{name}: {one} {_shown(text, name, getattr(mine, name))}, {two} {_shown(text, name, getattr(other, name))}"
        for name in _FIELDS
        if getattr(mine, name) != getattr(other, name)
    ]


def _shown(text: str, name: str, value: Any) -> str:
    if value is None:
        return _NOTHING
    if name in _LINKS:
        return repr(text[value[0] : value[1]])
    if name == "parent":
        (start, end), code = value
        return f"{text[start:end]!r} {code or _NOTHING}"
    return str(value)
