"""Plain text stays as it is; its layout is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout import rows

from extraction.document import normalise
from extraction.readers.text import read
from extraction.running_text import running_paragraph

WRAPPED = [
    "一、总体情况",
    "松陵区档案局坚持以公开为常态不公开为例外，扎实推进决策执行管理服务和结果",
    "公开，全年发布各类信息一千二百余条，其中通知公告三百条，政策文件四十件，动",
    "态信息八百六十条，办件比例达到96.",
    "64％，群众满意。",
    "二、主动公开政府信息情况",
    "坚持围绕中心服务大局，聚焦群众关心关注的重点领域和关键环节，持续加大公开",
    "力度，全年累计公开重点领域信息二百三十条，开设专栏六个，举办开放日活动三次，",
    "组织在线访谈两期，回应群众关切十二件，办结率达到百分之百，取得较好的社会效",
    "果。",
]


def test_the_canonical_text_is_the_file_s_own() -> None:
    text = "标题\r\n\r\n第一段　正文 \r\n\t单元格\r\n"
    assert read(text.encode("utf-8-sig"), "x").text == normalise(text)
    assert read(text.encode("gb18030"), "x").text == normalise(text)


def test_lines_that_a_program_broke_are_one_paragraph() -> None:
    for separator in ("\n", "\n\n"):
        document = read(separator.join(WRAPPED).encode(), "x")
        running = [running_paragraph(document, paragraph) for paragraph in document.paragraphs]
        assert running[0].text == "一、总体情况"
        assert "96.64％" in running[1].text
        assert running[2].text == "二、主动公开政府信息情况"
        start = running[1].text.index("96.64％")
        span = running[1].span(start, start + 6)
        assert document.text[span.start : span.end].replace("\n", "") == "96.64％"


def test_a_clause_broken_behind_a_figure_is_no_row_of_a_table() -> None:
    lines = [*WRAPPED[:2], "公开，全年发布政务服务事项 521 项，其中马上办比例 84.13％，网办比例 96.", "64％，共办理 12", "件。", *WRAPPED[5:]]
    document = read("\n\n".join(lines).encode(), "x")
    texts = [running_paragraph(document, paragraph).text for paragraph in document.paragraphs]
    assert any("521 项，其中马上办比例 84.13％，网办比例 96.64％" in text for text in texts)


def test_a_form_s_narrow_lines_do_not_hide_that_the_prose_is_wrapped() -> None:
    form = [f"{n}.属于不予公开的第{n}种情形 0 0 0 0 0 0 0" for n in range(1, 30)]
    lines = ["松陵区档案局2021年政府信息公开工作年度报告", *WRAPPED[:5], "二、表格", *form, "三、其他", *WRAPPED[6:]]
    document = read("\n".join(lines).encode(), "x")
    texts = [running_paragraph(document, paragraph).text for paragraph in document.paragraphs]
    assert "".join(WRAPPED[1:5]) in texts
    assert "".join(WRAPPED[6:]) in texts
    assert texts[0] == lines[0]


def test_a_line_that_ends_with_an_enumeration_comma_goes_on_in_a_text_with_whole_paragraphs() -> None:
    document = read("本局未发生因政府信息公开被申请复议、\n提起诉讼的情况。\n二、问题\n有一定差距。".encode(), "x")
    texts = [running_paragraph(document, paragraph).text for paragraph in document.paragraphs]
    assert texts == ["本局未发生因政府信息公开被申请复议、提起诉讼的情况。", "二、问题", "有一定差距。"]


def test_a_sentence_that_breaks_off_goes_on_however_wide_its_lines_are() -> None:
    text = "本局共收到公开申请，其中网上1\n26件，其余4\n件。\n另受理咨询十余件，均已\n当场答复\n完毕，无一积压。\n二、其他"
    document = read(text.encode(), "x")
    texts = [running_paragraph(document, paragraph).text for paragraph in document.paragraphs]
    assert texts == ["本局共收到公开申请，其中网上126件，其余4件。", "另受理咨询十余件，均已当场答复完毕，无一积压。", "二、其他"]


@pytest.mark.parametrize("number", ["- 1 -", "2", "第 3 页 共 6 页", "4/6", "Page 2 of 5", "第二页"])
def test_a_page_s_number_does_not_part_a_sentence(number: str) -> None:
    lines = ["本局坚持以公开为常态、不公开为例外，全年共公开信息1", number, "26条，其中网站60条。", "二、其他"]
    document = read("\n".join(lines).encode(), "x")
    texts = [running_paragraph(document, paragraph).text for paragraph in document.paragraphs]
    assert texts == [lines[0] + lines[2], number, "二、其他"]


def test_a_page_s_number_behind_a_sentence_and_a_form_s_figures_stay_where_they_are() -> None:
    for lines in (
        ["全年公开信息126条，其中网站60条。", "- 2 -", "另受理咨询3次。"],
        ["保护第三方合法权益，", "0", "属于三类内部事务信息"],
        ["其他对外管理服务事项，含行政机关委托的公共企事业单位的服务事项", "45", "+37", "6327"],
    ):
        document = read("\n".join(lines).encode(), "x")
        assert [running_paragraph(document, paragraph).text for paragraph in document.paragraphs] == lines


def test_figures_on_lines_of_their_own_belong_to_their_sentence() -> None:
    lines = ["全年共受理申请", "12", "件，办结", "1,126", "件，公开率", "100", "%。", "二、其他", "3"]
    document = read("\n".join(lines).encode(), "x")
    texts = [running_paragraph(document, paragraph).text for paragraph in document.paragraphs]
    assert texts == ["全年共受理申请12件，办结1,126件，公开率100%。", "二、其他", "3"]


def test_items_of_a_list_without_full_stops_stay_apart() -> None:
    lines = ["微博：发布信息320条，粉丝1.1万", "微信：发布信息415条，粉丝2.6万", "培训两次，共68人", "检查1次"]
    document = read("\n".join(lines).encode(), "x")
    assert [running_paragraph(document, paragraph).text for paragraph in document.paragraphs] == lines


def test_a_numbered_title_with_a_comma_is_no_sentence_that_breaks_off() -> None:
    document = read("（一）夯实基础，抓好主动公开\n全年公开信息12条。\n2.强化统筹，做好答复\n收到申请3件。".encode(), "x")
    assert len(document.paragraphs) == 4


def test_paragraphs_that_the_author_ended_stay_apart() -> None:
    text = "\n".join(["长短不一的段落。" * n for n in (1, 9, 3, 14, 6, 2, 11, 5, 20, 4)])
    assert len(read(text.encode(), "x").paragraphs) == 10


def test_markdown_headings_are_headings_without_their_marks() -> None:
    document = read("# 年度报告\n\n正文内容。\n\n## 一、总体情况\n".encode(), "x", "markdown")
    headings = [document.quote(paragraph) for paragraph in document.paragraphs if paragraph.heading]
    assert headings == ["年度报告", "一、总体情况"]


def test_markdown_emphasis_is_no_part_of_a_sentence() -> None:
    text = "全年公开信息**186**条，其中**网站**118条。\n\n**行政许可** 12\n\n**二、其他**"
    document = read(text.encode(), "x", "markdown")
    first, second, title = (running_paragraph(document, paragraph) for paragraph in document.paragraphs)
    assert first.text == "全年公开信息186条，其中网站118条。"
    span = first.span(first.text.index("186"), first.text.index("条"))
    assert document.text[span.start : span.end] == "186"
    assert second.text == "**行政许可** 12"
    assert title.text == "二、其他"


def _cells(text: str) -> list[list[str]]:
    document = read(text.encode(), "x")
    (table,) = document.tables
    return rows(document, table)


def test_a_crawler_s_cells_a_line_are_rows_whose_bars_fill_them_up() -> None:
    """A lone bar opens each row, and a title's line is filled up to the width of the table."""
    heads = ["|", "第二十条第(一)项 | |||", "|", "信息内容 |", "本年制发件数 |", "本年废止件数 |", "现行有效件数 |"]
    figures = ["|", "规章 |", "0 |", "1 |", "2 |", "|", "行政规范性文件 |", "5 |", "6 |", "8 |"]
    cells = [[cell for cell in row if cell] for row in _cells("\n".join([*heads, *figures]) + "\n\n三、其他")]
    assert cells[-2:] == [["规章", "0", "1", "2"], ["行政规范性文件", "5", "6", "8"]]


def test_lines_of_two_cells_are_a_table() -> None:
    lines = ["信息内容|本年处理决定数量", "行政处罚|93", "行政强制|6"]
    assert _cells("\n".join(lines)) == [line.split("|") for line in lines]


def test_a_last_blank_cell_is_kept_where_no_bars_close_the_lines() -> None:
    cells = _cells("予以公开|||0||\n部分公开|1|0|0|0|1\n重复申请|2|0|0|0|2")
    assert cells[0] == ["予以公开", "", "", "0", "", ""]


@given(st.text(alphabet=st.sampled_from("一二件条0123456789.，。、|\t \n（）#-"), max_size=300))
def test_any_text_is_read_and_nothing_of_it_is_lost(text: str) -> None:
    document = read(text.encode(), "x")
    assert document.text == normalise(text)
    covered = [(piece.start, piece.end) for paragraph in document.paragraphs for piece in paragraph.pieces]
    covered += [(cell.start, cell.end) for table in document.tables for cell in table.cells]
    for position, character in enumerate(document.text):
        if character.isalnum():
            assert any(start <= position < end for start, end in covered)
