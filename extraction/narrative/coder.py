"""Chooses a fact's code by its item, action, channel and parent, from the catalogue's words alone.

A user's own catalogue entries take part like the project's: nothing is trained.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extraction.narrative.catalogue import Catalogue, Indicator, Measure, Select

_PLAIN = re.compile(r"(?:各类|各项|有关|相关|主动|公开|政府|政务|信息|消息|内容|文章|稿件|依申请|申请|的|件)*\Z")
_VERB_DECIDES, _BOTH_AGREE = 6.0, 3.0  # a verb that fits says more than a long noun
_FOREIGN_ITEM = 0.5  # what is left where the verb fits but the noun is another's
_LEAST_COVERED = 0.4  # of the item, by a word that does not stand at its end
_PEOPLE = frozenset({"人次", "人", "名", "位", "余人", "户次"})
_KIND = {"COUNT": Measure.COUNT, "PERCENT": Measure.RATE, "MONEY": Measure.MONEY}
_SHARE = re.compile(r"占")
_CHANGE = re.compile(r"同比|环比|较上|比上年|较去年|比去年|较20|比20|增长|增加|减少|下降|上升|提高|提升|降低|升高|新增")


@dataclass(frozen=True, slots=True)
class Query:
    """What is known of a fact: texts are empty where nothing is written."""

    label: str
    unit: str | None
    item: str
    action: str
    channel: str = ""
    parent_code: str | None = None


class CatalogueCoder:
    """Codes facts by a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._cached = lru_cache(maxsize=65536)(self._rank)

    def choose(self, query: Query) -> tuple[str | None, float]:
        """The best code and how clearly it won (0..1), or `(None, …)` where no entry names the fact."""
        ranked = self.rank(query)
        if not ranked:
            return None, 0.5
        best, code = ranked[0]
        second = ranked[1][0] if len(ranked) > 1 else 0.0
        return code, best / (best + second)

    def rank(self, query: Query) -> tuple[tuple[float, str], ...]:
        """Scores and codes of the entries that name the fact, best first."""
        return self._cached(query)

    def _rank(self, query: Query) -> tuple[tuple[float, str], ...]:
        scores = ((_score(entry, query), code) for code, entry in self.catalogue.items())
        return tuple(sorted((pair for pair in scores if pair[0] > 0), reverse=True))


def _score(entry: Indicator, query: Query) -> float:
    """How well an entry's words fit; 0 excludes it."""
    if not _measures(entry, query):
        return 0.0
    item = _best(entry.wordings, query.item)
    action = max(_best(entry.actions, query.action), 0.8 * _best(entry.actions, query.item))
    if entry.code in ("rel.share", "rel.change"):
        return _relation_score(entry, query)
    channel = 0.0
    if entry.channels and query.channel and _PLAIN.match(query.item):
        channel = 20.0 if any(word in query.channel for word in entry.channels) else 0.0
    parent = 1.5 if query.parent_code and entry.can_be_part_of(query.parent_code) else 0.0
    unit = _unit_factor(entry, query)
    if entry.select is Select.ACTION:
        foreign = _FOREIGN_ITEM if query.item and not item else 1.0
        return (_VERB_DECIDES + 1.6 * action + 0.5 * item + parent) * foreign * unit if action else 0.0
    if entry.select is Select.BOTH:
        return (_BOTH_AGREE + 1.5 * item + 1.2 * action + parent) * unit if item and action else 0.0
    if not item and not query.item and action:
        item = 0.5 * action
    if not (item or channel):
        return 0.0
    return (1.5 * item + 0.3 * action + channel + parent) * unit


def _relation_score(entry: Indicator, query: Query) -> float:
    """Shares and changes are told by the verb; a rate with a code of its own outweighs them by its item."""
    words = query.action + query.item[-4:]
    if entry.code == "rel.share":
        return 5.0 if _SHARE.search(words) else 0.0
    return 12.0 if _CHANGE.search(query.action) and query.parent_code is not None else (
        6.0 if _CHANGE.search(query.action) and query.unit in ("%", "百分点") else 0.0
    )


def _measures(entry: Indicator, query: Query) -> bool:
    if query.label == "ZERO":
        return entry.kind is not Measure.RATE
    if entry.code == "rel.change":
        return query.label != "MONEY"
    if query.unit == "分" and entry.kind is Measure.RATE:
        return True
    return _KIND[query.label] is entry.kind


def _best(words: tuple[str, ...], text: str) -> float:
    """The longest of the words that the text holds; the head of a Chinese noun phrase stands at its end, so
    a short word elsewhere in a long phrase says nothing."""
    best = 0.0
    for word in words:
        if word not in text:
            continue
        at_end = text.endswith(word)
        if at_end or len(word) >= _LEAST_COVERED * len(text):
            best = max(best, len(word) + 0.5 * at_end + 0.5 * (word == text))
    return best


def _unit_factor(entry: Indicator, query: Query) -> float:
    """People counted are no documents counted: 培训…人次 is not 培训…场."""
    if query.unit is None or query.label != "COUNT":
        return 1.0
    if query.unit == entry.unit:
        return 1.1
    return 0.6 if (query.unit in _PEOPLE) != (entry.unit in _PEOPLE) else 1.0
