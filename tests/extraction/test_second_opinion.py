"""Two readings of a paragraph joined: who stands, who is marked, and how sure the result is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.assist import (
    AssistedReader,
    MarkedFact,
    Opinion,
    Remark,
    findings_of,
    is_unsure,
    join,
    mark_facts,
)
from extraction.narrative.model import Fact, LinkedValue
from extraction.narrative.numbers import read_quantity
from extraction.narrative.reading import Reading
from models.labels import LabelledSpan

TEXT = "发布公告40条、动态131条，共收到申请3件。"


def fact(quote: str, item: str | None = None, *, parent: int | None = None, text: str = TEXT) -> LinkedValue:
    read = read_quantity(quote)
    assert read is not None
    start = text.index(quote)
    noun = None if item is None else LabelledSpan(text.index(item), text.index(item) + len(item), "ITEM")
    value = LabelledSpan(start, start + len(quote), read.kind.value)
    return LinkedValue(value, read.value, read.unit, read.approximate, item=noun, parent=parent)


def reading(*facts: tuple[LinkedValue, str | None, float]) -> Reading:
    spans = {span for linked, _, _ in facts for span in (linked.value, linked.item) if span}
    return Reading(sorted(spans), [f for f, _, _ in facts], [c for _, c, _ in facts], [p for _, _, p in facts])


NOTICE, NEWS, RECEIVED = fact("40条", "公告"), fact("131条", "动态"), fact("3件", "申请")
SETTINGS = {"below": 0.7, "prior": 0.5}


def test_agreement_raises_the_confidence_and_disagreement_lowers_it_and_the_first_stands() -> None:
    first = reading((NOTICE, "pub.notice", 0.5), (NEWS, "pub.news", 0.5), (RECEIVED, "app.received", 0.5))
    second = reading((NOTICE, "pub.notice", 0.9), (NEWS, "pub.notice", 0.9))
    joined = join(first, second, **SETTINGS)
    assert joined.reading.linked == first.linked
    assert joined.reading.codes == first.codes
    agreed, disagreed, unmentioned = joined.reading.confidences
    assert disagreed < 0.5 < agreed
    assert unmentioned == 0.5
    assert joined.remarks == [Remark(Opinion.AGREES), Remark(Opinion.DISAGREES, NEWS, "pub.notice"), None]


def test_a_sure_fact_is_left_alone() -> None:
    first, second = reading((NOTICE, "pub.notice", 0.9)), reading((NOTICE, "pub.news", 0.9))
    assert join(first, second, **SETTINGS).reading == first
    assert join(first, second, **SETTINGS).remarks == [None]


def test_another_number_or_unit_at_the_same_place_is_disagreement() -> None:
    half = replace(NEWS, value=LabelledSpan(NEWS.value.start + 1, NEWS.value.end, "COUNT"), number=Decimal(31))
    for rival in (half, replace(NEWS, unit="件")):
        joined = join(reading((NEWS, "pub.news", 0.5)), reading((rival, "pub.news", 0.5)), **SETTINGS)
        assert [remark and remark.opinion for remark in joined.remarks] == [Opinion.DISAGREES]
        assert joined.reading.linked == [NEWS]


def test_what_only_the_second_found_is_added_with_a_low_confidence_and_parents_follow() -> None:
    first = reading((NEWS, "pub.news", 0.9), (replace(RECEIVED, parent=0), "app.received", 0.9))
    second = reading((NOTICE, "pub.notice", 0.5), (replace(RECEIVED, parent=0), "app.received", 0.5))
    joined = join(first, second, **SETTINGS)
    assert [f.number for f in joined.reading.linked] == [40, 131, 3]
    assert [f.parent for f in joined.reading.linked] == [None, None, 1]
    assert [remark and remark.opinion for remark in joined.remarks] == [Opinion.ONLY, None, None]
    assert joined.reading.confidences[0] < 0.3
    assert joined.reading.spans == sorted({*first.spans, NOTICE.value, NOTICE.item})  # type: ignore[arg-type]


def test_the_whole_of_an_added_fact_is_the_first_reader_s_fact_at_its_place() -> None:
    first = reading((NOTICE, "pub.total", 0.9))
    second = reading((NOTICE, "pub.total", 0.5), (replace(NEWS, parent=0), "pub.news", 0.5), (replace(RECEIVED, parent=1), None, 0.5))
    joined = join(first, second, **SETTINGS)
    assert [f.parent for f in joined.reading.linked] == [None, 0, 1]


def test_a_fact_inside_a_noun_of_the_first_reader_is_not_added() -> None:
    noun = LabelledSpan(NOTICE.value.start - 2, NOTICE.value.end, "ITEM")
    first = replace(reading((RECEIVED, "app.received", 0.9)))
    first.spans.insert(0, noun)
    assert join(first, reading((NOTICE, "pub.notice", 0.5)), **SETTINGS).reading.linked == [RECEIVED]


@given(st.floats(0.01, 0.69), st.floats(0.02, 0.98))
def test_confidence_moves_the_right_way_whatever_the_prior(confidence: float, prior: float) -> None:
    first = reading((NOTICE, "pub.notice", confidence), (NEWS, "pub.news", confidence))
    second = reading((NOTICE, "pub.notice", prior), (NEWS, "pub.notice", prior), (RECEIVED, "app.received", prior))
    agreed, disagreed, added = join(first, second, below=0.7, prior=prior).reading.confidences
    assert 0 < disagreed <= confidence <= agreed < 1
    assert 0 < added < prior


_FACTS = st.lists(
    st.tuples(
        st.sampled_from([NOTICE, NEWS, RECEIVED]), st.sampled_from(["pub.notice", "pub.news", None]), st.floats(0.01, 0.99)
    ),
    max_size=3, unique_by=lambda entry: entry[0].value,
).map(lambda facts: sorted(facts, key=lambda entry: entry[0].value.start))  # fmt: skip


@given(_FACTS, _FACTS)
def test_the_first_reader_s_facts_all_stand_and_nothing_is_there_twice(
    first: list[tuple[LinkedValue, str | None, float]], second: list[tuple[LinkedValue, str | None, float]]
) -> None:
    joined = join(reading(*first), reading(*second), **SETTINGS)
    values = [f.value for f in joined.reading.linked]
    assert values == sorted(set(values))
    kept = [(f, c) for f, c in zip(joined.reading.linked, joined.reading.codes, strict=True)]
    assert all((f, c) in kept for f, c, _ in first)
    assert set(values) == {f.value for f, _, _ in (*first, *second)}
    assert len(joined.remarks) == len(values) == len(joined.reading.confidences)


class Fixed:
    """A reader with readings by text; notes what it was asked."""

    def __init__(self, **readings: Reading) -> None:
        self.readings, self.asked = readings, list[str]()

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        self.asked += paragraphs
        return [self.readings.get(text, Reading([], [], [], [])) for text in paragraphs]


def test_only_paragraphs_that_are_not_sure_are_asked_about() -> None:
    sure, unsure, silent, plain = "甲发布公告40条", "乙发布公告40条", "丙发布公告40条", "丁无数字"
    known = fact("40条", "公告", text=sure)
    first = Fixed(**{sure: reading((known, "pub.notice", 0.9)), unsure: reading((known, "pub.notice", 0.4))})
    second = Fixed(**{unsure: reading((known, "pub.notice", 0.5)), silent: reading((known, "pub.notice", 0.5))})
    reader = AssistedReader(first, second, 0.7, 0.5)
    readings = reader.read([sure, unsure, silent, plain])
    assert second.asked == [unsure, silent]
    assert [len(one.linked) for one in readings] == [1, 1, 1, 0]
    assert [remark and remark.opinion for remark in reader.remarks] == [None, Opinion.AGREES, Opinion.ONLY]
    assert reader.asked == 2


def test_nobody_is_asked_where_all_is_sure() -> None:
    second = Fixed()
    AssistedReader(Fixed(), second, 0.7, 0.5).read(["无数字"])
    assert second.asked == []
    assert not is_unsure("无数字", Reading([], [], [], []), 0.7)


def report_fact(text: str, code: str | None, value: int) -> Fact:
    return Fact(
        code=code, kind="count", value=Decimal(value), unit="条", text=text, start=3, end=6, item="公告", action=None,
        scope=None, period=None, channel=None, approximate=None, parent=None, section="overview", sentence=text,
        page=None, confidence=0.5,
    )  # fmt: skip


def test_marks_and_findings_tell_what_the_second_opinion_was() -> None:
    facts = [report_fact("40条", "pub.notice", 40), report_fact("41条", "pub.news", 41), report_fact("42条", None, 42), report_fact("7条", None, 7)]
    remarks = [Remark(Opinion.AGREES), Remark(Opinion.DISAGREES, NOTICE, "pub.notice"), Remark(Opinion.ONLY), None]
    marked = mark_facts(facts, remarks, "llm")
    keys = [(data.get("source"), data.get("second_opinion")) for data in (one.to_dict() for one in marked)]
    assert keys == [("tagger", "agrees"), ("tagger", "disagrees"), ("llm", None), ("tagger", None)]
    assert marked[0].to_dict().items() >= facts[0].to_dict().items()
    disagrees, only = findings_of(marked, remarks)
    assert (disagrees.rule, disagrees.severity, disagrees.expected, disagrees.actual) == ("assist.disagrees", "info", 40, 41)
    assert "pub.news 41 条" in disagrees.message
    assert "pub.notice 40 条" in disagrees.message_zh
    assert (only.rule, len(only.evidence)) == ("assist.only", 1)


def test_a_disagreement_about_the_code_alone_expects_no_other_number() -> None:
    (found,) = findings_of([report_fact("40条", None, 40)], [Remark(Opinion.DISAGREES, NOTICE, "pub.notice")])
    assert (found.expected, found.actual) == (None, None)
    assert found.message.startswith("公告")


def test_marked_facts_are_facts() -> None:
    with pytest.raises(AttributeError):
        mark_facts([report_fact("40条", None, 40)], [None], "llm")[0].source = "other"  # type: ignore[misc]
    assert issubclass(MarkedFact, Fact)
