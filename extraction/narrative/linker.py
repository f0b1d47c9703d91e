"""Links by rules: a paragraph's values to item, action, scope, period, channel and the fact they are part of.

The rules are those of the annotation guide: a period or scope governs until the next of its kind, at most to
the paragraph's end; a verb or noun may be shared by a series; 其中 and parentheses make parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from extraction.narrative.model import LinkedValue
from extraction.narrative.numbers import read_quantity
from extraction.numbering import NUMERAL
from models.labels import VALUE_LABELS, LabelledSpan

_SENTENCE_END = re.compile(rf"[。！？]|\n(?=\s*(?:{NUMERAL}、|（{NUMERAL}）))")
_RESPECTIVELY = re.compile(r"分别(?:为|是|达|占|有|达到)?|依次(?:为|是)?|各(?:为|是)")
_OF_WHICH = re.compile(r"其中|包括|含(?!量)|分为|分别为|具体为|内有|主要有")
_EACH = re.compile(r"[^，。；]{0,3}(?:均|皆|都|同为|双|各)[^，。；]{0,4}")
_JOINED = re.compile(r"[\s“”]*(?:、|和|与|及|以及|或者?)(?:被?(?:提起|申请))?[\s“”]*")
_OPENING, _CLOSING = "（(", "）)"


class RuleLinker:
    """The rules as a `Linker`."""

    is_complete = False

    def link(self, text: str, spans: Sequence[LabelledSpan]) -> list[LinkedValue]:
        return link(text, spans)


def link(text: str, spans: Sequence[LabelledSpan]) -> list[LinkedValue]:
    """Every value of a paragraph with its links, in reading order.

    Args:
        text: The paragraph's joined text.
        spans: Its labelled spans, in order, not overlapping. A value span in which no quantity can be read
            is passed over.
    """
    linked: list[LinkedValue] = []
    for sentence_start, sentence_end in _sentences(text):
        inside = [span for span in spans if sentence_start <= span.start < sentence_end]
        before = [span for span in spans if span.start < sentence_start]
        values = [span for span in inside if span.label in VALUE_LABELS]
        first = len(linked)
        for value in values:
            quantity = quantity_of(text, value)
            if quantity is None:
                continue
            number, unit, approximate = quantity
            item, action = _item_and_action(text, value, inside)
            linked.append(
                LinkedValue(
                    value, number, unit, approximate, item, action,
                    _governing("SCOPE", value, inside, before, text),
                    _governing("PERIOD", value, inside, before, text),
                    _channel(value, inside),
                )
            )  # fmt: skip
            linked += [replace(linked[-1], item=other) for other in _sharing(text, value, item, inside)]
        _share_series(text, inside, linked, first)
        _set_parents(text, linked, first)
    return linked


def _sentences(text: str) -> list[tuple[int, int]]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    starts = [0, *ends]
    return [(start, end) for start, end in zip(starts, [*ends, len(text)], strict=True) if start < end]


def quantity_of(text: str, value: LabelledSpan) -> tuple[Decimal, str | None, str | None] | None:
    """A value span's number, unit and approximation, or `None` where no quantity can be read in it."""
    if value.label not in VALUE_LABELS:
        return None
    if value.label == "ZERO":
        return Decimal(0), None, None
    read = read_quantity(text[value.start : value.end])
    return (read.value, read.unit, read.approximate) if read else None


def _item_and_action(
    text: str, value: LabelledSpan, inside: Sequence[LabelledSpan]
) -> tuple[LabelledSpan | None, LabelledSpan | None]:
    before = [span for span in inside if span.end <= value.start]
    after = [span for span in inside if span.start >= value.end]
    item = _last_open(text, before, value)
    action = _last(before, "ACTION")
    between = [span for span in before if item and span.start >= item.end and span.label in VALUE_LABELS]
    follower = next((span for span in after if span.label == "ITEM"), None)
    follows = (
        follower is not None
        and not any(span.label in VALUE_LABELS for span in after if span.start < follower.start)
        and _directly_after(text, value, follower, after)
    )
    if follows and (item is None or between or value.label == "ZERO"):
        item = follower
    if action is not None and _is_used_up(text, action, value, before, item):
        action = None
    if action is None:
        action = _following_action(text, value, after)
    return item, action


def _sharing(
    text: str, value: LabelledSpan, item: LabelledSpan | None, inside: Sequence[LabelledSpan]
) -> list[LabelledSpan]:
    """The other nouns that have the value, too: 办结率、满意率均为100%, 没有复议、诉讼."""
    if item is None or (value.label == "ZERO") != (item.start >= value.end):
        return []
    if value.label != "ZERO" and not _EACH.fullmatch(text, item.end, value.start):
        return []
    items = [span for span in inside if span.label == "ITEM"]
    chain = items[items.index(item) :] if value.label == "ZERO" else items[items.index(item) :: -1]
    sharing: list[LabelledSpan] = []
    for near, far in pairwise(chain):
        left, right = min(near, far), max(near, far)
        if not _JOINED.fullmatch(text, left.end, right.start):
            break
        sharing.append(far)
    return sharing


def _last(spans: Sequence[LabelledSpan], label: str) -> LabelledSpan | None:
    return next((span for span in reversed(spans) if span.label == label), None)


def _last_open(text: str, spans: Sequence[LabelledSpan], value: LabelledSpan) -> LabelledSpan | None:
    """The last item before a value, those in parentheses that have closed since left out."""
    items = [span for span in spans if span.label == "ITEM"]
    for span in reversed(items):
        opened = _enclosing_parenthesis(text, span.start)
        if opened is None or opened == _enclosing_parenthesis(text, value.start):
            return span
    return items[-1] if items else None


def _directly_after(
    text: str, value: LabelledSpan, item: LabelledSpan, after: Sequence[LabelledSpan]
) -> bool:
    gap = text[value.end : item.start]
    if value.label == "ZERO":
        return len(gap) <= 30 and not re.search(r"[。；]", gap)
    return len(gap) <= 8 and not re.search(r"[，。；、（）()：:]", gap)


def _is_used_up(
    text: str,
    action: LabelledSpan,
    value: LabelledSpan,
    before: Sequence[LabelledSpan],
    item: LabelledSpan | None,
) -> bool:
    """Whether a verb belongs to an earlier value only: a clause ended since and a new item began without it."""
    values_between = [span for span in before if span.label in VALUE_LABELS and span.start >= action.end]
    if not values_between:
        return False
    gap = text[values_between[-1].end : value.start]
    new_item = item is not None and item.start >= values_between[-1].end
    return new_item and bool(re.search(r"[，；;。,]", gap)) and value.label == "PERCENT"


def _following_action(
    text: str, value: LabelledSpan, after: Sequence[LabelledSpan]
) -> LabelledSpan | None:
    """A verb right behind the value (18件办结), where no other value comes first."""
    for span in after[:2]:
        if span.label in VALUE_LABELS:
            return None
        if span.label == "ACTION":
            gap = text[value.end : span.start]
            return span if len(gap) <= 6 and not re.search(r"[，。；、,]", gap) else None
    return None


def _governing(
    label: str,
    value: LabelledSpan,
    inside: Sequence[LabelledSpan],
    before: Sequence[LabelledSpan],
    text: str,
) -> LabelledSpan | None:
    """The last period or scope before the value; one inside parentheses governs only there."""
    candidates = [span for span in (*before, *inside) if span.label == label and span.end <= value.start]
    for span in reversed(candidates):
        opened = max((text.rfind(mark, 0, span.start) for mark in _OPENING), default=-1)
        closed = max((text.rfind(mark, 0, span.start) for mark in _CLOSING), default=-1)
        if opened > closed and any(mark in text[span.end : value.start] for mark in _CLOSING):
            continue
        return span
    return None


def _channel(value: LabelledSpan, inside: Sequence[LabelledSpan]) -> LabelledSpan | None:
    return _last([span for span in inside if span.end <= value.start], "CHANNEL")


def _share_series(text: str, inside: Sequence[LabelledSpan], linked: list[LinkedValue], first: int) -> None:
    """甲、乙、丙分别为1、2、3: the n-th value takes the n-th item."""
    for match in _RESPECTIVELY.finditer(text):
        values = [
            index for index in range(first, len(linked)) if linked[index].value.start >= match.end() - 1
        ]
        run = _run_of_values(text, linked, values)
        stop = max((m.end() for m in re.finditer(r"[。；]", text[: match.start()])), default=0)
        items = [span for span in inside if span.label == "ITEM" and stop <= span.start < match.start()]
        if len(run) >= 2 and len(items) >= len(run):
            for index, item in zip(run, items[-len(run) :], strict=True):
                linked[index] = replace(linked[index], item=item)


def _run_of_values(text: str, linked: Sequence[LinkedValue], indices: Sequence[int]) -> list[int]:
    """The values of a series: nothing but commas, 和 and verbs' tails between them."""
    run: list[int] = []
    for index in indices:
        if run:
            gap = text[linked[run[-1]].value.end : linked[index].value.start]
            if not re.fullmatch(r"\s*[、，,和及与/]\s*", gap):
                break
        run.append(index)
    return run


def _set_parents(text: str, linked: list[LinkedValue], first: int) -> None:
    for index in range(first, len(linked)):
        parent = _parent(text, linked, first, index)
        if parent is not None:
            linked[index] = replace(linked[index], parent=parent)


def _parent(text: str, linked: Sequence[LinkedValue], first: int, index: int) -> int | None:
    start = linked[index].value.start
    enclosing = _enclosing_parenthesis(text, start)
    if enclosing is not None:
        outer = [k for k in range(first, index) if linked[k].value.end <= enclosing]
        if outer and len(text[linked[outer[-1]].value.end : enclosing]) <= 2:
            return outer[-1]
    since = linked[first].value.start if index > first else 0
    marks = list(_OF_WHICH.finditer(text, since, start))
    for mark in reversed(marks):
        opened = _enclosing_parenthesis(text, mark.start())
        if opened is not None and opened != enclosing:
            continue
        totals = [k for k in range(first, index) if linked[k].value.end <= mark.start()]
        if not totals:
            return None
        if "；" in text[mark.end() : start] and mark.group() != "分为":
            return None
        total = totals[-1]
        while _is_part(linked[total], text):
            outer_total = linked[total].parent
            if outer_total is None:
                break
            total = outer_total
        return total
    previous = linked[index - 1] if index > first else None
    action = linked[index].action
    if previous and action and re.search(r"占|同比|较上|环比|比上年", text[action.start : action.end]):
        return index - 1 if action.start >= previous.value.end else None
    return None


def _is_part(fact: LinkedValue, text: str) -> bool:
    """Whether the fact stands in parentheses: a part of a part is no total for what follows."""
    return fact.parent is not None and _enclosing_parenthesis(text, fact.value.start) is not None


def _enclosing_parenthesis(text: str, position: int) -> int | None:
    """Where the innermost parenthesis that is open at a position opens."""
    depth = 0
    for place in range(position - 1, max(-1, position - 300), -1):
        if text[place] in _CLOSING:
            depth += 1
        elif text[place] in _OPENING:
            if depth == 0:
                return place
            depth -= 1
    return None
