"""The fact that a fact is a part of, where the words do not say 其中: told by the catalogue.

Reports list categories right behind their total, and shares and changes right behind what they are of. Which
code can be a part of which stands in the catalogue (`parents`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extraction.narrative.catalogue import ANY_PARENT, Catalogue
from extraction.narrative.model import LinkedValue

_SENTENCE_END = re.compile(r"[。！？]")
_RELATIONS = frozenset({"rel.share", "rel.change"})
# Stages of one flow (收到、办结、结转): parts only where the text splits the number received.
_STAGES = frozenset({"app.carried_in", "app.carried_out", "app.answered", "prop.closed", "prop.published"})
_PROPOSALS = re.compile(r"prop\.(?:npc|cppcc)")
_PROPOSALS_PART = re.compile(r"prop\.(?:npc|cppcc)_(lead|assist)")


def joint_parts(
    linked: Sequence[LinkedValue], codes: Sequence[str | None]
) -> tuple[list[LinkedValue], list[str | None]]:
    """Facts and codes, with two neighbouring parts that add up to their parent and its neighbour given to both.

    人大建议9件、政协提案16件，其中主办14件、会办11件: the words do not tell that the parts are not of the 16 alone, the
    sums do.
    """
    facts, named = list(linked), list(codes)
    for first in range(2, len(facts) - 1):
        parts, parent = facts[first : first + 2], facts[first].parent
        kinds = [_PROPOSALS_PART.fullmatch(code or "") for code in named[first : first + 2]]
        if not parent or parent >= first or parts[1].parent != parent or not (kinds[0] and kinds[1]):
            continue
        whole = facts[parent - 1 : parent + 1]
        added = sum(fact.number for fact in parts)
        are_wholes = all(_PROPOSALS.fullmatch(code or "") for code in named[parent - 1 : parent + 1])
        if kinds[0][1] == kinds[1][1] or not are_wholes or named[parent] == named[parent - 1]:
            continue
        if added != whole[1].number and added == whole[0].number + whole[1].number:
            for index, kind in zip((first, first + 1), kinds, strict=True):
                facts[index] = replace(facts[index], parent=whole[1].parent)
                named[index] = f"prop.{kind[1]}" if kind else named[index]
    return facts, named


def attach_parents(
    text: str, linked: Sequence[LinkedValue], codes: Sequence[str | None], catalogue: Catalogue
) -> list[LinkedValue]:
    """The paragraph's facts with the parents that their codes tell; parents already found are kept.

    Args:
        text: The paragraph.
        linked: Its facts in reading order.
        codes: Their codes.
        catalogue: Says which codes can be parts of which.
    """
    attached = list(linked)
    for index, (fact, code) in enumerate(zip(linked, codes, strict=True)):
        if fact.parent is not None or code is None or code in _STAGES or fact.value.label == "ZERO":
            continue
        if code in _RELATIONS:
            parent = _related(text, linked, codes, index)
        else:
            parent = _total(text, linked, codes, index, catalogue)
        if parent is not None:
            attached[index] = replace(fact, parent=parent)
    return attached


def _related(
    text: str, linked: Sequence[LinkedValue], codes: Sequence[str | None], index: int
) -> int | None:
    """What a share or change is of: the last fact of the sentence on the same item, else the last one."""
    fact = linked[index]
    before = [
        other
        for other in range(index)
        if codes[other] not in _RELATIONS
        and not _SENTENCE_END.search(text, linked[other].value.end, fact.value.start)
    ]
    same = [other for other in before if fact.item is not None and linked[other].item == fact.item]
    candidates = same or before
    if not candidates or (codes[index] == "rel.share" and linked[candidates[-1]].unit == "%"):
        return None
    return candidates[-1]


def _total(
    text: str,
    linked: Sequence[LinkedValue],
    codes: Sequence[str | None],
    index: int,
    catalogue: Catalogue,
) -> int | None:
    """The nearest fact before, in this sentence or the last, that the catalogue allows as total."""
    fact, code = linked[index], codes[index]
    entry = catalogue[code] if code else None
    is_rate = fact.value.label == "PERCENT"
    if entry is None or ANY_PARENT in entry.parents or (is_rate and not entry.code.startswith("svc.")):
        return None
    for other in range(index - 1, -1, -1):
        candidate, other_code = linked[other], codes[other]
        if other_code is None or other_code == code or not entry.can_be_part_of(other_code):
            continue
        sentences = len(_SENTENCE_END.findall(text[candidate.value.end : fact.value.start]))
        if sentences > (0 if is_rate else 1):
            return None
        if is_rate or (candidate.unit == fact.unit and candidate.number >= fact.number):
            return other
    return None
