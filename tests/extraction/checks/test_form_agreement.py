"""The forms and the text's arithmetic as evidence for a fact."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from extraction.checks.agreement import check_facts_against_forms, form_figures, supports
from extraction.checks.findings import Finding
from extraction.forms.model import Form, FormCell
from extraction.narrative.model import Fact
from tests.extraction.checks.test_fact_checks import fact


def form(name: str, cells: dict[tuple[str, str], str | None], *, unit: str | None = "件") -> Form:
    return Form(
        name, "2021", None,
        [
            FormCell(row, column, None if value is None else Decimal(value), value or "", unit, 0.99, 900, 901, None)
            for (row, column), value in cells.items()
        ],
    )  # fmt: skip


RECEIVED = form("requests", {("new_received", "total"): "16"})


def contradictions(facts: Sequence[Fact]) -> list[Finding]:
    return list(check_facts_against_forms(facts, supports(facts, [RECEIVED], 2023)))


def test_a_figure_that_the_form_bears_out_is_supported() -> None:
    facts = [fact("app.received", "16", "件", section="requests"), fact("app.received", "15", "件", section="requests")]
    agreeing, other = supports(facts, [RECEIVED], 2023)
    assert agreeing.form_agrees
    assert not other.form_agrees
    assert other.contradicting is None
    assert contradictions(facts) == []


def test_a_figure_that_the_form_states_otherwise_is_found() -> None:
    facts = [fact("app.received", "15", "件", section="requests", start=4, end=7)]
    (found,) = contradictions(facts)
    assert (found.rule, found.expected, found.actual) == ("text.form", 16, 15)
    assert found.evidence[0].start == 4


def test_nothing_is_held_against_another_year_part_scope_or_topic() -> None:
    others = [
        fact("app.received", "15", "家", section="requests"),
        fact("app.received", "15", "件", section="requests", period="2022年"),
        fact("app.received", "15", "件", section="requests", period="1至9月"),
        fact("app.received", "15", "件", section="requests", scope="各县区"),
        fact("app.received", "15", "件", section="requests", approximate="余"),
        fact("app.received", "15", "件", section="overview", sentence="受理各类申请15件"),
        fact("app.received", "15", "件", section="requests", confidence=0.4),
    ]
    for other in others:
        assert contradictions([other]) == [], other


def test_a_form_printed_twice_or_blank_or_doubtful_states_nothing() -> None:
    assert form_figures([RECEIVED, RECEIVED]) == {}
    assert "app.received" not in form_figures([form("requests", {("new_received", "total"): None})])


def test_money_is_compared_in_yuan_and_without_a_unit_either_way() -> None:
    fee = fact("fee.amount", "864200", "元", kind="money", section="proactive")
    for value, unit in (("86.42", "万元"), ("864200", "元"), ("86.42", None)):
        (support,) = supports([fee], [form("proactive", {("fees", "amount"): value}, unit=unit)], 2023)
        assert support.form_agrees, (value, unit)


def test_parts_that_add_up_and_shares_that_come_out_bear_each_other_out() -> None:
    facts = [
        fact("prop.total", "21", "件"), fact("prop.npc", "10", "件", parent=0), fact("prop.cppcc", "11", "件", parent=0),
        fact("svc.items", "1727"), fact("svc.immediate_items", "1238", parent=3),
        fact("svc.immediate_rate", "72", "%", parent=4), fact("svc.online_items", "5", parent=3),
    ]  # fmt: skip
    assert [support.sums for support in supports(facts, [], 2023)] == [True] * 6 + [False]
    facts[2] = fact("prop.cppcc", "12", "件", parent=0)
    assert [support.sums for support in supports(facts, [], 2023)][:3] == [False] * 3
