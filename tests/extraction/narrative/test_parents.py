"""Totals without 其中, shares and changes: the parent that the codes tell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.model import LinkedValue
from extraction.narrative.parents import attach_parents, joint_parts
from models.labels import LabelledSpan

ITEM = LabelledSpan(0, 2, "ITEM")


def parents(text: str, *facts: tuple[str, str | None, str | None]) -> list[int | None]:
    """The parents of facts given as (quoted value, unit, code)."""
    linked = []
    start = 0
    for quoted, unit, _ in facts:
        start = text.index(quoted, start)
        label = "PERCENT" if unit == "%" else "COUNT"
        number = Decimal("".join(character for character in quoted if character.isdigit()))
        linked.append(LinkedValue(LabelledSpan(start, start + len(quoted), label), number, unit, None, ITEM))
    codes = [code for _, _, code in facts]
    return [fact.parent for fact in attach_parents(text, linked, codes, load_catalogue())]


def test_categories_behind_their_total_are_its_parts() -> None:
    text = "主动公开信息120条。通知公告40条，部门动态60条，政策解读9篇。"
    facts = [("120条", "条", "pub.total"), ("40条", "条", "pub.notice"), ("60条", "条", "pub.news"), ("9篇", "篇", "pub.interpretation")]
    assert parents(text, *facts) == [None, 0, 0, None]


def test_a_part_is_not_larger_than_its_total() -> None:
    text = "主动公开信息30条，通知公告40条。"
    assert parents(text, ("30条", "条", "pub.total"), ("40条", "条", "pub.notice")) == [None, None]


def test_a_total_two_sentences_back_governs_no_more() -> None:
    text = "主动公开信息120条。工作有序。成效明显。通知公告40条。"
    assert parents(text, ("120条", "条", "pub.total"), ("40条", "条", "pub.notice")) == [None, None]


@pytest.mark.parametrize("code", ["rel.share", "rel.change"])
def test_shares_and_changes_are_of_the_last_count(code: str) -> None:
    text = "收到申请57件，同比增长12%。"
    assert parents(text, ("57件", "件", "app.received"), ("12%", "%", code)) == [None, 0]


def test_stages_of_one_flow_are_no_parts() -> None:
    text = "收到申请57件，上年结转2件，办结56件。"
    facts = [("57件", "件", "app.received"), ("2件", "件", "app.carried_in"), ("56件", "件", "app.answered")]
    assert parents(text, *facts) == [None, None, None]


@pytest.mark.parametrize(
    ("numbers", "meant"),
    [
        ((9, 16, 14, 11), [("prop.lead", None), ("prop.assist", None)]),
        ((9, 16, 10, 6), [("prop.cppcc_lead", 1), ("prop.cppcc_assist", 1)]),
        ((9, 16, 14, 10), [("prop.cppcc_lead", 1), ("prop.cppcc_assist", 1)]),
    ],
)
def test_parts_that_add_up_to_both_wholes_are_of_both(
    numbers: tuple[int, ...], meant: list[tuple[str, int | None]]
) -> None:
    codes = ["prop.npc", "prop.cppcc", "prop.cppcc_lead", "prop.cppcc_assist"]
    facts = [
        LinkedValue(LabelledSpan(4 * n, 4 * n + 2, "COUNT"), Decimal(number), "件", None, ITEM, parent=1 if n > 1 else None)
        for n, number in enumerate(numbers)
    ]
    linked, named = joint_parts(facts, codes)
    assert [(code, fact.parent) for code, fact in zip(named[2:], linked[2:], strict=True)] == meant
