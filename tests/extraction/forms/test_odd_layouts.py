"""Forms as crawlers, typists and local templates distort them: right, or doubted, never wrong with confidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from evaluation.synthetic.document_writers import html_page
from evaluation.synthetic.printed import (
    HEADINGS,
    Block,
    PrintedTable,
    SyntheticReport,
    Values,
    definition,
    form_keys,
    proactive_tables,
    report_blocks,
    requests_table,
    review_table,
    stack,
)
from evaluation.synthetic.text_writers import layout_text, line_per_cell, one_line_tables, pipe_rows, tab_rows
from extraction.document import Document
from extraction.forms.extract import extract_forms
from extraction.forms.model import Form
from extraction.readers.dispatch import read_document

SURE = 0.8
_RESULTS = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


def adding_up(edition: str = "2021") -> Values:
    """Different numbers, the requests' sums holding."""
    values = {key: str(3 + place % 11) for place, key in enumerate(form_keys(edition))}
    form = definition("requests", edition)
    columns = [column.id for column in form.columns][:-1]
    outside = {"new_received", "carried_in", "total", "carried_out"}
    rows = [row.id for row in form.rows if not row.merged]
    for column in columns:
        results = sum(int(values["requests", row, column]) for row in rows if row not in outside)
        values["requests", "total", column] = str(results)
        left = results + int(values["requests", "carried_out", column])
        values["requests", "new_received", column] = str(left - int(values["requests", "carried_in", column]))
    for row in rows:
        values["requests", row, "total"] = str(sum(int(values["requests", row, column]) for column in columns))
    return values


def blocks_of(values: Values, *, edition: str = "2021", one_table: bool = True) -> list[Block]:
    report = SyntheticReport("青禾县行政审批局", 2023 if edition == "2021" else 2019, edition, values)
    return report_blocks(report, one_proactive_table=one_table)


def with_tables(proactive: Sequence[PrintedTable], requests: PrintedTable, reviews: Sequence[PrintedTable]) -> list[Block]:
    headings = list(HEADINGS.values())
    return [
        "青禾县行政审批局2023年政府信息公开工作年度报告", headings[0], "全年工作平稳。", headings[1], *proactive,
        headings[2], requests, headings[3], *reviews, headings[4], "力度不够。",
    ]  # fmt: skip


def read(data: bytes | str) -> tuple[Document, list[Form]]:
    document = read_document(data if isinstance(data, bytes) else data.encode(), "report")
    return document, extract_forms(document)


def cells(forms: Sequence[Form]) -> dict[tuple[str, str, str], Decimal | None]:
    return {(form.form, cell.row, cell.column): cell.value for form in forms for cell in form.cells}


def expected(values: Values) -> dict[tuple[str, str, str], Decimal | None]:
    return {key: Decimal(text) if text else None for key, text in values.items()}


def wrong_and_sure(forms: Sequence[Form], values: Values) -> list[object]:
    right = expected(values)
    return [
        cell
        for form in forms
        for cell in form.cells
        if cell.value != right.get((form.form, cell.row, cell.column)) and cell.confidence >= SURE
    ]


def changed(table: PrintedTable, text: Callable[[str], str], *, values: bool) -> PrintedTable:
    changed_cells = [
        replace(cell, text=text(cell.text)) if cell.is_value is values else cell for cell in table.cells
    ]
    return PrintedTable(table.n_rows, table.n_cols, changed_cells)


def each_table(blocks: Sequence[Block], text: Callable[[str], str], *, values: bool) -> list[Block]:
    return [block if isinstance(block, str) else changed(block, text, values=values) for block in blocks]


def bar_behind_cell(blocks: Sequence[Block]) -> str:
    return _barred(blocks, lambda text: f"{text} |" if text else "|")


def bar_on_its_line(blocks: Sequence[Block]) -> str:
    return _barred(blocks, lambda text: f"{text}\n|" if text else "|")


def _barred(blocks: Sequence[Block], cell_text: Callable[[str], str]) -> str:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.append(block)
            continue
        for line in range(block.n_rows):
            row = [cell for cell in block.in_order() if cell.row == line]
            lines += [cell_text(cell.text) for cell in row]
            lines += ["|" * (block.n_cols - len(row))] if len(row) < block.n_cols else []
    return "\n".join(lines)


def framed_and_filled_up(blocks: Sequence[Block]) -> str:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            lines.append(block)
            continue
        for line in range(block.n_rows):
            row = [cell.text for cell in block.in_order() if cell.row == line]
            lines.append(f"| {' | '.join(row)} | {'|' * (block.n_cols - len(row))} ")
    return "\n".join(lines)


def tables_in_markdown(blocks: Sequence[Block], between: str = "\n\n") -> str:
    page = html_page(blocks).decode()
    tables = iter(re.findall(r"<table.*?</table>", page, re.S))
    return between.join(f"## {block}" if isinstance(block, str) else next(tables) for block in blocks)


def tables_in_one_line(blocks: Sequence[Block]) -> str:
    return tables_in_markdown(blocks, between=" ").replace("## ", "\n## ")


CRAWLED = [bar_behind_cell, bar_on_its_line, framed_and_filled_up]


@pytest.mark.parametrize("writer", CRAWLED)
@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("one_table", [True, False])
@pytest.mark.parametrize("kept", [r"", r".*(?:[05]|total)\Z", r"total\Z"])
def test_bars_of_crawlers_part_cells(writer: Callable[[Sequence[Block]], str], edition: str, one_table: bool, kept: str) -> None:
    values = {
        key: text if key[0] != "requests" or re.match(kept, text) or key[2] == "total" else ""
        for key, text in adding_up(edition).items()
    }
    text = writer(blocks_of(values, edition=edition, one_table=one_table))
    document, forms = read(text)
    assert cells(forms) == expected(values)
    assert {form.edition for form in forms} == {edition}
    for form in forms:
        for cell in form.cells:
            assert document.text[cell.start : cell.end] == cell.text
    for heading in HEADINGS.values():
        assert any(document.quote(paragraph) == heading for paragraph in document.paragraphs)


@pytest.mark.parametrize("writer", [tables_in_markdown, tables_in_one_line])
@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_html_tables_in_markdown_are_read_in_place(writer: Callable[[Sequence[Block]], str], edition: str) -> None:
    values = adding_up(edition) | {("review", "review", "upheld"): ""}
    document, forms = read(writer(blocks_of(values, edition=edition)))
    assert document.format == "markdown"
    assert cells(forms) == expected(values)
    for form in forms:
        for cell in form.cells:
            assert document.text[cell.start : cell.end] == cell.text


@pytest.mark.parametrize("mark", ["**{}**", "`{}`", "*{}*"])
def test_emphasis_of_markdown_is_no_part_of_a_figure(mark: str) -> None:
    values = adding_up()
    _, forms = read(pipe_rows(each_table(blocks_of(values), mark.format, values=True)))
    assert cells(forms) == expected(values)
    assert {cell.text for form in forms for cell in form.cells} == set(values.values())


@pytest.mark.parametrize("separator", [",", "；", ""])
def test_cells_that_nothing_parts_are_doubted(separator: str) -> None:
    values = adding_up()
    _, forms = read(tab_rows(blocks_of(values)).replace("\t", separator))
    assert wrong_and_sure(forms, values) == []


@pytest.mark.parametrize("writer", [line_per_cell, one_line_tables, layout_text, tab_rows])
@pytest.mark.parametrize("unit", [" 件", "（件）", " （件）"])
def test_a_unit_that_stands_apart_belongs_to_its_number(writer: Callable[[Sequence[Block]], str], unit: str) -> None:
    values = adding_up()
    _, forms = read(writer(each_table(blocks_of(values), lambda text: text + unit, values=True)))
    assert cells(forms) == expected(values)


@pytest.mark.parametrize("writer", [html_page, tab_rows, line_per_cell, layout_text])
def test_letters_read_for_digits_are_doubted(writer: Callable[[Sequence[Block]], bytes | str]) -> None:
    values = {key: "10" if key[0] == "proactive" else text for key, text in adding_up().items()}
    _, forms = read(writer(each_table(blocks_of(values), lambda text: text.replace("10", "lO"), values=True)))
    assert cells(forms) == expected(values)
    fee = next(form for form in forms if form.form == "proactive").cell("fees", "amount")
    assert fee is not None
    assert fee.confidence < SURE


@pytest.mark.parametrize("writer", [html_page, tab_rows, line_per_cell, layout_text])
def test_figures_that_cannot_be_read_are_no_sure_blanks(writer: Callable[[Sequence[Block]], bytes | str]) -> None:
    values = adding_up()
    _, forms = read(writer(each_table(blocks_of(values), lambda text: f"{text}x", values=True)))
    assert wrong_and_sure(forms, values) == []


def test_the_unreadable_figure_of_a_row_is_kept_as_printed() -> None:
    values = adding_up() | {("proactive", "fees", "amount"): "1.2E5"}
    _, forms = read(html_page(blocks_of(values)))
    fee = forms[0].cell("fees", "amount")
    assert fee is not None
    assert (fee.value, fee.text) == (None, "1.2E5")
    assert fee.confidence < SURE


def test_words_for_none_and_not_applicable() -> None:
    words = {"不涉及": None, "不适用": None, "N/A": None, "暂无": 0, "持平": 0, "不变": 0}
    for word, value in words.items():
        values = adding_up("2019") | {("proactive", "licensing", "items_change"): word}
        _, forms = read(html_page(blocks_of(values, edition="2019")))
        assert forms[0].value("licensing", "items_change") == value


TRADITIONAL = str.maketrans(
    "规发数废现许处罚强费单额万请总计业机构组织询复议诉讼结维纠审类属国决办继续转书无销对开项据关当务营会",
    "規發數廢現許處罰強費單額萬請總計業機構組織詢復議訴訟結維糾審類屬國決辦繼續轉書無銷對開項據關當務營會",
)


@pytest.mark.parametrize("writer", [html_page, tab_rows, line_per_cell, layout_text])
def test_labels_in_traditional_characters(writer: Callable[[Sequence[Block]], bytes | str]) -> None:
    values = adding_up()
    _, forms = read(writer(each_table(blocks_of(values), lambda text: text.translate(TRADITIONAL), values=False)))
    assert cells(forms) == expected(values)


def outcome_table(values: Values, group: str, head: str) -> PrintedTable:
    table = PrintedTable(3, 5)
    table.add(0, 0, head, cols=5)
    for place, (column, result) in enumerate(zip(("upheld", "corrected", "other", "pending", "total"), _RESULTS, strict=True)):
        table.add(1, place, result)
        table.add(2, place, values["review", group, column], value=True)
    return table


@pytest.mark.parametrize("writer", [html_page, tab_rows, line_per_cell, bar_behind_cell])
@pytest.mark.parametrize("printed", [3, 1])
def test_the_review_form_in_a_table_a_group(writer: Callable[[Sequence[Block]], bytes | str], printed: int) -> None:
    values = adding_up()
    groups = {"review": "行政复议", "litigation_direct": "行政诉讼（未经复议直接起诉）", "litigation_after_review": "行政诉讼（复议后起诉）"}
    reviews = [outcome_table(values, *entry) for entry in list(groups.items())[:printed]]
    _, forms = read(writer(with_tables([stack(proactive_tables("2021", values))], requests_table("2021", values), reviews)))
    kept = {key: text for key, text in values.items() if key[0] != "review" or key[1] in list(groups)[:printed]}
    assert cells(forms) == expected(kept)


@pytest.mark.parametrize("writer", [html_page, tab_rows, framed_and_filled_up, bar_behind_cell])
def test_a_column_that_the_form_does_not_have_shifts_nothing(writer: Callable[[Sequence[Block]], bytes | str]) -> None:
    values = adding_up()
    table = PrintedTable(4, 5)
    table.add(0, 0, "第二十条第（一）项", cols=5)
    for place, head in enumerate(("信息内容", "本年制发件数", "本年修改件数", "本年废止件数", "现行有效件数")):
        table.add(1, place, head)
    for line, (row, label) in enumerate((("regulations", "规章"), ("normative_documents", "行政规范性文件")), 2):
        printed = [values["proactive", row, column] for column in ("issued", "repealed", "in_force")]
        for place, text in enumerate((label, printed[0], "88", *printed[1:])):
            table.add(line, place, text, value=place > 0)
    proactive = stack([table, *proactive_tables("2021", values)[1:]])
    _, forms = read(writer(with_tables([proactive], requests_table("2021", values), [review_table(values)])))
    assert cells(forms) == expected(values)


@pytest.mark.parametrize("writer", [tab_rows, line_per_cell, layout_text, bar_behind_cell])
def test_columns_in_another_order_are_doubted_where_heads_cannot_be_placed(writer: Callable[[Sequence[Block]], str]) -> None:
    values = adding_up()
    table = requests_table("2021", values)
    moved = [
        replace(cell, col=3 if cell.col == 9 else cell.col + 1, col_end=4 if cell.col == 9 else cell.col_end + 1)
        if cell.col >= 3 and cell.row > 0
        else cell
        for cell in table.cells
    ]
    total_first = PrintedTable(table.n_rows, table.n_cols, moved)
    _, forms = read(writer(with_tables([stack(proactive_tables("2021", values))], total_first, [review_table(values)])))
    assert wrong_and_sure(forms, values) == []


def test_a_grid_row_that_lost_a_cell_is_doubted() -> None:
    values = adding_up()
    page = html_page(blocks_of(values)).decode()
    label = page.index("2.重复申请")
    cut = page.index("<td>", page.index("<td>", label) + 4)
    torn = page[:cut] + page[page.index("</td>", cut) + 5 :]
    _, forms = read(torn.encode())
    assert wrong_and_sure(forms, values) == []


def test_a_grid_row_with_a_cell_too_many_is_doubted() -> None:
    values = adding_up()
    page = html_page(blocks_of(values)).decode()
    cut = page.index("<td>", page.index("2.重复申请"))
    _, forms = read(f"{page[:cut]}<td>77</td>{page[cut:]}".encode())
    assert wrong_and_sure(forms, values) == []


def test_rows_that_ran_together_are_doubted() -> None:
    values = adding_up()
    text = tab_rows(blocks_of(values))
    label = text.index("二、上年结转政府信息公开申请数量")
    _, forms = read(text[: label - 1] + text[text.index("\t", label) :])
    assert wrong_and_sure(forms, values) == []


def test_a_label_torn_by_a_line_break_in_delimited_text_is_whole() -> None:
    values = adding_up()
    broken = ["一、本年新收政府信息公开申请数量", "四、结转下年度继续办理"]
    text = tab_rows(blocks_of(values))
    for label in broken:
        text = text.replace(label, f"{label[:9]}\n{label[9:]}")
    _, forms = read(text)
    assert cells(forms) == expected(values)


def test_local_items_in_one_line_of_text_hide_no_row() -> None:
    values = adding_up()
    text = one_line_tables(blocks_of(values)).replace("行政处罚", "行政检查 88 行政处罚")
    text = text.replace("第二十条第（八）项", "行政确认 77 第二十条第（八）项")
    _, forms = read(text)
    assert cells(forms) == expected(values)


@pytest.mark.parametrize("writer", [html_page, tab_rows, line_per_cell])
def test_the_year_is_the_caption_s_not_a_sentence_s(writer: Callable[[Sequence[Block]], bytes | str]) -> None:
    values = adding_up()
    proactive = stack(proactive_tables("2021", values))
    blocks = with_tables([proactive], requests_table("2021", values), [review_table(values)])
    place = blocks.index(proactive)
    blocks[place : place + 1] = ["2023年情况表", "比2021年有所增加。", proactive, "2022年情况表", proactive]
    _, forms = read(writer(blocks))
    assert [form.year for form in forms if form.form == "proactive"] == [2023, 2022]


@pytest.mark.parametrize(
    ("head", "unit"),
    [("本年收费金额（万元）", "万元"), ("本年收费金额(单位:元)", "元"), ("本年收费金额（单位：\n万元）", "万元"), ("本年收费金额", None)],
)
def test_the_unit_of_money_is_the_head_s(head: str, unit: str | None) -> None:
    values = adding_up()
    blocks = each_table(blocks_of(values), lambda text: head if text.startswith("本年收费") else text, values=False)
    _, forms = read(html_page(blocks))
    fee = forms[0].cell("fees", "amount")
    assert fee is not None
    assert fee.unit == unit


def test_group_and_item_in_one_label_invent_no_form() -> None:
    values = adding_up()
    rows = [row for row in definition("requests", "2021").rows if not row.merged]
    table = PrintedTable(1 + len(rows), 8)
    for place, head in enumerate(("申请人情况", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")):
        table.add(0, place, head)
    for line, row in enumerate(rows, 1):
        table.add(line, 0, f"（{row.group}）{row.zh}" if row.group else row.zh)
        for place, column in enumerate(row.columns, 1):
            table.add(line, place, values["requests", row.id, column], value=True)
    _, forms = read(line_per_cell(with_tables([stack(proactive_tables("2021", values))], table, [review_table(values)])))
    assert [form.form for form in forms] == ["proactive", "requests", "review"]
    assert cells(forms) == expected(values)


def test_a_wrapped_sentence_of_outcomes_with_blanks_around_its_figures_is_no_form() -> None:
    text = (
        "二、依申请公开\n全厅共办结申请 623 件。按申请内容分，征地类 421 件，矿业权类 63 件；按答复结果\n"
        "分，予以公开 268 件，部分公开 74 件，不予公开 41 件，\n"
        "无法提供 163 件，不予处理 29 件，其他处理 21 件，结转 16\n件。"
    )
    assert extract_forms(read_document(text.encode(), "a.txt")) == []
