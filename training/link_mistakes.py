"""Mistakes as taggers make them in the spans of training examples: lost, shifted, mislabelled and stray spans.

Plans for the next year that are taken for facts are such a mistake, too; statements are turned into some.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from numpy.random import Generator

from extraction.narrative.numbers import find_quantities
from models.labels import VALUE_LABELS, LabelledSpan
from training.link_data import LOST, LinkedFact, LinkExample

_SWAPPED = {"ACTION": "ITEM", "ITEM": "ACTION", "CHANNEL": "ITEM", "SCOPE": "CHANNEL", "PERIOD": "ACTION"}
_SHIFTS = (-4, -3, -2, -2, -1, -1, 1, 1, 2, 2, 3)
_MARKS = frozenset("。！？；;，,、（(）)：:")
PLANS = {
    "ACTION": ("将", "拟", "计划", "力争", "打算", "准备", "还将", "将继续", "下一步，", "下一步将", "明年", "明年计划"),
    "ITEM": ("下一年度目标：", "力争", "明年目标是", "下一步，", "到明年底，"),
}
_STATEMENT = re.compile(r"[^。！？；;]+")
_NOUGHT = re.compile(r"没有(?:收到|发生|出现)?|未(?:收到|发生|收取|出现)?|无(?!锡)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeRates:
    """Shares of the spans that are lost, mislabelled or shifted, and of the stray figures that are taken for values.

    `values_lost` is of value spans, `stray_words` of the spans followed by a stray noun or verb, `planned` of the
    paragraphs in which a statement becomes a plan.
    """

    lost: float = 0.05
    swapped: float = 0.04
    shifted: float = 0.12
    values_lost: float = 0.01
    stray_values: float = 0.3
    stray_words: float = 0.03
    planned: float = 0.03


def stray_values(example: LinkExample) -> list[LabelledSpan]:
    """Figures (plans, mostly) where no value is annotated, and words of nought outside all spans."""
    values = [span for span in example.spans if span.label in VALUE_LABELS]
    figures = [LabelledSpan(q.start, q.end, q.quantity.kind.value) for q in find_quantities(example.text)]
    cues = [LabelledSpan(*match.span(), "ZERO") for match in _NOUGHT.finditer(example.text)]
    return [
        *(span for span in figures if not any(_overlap(span, value) for value in values)),
        *(span for span in cues if not any(_overlap(span, other) for other in (*example.spans, *figures))),
    ]


def with_mistakes(
    example: LinkExample, strays: Sequence[LabelledSpan], rates: MistakeRates, rng: Generator
) -> LinkExample:
    """The example with random mistakes. Links to spans that are lost or mislabelled become `LOST`."""
    if rng.random() < rates.planned:
        example, strays = planned(example, rng), ()
    kept: dict[int, LabelledSpan] = {}
    for number in range(len(example.spans)):
        changed = _changed(example, number, rates, rng)
        if changed is not None:
            kept[number] = changed
    added = [span for span in strays if rng.random() < rates.stray_values]
    kept = {n: span for n, span in kept.items() if not any(_overlap(span, stray) for stray in added)}
    for span in [span for stray in added for span in _words_around(example.text, stray, rng)]:
        if not any(_overlap(span, other) for other in (*kept.values(), *added)):
            added.append(span)
    added += _stray_words(example.text, [*kept.values(), *added], rates.stray_words, rng)
    spans = sorted([*kept.values(), *added])
    place = {span: index for index, span in enumerate(spans)}
    moved = {number: place[span] for number, span in kept.items()}
    same = {n for n, span in kept.items() if span.label == example.spans[n].label}
    facts = tuple(_moved(fact, moved, same) for fact in example.facts if fact.value in moved)
    return LinkExample(example.text, tuple(spans), facts)


def planned(example: LinkExample, rng: Generator) -> LinkExample:
    """The example with one of its statements turned into a plan, the values of which are no facts any more.

    A statement that says when is left: it is not of the next year.
    """
    places = []
    for statement in _STATEMENT.finditer(example.text):
        inside = [span for span in example.spans if statement.start() <= span.start < statement.end()]
        if inside and not any(span.label in ("PERIOD", "ZERO") for span in inside):
            places += [(span, statement.end()) for span in inside[:2] if span.label in PLANS]
    if not places:
        return example
    span, end = places[int(rng.integers(len(places)))]
    cues = PLANS[span.label]
    cue = cues[int(rng.integers(len(cues)))]
    text = example.text[: span.start] + cue + example.text[span.start :]
    spans = tuple(
        s._replace(start=s.start + len(cue), end=s.end + len(cue)) if s.start >= span.start else s
        for s in example.spans
    )
    gone = {n for n, s in enumerate(example.spans) if s.label in VALUE_LABELS and span.start <= s.start < end}
    facts = tuple(
        replace(fact, parent=LOST) if fact.parent in gone else fact for fact in example.facts if fact.value not in gone
    )
    return LinkExample(text, spans, facts)


def _overlap(a: LabelledSpan, b: LabelledSpan) -> bool:
    return a.start < b.end and b.start < a.end


def _changed(example: LinkExample, number: int, rates: MistakeRates, rng: Generator) -> LabelledSpan | None:
    span = example.spans[number]
    chance = float(rng.random())
    if span.label in VALUE_LABELS:
        return None if chance < rates.values_lost else span
    if chance < rates.lost:
        return None
    if chance < rates.lost + rates.swapped:
        return span._replace(label=_SWAPPED[span.label])
    if chance < rates.lost + rates.swapped + rates.shifted:
        return _shifted(example, number, rng)
    return span


def _shifted(example: LinkExample, number: int, rng: Generator) -> LabelledSpan:
    """The span with one of its edges moved, not over a neighbour's or a punctuation mark."""
    span, spans = example.spans[number], example.spans
    shift = _SHIFTS[int(rng.integers(len(_SHIFTS)))]
    if rng.random() < 0.5:
        least = spans[number - 1].end if number else 0
        moved = span._replace(start=min(max(least, span.start + shift), span.end - 1))
    else:
        most = spans[number + 1].start if number + 1 < len(spans) else len(example.text)
        moved = span._replace(end=max(min(most, span.end + shift), span.start + 1))
    grown = example.text[moved.start : span.start] + example.text[span.end : moved.end]
    return span if _MARKS.intersection(grown) else moved


def _words_around(text: str, stray: LabelledSpan, rng: Generator) -> list[LabelledSpan]:
    """A noun, and at times a verb before it, right before or behind a stray value, as a tagger finds them there."""
    length, verb = int(rng.integers(2, 8)), int(rng.integers(1, 4))
    if rng.random() < 0.3:
        behind = LabelledSpan(stray.end, min(len(text), stray.end + length), "ITEM")
        return [behind] if behind.start < behind.end and not _marked(text, behind) else []
    noun = LabelledSpan(stray.start - length, stray.start, "ITEM")
    found = [noun, noun._replace(start=noun.start - verb, end=noun.start, label="ACTION")]
    return [s for s in found[: int(rng.integers(0, 3))] if s.start >= 0 and not _marked(text, s)]


def _marked(text: str, span: LabelledSpan) -> bool:
    return bool(_MARKS.intersection(text[span.start : span.end]))


def _stray_words(
    text: str, spans: Sequence[LabelledSpan], share: float, rng: Generator
) -> list[LabelledSpan]:
    """Short pieces of the text between spans, as nouns or verbs."""
    found = []
    for before, after in pairwise(sorted(spans)):
        length = int(rng.integers(2, 6))
        if after.start - before.end < length or rng.random() >= share:
            continue
        start = int(rng.integers(before.end, after.start - length + 1))
        if not _MARKS.intersection(text[start : start + length]):
            found.append(LabelledSpan(start, start + length, "ITEM" if rng.random() < 0.6 else "ACTION"))
    return found


def _moved(fact: LinkedFact, place: dict[int, int], same: set[int]) -> LinkedFact:
    def link(number: int | None) -> int | None:
        if number is None or number == LOST:
            return number
        return place[number] if number in same else LOST

    return replace(
        fact, value=place[fact.value], item=link(fact.item), action=link(fact.action), scope=link(fact.scope),
        period=link(fact.period), channel=link(fact.channel), parent=link(fact.parent),
    )  # fmt: skip
