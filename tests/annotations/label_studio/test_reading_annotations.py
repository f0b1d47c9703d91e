"""What annotators do to a prediction, and what of it can be taken over without a guess."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from label_studio_helpers import TEXT, Annotator, report

from annotations.checker import catalogue_codes
from annotations.corpus_format import AnnotatedDocument, Block, TextSpan, dump_document, parse_corpus
from annotations.label_studio import names
from annotations.label_studio.documents import to_task
from annotations.label_studio.errors import LabelStudioError
from annotations.label_studio.reading import Problem, from_task, read_annotation
from annotations.label_studio.tasks import task_of
from annotations.label_studio.values import Written, settle

TASK = task_of(report(), "model-1")
PREDICTED = TASK["predictions"][0]["result"]


@pytest.fixture
def annotator() -> Annotator:
    return Annotator(PREDICTED)


def read(annotator: Annotator, text: str = TEXT) -> tuple[AnnotatedDocument, list[Problem]]:
    data = {**TASK["data"], "text": text}
    return read_annotation(data, annotator.result, predicted=[PREDICTED], codes=catalogue_codes())


def fact_on(document: AnnotatedDocument, quoted: str):
    return next(fact for fact in document.facts if document.quote(fact.value_span) == quoted)


def messages(annotator: Annotator, text: str = TEXT) -> str:
    return "; ".join(problem.message for problem in read(annotator, text)[1])


def test_another_code_label_or_link(annotator: Annotator) -> None:
    value = annotator.region("120项")["id"]
    annotator.code(value, "svc.online_items")
    annotator.region("发布")["value"]["labels"] = ["CHANNEL"]
    annotator.result = [p for p in annotator.result if p.get("to_id") != annotator.region("发布")["id"]]
    annotator.link(value, annotator.region("发布")["id"])
    document, problems = read(annotator)
    assert problems == []
    assert fact_on(document, "120项").code == "svc.online_items"
    assert document.quote(fact_on(document, "120项").channel) == "发布"
    assert fact_on(document, "５２１项").action is None


def test_a_deleted_region_takes_its_fact_and_links_along(annotator: Annotator) -> None:
    annotator.delete("５２１项")
    document, problems = read(annotator)
    assert problems == []
    assert "５２１项" not in [document.quote(fact.value_span) for fact in document.facts]
    assert fact_on(document, "120项").parent is None
    assert document.facts[fact_on(document, "23%").parent].code == "svc.immediate_items"


def test_an_added_value_is_read_by_our_reader(annotator: Annotator) -> None:
    text = TEXT + "另有3.2万余人次咨询，办结率百分之九十八。"
    annotator.add("new", text, "3.2万余人次", "COUNT")
    annotator.add("rate", text, "百分之九十八", "PERCENT")
    document, problems = read(annotator, text)
    assert problems == []
    added, rate = fact_on(document, "3.2万余人次"), fact_on(document, "百分之九十八")
    assert (added.value, added.unit, added.approximate, added.code) == (Decimal(32000), "人次", "余", None)
    assert (rate.value, rate.unit) == (Decimal(98), "%")


def test_a_moved_value_is_read_again(annotator: Annotator) -> None:
    text = TEXT.replace("办件120项", "办件1120项")
    for part in annotator.result:  # The prediction missed the first digit.
        for key in ("start", "end"):
            if part.get("value", {}).get(key, 0) > text.index("1120项"):
                part["value"][key] += 1
    start = text.index("120项")
    for part in annotator.result:
        if part.get("id") == annotator.region("120项")["id"]:
            part["value"] |= {"start": start, "end": start + 4}
    predicted = Annotator(annotator.result).result
    annotator.move("120项", text, "1120项")
    document, problems = read_annotation(
        {**TASK["data"], "text": text}, annotator.result, predicted=[predicted]
    )
    assert problems == []
    assert fact_on(document, "1120项").value == 1120
    alone, found = read_annotation({**TASK["data"], "text": text}, annotator.result)
    assert "'1120项' reads 1120, the annotator wrote 120" in found[0].message
    assert [alone.quote(fact.value_span) for fact in alone.facts].count("1120项") == 0


def test_a_moved_value_that_cannot_be_read_is_a_problem(annotator: Annotator) -> None:
    annotator.move("120项", TEXT, "即办件120项，占比")
    annotator.delete("即办件")
    annotator.delete("占比")
    assert "no quantity can be read in '即办件120项，占比'" in messages(annotator)


@pytest.mark.parametrize(
    ("control", "text", "says"),
    [
        (names.VALUE, "119", "'120项' reads 120, the annotator wrote 119"),
        (names.VALUE, "很多", "'很多' is no number"),
        (names.VALUE, "NaN", "'NaN' is no number"),
        (names.UNIT, "件", "'120项' has the unit 项, the annotator wrote 件"),
        (names.APPROXIMATE, "余", "'余' does not stand in '120项'"),
    ],
)
def test_what_is_written_and_what_is_printed_have_to_be_the_same(
    annotator: Annotator, control: str, text: str, says: str
) -> None:
    annotator.write(annotator.region("120项")["id"], control, text)
    document, problems = read(annotator)
    assert says in problems[0].message
    assert TEXT[problems[0].start : problems[0].end] == "120项"
    assert "120项" not in [document.quote(fact.value_span) for fact in document.facts]


@pytest.mark.parametrize("written", ["120", "１２０", " 120.0 ", "一百二十", "120项"])
def test_a_number_may_be_written_in_any_digits(annotator: Annotator, written: str) -> None:
    annotator.write(annotator.region("120项")["id"], names.VALUE, written)
    document, problems = read(annotator)
    assert problems == []
    assert fact_on(document, "120项").value == 120


def test_money_and_nought() -> None:
    assert settle("MONEY", "240.92万元", Written("2409200", "元")).value == 2409200
    assert settle("MONEY", "240.92万元", Written("240.92万元")).value == 2409200
    assert settle("ZERO", "未收到", Written()).value == 0
    with pytest.raises(ValueError, match="word of nought with the value 5"):
        settle("ZERO", "未收到", Written("5"))
    with pytest.raises(ValueError, match="neither unit"):
        settle("ZERO", "未收到", Written("0", "件"))


def test_regions_as_the_browser_quotes_them(annotator: Annotator) -> None:
    broken = annotator.region("9\n件")
    broken["value"]["text"] = "9\\n件"
    annotator.region("松岭县")["value"]["labels"] = ["ITEM"]
    scope = annotator.region("松岭县")
    start = TEXT.index("松岭县  在\t省")
    scope["value"] |= {"start": start, "end": start + 8, "text": "松岭县 在 省", "labels": ["SCOPE"]}
    annotator.delete("省政务服务网")
    document, problems = read(annotator)
    assert problems == []
    assert document.quote(fact_on(document, "120项").scope) == "松岭县  在\t省"
    assert fact_on(document, "9\n件").value == 9


def test_blanks_at_a_region_s_edges_are_none_of_it(annotator: Annotator) -> None:
    start = TEXT.index("松岭县")
    annotator.region("松岭县")["value"] |= {"end": start + 5, "text": "松岭县  "}
    document, problems = read(annotator)
    assert problems == []
    assert document.quote(fact_on(document, "120项").scope) == "松岭县"


def test_a_link_says_its_role_by_the_label_it_leads_to(annotator: Annotator) -> None:
    name = annotator.add("n", TEXT, "总体情况", "ITEM")
    annotator.link(annotator.region("未收到")["id"], name)
    assert "two relations 名词" in messages(annotator)
    annotator.delete("行政复议")
    document, problems = read(annotator)
    assert problems == []
    assert document.quote(fact_on(document, "未收到").item) == "总体情况"


def test_a_link_drawn_the_other_way_round_means_the_same(annotator: Annotator) -> None:
    value, noun = annotator.region("9\n件")["id"], annotator.region("申请")["id"]
    kept = [p for p in annotator.result if (p.get("from_id"), p.get("to_id")) != (value, noun)]
    for source, target, direction in ((noun, value, "right"), (value, noun, "right"), (noun, value, "left")):
        annotator.result = list(kept)
        annotator.link(source, target, "名词", direction=direction)
        document, problems = read(annotator)
        assert problems == []
        assert document.quote(fact_on(document, "9\n件").item) == "申请"


def test_links_that_mean_nothing_are_problems(annotator: Annotator) -> None:
    item, action = annotator.region("申请")["id"], annotator.region("新收到")["id"]
    annotator.link(item, action)
    assert "a relation from ITEM to ACTION" in messages(annotator)
    annotator.result.pop()
    annotator.link(annotator.region("7期")["id"], action, "时间")
    assert "a relation period that leads to ACTION" in messages(annotator)
    annotator.result.pop()
    annotator.link(annotator.region("7期")["id"], annotator.region("23%")["id"], direction="bi")
    assert "which of two values is the part" in messages(annotator)


def test_overlaps_unknown_labels_and_codes_are_problems(annotator: Annotator) -> None:
    annotator.add("over", TEXT, "收到申请9", "ITEM")
    found = messages(annotator)
    assert "overlaps" in found
    annotator.delete("收到申请9")
    annotator.region("培训")["value"]["labels"] = ["ITEM", "ACTION"]
    assert "has the labels ['ITEM', 'ACTION']" in messages(annotator)
    annotator.region("培训")["value"]["labels"] = ["ITEM"]
    annotator.code(annotator.region("7期")["id"], "org.parties")
    assert "unknown code org.parties" in messages(annotator)
    said = next(p for p in annotator.result if p.get("type") == "taxonomy")
    said["value"]["taxonomy"].append(["pub", "pub.notice"])
    assert "several codes: svc.items, pub.notice" in messages(annotator)


@pytest.mark.parametrize("value", [{"start": 1}, {"end": 10_000}, {"text": "别的"}, {"start": "3"}])
def test_offsets_that_do_not_quote_the_text_are_problems(
    annotator: Annotator, value: dict[str, object]
) -> None:
    annotator.region("培训")["value"] |= value
    document, problems = read(annotator)
    assert len(problems) == 1
    assert fact_on(document, "7期").item is None


def test_several_facts_on_one_value_stay_several(annotator: Annotator) -> None:
    annotator.add("again", TEXT, "23%", "PERCENT")
    annotator.code("again", "rel.share")
    annotator.link("again", annotator.region("５２１项")["id"], "上级")
    document, problems = read(annotator)
    assert problems == []
    codes = [fact.code for fact in document.facts if document.quote(fact.value_span) == "23%"]
    assert codes == ["svc.immediate_rate", "rel.share"]
    assert len(document.spans) == len(set(document.spans))


def test_a_task_of_somebody_else_is_told() -> None:
    with pytest.raises(LabelStudioError, match="no task of ours"):
        read_annotation({"text": "x"}, [])


TEXTS = st.text(alphabet="公告40条 \t\r\n😀𠀀　%{}\\:|#@", min_size=1, max_size=30)


@given(TEXTS, st.integers(0, 28), st.integers(1, 6))
def test_any_text_survives_task_and_line_format(text: str, start: int, length: int) -> None:
    document = AnnotatedDocument({"id": "x"}, text, [Block("paragraph", 0, len(text))])
    quoted = text[start : start + length]
    if quoted and quoted == quoted.strip():
        document.spans = [TextSpan(start, start + len(quoted), "ITEM")]
    assert from_task(to_task(document)) == document
    if text.strip() and not text.startswith(("@", "## ", "| ", ": ")):
        assert next(parse_corpus(dump_document(document).split("\n"))) == document
