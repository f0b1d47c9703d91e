"""The rule-based floor: tagging, linking and coding of plain statements."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from extraction.document import Document, DocumentBuilder
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder, Query
from extraction.narrative.extract import extract_facts
from extraction.narrative.linker import link
from extraction.narrative.model import Fact
from extraction.narrative.reading import RuleReader
from extraction.narrative.rule_tagger import RuleTagger
from extraction.sections import find_sections
from models.labels import LabelledSpan


def document_of(*paragraphs: str) -> Document:
    builder = DocumentBuilder("text")
    for paragraph in paragraphs:
        builder.paragraph(paragraph)
    return builder.build()


def facts_of(*paragraphs: str) -> list[Fact]:
    document = document_of(*paragraphs)
    coder = CatalogueCoder(load_catalogue())
    facts, spans = extract_facts(document, find_sections(document), [], RuleReader(RuleTagger(), coder))
    for fact in facts:
        assert document.text[fact.start : fact.end] == fact.text
    for left, right in pairwise(spans):
        assert left.end <= right.start
    return facts


def mark(text: str) -> tuple[str, list[LabelledSpan]]:
    """A paragraph with spans written as 【LABEL:text】."""
    plain, spans = "", []
    for part in text.replace("】", "【").split("【"):
        label, colon, covered = part.partition(":")
        if colon and label in {"COUNT", "PERCENT", "MONEY", "ZERO", "ITEM", "ACTION", "SCOPE", "PERIOD", "CHANNEL"}:
            spans.append(LabelledSpan(len(plain), len(plain) + len(covered), label))
            plain += covered
        else:
            plain += part
    return plain, spans


def test_a_plain_statement_is_a_coded_fact() -> None:
    (fact,) = facts_of("2023年，全区通过门户网站发布通知公告40条。")
    assert (fact.code, fact.value, fact.unit) == ("pub.notice", 40, "条")
    assert (fact.item, fact.action, fact.scope, fact.period, fact.channel) == (
        "通知公告", "发布", "全区", "2023年", "门户网站",
    )  # fmt: skip


def test_a_shared_verb_governs_the_series() -> None:
    facts = facts_of("全年发布通知公告32条、部门动态13条、政策解读6篇。")
    assert [(fact.code, fact.value) for fact in facts] == [
        ("pub.notice", 32), ("pub.news", 13), ("pub.interpretation", 6),
    ]  # fmt: skip
    assert {fact.action for fact in facts} == {"发布"}


@pytest.mark.parametrize(
    "text",
    [
        "根据国办发〔2022〕8号文件和第二十条第一款，5个工作日内办结。",
        "2024年计划新增政策解读30篇，力争培训10场次。",
        "拨打12345热线，24小时自助区开放。",
    ],
)
def test_numbers_that_are_no_facts_are_left_alone(text: str) -> None:
    assert facts_of(text) == []


def test_nought_is_stated_in_words() -> None:
    facts = facts_of("2023年，我局未收到政府信息公开申请，未收取信息处理费。")
    assert [(fact.code, fact.value, fact.kind) for fact in facts] == [
        ("app.received", 0, "zero"), ("app.fee", 0, "zero"),
    ]  # fmt: skip


def test_a_section_that_is_one_sentence_is_read_and_a_heading_is_not() -> None:
    facts = facts_of(
        "一、全年未收到政府信息公开申请。", "二、收到和处理政府信息公开申请情况", "三、存在的主要问题。",
        "四、本年度未发生行政复议",
    )  # fmt: skip
    assert [(fact.section, fact.value, fact.code) for fact in facts] == [
        ("requests", 0, "app.received"), ("review", 0, "legal.review"),
    ]  # fmt: skip


def test_linking_of_respective_values_and_of_parts() -> None:
    text, spans = mark(
        "【ACTION:办理】【ITEM:建议提案】【COUNT:20件】，其中【ITEM:人大建议】【COUNT:11件】（【ACTION:主办】【COUNT:4件】、"
        "【ACTION:协办】【COUNT:7件】），【ITEM:政协提案】【COUNT:9件】。"
    )
    linked = link(text, spans)
    assert [fact.number for fact in linked] == [20, 11, 4, 7, 9]
    assert [fact.parent for fact in linked] == [None, 0, 1, 1, 0]
    text, spans = mark("【ITEM:办结率】、【ITEM:满意率】分别为【PERCENT:98%】、【PERCENT:99.5%】。")
    quoted = [text[fact.item.start : fact.item.end] for fact in link(text, spans) if fact.item]
    assert quoted == ["办结率", "满意率"]


@pytest.mark.parametrize(
    ("marked", "nouns"),
    [
        ("【ITEM:面商率】、【ITEM:办结率】和【ITEM:满意率】均为【PERCENT:100%】。", {"面商率", "办结率", "满意率"}),
        ("【ZERO:没有】【ITEM:行政复议】、【ITEM:行政诉讼】。", {"行政复议", "行政诉讼"}),
        ("【ITEM:建议】、【ITEM:提案】【COUNT:9件】。", {"提案"}),
    ],
)
def test_a_value_given_for_several_things_is_a_fact_of_each(marked: str, nouns: set[str]) -> None:
    text, spans = mark(marked)
    facts = link(text, spans)
    assert len(facts) == len(nouns)
    assert {text[fact.item.start : fact.item.end] for fact in facts if fact.item} == nouns


def test_period_and_scope_govern_until_the_next_of_their_kind() -> None:
    text, spans = mark(
        "【PERIOD:2022年】，【SCOPE:全市】【ACTION:公开】【ITEM:信息】【COUNT:30条】。【ITEM:公告】【COUNT:4条】，"
        "【PERIOD:2023年】【ITEM:公告】【COUNT:9条】。"
    )
    linked = link(text, spans)
    assert [text[fact.period.start : fact.period.end] for fact in linked if fact.period] == ["2022年", "2022年", "2023年"]
    assert all(fact.scope and text[fact.scope.start : fact.scope.end] == "全市" for fact in linked)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (Query("COUNT", "件", "政府信息公开申请", "新收"), "app.received"),
        (Query("COUNT", "件", "政府信息公开申请", "予以公开"), "app.granted"),
        (Query("COUNT", "场次", "业务培训", "开展"), "org.trainings"),
        (Query("COUNT", "人次", "业务培训", "参加"), "org.trained"),
        (Query("PERCENT", "%", "全程网办比例", ""), "svc.full_online_rate"),
        (Query("COUNT", "条", "信息", "发布", "微信公众号"), "pub.wechat"),
        (Query("MONEY", "元", "行政事业性收费", "收取"), "fee.amount"),
        (Query("COUNT", "个", "食堂", "设置"), None),
    ],
)
def test_codes_follow_the_catalogue(query: Query, code: str | None) -> None:
    assert CatalogueCoder(load_catalogue()).choose(query)[0] == code


def test_a_user_s_indicator_works_without_training(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "mine.toml"
    path.write_text(
        '[codes."local.canteens"]\nname_zh = "助老食堂"\nname_en = "Canteens for the aged"\ndefinition = "助老食堂数。"\n'
        'unit = "个"\nkind = "count"\nwordings = ["助老食堂"]\n',
        encoding="utf-8",
    )
    coder = CatalogueCoder(load_catalogue(path))
    assert coder.choose(Query("COUNT", "个", "社区助老食堂", "建成"))[0] == "local.canteens"


def test_values_are_read_by_the_number_reader() -> None:
    facts = facts_of("全年办件3.2万余件，收费240.92万元，办结率百分之九十八。")
    assert [(fact.value, fact.unit, fact.approximate) for fact in facts] == [
        (32000, "件", "余"), (Decimal("2409200"), "元", None), (98, "%", None),
    ]  # fmt: skip
