"""Contradictions inside the running text."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from extraction.checks.fact_checks import check_facts
from extraction.document import Document, DocumentBuilder
from extraction.narrative.model import Fact

DOCUMENT = DocumentBuilder("text").build()


def fact(code: str | None, value: str, unit: str = "项", **others: Any) -> Fact:
    defaults: dict[str, Any] = {
        "kind": "percent" if unit == "%" else "count", "text": value, "start": 0, "end": 1, "item": None,
        "action": None, "scope": None, "period": None, "channel": None, "approximate": None, "parent": None,
        "section": "overview", "sentence": "甲", "page": None, "confidence": 0.9,
    }  # fmt: skip
    return Fact(code=code, value=Decimal(value), unit=unit, **(defaults | others))


def rules(*facts: Fact, document: Document = DOCUMENT) -> list[str]:
    return [found.rule for found in check_facts(document, facts, [], [])]


def test_parts_that_are_the_whole_must_add_up() -> None:
    total = fact("prop.total", "21", "件")
    assert rules(total, fact("prop.npc", "10", "件", parent=0), fact("prop.cppcc", "11", "件", parent=0)) == []
    assert rules(total, fact("prop.npc", "10", "件", parent=0), fact("prop.cppcc", "10", "件", parent=0)) == ["fact.parts"]
    assert rules(total, fact("prop.npc", "10", "件", parent=0)) == []
    assert rules(total, fact(None, "30", "件", parent=0)) == ["fact.part_exceeds_total"]


def test_parts_of_two_kinds_at_once_and_of_another_body_contradict_no_total() -> None:
    kinds = [("prop.npc_assist", "2"), ("prop.cppcc_assist", "3"), ("prop.npc_lead", "4"), ("prop.cppcc_lead", "5")]
    crossed = [("prop.npc", "2"), ("prop.cppcc", "3"), ("prop.lead", "4"), ("prop.assist", "5")]
    for parts in (kinds, crossed):
        assert rules(fact("prop.total", "14", "件"), *(fact(code, value, "件", parent=0) for code, value in parts)) == []
    own = [fact(code, "3", "件", parent=0, scope="办公室") for code in ("prop.lead", "prop.assist")]
    assert rules(fact("prop.total", "417", "件"), *own) == []
    assert rules(fact("prop.total", "417", "件", scope="办公室"), *own) == ["fact.parts"]


def test_a_count_must_be_its_share_of_the_total() -> None:
    total = fact("svc.items", "1727")

    def shared(count: str, share: str) -> list[str]:
        return rules(
            total, fact("svc.online_items", count, parent=0, start=2, end=3, item="网上办"),
            fact("svc.online_rate", share, "%", parent=1, start=8, end=9, item="网上办"),
        )  # fmt: skip

    assert shared("1238", "72") == []
    assert shared("1238", "71.69") == []
    assert shared("1627", "95") == ["fact.share"]
    assert shared("346", "99") == ["fact.share"]


def test_numbers_in_ten_thousands_are_as_exact_as_their_digits() -> None:
    def shared(whole: str, text: str, share: str) -> list[str]:
        return rules(
            fact("svc.cases", whole, "本", text=text), fact("svc.cases", "39000", "本", parent=0, start=2, end=3, text="3.9万本"),
            fact("rel.share", share, "%", parent=1, start=8, end=9),
        )  # fmt: skip

    assert shared("46100", "4.61万本", "84.7") == []  # 38,500 to 39,500 of 46,050 to 46,150
    assert shared("46100", "4.61万本", "86.2") == ["fact.share"]
    assert shared("46100", "46,100本", "83.1") == ["fact.share"]
    whole = fact("prop.total", "12000", "件", text="1.2万件")
    parts = [fact(code, value, "件", parent=0) for code, value in (("prop.npc", "7312"), ("prop.cppcc", "4702"))]
    assert rules(whole, *parts) == []
    assert rules(replace(whole, text="12,000件"), *parts) == ["fact.parts"]
    assert rules(whole, fact("prop.npc", "12400", "件", parent=0)) == []
    assert rules(whole, fact("prop.npc", "12700", "件", parent=0)) == ["fact.part_exceeds_total"]


def test_no_share_is_over_a_hundred_percent() -> None:
    assert rules(fact("svc.online_rate", "103", "%")) == ["fact.over_100"]
    assert rules(fact("rel.change", "103", "%")) == []
    for sentence, found in (("共534套，占全年计划的106.8%。", []), ("计划外占106.8%。", ["fact.over_100"])):
        builder = DocumentBuilder("text")
        builder.paragraph(sentence)
        start = sentence.index("106")
        assert rules(fact("rel.share", "106.8", "%", start=start, end=start + 6), document=builder.build()) == found


def test_one_indicator_told_twice_with_different_values() -> None:
    assert rules(fact("svc.immediate_rate", "10", "%"), fact("svc.immediate_rate", "72", "%", sentence="乙")) == ["fact.repeated"]
    assert rules(fact("reg.items", "611"), fact("reg.items", "617", sentence="乙")) == ["fact.repeated"]
    assert rules(fact("reg.items", "611"), fact("reg.items", "611", sentence="乙")) == []
    assert rules(fact("reg.items", "611", scope="全区"), fact("reg.items", "617", scope="我局", sentence="乙")) == []
    assert rules(fact("reg.items", "611", period="2021年"), fact("reg.items", "617", period="2022年", sentence="乙")) == []
    parts = (fact("prop.total", "18", "件", sentence="乙"), fact("prop.total", "413", "件", sentence="乙"))
    assert rules(fact("prop.total", "431", "件"), *parts) == []


def test_series_of_two_totals_are_two_bodies() -> None:
    facts = (
        fact("svc.items", "1727"), fact("svc.online_items", "1627", parent=0),
        fact("svc.items", "835", scope="我局", sentence="乙"), fact("svc.online_items", "830", parent=2, sentence="乙"),
    )  # fmt: skip
    assert rules(*facts) == []


def test_an_unsure_fact_contradicts_nothing() -> None:
    first = fact("reg.items", "611")
    assert rules(first, fact("reg.items", "617", sentence="乙", confidence=0.5)) == []


def test_a_total_of_doubtful_code_is_a_total_all_the_same() -> None:
    facts = [
        fact("svc.items", "835", confidence=0.6), fact("svc.nearby_items", "346", parent=0, start=2, end=3, item="就近办"),
        fact("svc.nearby_rate", "99", "%", parent=1, start=8, end=9, item="就近办"),
    ]  # fmt: skip
    assert rules(*facts) == ["fact.share"]
    facts[1] = fact("svc.nearby_items", "346", parent=0, start=2, end=3, item="就近办", confidence=0.4)
    assert rules(*facts) == []


def test_a_rate_told_twice_is_found_where_its_total_is_in_doubt() -> None:
    facts = [
        fact("svc.items", "66", sentence="乙", confidence=0.6), fact("svc.immediate_rate", "10", "%", parent=0, sentence="乙"),
        fact("svc.items", "1727", sentence="丙"), fact("svc.immediate_rate", "72", "%", parent=2, sentence="丙"),
    ]  # fmt: skip
    assert rules(*facts) == ["fact.repeated"]


def test_a_share_that_is_right_for_another_count_nearby_puts_its_link_in_doubt_not_itself() -> None:
    facts = (
        fact("app.received", "1862", "件"), fact("app.answered", "1851", "件", start=2, end=3),
        fact("app.natural_person", "1643", "件", parent=1, start=4, end=5, item="自然人"),
        fact("rel.share", "88.2", "%", parent=2, start=8, end=9, item="自然人"),
    )  # fmt: skip
    assert rules(*facts) == []
    assert rules(fact("app.received", "1900", "件"), *facts[1:]) == ["fact.share"]


def test_an_exact_share_is_asked_of_every_count_before_it_a_round_one_of_those_nearby() -> None:
    def told(share: str) -> list[str]:
        return rules(
            fact("pub.total", "18463", "条"), fact("pub.website", "9315", "条", start=2000, end=2001),
            fact("pub.budget", "607", "条", parent=1, start=2002, end=2003, item="财政资金"),
            fact("rel.share", share, "%", parent=2, start=2006, end=2007, item="财政资金"),
        )  # fmt: skip

    assert told("3.29") == []
    assert told("3") == ["fact.share"]


def test_shares_told_together_behind_their_counts_are_not_of_the_last_one() -> None:
    facts = (
        fact("app.received", "14", "件"), fact("app.granted", "8", "件", parent=0, start=2, end=3),
        fact("app.partial", "2", "件", parent=0, start=4, end=5), fact("rel.share", "57", "%", parent=2, start=8, end=9),
    )  # fmt: skip
    assert rules(*facts) == ["fact.share"]
    assert rules(*facts[:3], replace(facts[3], action="合计占")) == []
    assert rules(*facts, fact("rel.share", "14", "%", parent=2, start=10, end=11)) == []


def test_a_change_in_number_and_in_per_cent_is_one_change() -> None:
    def told(share: str, action: str = "下降", **others: Any) -> list[str]:
        return rules(
            fact("app.received", "52", "件"), fact("rel.change", "9", "件", parent=0, action="比上年减少"),
            fact("rel.change", share, "%", parent=0, action=action, **others),
        )  # fmt: skip

    assert told("14.75") == told("14.8") == told("15") == []
    assert told("17.31") == ["fact.change"]
    now, by, part = fact("app.received", "52", "件"), *(fact("rel.change", n, "件", parent=0, action="减少") for n in "94")
    assert rules(now, by, fact("rel.change", "14.75", "%", parent=0, action="下降"), part) == []
    assert told("17.31", action="较2020年增长") == told("17.31", sentence="乙") == told("17.31", approximate="约") == []


def test_a_change_is_not_what_a_share_is_the_share_of() -> None:
    total = fact("app.received", "143", "件")
    change = fact("rel.change", "21", "件", parent=0, start=2, end=3)
    assert rules(total, change, fact("rel.share", "17.4", "%", parent=1, start=8, end=9)) == []


def test_a_part_that_fits_into_two_totals_together_exceeds_neither_unless_it_stands_in_brackets() -> None:
    def told(sentence: str) -> list[str]:
        builder = DocumentBuilder("text")
        builder.paragraph(sentence)
        end = sentence.index("9件") + 2
        return rules(
            fact("prop.npc", "5", "件"), fact("prop.cppcc", "9", "件", start=end - 2, end=end),
            fact("prop.cppcc_lead", "10", "件", parent=1), document=builder.build(),
        )  # fmt: skip

    assert told("办理建议5件、提案9件，主办10件。") == []
    assert told("办理建议5件、提案9件（主办10件）。") == ["fact.part_exceeds_total"]


def test_tenths_are_no_exact_share_and_averages_and_cuts_no_single_figures() -> None:
    facts = (fact("app.received", "143", "件"), fact("app.granted", "87", "件", parent=0, start=2, end=3))
    assert rules(*facts, fact("rel.share", "60", "%", parent=1, start=8, end=9, text="六成")) == []
    assert rules(*facts, fact("rel.share", "60", "%", parent=1, start=8, end=9, text="60%")) == ["fact.share"]
    assert rules(fact("app.received", "604", "件"), fact("app.received", "1.6", "件", sentence="乙")) == []
    assert rules(fact("svc.time_cut_rate", "55", "%"), fact("svc.time_cut_rate", "90", "%", sentence="乙")) == []


def test_proposals_are_no_parts_of_requests() -> None:
    parts = (fact("prop.npc", "18", "件", parent=0), fact("prop.cppcc", "26", "件", parent=0))
    assert rules(fact("app.received", "50", "件"), *parts) == []
    assert rules(fact("prop.total", "50", "件"), *parts) == ["fact.parts"]


def test_rates_of_two_lists_are_not_one_indicator_unless_they_are_worlds_apart() -> None:
    def told(second: str) -> list[str]:
        return rules(
            fact("svc.items", "1532"), fact("svc.online_rate", "97.3", "%"),
            fact("svc.items", "1210", sentence="乙", scope="县级"), fact("svc.online_rate", second, "%", sentence="乙"),
        )  # fmt: skip

    assert told("95") == []
    assert told("20") == ["fact.repeated"]


def test_a_figure_that_makes_up_the_first_with_its_neighbour_is_a_part_of_it() -> None:
    total = fact("prop.total", "431", "件")
    beside = fact(None, "18", "件", sentence="乙")
    assert rules(total, beside, fact("prop.total", "413", "件", sentence="乙")) == []
    assert rules(total, beside, fact("prop.total", "412", "件", sentence="乙")) == ["fact.repeated"]
    assert rules(fact("prop.total", "20", "件"), fact("prop.total", "10", "件", sentence="乙")) == ["fact.repeated"]


def test_all_of_a_list_told_nearby_is_a_hundred_percent() -> None:
    facts = (
        fact("svc.items", "1727"), fact("svc.items", "835", start=2, end=3, scope="局"),
        fact("svc.online_items", "835", parent=0, start=4, end=5, item="网上办"),
        fact("svc.online_rate", "100", "%", parent=2, start=8, end=9, item="网上办"),
    )  # fmt: skip
    assert rules(*facts) == []
    assert rules(facts[0], fact("svc.items", "834", start=2, end=3, scope="局"), *facts[2:]) == ["fact.share"]
