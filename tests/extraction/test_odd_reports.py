"""Titles, dates, headings and sentences as real reports vary them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from evaluation.synthetic.printed import SyntheticReport, form_keys, report_blocks
from evaluation.synthetic.text_writers import line_per_cell
from extraction.metadata import Metadata, find_metadata
from extraction.pipeline import extract_bytes
from extraction.readers.text import read
from extraction.report import Report
from extraction.sections import find_sections, section_kind

KINDS = ["overview", "proactive", "requests", "review", "problems", "other"]
NAMES = [
    "总体情况", "主动公开政府信息情况", "收到和处理政府信息公开申请情况",
    "政府信息公开行政复议、行政诉讼情况", "存在的主要问题及改进情况", "其他需要报告的事项",
]  # fmt: skip
PROSE = "本年度各项工作扎实推进，共发布信息36条，群众较为满意。"


def metadata(title: str, *, head: str = "", foot: str = "") -> Metadata:
    lines = [title, head, "一、总体情况", PROSE, "二、主动公开政府信息情况", PROSE, foot]
    document = read("\n".join(line for line in lines if line).encode(), "x")
    return find_metadata(document, find_sections(document))


@pytest.mark.parametrize(
    ("title", "agency"),
    [
        ("云岫市水利局２０２３年政府信息公开工作年度报告", "云岫市水利局"),
        ("云岫市水利局（2023年）政府信息公开工作年度报告", "云岫市水利局"),
        ("云岫市水利局【2023】年政府信息公开工作年度报告", "云岫市水利局"),
        ("云岫市水利局2023政府信息公开工作年度报告", "云岫市水利局"),
        ("2023云岫市水利局政府信息公开工作年度报告", "云岫市水利局"),
        ("云岫市水利局2023年年度政府信息公开工作报告", "云岫市水利局"),
        ("云岫市水利局政府信息公开工作年度报告（2023年度）", "云岫市水利局"),
        ("2023年度政府信息公开工作年度报告（云岫市水利局）", "云岫市水利局"),
        ("2023年年丰镇人民政府政府信息公开工作年度报告", "年丰镇人民政府"),
        ("云岫市政务公开办公室2023年政府信息公开工作年度报告", "云岫市政务公开办公室"),
        ("云岫市教育局（市委教育工委）2023年政府信息公开工作年度报告", "云岫市教育局（市委教育工委）"),
        ("中共云岫市委机构编制委员会办公室、云岫市事业单位登记管理局2023年政府信息公开工作年度报告",
         "中共云岫市委机构编制委员会办公室、云岫市事业单位登记管理局"),
        ("雲岫縣發展局2023年政府信息公開工作年度報告", "雲岫縣發展局"),
    ],
)  # fmt: skip
def test_the_body_is_told_from_the_year_however_it_is_set(title: str, agency: str) -> None:
    found = metadata(title)
    assert (found.agency, found.year) == (agency, 2023)


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("2024-01-12 10:11 来源：市水利局", ""),
        ("（2024年1月12日）", ""),
        ("2024年1月12日", ""),
        ("", "云岫市水利局\n二〇二四年一月十二日"),
        ("", "云岫市水利局\n二○二四年一月十二日"),
    ],
)
def test_a_bare_date_above_or_below_the_report_is_its_date(head: str, foot: str) -> None:
    assert metadata("云岫市水利局2023年政府信息公开工作年度报告", head=head, foot=foot).published == "2024-01-12"


def test_a_date_in_a_sentence_of_the_front_is_none() -> None:
    head = "2019年5月15日起施行的条例要求编制本报告，数据截至2023年12月31日。"
    assert metadata("云岫市水利局2023年政府信息公开工作年度报告", head=head).published is None


@pytest.mark.parametrize(
    "marks",
    [
        ["壹、", "贰、", "叁、", "肆、", "伍、", "陆、"],
        ["⼀、", "⼆、", "三、", "四、", "五、", "六、"],
        ["【一】", "【二】", "【三】", "【四】", "【五】", "【六】"],
        ["一、", "二.", "(三)", "4、", "五、 ", "六、"],
    ],
)
def test_headings_with_other_or_mixed_numerals(marks: Sequence[str]) -> None:
    headings = [mark + name for mark, name in zip(marks, NAMES, strict=True)]
    text = "\n".join(line for heading in headings for line in (heading, PROSE))
    sections = find_sections(read(text.encode(), "x"))
    assert [section.kind for section in sections] == KINDS
    assert [text[section.start :].startswith(heading) for section, heading in zip(sections, headings, strict=True)]


def test_a_bracketed_subheading_of_another_matter_opens_no_section() -> None:
    text = "\n".join(["一、总体情况", "（一）主动公开情况", PROSE, "（二）收到和处理政府信息公开申请情况", PROSE, "二、主动公开政府信息情况", PROSE])
    assert [section.kind for section in find_sections(read(text.encode(), "x"))] == ["overview", "proactive"]


def test_a_list_numbered_like_the_sections_opens_no_section() -> None:
    lists = {0: ["一、加强组织领导。" + PROSE, "二、完善制度机制。" + PROSE], 4: ["一、公开不够及时", PROSE, "二、改进措施", PROSE]}
    lines = []
    for number, name in enumerate(NAMES):
        lines += [f"{'一二三四五六'[number]}、{name}", *lists.get(number, [PROSE])]
    assert [section.kind for section in find_sections(read("\n".join(lines).encode(), "x"))] == KINDS


@pytest.mark.parametrize("marks", ["一二三四五六", "123456"])
def test_headings_whose_number_nothing_parts(marks: str) -> None:
    text = "\n".join(f"{mark}{name}\n{PROSE}" for mark, name in zip(marks, NAMES, strict=True))
    assert [section.kind for section in find_sections(read(text.encode(), "x"))] == KINDS


def test_a_remark_in_brackets_does_not_name_the_section() -> None:
    assert section_kind("收到和处理政府信息公开申请情况（附表）") == "requests"


def findings(sentence: str, section: str = "requests") -> list[tuple[str, str]]:
    """What the form (received 40, answered 37, reviews 6, litigation 9) makes of a sentence."""
    values = dict.fromkeys(form_keys("2021"), "0")
    for row, number in (("new_received", "40"), ("granted", "37"), ("total", "37"), ("carried_out", "3")):
        values["requests", row, "natural_person"] = values["requests", row, "total"] = number
    for group, number in (("review", "6"), ("litigation_direct", "4"), ("litigation_after_review", "5")):
        values["review", group, "upheld"] = values["review", group, "total"] = number
    report = SyntheticReport("云岫市水利局", 2023, "2021", values, {section: [sentence]})
    result = extract_bytes(line_per_cell(report_blocks(report)).encode(), "x", use_model=False)
    assert isinstance(result, Report)
    return [(finding.message_zh.split("：")[0], str(finding.actual)) for finding in result.findings if finding.rule == "text.form"]


@pytest.mark.parametrize(
    "sentence",
    [
        "全年收到政府信息公开申请40件，其中自然人申请31件。",
        "全年新增申请人5个，收到申请40件。",
        "市本级收到政府信息公开申请12件，各县区收到政府信息公开申请30件。",
        "收到公民申请12件、法人申请3件。",
        "已办结申请35件（不含上年结转）。",
        "答复政府信息公开申请37件，其中答复不予公开8件。",
        "对申请作出不予公开答复12件，超期答复申请3件。",
        "申请人撤回申请，答复后纠正3件。",
        "受理行政许可申请1200件，受理商标注册申请300件。",
        "截至2023年6月底，收到政府信息公开申请12件。",
        "上半年收到政府信息公开申请12件，第三季度收到政府信息公开申请2件。",
        "自条例实施以来，累计收到政府信息公开申请5012件。",
        "近三年收到政府信息公开申请分别为12件、30件和40件。",
        "与去年相比，收到申请多12件。",
        "平均每月收到政府信息公开申请3件。",
        "上年结转5件中，办结申请5件。",
        "共收到申请43件（含以前年度3件）。",
        "收到各类申请50件，其中政府信息公开申请40件。",
        "收到政府信息公开申请12件的单位1个。",
        "全年收到行政复议申请12件，其中涉及政府信息公开6件。",
        "市政府作为复议机关受理政府信息公开行政复议案件12件。",
        "未经复议直接提起行政诉讼4件，复议后提起行政诉讼5件，均涉及政府信息公开。",
    ],
)
@pytest.mark.parametrize("section", ["overview", "requests"])
def test_sentences_on_something_else_contradict_no_form(sentence: str, section: str) -> None:
    assert findings(sentence, section) == []


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("我局共收到依申请公开政府信息41件。", [("新收申请", "41")]),
        ("全年收到申请41件。", [("新收申请", "41")]),
        ("政府信息公开申请均已办结，共办结36件。", [("办结申请", "36")]),
        ("因政府信息公开被提起行政诉讼8件。", [("行政诉讼", "8")]),
        ("2023年，我局未收到政府信息公开申请。", [("新收申请", "0")]),
        ("本年度未发生因政府信息公开被申请行政复议、提起行政诉讼的情况。", [("行政复议", "0"), ("行政诉讼", "0")]),
    ],
)
def test_contradictions_between_text_and_form_are_found(sentence: str, found: list[tuple[str, str]]) -> None:
    assert sorted(findings(sentence)) == sorted(found)


@pytest.mark.parametrize("sentence", ["未收到不予公开类的申请。", "其中未收到政府信息公开申请的镇有3个。", "2022年未收到政府信息公开申请。"])
def test_other_denials_contradict_no_form(sentence: str) -> None:
    assert findings(sentence) == []


@pytest.mark.parametrize("line", ["单元{} |", "|", "行政复议 维持 纠正 审结 1 2 3 4 10", "办结公开申请公开申请公开申请公开申请"])
def test_odd_lines_by_the_hundred_are_read_in_bounded_time(line: str) -> None:
    started = time.process_time()
    text = "\n".join(["云岫市水利局2023年政府信息公开工作年度报告", "一、总体情况", PROSE * 3, *(line.format(n) for n in range(500))])
    assert isinstance(extract_bytes(text.encode(), "x", use_model=False).to_dict(), dict)
    assert time.process_time() - started < 15


def test_the_torn_head_of_a_form_is_no_statement_that_nothing_happened() -> None:
    head = "\n\n".join("尚未审结总计")
    lines = [
        "云岫市水利局2021年政府信息公开工作年度报告", "一、总体情况", PROSE, "四、政府信息公开行政复议、行政诉讼情况", head,
        "未经复议直接起诉 复议后起诉", "五、存在的主要问题及改进情况", PROSE,
    ]  # fmt: skip
    text = "\n".join(lines)
    report = extract_bytes(text.encode(), "x")
    assert isinstance(report, Report)
    assert {fact.value for fact in report.facts} == {36}
