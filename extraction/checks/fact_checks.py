"""Checks of the running text's facts against each other: parts and totals, shares, one indicator told twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from extraction.checks.arithmetic import Printed, is_share, percentage, printed
from extraction.checks.findings import Finding, finding
from extraction.document import Document, Span
from extraction.forms.model import Form
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.model import Fact
from extraction.sections import Section

# Codes whose facts together are the whole of their common parent.
_WHOLE = (
    frozenset({"prop.npc", "prop.cppcc"}),
    frozenset({"prop.lead", "prop.assist"}),
    frozenset({"prop.npc_lead", "prop.npc_assist"}),
    frozenset({"prop.cppcc_lead", "prop.cppcc_assist"}),
)
# Indicators of which a report has one figure for one body and time.
_SINGLE = re.compile(
    r"svc\.(?!satisfaction|cases|cross|one|data|delegated|\w+_cut)\w+_(?:rate|items)|app\.(?:received|carried_in|carried_out)"
    r"|reg\.(?:items|records|lists)|prop\.total|permit\.cases|fee\.amount"
)
_SHARE_CODES = re.compile(r"rel\.share|svc\.(?!satisfaction)\w+_rate")
_SURE = 0.7  # confidence from which a fact may contradict another
_READ = 0.5  # confidence from which a fact's number may be taken for a total's, whatever its code
_UNSURE = "unsure"
_GROWN, _FALLEN = re.compile("[增升多涨]"), re.compile("[减降少落跌]")
_NEAR = 400  # characters before a share in which its total may stand
_WORLDS_APART = 30  # percentage points between two tellings of one rate
_NOW = re.compile(r"目前|截[至止]|全年|本年|年内|今年")
_OF_A_TARGET = re.compile(r"(?:计划|目标|任务|指标)数?的?\Z")  # 占全年计划的106.8%
_TOGETHER = re.compile(r"合计|合占|总共")  # 三个领域合计占83%
_SHARE_WORDS = 10  # characters before a share that say what it is of
_ALL_DONE = re.compile(r"(?:全部|均已?|都已?)(?:按时|按期|依法|及时)*(?:办结|答复|办理完毕)")


def check_facts(
    document: Document, facts: Sequence[Fact], forms: Sequence[Form], sections: Sequence[Section]
) -> Iterator[Finding]:
    """Findings about the facts, in no particular order. Facts that are not sure take no part."""
    sure = [
        fact if fact.confidence >= _SURE else replace(fact, code=None, parent=None, kind=_UNSURE)
        for fact in facts
    ]
    yield from _check_parts(document, sure)
    yield from _check_shares(document, sure, facts)
    yield from _check_changes(sure)
    yield from _check_repeated(sure, facts)
    yield from _check_all_done(document, forms, sections)


def _span(fact: Fact) -> Span:
    return Span(fact.start, fact.end)


def _name(fact: Fact) -> dict[str, str]:
    entry = load_catalogue()[fact.code] if fact.code else None
    printed = fact.item or fact.text
    return {"name": entry.name_en if entry else printed, "name_zh": entry.name_zh if entry else printed}


def _check_parts(document: Document, facts: Sequence[Fact]) -> Iterator[Finding]:
    """Parts that are the whole must add up; no part may exceed its total."""
    children: dict[int, list[Fact]] = {}
    for fact in facts:
        if fact.parent is not None:
            children.setdefault(fact.parent, []).append(fact)
    for index, parts in children.items():
        total = facts[index]
        same = [part for part in parts if part.unit == total.unit and part.code != "rel.change"]
        for part in same:
            is_bracket = document.text[total.end : total.end + 1] in {"（", "("}
            larger = part.value - printed(part).rounding > total.value + printed(total).rounding
            exceeds = larger and part.kind == total.kind == "count"
            if exceeds and (is_bracket or not _may_be_of_both(facts, index, part)):
                yield finding(
                    "fact.part_exceeds_total", [_span(part), _span(total)], _name(part),
                    expected=total.value, actual=part.value,
                )  # fmt: skip
        if sum((part.value for part in same), Decimal(0)) == total.value:
            continue  # parts of two kinds at once (协办建议2件、提案3件，主办建议4件、提案5件)
        own = [part for part in same if part.scope in (None, total.scope)]
        for codes in _WHOLE if total.code is None or total.code.startswith("prop.") else ():
            whole = [part for part in own if part.code in codes]
            if {part.code for part in whole} == codes and len(whole) == len(codes):
                added = sum((part.value for part in whole), Decimal(0))
                if abs(added - total.value) > sum(printed(fact).rounding for fact in (total, *whole)):
                    spans = [_span(total), *map(_span, whole)]
                    yield finding("fact.parts", spans, _name(total), expected=added, actual=total.value)


def _may_be_of_both(facts: Sequence[Fact], total: int, part: Fact) -> bool:
    """Whether a part fits into its total and the one told beside that together (建议5件、提案9件，主办10件)."""
    whole = facts[total]
    beside = (facts[n] for n in (total - 1, total + 1) if 0 <= n < len(facts))
    return any(
        other is not part and other.kind == "count" and other.unit == whole.unit and other.sentence == whole.sentence
        and part.value <= other.value + whole.value
        for other in beside
    )  # fmt: skip


def _check_shares(document: Document, facts: Sequence[Fact], all_facts: Sequence[Fact]) -> Iterator[Finding]:
    """A count beside its share must be that share of its total; no share is over 100 %.

    Args:
        document: The report.
        facts: Those that are not sure stripped of their codes.
        all_facts: The same as they are: a total's number is read well where its code is in doubt.
    """
    for index, fact in enumerate(facts):
        if fact.kind != "percent" or fact.unit != "%" or not fact.code or not _SHARE_CODES.fullmatch(fact.code):
            continue
        before = "".join(document.text[max(0, fact.start - _SHARE_WORDS) : fact.start].split())
        if fact.value > 100:
            if not _OF_A_TARGET.search(before):
                yield finding("fact.over_100", [_span(fact)], _name(fact), actual=fact.value)
            continue
        count = None if _TOGETHER.search(before + (fact.action or "")) else _count_of(facts, index)
        whole = _whole_of(all_facts, count) if count is not None and facts[count].kind != _UNSURE else None
        if count is None or whole is None or fact.approximate or "成" in fact.text or not all_facts[whole].value:
            continue
        part, total = facts[count], all_facts[whole]
        if not (is_share(fact.value, printed(part), printed(total)) or _is_of_another(all_facts, index, part)):
            expected = percentage(part.value, total.value).quantize(Decimal("0.01"))
            spans = [_span(fact), _span(part), _span(total)]
            yield finding("fact.share", spans, _name(fact), expected=expected, actual=fact.value)


def _is_of_another(facts: Sequence[Fact], index: int, part: Fact) -> bool:
    """Whether a share is right for another count told before it: then its total is in doubt, not the share.

    A share of whole per cents is right for some count by chance: only those shortly before it are asked.
    """
    share = facts[index]
    exact = int(share.value.as_tuple().exponent) < 0
    before = (
        fact for fact in facts[:index]
        if exact or (share.start - fact.end <= _NEAR and fact.section == share.section)
    )  # fmt: skip
    return any(
        fact.kind == "count" and fact.unit == part.unit and fact.start != part.start and fact.value >= part.value > 0
        and is_share(share.value, printed(part), printed(fact))
        for fact in before
    )  # fmt: skip


def _count_of(facts: Sequence[Fact], index: int) -> int | None:
    """The count that a share stands beside: its parent, told of the same thing right before it."""
    fact = facts[index]
    previous = index - 1
    if previous < 0 or facts[previous].kind != "count" or facts[previous].sentence != fact.sentence:
        return None
    if facts[previous].code == "rel.change" or _is_one_of_several(facts, index):
        return None
    beside = fact.parent == previous or (fact.item is not None and fact.item == facts[previous].item)
    return previous if beside and fact.start - facts[previous].end <= 12 else None


def _is_one_of_several(facts: Sequence[Fact], index: int) -> bool:
    """Whether counts are told one after the other and then their shares (分别为8件、2件，分别占57%和14%)."""
    around = facts[max(0, index - 2) : index + 2]
    are_shares = [fact.unit == "%" for fact in around if fact.sentence == facts[index].sentence]
    return are_shares == [False, False, True, True]


def _whole_of(facts: Sequence[Fact], count: int) -> int | None:
    """The total that a count is a part of."""
    fact = facts[count]
    if fact.parent is None:
        return None
    whole = facts[fact.parent]
    is_total = whole.kind == "count" and whole.unit == fact.unit and whole.confidence >= _READ
    return fact.parent if is_total else None


def _check_changes(facts: Sequence[Fact]) -> Iterator[Finding]:
    """A change told in number and in per cent (52件，比上年减少9件，下降14.75%) must be one and the same."""
    for at, share in enumerate(facts):
        if share.unit != "%" or share.code != "rel.change" or share.parent is None or share.approximate:
            continue
        now = facts[share.parent]
        beside = [by for by in (*facts[max(at - 1, 0) : at], *facts[at + 1 : at + 2]) if _is_same_change(share, by, now)]
        before = [now.value - by.value if _GROWN.search(_verbs(share, by)) else now.value + by.value for by in beside]
        made = [(by, was) for by, was in zip(beside, before, strict=True) if was > 0]
        if made and not any(is_share(share.value, printed(by), _before(now, by, was)) for by, was in made):
            by, was = made[0]
            expected = percentage(by.value, was).quantize(Decimal("0.01"))
            spans = [_span(share), _span(by), _span(now)]
            yield finding("fact.change", spans, _name(now), expected=expected, actual=share.value)


def _before(now: Fact, by: Fact, was: Decimal) -> Printed:
    """Last year's number, which has the roundings of both that it was calculated from."""
    return Printed(was, printed(now).rounding + printed(by).rounding)


def _is_same_change(share: Fact, by: Fact, now: Fact) -> bool:
    """Whether a count tells the change of the same figure as a share, in one direction."""
    alike = by.code == "rel.change" and by.parent == share.parent and by.unit == now.unit and by.kind == now.kind == "count"
    together = len({share.sentence, by.sentence, now.sentence}) == 1 and not by.approximate
    verbs = _verbs(share, by)
    return alike and together and bool(_GROWN.search(verbs)) != bool(_FALLEN.search(verbs))


def _verbs(share: Fact, by: Fact) -> str:
    return f"{share.action or ''} {by.action or ''}"


def _check_repeated(facts: Sequence[Fact], all_facts: Sequence[Fact]) -> Iterator[Finding]:
    """The same indicator of the same body and time with two values, or a rate told twice that is worlds apart.

    The arguments are those of `_check_shares`.
    """
    groups: dict[tuple[str, str | None], list[int]] = {}
    for number, fact in enumerate(facts):
        if not fact.code or not _SINGLE.fullmatch(fact.code) or fact.kind == "zero" or fact.approximate:
            continue
        if fact.kind == "count" and fact.value % 1:
            continue  # an average
        if fact.parent is None or facts[fact.parent].code != fact.code:
            groups.setdefault((fact.code, fact.unit), []).append(number)
    for group in groups.values():
        first = facts[group[0]]
        others = ((number, facts[number]) for number in group[1:])
        rest = [(n, fact) for n, fact in others if fact.value != first.value and fact.sentence != first.sentence]
        if sum((fact.value for _, fact in rest), Decimal(0)) == first.value:
            continue  # its parts, told one by one
        for number, fact in rest:
            if _of_different_totals(all_facts, all_facts[group[0]], all_facts[number]):
                continue
            apart = abs(fact.value - first.value) >= _WORLDS_APART and fact.unit == "%"
            if not apart and (_of_different_lists(facts, group[0], number) or _adds_up_beside(facts, fact, first)):
                continue
            if apart or (_same_scope(first.scope, fact.scope) and _same_period(first.period, fact.period)):
                yield finding(
                    "fact.repeated", [_span(first), _span(fact)], _name(fact),
                    expected=first.value, actual=fact.value,
                )  # fmt: skip


def _of_different_totals(facts: Sequence[Fact], left: Fact, right: Fact) -> bool:
    """Whether both facts are parts, and of totals that differ (another body's series)."""
    totals = [_total_of(facts, fact) for fact in (left, right)]
    return all(total is not None for total in totals) and totals[0] != totals[1]


def _adds_up_beside(facts: Sequence[Fact], part: Fact, whole: Fact) -> bool:
    """Whether a count and another one of its sentence make up the whole: it is a part that lacks its link."""
    return part.kind == "count" and any(
        fact is not part and fact.sentence == part.sentence and fact.unit == part.unit
        and fact.value + part.value == whole.value
        for fact in facts
    )  # fmt: skip


def _of_different_lists(facts: Sequence[Fact], left: int, right: int) -> bool:
    """Whether the sentences count different lists of items before the two facts (市级事项…，县级事项…)."""
    lists = [
        next((f.value for f in reversed(facts[:n]) if f.sentence == facts[n].sentence and f.code == "svc.items"), None)
        for n in (left, right)
    ]
    return None not in lists and lists[0] != lists[1]


def _total_of(facts: Sequence[Fact], fact: Fact) -> Decimal | None:
    """The figure that a count, or the count beside a share, is a part of; `None` where none is or it is in doubt."""
    whole = None if fact.parent is None else facts[fact.parent]
    least = _SURE
    if whole is not None and _is_its_count(fact, whole):
        whole = None if whole.parent is None else facts[whole.parent]
        least = _READ
    elif fact.kind == "count":
        least = _READ
    return whole.value if whole is not None and whole.confidence >= least else None


def _is_its_count(share: Fact, count: Fact) -> bool:
    """Whether a count is what a rate is the rate of: 马上办 items and the rate of 马上办."""
    if not share.code or not count.code or not share.code.endswith("_rate"):
        return False
    return share.code.removesuffix("_rate") == count.code.removesuffix("_items")


def _same_scope(left: str | None, right: str | None) -> bool:
    """Whether two written scopes are one body: 行政审批局 and 区行政审批局, but not an unnamed one."""
    return left == right or (left is not None and right is not None and (left.endswith(right) or right.endswith(left)))


def _same_period(left: str | None, right: str | None) -> bool:
    return left == right or left is None or right is None or bool(_NOW.match(left) and _NOW.match(right))


def _check_all_done(
    document: Document, forms: Sequence[Form], sections: Sequence[Section]
) -> Iterator[Finding]:
    """全部办结 in the section on requests against requests that the form carries over."""
    requests = [form for form in forms if form.form == "requests"]
    cell = requests[0].cell("carried_out", "total") if len(requests) == 1 else None
    if cell is None or not cell.value:
        return
    for section in sections:
        match = _ALL_DONE.search(document.text, section.start, section.end) if section.kind == "requests" else None
        if match and match.start() < requests[0].regions[0].start:
            spans = [Span(match.start(), match.end()), Span(cell.start, cell.end)]
            yield finding("text.all_done", spans, {}, expected=Decimal(0), actual=cell.value)
