"""HTML as content systems, Word and spreadsheets publish it. All pages are invented."""

from __future__ import annotations

import contextlib
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layout import grid, lines, rows
from web_page import FORM, PROSE, read, wrap

from extraction.errors import ErrorCode, ReadError
from extraction.readers import html


class TestText:
    def test_inline_elements_join_without_a_space_and_blocks_part(self) -> None:
        document = read(
            f"<p>{PROSE}</p><p>新收申请<span>2</span><b>36</b><span>件</span>，已办结。</p><div>二</div>"
        )
        assert lines(document)[1:] == ["新收申请236件，已办结。", "二"]

    def test_white_space_collapses_as_in_browsers(self) -> None:
        document = read("<p>  全年 \n\t 公开\n信息&nbsp;&nbsp;&#12288;12\n件 </p>")
        assert lines(document) == ["全年公开信息  \u300012 件"]

    def test_source_line_breaks_between_hanzi_are_no_space(self) -> None:
        assert lines(read("<p>政府信息\n  公开<span>\n工作</span></p>")) == ["政府信息公开工作"]

    def test_preformatted_text_keeps_its_lines_and_tabs(self) -> None:
        assert lines(read("<pre>一、总体情况\n　　正文。\n甲\t乙</pre>")) == [
            "一、总体情况",
            "正文。",
            "甲\t乙",
        ]

    def test_zero_width_characters_are_dropped(self) -> None:
        assert lines(read("<p>20\u200b23\ufeff年\u00ad度</p>")) == ["2023年度"]

    def test_breaks_part_paragraphs_but_not_a_heading(self) -> None:
        document = read(
            "<h1>青禾县2023年政府信息公开<br>工作年度报告</h1>"
            "<div>　　一、总体情况<br>　　第一段。<br><br>　　第二段，未<br>完待续。</div>"
        )
        assert lines(document) == [
            "青禾县2023年政府信息公开工作年度报告", "一、总体情况", "第一段。", "第二段，未完待续。",
        ]  # fmt: skip
        assert [p.heading for p in document.paragraphs] == [True, False, False, False]
        assert len(document.paragraphs[0].pieces) == 2

    @pytest.mark.parametrize(
        "hidden",
        [
            "<!-- 密 -->",
            "<script>密</script>",
            "<style>密</style>",
            "<template><p>密</p></template>",
            "<noscript>密</noscript>",
            "<p hidden>密</p>",
            '<p style="color:red; DISPLAY : none">密<b>密</b></p>',
            '<span style="visibility:hidden">密</span>',
            "<span style='mso-hide:all'>密</span>",
            '<i aria-hidden="true">密</i>',
            '<input type="hidden" value="密">',
            "<del>密</del>",
            '<s class="msoDel">密</s>',
            '<p class="off">密</p>',
            '<p id="gone">密</p>',
            "<xml><w:WordDocument><w:View>密</w:View></w:WordDocument></xml>",
            "<!--[if gte mso 9]><p>密</p><![endif]-->",
            "<textarea>密</textarea>",
        ],
    )
    def test_what_is_not_seen_is_not_read(self, hidden: str) -> None:
        style = "<style>.off, .x{display:none} #gone{visibility:hidden} @media print{p{display:none}}</style>"
        document = read(f"<html><head>{style}</head><body><p>{PROSE}</p>{hidden}<p>可见</p></body></html>")
        assert "密" not in document.text
        assert lines(document) == [PROSE, "可见"]

    def test_struck_through_and_inserted_text_is_seen(self) -> None:
        assert lines(read("<p>旧<s>甲</s><ins>乙</ins></p>")) == ["旧甲乙"]

    def test_word_list_numbers_in_conditional_sections_are_read(self) -> None:
        page = '<p><![if !supportLists]><span style="mso-list:Ignore">一、</span><![endif]>总体情况<o:p></o:p></p>'
        assert lines(read(page)) == ["一、总体情况"]

    def test_entities_in_a_doctype_are_not_expanded(self) -> None:
        bomb = '<!DOCTYPE html [<!ENTITY a "炸炸炸"><!ENTITY b "&a;&a;">]>'
        document = read(f"{bomb}<html><body><p>{PROSE}&b;</p></body></html>")
        assert "炸" not in document.text


class TestTables:
    def test_spans_place_cells_on_the_grid(self) -> None:
        table = (
            "<table><tr><th rowspan=2>申请人</th><th colspan=2>法人</th></tr><tr><th>企业</th><th>其他</th></tr>"
            "<tr><td>新收</td><td>1</td><td></td></tr></table>"
        )
        assert grid(read(wrap(table))) == [
            (0, 2, 0, 1, "申请人"), (0, 1, 1, 3, "法人"), (1, 2, 1, 2, "企业"), (1, 2, 2, 3, "其他"),
            (2, 3, 0, 1, "新收"), (2, 3, 1, 2, "1"), (2, 3, 2, 3, ""),
        ]  # fmt: skip

    def test_rowspan_zero_reaches_to_the_end_of_its_group_only(self) -> None:
        table = (
            "<table><tbody><tr><td rowspan=0>甲</td><td>1</td></tr><tr><td>2</td></tr></tbody>"
            "<tbody><tr><td>乙</td><td>3</td></tr></tbody></table>"
        )
        assert (0, 2, 0, 1, "甲") in grid(read(wrap(table)))
        assert (2, 3, 0, 1, "乙") in grid(read(wrap(table)))

    def test_absurd_spans_are_clipped(self) -> None:
        table = (
            "<table><tr><td colspan=100000000000 rowspan=99999>第二十条</td></tr>"
            "<tr><td>规章</td><td colspan=-3>1</td></tr><tr><td>许可</td><td colspan=x>2</td></tr></table>"
        )
        table = table.replace(" rowspan=99999", "")
        document = read(wrap(table))
        assert (document.tables[0].n_rows, document.tables[0].n_cols) == (3, 2)
        assert grid(document)[0] == (0, 1, 0, 2, "第二十条")

    def test_overlapping_spans_never_share_a_place(self) -> None:
        table = (
            "<table><tr><td>a</td><td rowspan=3>b</td></tr><tr><td colspan=3>c</td></tr>"
            "<tr><td>d</td><td>e</td></tr></table>"
        )
        cells = grid(read(wrap(table)))
        assert (1, 2, 0, 1, "c") in cells
        assert_disjoint(cells)

    def test_cells_cut_into_paragraphs_and_spans(self) -> None:
        table = FORM.replace(
            "<td>3</td>", "<td><p>一<span>二</span>\n</p><p><b>三</b>&nbsp;<o:p></o:p></p>四<br>五</td>"
        )
        assert rows(read(wrap(table)), read(wrap(table)).tables[0])[1][1] == "一二\n三\n四\n五"

    def test_blank_cells_stay(self) -> None:
        table = FORM.replace("<td>0</td>", "<td><p>&nbsp;</p></td>")
        assert grid(read(wrap(table)))[-1] == (1, 2, 2, 3, "")

    def test_unclosed_and_rowless_cells(self) -> None:
        table = "<table><td>甲<td>乙<tr><td>1<td>2</table>"
        document = read(wrap(table))
        assert rows(document, document.tables[0]) == [["甲", "乙"], ["1", "2"]]

    def test_hidden_rows_and_cells_take_no_place(self) -> None:
        table = FORM.replace(
            "<tr><td>行政", '<tr style="display:none"><td>x</td></tr><tr><td hidden>y</td><td>行政'
        )
        document = read(wrap(table))
        assert rows(document, document.tables[0])[1] == ["行政规范性文件", "3", "0"]

    def test_table_foot_comes_last_and_a_form_inside_is_no_obstacle(self) -> None:
        table = (
            "<table><tfoot><tr><td>总计</td><td>3</td></tr></tfoot><form><tr><td>甲</td><td>1</td></tr>"
            "<tr><td>乙</td><td>2</td></tr></form></table>"
        )
        document = read(wrap(table))
        assert [row[0] for row in rows(document, document.tables[0])] == ["甲", "乙", "总计"]

    def test_caption_and_stray_content_are_kept_before_the_table(self) -> None:
        document = read(wrap(FORM.replace("<table>", "<table><caption>单位：件</caption><p>附注</p>")))
        assert lines(document) == [PROSE, "单位：件", "附注", PROSE]

    def test_layout_tables_are_unpacked(self) -> None:
        page = (
            f"<table width=1000><tr><td><table><tr><td>{PROSE * 8}</td></tr><tr><td>{FORM}</td></tr></table></td>"
            "<td width=10></td></tr></table>"
        )
        document = read(page)
        assert lines(document) == [PROSE * 8]
        assert len(document.tables) == 1
        assert document.tables[0].n_cols == 3

    def test_a_data_table_inside_a_data_table_follows_it(self) -> None:
        inner = "<table><tr><td>子甲</td><td>7</td></tr></table>"
        body = "".join(f"<tr><td>行{i}</td><td>{i}</td><td>{i}</td></tr>" for i in range(6))
        document = read(wrap(f"<table>{body}<tr><td>末</td><td>外{inner}</td><td>0</td></tr></table>"))
        assert [(t.n_rows, t.n_cols) for t in document.tables] == [(7, 3), (1, 2)]
        assert grid(document)[-2][4] == "外"
        assert not document.joins

    def test_a_spreadsheet_with_the_whole_report_in_one_table_is_cut_at_its_prose(self) -> None:
        full = [
            "<tr><td colspan=3>一、总体情况</td></tr>", f"<tr><td colspan=3>{PROSE * 3}</td></tr>",
            "<tr><td colspan=3>二、主动公开政府信息情况</td></tr>", FORM[7:-8],
            "<tr><td colspan=3>第二十条第（五）项</td></tr>", "<tr><td>行政许可</td><td colspan=2>9</td></tr>",
            f"<tr><td colspan=3>五、存在的主要问题及改进情况</td></tr><tr><td colspan=3>{PROSE * 3}</td></tr>",
        ]  # fmt: skip
        document = read(f"<table>{''.join(full)}</table>")
        assert lines(document) == [
            "一、总体情况", PROSE * 3, "二、主动公开政府信息情况", "五、存在的主要问题及改进情况", PROSE * 3,
        ]  # fmt: skip
        assert rows(document, document.tables[0])[2:] == [["第二十条第（五）项"], ["行政许可", "9"]]

    def test_a_form_cut_in_two_is_joined_and_its_fragments_kept(self) -> None:
        document = read(wrap(FORM + "<p>&nbsp;</p>" + FORM))
        assert len(document.tables) == 2
        assert [join.fragments for join in document.joins] == [(0, 1)]
        assert not read(wrap(FORM + "<p>续表</p>" + FORM)).joins


def assert_disjoint(cells: list[tuple[int, int, int, int, str]]) -> None:
    places = [(r, c) for r0, r1, c0, c1, _ in cells for r in range(r0, r1) for c in range(c0, c1)]
    assert len(places) == len(set(places))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(-1, 6), st.integers(-1, 6), st.text("甲乙1 ", max_size=3)), max_size=5
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_spans_give_a_grid_without_overlap(spans: list[list[tuple[int, int, str]]]) -> None:
    body = "".join(
        "<tr>" + "".join(f"<td rowspan={r} colspan={c}>{text}</td>" for r, c, text in row) + "</tr>"
        for row in spans
    )
    document = read(wrap(f"<table>{body}</table>"))
    for index, table in enumerate(document.tables):
        cells = grid(document, index)
        assert_disjoint(cells)
        assert all(r0 < r1 <= table.n_rows and c0 < c1 <= table.n_cols for r0, r1, c0, c1, _ in cells)


MENU = "".join(f'<li><a href="/{i}">行政许可栏目{i}</a></li>' for i in range(40))
REPORT = f"""<p>{PROSE}</p><p>一、总体情况</p><p>{PROSE * 2}</p><p>二、主动公开政府信息情况</p>{FORM}
<p>五、存在的主要问题及改进情况</p><p>（一）推进无障碍浏览</p><p>{PROSE}</p><p>六、其他需要报告的事项</p><p>无。</p>"""
CONTAINERS = [
    '<div id="UCAP-CONTENT">{}</div>',
    '<div id="zoom"><div class="TRS_Editor"><div class="Custom_UNIONSTYLE">{}</div></div></div>',
    '<div class="article"><div class="con">{}</div></div>',
    '<div class="bd-left"><div class="xyz">{}</div></div>',
    '<table width="980"><tr><td width="200"><ul>{menu}</ul></td><td class="bt_content">{}</td></tr></table>',
    "{}",
]


@pytest.mark.parametrize("container", CONTAINERS)
def test_main_text_is_told_from_the_rest_of_the_page(container: str) -> None:
    page = f"""<html><head><title>青禾县数据局2023年政府信息公开工作年度报告_青禾县人民政府</title></head><body>
    <div class="header"><div class="logo">青禾县人民政府</div><a href="/login">登录</a> | <a href="/reg">注册</a></div>
    <ul class="nav">{MENU}</ul><div class="crumb">您当前的位置：<a>首页</a> &gt; <a>政务公开</a> &gt; 年报</div>
    <div class="main"><div class="side"><h3>政府信息公开年报</h3><ul>{MENU}</ul></div>
    <div class="detail"><h1>青禾县数据局2023年政府信息公开工作年度报告</h1>
    <div class="info">发布时间：2024-01-22 10:33 来源：县数据局 字体：[大 中 小] 浏览次数：<span>77</span></div>
    <div class="bdsharebuttonbox">分享到：<a>微信</a></div>
    {container.replace("{menu}", MENU).replace("{}", REPORT)}
    <div>【打印】 【关闭】</div><p>扫一扫在手机打开当前页</p>
    <div class="related"><h4>相关文章</h4><ul>{MENU[:300]}</ul></div></div></div>
    <div class="footer"><p>主办单位：青禾县人民政府办公室</p><p>地址：青禾县中心路1号</p>
    <p>版权所有：青禾县人民政府 青ICP备00000000号</p></div></body></html>"""
    document = read(page)
    body = [
        PROSE, "一、总体情况", PROSE * 2, "二、主动公开政府信息情况", "五、存在的主要问题及改进情况",
        "（一）推进无障碍浏览", PROSE, "六、其他需要报告的事项", "无。",
    ]  # fmt: skip
    assert lines(document) == ["青禾县数据局2023年政府信息公开工作年度报告", *body]
    assert len(document.tables) == 1
    assert document.title == "青禾县数据局2023年政府信息公开工作年度报告"
    assert document.published == "2024-01-22"


def test_a_report_spread_over_sibling_containers_is_kept_whole() -> None:
    parts = [
        f'<div class="TRS_Editor"><p>{heading}</p><p>{PROSE}</p>{FORM}</div>'
        for heading in ("一、总体情况", "三、收到和处理")
    ]
    document = read(f'<body><div class="menu">{MENU}</div><div>{"".join(parts)}</div></body>')
    assert len(document.tables) == 2
    assert lines(document) == ["一、总体情况", PROSE, "三、收到和处理", PROSE]


def test_class_names_inside_an_article_do_not_cost_text() -> None:
    page = f'<div id="zoom"><p class="header">（一）小标题</p><div class="top">引语</div>{REPORT}</div><div class="top">置顶</div>'
    document = read(f"<body>{page}</body>")
    assert lines(document)[:3] == ["（一）小标题", "引语", PROSE]
    assert "置顶" not in document.text


def test_a_contact_line_at_the_report_s_end_stays_without_a_footer() -> None:
    assert lines(read(f"<div>{REPORT}<p>联系电话：000-0000</p></div>"))[-1] == "联系电话：000-0000"
    footer = "<p>地址：青禾县中心路1号</p><p>关于我们 | 联系我们</p><p>电话：000-0000</p>"
    assert lines(read(f"<div>{REPORT}</div><div>{footer}</div>"))[-1] == "无。"


def test_a_page_with_only_an_attachment_is_a_document() -> None:
    document = read(
        '<body><h1>青禾县2023年年度报告</h1><a href="a.pdf">附件：青禾县2023年年度报告.pdf</a></body>'
    )
    assert "附件：青禾县2023年年度报告.pdf" in lines(document)


@pytest.mark.parametrize(
    ("meta", "published"),
    [
        ('<meta name="PubDate" content="2024-01-22 09:00">', "2024-01-22"),
        ('<meta name="firstpublishedtime" content="2024-1-5-21:50:00">', "2024-01-05"),
        ('<meta property="article:published_time" content="20240122">', "2024-01-22"),
        ('<meta name="PubDate" content="2024-02-31">', None),
        ("<p>更新时间:2024-11-11 09:56 发布时间:2021-01-13 15:46 来源:县局</p>", "2021-01-13"),
        ("<p>日期：2022年3月4日</p>", "2022-03-04"),
        (
            "<table><tr><td>索引号</td><td>1</td><td>发布日期</td><td>2022年3月4日</td></tr></table>",
            "2022-03-04",
        ),
        ("<p>成文日期：2022年3月4日</p>", None),
    ],
)
def test_date_of_publication(meta: str, published: str | None) -> None:
    in_head = meta if meta.startswith("<meta") else ""
    page = f"<html><head>{in_head}</head><body>{meta}<div id=zoom>{REPORT}</div></body></html>"
    assert read(page).published == published


def test_title_from_metadata_before_the_window_title() -> None:
    head = '<meta name="ArticleTitle" content="青禾县2023年年度报告"><title>青禾县人民政府</title>'
    assert read(f"<html><head>{head}</head><body>{REPORT}</body></html>").title == "青禾县2023年年度报告"


@pytest.mark.parametrize(
    ("declared", "actual"),
    [("gb2312", "utf-8"), ("utf-8", "gb18030"), ("gbk", "gbk"), ("iso-8859-1", "gb18030"), ("", "utf-16")],
)
def test_declared_encoding_does_not_matter(declared: str, actual: str) -> None:
    page = f'<html><head><meta charset="{declared}"></head><body>{REPORT}</body></html>'
    document = html.read(page.encode(actual), "page.html")
    assert lines(document)[0] == PROSE


class TestLimits:
    def test_deep_nesting_ends_in_time(self) -> None:
        for opening in ("<div>", "<span>", "<table><tr><td>", "<b><p>", "<table><tr><td>1</td><td>"):
            started = time.process_time()
            with contextlib.suppress(ReadError):
                assert PROSE in read(opening * 100_000 + PROSE).text
            assert time.process_time() - started < 5

    def test_an_element_with_countless_attributes(self) -> None:
        with pytest.raises(ReadError) as caught:
            read("<p " + "".join(f"a{i} " for i in range(100_000)) + ">")
        assert caught.value.code is ErrorCode.TOO_LARGE
        picture = "<img src='data:image/png;base64," + "A+b/" * 100_000 + "'>"
        assert lines(read(f"<p>{PROSE}</p>{picture}")) == [PROSE]

    def test_moderate_nesting_is_read(self) -> None:
        assert lines(read("<div>" * 500 + f"<p>{PROSE}</p>" + "<table><tr><td>" * 100 + PROSE)) == [
            PROSE,
            PROSE,
        ]

    def test_too_many_bytes_elements_or_cells(self) -> None:
        for page in (b" " * (html.MAX_BYTES + 1) + b"x", b"<p>" * 2_100_000, b"<td>" * 250_000):
            with pytest.raises(ReadError) as caught:
                html.read(page, "big.html")
            assert caught.value.code is ErrorCode.TOO_LARGE

    def test_empty(self) -> None:
        with pytest.raises(ReadError) as caught:
            html.read(b" \n", "none.html")
        assert caught.value.code is ErrorCode.EMPTY

    def test_damaged_pages_give_a_document_or_a_coded_error(self) -> None:
        page = f'<html><head><meta charset="gbk"></head><body>{REPORT}</body></html>'.encode("gbk")
        generator = random.Random(7)
        for _ in range(60):
            damaged = bytearray(page[: generator.randrange(1, len(page))])
            for _ in range(generator.randrange(8)):
                damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            try:
                document = html.read(bytes(damaged), "damaged.html")
            except ReadError:
                continue
            assert all(
                document.text[c.start : c.end] == document.quote(c) for t in document.tables for c in t.cells
            )
