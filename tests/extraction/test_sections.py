"""Sections are found whatever the heading's form."""

import itertools

import pytest

from extraction.readers.text import read
from extraction.sections import find_sections, section_kind

KINDS = ["overview", "proactive", "requests", "review", "problems", "other"]
HEADINGS_2021 = [
    "总体情况", "主动公开政府信息情况", "收到和处理政府信息公开申请情况",
    "政府信息公开行政复议、行政诉讼情况", "存在的主要问题及改进情况", "其他需要报告的事项",
]  # fmt: skip
HEADINGS_2019 = [
    "总体情况", "行政机关主动公开政府信息情况", "行政机关收到和处理政府信息公开申请情况",
    "因政府信息公开工作被申请行政复议、提起行政诉讼情况", "政府信息公开工作存在的主要问题及改进情况", "其他需要报告的事项",
]  # fmt: skip
PROSE = "本年度各项工作扎实推进，共发布信息{}条，群众较为满意。"


def report(headings: list[str]) -> str:
    lines = ["松陵区档案局2022年政府信息公开工作年度报告", "根据条例要求编制本报告。"]
    for number, heading in enumerate(headings):
        lines += [heading, PROSE.format(number + 11)]
    return "\n".join(lines)


@pytest.mark.parametrize("headings", [HEADINGS_2021, HEADINGS_2019])
@pytest.mark.parametrize("style", ["{0}、{1}", "{2}、 {1}", "（{0}）{1}", "{2}．{1}", "第{0}部分 {1}", "{0} {1}", "{1}"])
def test_headings_of_every_form_open_their_section(style: str, headings: list[str]) -> None:
    marked = [style.format("一二三四五六"[n], heading, n + 1) for n, heading in enumerate(headings)]
    text = report(marked)
    sections = find_sections(read(text.encode(), "x"))
    assert [section.kind for section in sections] == ["front", *KINDS]
    assert [section.title for section in sections[1:]] == marked
    for section, heading in zip(sections[1:], marked, strict=True):
        assert text[section.start :].startswith(heading)
    assert sections[0].start == 0
    assert sections[-1].end == len(text)
    assert all(left.end == right.start for left, right in itertools.pairwise(sections))


def test_one_heading_in_another_style_still_opens_its_section() -> None:
    marked = [f"{'一二三四五六'[n]}、{heading}" for n, heading in enumerate(HEADINGS_2021)]
    marked[0] = "1、 总体情况"
    sections = find_sections(read(report(marked).encode(), "x"))
    assert [section.kind for section in sections] == ["front", *KINDS]


def test_subheadings_open_no_section() -> None:
    text = "\n".join(
        ["云岫区2021年政府信息公开工作年度报告", "一、总体情况", "（一）主动公开情况", PROSE.format(3),
         "（二）依申请公开情况", PROSE.format(4), "二、主动公开政府信息情况", "1.主动公开概况", PROSE.format(5),
         "三、收到和处理政府信息公开申请情况", PROSE.format(6)]
    )  # fmt: skip
    sections = find_sections(read(text.encode(), "x"))
    assert [section.kind for section in sections] == ["front", "overview", "proactive", "requests"]


def test_a_contents_list_opens_no_section() -> None:
    marked = [f"{'一二三四五六'[n]}、{heading}" for n, heading in enumerate(HEADINGS_2021)]
    text = "\n".join(["目录", *marked]) + "\n" + report(marked)
    sections = find_sections(read(text.encode(), "x"))
    assert [section.kind for section in sections] == ["front", *KINDS]
    assert sections[1].start > text.index("根据条例")


def test_a_heading_broken_by_a_line_break_is_whole() -> None:
    body = "澜江市水利局坚持以公开为常态不公开为例外的原则全面推进各项工作取得了新的成效和进展今"
    lines = ["澜江市水利局2021年政府信息公开工作年度报告", "一、总体情况", *([body] * 9),
             "四、因政府信息公开工作被申请行政复议、提起行政诉讼的有关", "情况", *([body] * 3)]  # fmt: skip
    sections = find_sections(read("\n".join(lines).encode(), "x"))
    assert [section.kind for section in sections] == ["front", "overview", "review"]


def test_reports_before_2014_have_their_own_headings() -> None:
    names = ["概述", "主动公开政府信息的情况", "依申请公开政府信息的情况", "政府信息公开收费及减免情况",
             "政府信息公开申请行政复议、提起行政诉讼情况", "存在的主要问题和改进措施"]  # fmt: skip
    text = report([f"{'一二三四五六'[n]}、{heading}" for n, heading in enumerate(names)])
    kinds = [section.kind for section in find_sections(read(text.encode(), "x"))]
    assert kinds == ["front", "overview", "proactive", "requests", "requests", "review", "problems"]


def test_section_kind_of_unknown_words_is_none() -> None:
    assert section_kind("食堂管理") is None


def test_a_form_s_numbered_rows_open_no_section() -> None:
    text = "\n".join(
        ["一、总体情况", PROSE.format(3), "三、收到和处理政府信息公开申请情况", "一、本年新收政府信息公开申请", "数量",
         "二、上年结转政府信息公开申请数量", "三、本年度办理结果", "四、结转下年度继续办理",
         "四、政府信息公开行政复议、行政诉讼情况", PROSE.format(4)]
    )  # fmt: skip
    kinds = [section.kind for section in find_sections(read(text.encode(), "x"))]
    assert kinds == ["overview", "requests", "review"]
