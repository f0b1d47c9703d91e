"""Tags a paragraph by patterns: the floor that users without a model get, and the number to beat."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from extraction.narrative.numbers import find_quantities
from models.labels import VALUE_LABELS, LabelledSpan

_BOUNDARY = re.compile(r"[，。；;：:、！？（）()\n]|,(?!\d)|其中|以及|并且|同时|还有|包括|分别|和(?=[\u4e00-\u9fff]{2,})")
_SENTENCE = re.compile(r"[^。！？]*[。！？]?")
_LEADING = re.compile(r"(?:了|的|已|均|并|还|另有|另外|另|再|又|也|其中|及|与|和|即|含|累计|共|完成|全年|此外|一是|二是|三是|四是|五是|及时|积极)+")
_AFTER = re.compile(
    r"(?:的|以上的)?(?P<item>[\u4e00-\u9fff“”《》A-Za-z]{2,18}?)"
    r"(?=[，。；、：（(,;！]|\Z|\d|的|均|已|并|得到|进行|办理|实现|和|及|与|等)"
)
_SPREAD = re.compile(r"[\u4e00-\u9fff]{0,8}?(?:均|每|平均|各自)")
_UNWANTED_ITEM = re.compile(r"[以共为达至到有在是]\Z|\A(?:以上|左右|多|余)")


@cache
def _words() -> dict[str, re.Pattern[str]]:
    with (Path(__file__).parent / "rule_words.toml").open("rb") as file:
        entries = tomllib.load(file)
    actions = "|".join(sorted(map(re.escape, set(entries["actions"])), key=len, reverse=True))
    return {
        "scope": re.compile(entries["scopes"]),
        "period": re.compile(entries["periods"]),
        "channel": re.compile(f"(?:{entries['channel_leads']})(?P<channel>{entries['channels']})"),
        "action": re.compile(f"(?:{actions})"),
        "copula": re.compile(f"(?:{entries['copulas']})\\Z"),
        "zero": re.compile(f"(?P<cue>{entries['zero_cues']}){entries['zero_items']}"),
        "more": re.compile(f"[、和及或](?:提起)?(?P<item>{'行政诉讼|行政复议|举报|投诉|责任追究'})"),
        "plan": re.compile(entries["plans"]),
    }


class RuleTagger:
    """Patterns for values, and what stands beside them for the rest."""

    def tag(self, text: str) -> list[LabelledSpan]:
        """The spans of a paragraph, in order, not overlapping."""
        spans: list[LabelledSpan] = []
        words = _words()
        planned = [match.span() for match in _SENTENCE.finditer(text) if words["plan"].search(match[0])]
        values = [
            LabelledSpan(found.start, found.end, found.quantity.kind.value.upper())
            for found in find_quantities(text)
            if not any(start <= found.start < end for start, end in planned)
            and not _SPREAD.match(text, found.end)
        ]
        zeros = [match for match in words["zero"].finditer(text)
                 if not any(start <= match.start() < end for start, end in planned)]  # fmt: skip
        spans.extend(values)
        for match in zeros:
            _add(spans, LabelledSpan(*match.span("cue"), "ZERO"))
            _add(spans, LabelledSpan(*match.span("item"), "ITEM"))
            for more in re.finditer(words["more"], text[match.end() : match.end() + 12]):
                start, end = more.span("item")
                _add(spans, LabelledSpan(match.end() + start, match.end() + end, "ITEM"))
        for value in values:
            _tag_around(text, value, spans)
        for label, group in (("PERIOD", 0), ("SCOPE", 0), ("CHANNEL", "channel")):
            for match in words[label.lower()].finditer(text):
                _add(spans, LabelledSpan(*match.span(group), label))
        return sorted(spans, key=lambda span: span.start)


def _add(spans: list[LabelledSpan], span: LabelledSpan) -> bool:
    """Adds a span that overlaps none."""
    if span.start >= span.end or any(span.start < other.end and other.start < span.end for other in spans):
        return False
    spans.append(span)
    return True


def _tag_around(text: str, value: LabelledSpan, spans: list[LabelledSpan]) -> None:
    """The noun and verb in front of a value, else the noun behind it."""
    words = _words()
    earlier = max((span.end for span in spans if span.label in VALUE_LABELS and span.end <= value.start), default=0)
    boundary = max((match.end() for match in _BOUNDARY.finditer(text, earlier, value.start)), default=earlier)
    for other in ("period", "scope", "channel"):
        for match in words[other].finditer(text, boundary, value.start):
            end = match.end()
            if end - boundary < 30:
                boundary = max(boundary, end)
    start, end = boundary, value.start
    copula = words["copula"].search(text, start, end)
    if copula:
        end = copula.start()
    lead = _LEADING.match(text, start, end)
    if lead:
        start = lead.end()
    action = words["action"].match(text, start, end)
    if action is None:
        found = words["action"].search(text, start, end)
        action = found if found and end - found.end() >= 2 else None
    if action is not None:
        _add(spans, LabelledSpan(action.start(), action.end(), "ACTION"))
        start = action.end()
        lead = _LEADING.match(text, start, end)
        start = lead.end() if lead else start
    start, end = _trimmed(text, start, end)
    if end - start >= 2 and not _UNWANTED_ITEM.search(text[start:end]):
        _add(spans, LabelledSpan(start, end, "ITEM"))
        return
    follower = _AFTER.match(text, value.end)
    if follower and value.label != "PERCENT":
        verb = words["action"].match(follower["item"])
        if verb and verb.end() == len(follower["item"]):
            _add(spans, LabelledSpan(*follower.span("item"), "ACTION"))
        else:
            _add(spans, LabelledSpan(*follower.span("item"), "ITEM"))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in " \t\u3000的了“":
        start += 1
    while end > start and text[end - 1] in " \t\u3000的了”":
        end -= 1
    return start, end
