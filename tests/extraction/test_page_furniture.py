"""What pages print around a report states nothing of the body's work."""

from __future__ import annotations

import pytest

from extraction.page_furniture import is_site_line, tail_start
from extraction.pipeline import Source, extract_document, paragraph_reader
from extraction.readers.text import read

REPORT = ["青禾县民政局2022年政府信息公开工作年度报告", "一、总体情况", "2022年，公开政府信息318条。", "六、其他需要报告的事项"]


@pytest.mark.parametrize(
    "line", ["上一篇：青禾县司法局2022年年报", "您是第 1,024,586 位访客", "98篇原创内容 16位朋友关注", "青ICP备12003456号-1"]
)
def test_lines_of_the_site_are_known_by_their_words(line: str) -> None:
    assert is_site_line(line)
    assert tail_start([*REPORT, "无。", line, "新增床位350张"], 3) == 5


@pytest.mark.parametrize("line", [
    "主办：5件", "协办：三件", "上一篇幅较长的问题已解决。", "关于我们公开的36条信息，群众反映较好。",
    "（四）技术支持：全年上门12次", "公众号推送156篇原创内容", "技术支持：12次",
])
def test_lines_of_the_report_are_kept(line: str) -> None:
    assert tail_start([*REPORT, line], 3) == 5


@pytest.mark.parametrize("owner", ["主办：三亚市人民政府办公室", "主办单位：两江新区管委会"])
def test_an_owner_whose_name_begins_with_a_numeral_ends_the_report(owner: str) -> None:
    assert tail_start([*REPORT, "无。", owner], 3) == 5


def test_a_line_at_the_foot_of_every_page_does_not_end_the_report() -> None:
    lines = ["第1页 版权所有：青禾县民政局", *REPORT, "收取信息处理费0元。", "第2页 版权所有：青禾县民政局", "办理建议3件。"]
    assert tail_start(lines, 4) == len(lines)


def test_a_list_of_other_articles_behind_the_report_gives_no_facts() -> None:
    tail = ["相关阅读", "2022年发放低保金1,200万元", "主办：青禾县人民政府办公室"]
    document = read("\n".join([*REPORT, "收取信息处理费0元。", *tail]).encode(), "x.txt")
    report = extract_document(document, Source("x.txt", "text", ""), reader=paragraph_reader(use_model=False))
    assert [fact.text for fact in report.facts] == ["318条", "0元"]
