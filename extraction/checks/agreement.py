"""What speaks for or against a fact outside its own words: the same figure in a form, and the text's arithmetic.

Which form cells state the same figure as an indicator stands in the catalogue (`form_cell`). A figure that the forms
or a sum bear out is hardly misread; one that they contradict may be, or the report may be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from extraction.checks.arithmetic import YUAN, is_share, printed
from extraction.checks.findings import Finding, finding
from extraction.checks.text_checks import last_year_named, tells_of_a_part
from extraction.document import Span
from extraction.forms.model import Form, FormCell
from extraction.narrative.catalogue import Indicator, Measure, load_catalogue
from extraction.narrative.model import Fact

_SECTION = {"app": "requests", "legal": "review"}  # of a group's indicators; the others stand in `proactive`
_OF_DISCLOSURE = re.compile(r"信息公开|公开申请|依申请|申请公开")
_YEAR = re.compile(r"((?:19|20)\d\d)")
_PART_OF_YEAR = re.compile(r"月|季度|[上下]半年|以来|年来|累计")
_OWN_SCOPE = re.compile(r"(?:本|我|全)[局委办厅院镇乡街区县市省州旗校处所]?(?:[局委办厅院镇乡街道区县市省州旗校处所机关单位级]{0,3})\Z")
_CASES = frozenset("件条份宗个起例项次") | {None}  # units of what the forms count
_SURE = 0.7
_LEAST_PARTS = 2


@dataclass(frozen=True, slots=True)
class FormFigure:
    """What a form states for an indicator: a sum of printed cells, in 元 where it is money of a known unit."""

    form: str
    value: Decimal
    cells: tuple[FormCell, ...]
    unit: str | None


@dataclass(slots=True)
class Support:
    """What was found about one fact; `contradicting` is what a form states otherwise."""

    form_agrees: bool = False
    contradicting: FormFigure | None = None
    sums: bool = False


def form_figures(forms: Sequence[Form]) -> dict[str, FormFigure]:
    """The figures of the forms that are printed once, by indicator; none where a cell is blank or not sure."""
    kinds = [form.form for form in forms]
    single = {form.form: form for form in forms if kinds.count(form.form) == 1}
    figures = {}
    for code, indicator in load_catalogue().items():
        figure = _figure(indicator, single)
        if figure is not None:
            figures[code] = figure
    return figures


def _figure(indicator: Indicator, forms: Mapping[str, Form]) -> FormFigure | None:
    form = next((place.form for place in indicator.form_cells if place.form in forms), "")
    cells = [
        cell
        for place in indicator.form_cells
        if place.form == form and (cell := forms[form].cell(place.row, place.column)) is not None
    ]
    if not cells or any(cell.value is None or cell.confidence < _SURE for cell in cells):
        return None
    value = sum((cell.value for cell in cells if cell.value), Decimal(0))
    unit = cells[0].unit
    if indicator.kind is Measure.MONEY:
        value *= YUAN.get(unit or "元", Decimal(1))
    return FormFigure(form, value, tuple(cells), unit)


def supports(facts: Sequence[Fact], forms: Sequence[Form], year: int | None) -> list[Support]:
    """The support of each fact.

    Args:
        facts: A report's.
        forms: Its forms.
        year: The report's; facts of other years are not compared.
    """
    found = [Support() for _ in facts]
    for code, figure in form_figures(forms).items():
        group = [n for n, fact in enumerate(facts) if fact.code == code and _comparable(facts, fact, year)]
        agreeing = [n for n in group if _equal(facts[n], figure)]
        for n in agreeing:
            found[n].form_agrees = True
        # A figure told several times with several meanings is not held against the form. The statistics form's figures
        # by channel have too many namesakes; its main ones are checked by their wording.
        if not agreeing and len({facts[n].value for n in group}) == 1 and figure.form != "statistics":
            for n in group:
                found[n].contradicting = figure if _speaks_of_the_form(facts[n], code, year) else None
    for n in _summing(facts):
        found[n].sums = True
    return found


def check_facts_against_forms(facts: Sequence[Fact], found: Sequence[Support]) -> Iterator[Finding]:
    """A finding for every sure fact whose figure the forms state otherwise; `found` is what `supports` says of them."""
    for fact, support in zip(facts, found, strict=True):
        figure = support.contradicting
        if figure is None or fact.confidence < _SURE or fact.code is None:
            continue
        indicator = load_catalogue()[fact.code]
        evidence = [Span(fact.start, fact.end), *(Span(cell.start, cell.end) for cell in figure.cells)]
        names = {"name": indicator.name_en, "name_zh": indicator.name_zh, "unit": fact.unit or indicator.unit}
        yield finding("text.form", evidence, names, expected=figure.value, actual=fact.value)


def _comparable(facts: Sequence[Fact], fact: Fact, year: int | None) -> bool:
    """Whether a fact may be the year's whole of its indicator for the body that reports."""
    if fact.kind == "count" and fact.unit not in _CASES:
        return False
    if fact.approximate or (fact.parent is not None and facts[fact.parent].code == fact.code):
        return False
    if fact.period is not None:
        named = _YEAR.search(fact.period)
        if _PART_OF_YEAR.search(fact.period) or (named and year is not None and int(named[1]) != year):
            return False
    return fact.kind in ("count", "zero", "money")


def _speaks_of_the_form(fact: Fact, code: str, year: int | None) -> bool:
    """Whether the fact's sentence is about what the form counts, and of the body that the form is of."""
    group = code.split(".")[0]
    if fact.scope is not None and not _OWN_SCOPE.match(fact.scope):
        return False
    before = fact.sentence.partition(fact.text)[0]
    if (group == "app" and fact.channel is not None) or tells_of_a_part(before):
        return False
    if year is not None and last_year_named(before) not in (None, year):
        return False
    of_disclosure = group in _SECTION and _OF_DISCLOSURE.search(fact.sentence) is not None
    return of_disclosure or fact.section == _SECTION.get(group, "proactive")


def _equal(fact: Fact, figure: FormFigure) -> bool:
    if fact.kind != "money":
        return fact.value == figure.value
    plain = {figure.value} if figure.unit else {figure.value, figure.value * YUAN["万元"]}
    return fact.value in plain


def _summing(facts: Sequence[Fact]) -> set[int]:
    """The totals whose parts add up, with these parts; the shares that their counts make, with these."""
    children: dict[int, list[int]] = {}
    for n, fact in enumerate(facts):
        if fact.parent is not None:
            children.setdefault(fact.parent, []).append(n)
    found: set[int] = set()
    for total, parts in children.items():
        same = [n for n in parts if facts[n].unit == facts[total].unit and facts[n].code != "rel.change"]
        if len(same) >= _LEAST_PARTS and sum(facts[n].value for n in same) == facts[total].value:
            found |= {total, *same}
        for n in parts:
            whole = facts[total].parent
            if whole is not None and _is_share(facts[n], facts[total], facts[whole]):
                found |= {n, total, whole}
    return found


def _is_share(share: Fact, count: Fact, whole: Fact) -> bool:
    are_counts = count.kind == whole.kind == "count" and count.unit == whole.unit and bool(whole.value)
    return share.unit == "%" and are_counts and is_share(share.value, printed(count), printed(whole))
