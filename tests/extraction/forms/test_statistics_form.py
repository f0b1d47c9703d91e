"""The statistics form of 2014 to 2018: one column of figures, in every layout and format the same cells."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.synthetic.document_writers import DOCUMENT_WRITERS
from evaluation.synthetic.printed import (
    Block,
    PrintedTable,
    SyntheticReport,
    Values,
    definition,
    form_keys,
    report_blocks,
)
from evaluation.synthetic.statistics_form import LAYOUTS, statistics_blocks, statistics_table, unit_of_row
from evaluation.synthetic.text_writers import BLANKS_VISIBLE, TEXT_WRITERS
from extraction.document import Document
from extraction.forms.extract import extract_forms
from extraction.forms.model import Form
from extraction.readers.dispatch import read_document

KEYS = form_keys("2014")
PROSE = {
    "front": ["本报告根据《中华人民共和国政府信息公开条例》的要求编制，所列数据的统计期限为1月1日至12月31日。"],
    "proactive": ["青禾县全年主动公开政府信息数较多，其中政府网站公开政府信息数占九成，行政复议数量很少，专职人员数未增加。"],
    "requests": ["收到申请数为12件，其中当面申请数3件、网络申请数9件；全部按时办结，没有延期办结的情况。"],
}
NUMBERS = st.sampled_from([0, 0, 0, 1, 2, 17, 260, 4031]) | st.integers(0, 999_999)
CellKey = tuple[str, str, str]


def encoded(writer: Callable[[Sequence[Block]], str]) -> Callable[[Sequence[Block]], bytes]:
    return lambda blocks: writer(blocks).encode()


WRITERS: dict[str, Callable[[Sequence[Block]], bytes]] = {
    **DOCUMENT_WRITERS,
    **{name: encoded(writer) for name, writer in TEXT_WRITERS.items()},
}


def numbered() -> Values:
    """A different number in every cell, so that any shift shows."""
    return {key: str(101 + 7 * place) for place, key in enumerate(KEYS)}


def blocks_of(values: Values, table: PrintedTable | None = None, year: int = 2016) -> list[Block]:
    report = SyntheticReport("青禾县水务局", year, "2014", values, PROSE, f"{year + 1}年1月18日")
    return statistics_blocks(report, table)


def read(format_: str, blocks: Sequence[Block]) -> tuple[Document, list[Form]]:
    document = read_document(WRITERS[format_](blocks), f"report.{format_}")
    return document, extract_forms(document)


def cells_of(forms: Sequence[Form]) -> dict[CellKey, Decimal | None]:
    return {(form.form, cell.row, cell.column): cell.value for form in forms for cell in form.cells}


def expected(values: Values) -> dict[CellKey, Decimal | None]:
    return {key: Decimal(text) if text else None for key, text in values.items()}


def renamed(table: PrintedTable, labels: dict[str, str]) -> PrintedTable:
    """The table with other texts for some of its cells."""
    table.cells = [dataclasses.replace(cell, text=labels.get(cell.text, cell.text)) for cell in table.cells]
    return table


def without(*rows: str) -> Values:
    return {key: text for key, text in numbered().items() if key[1] not in rows}


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "serials"])
@pytest.mark.parametrize("format_", [name for name in WRITERS if name != "pdf"])
@settings(max_examples=2)
@given(drawn=st.lists(NUMBERS, min_size=len(KEYS), max_size=len(KEYS)))
def test_every_layout_in_every_format_gives_the_same_cells(format_: str, layout: str, drawn: list[int]) -> None:
    values = {key: str(number) for key, number in zip(KEYS, drawn, strict=True)}
    document, forms = read(format_, blocks_of(values, statistics_table(values, LAYOUTS[layout])))
    assert cells_of(forms) == expected(values)
    assert [(form.form, form.edition, form.year, form.extra) for form in forms] == [("statistics", "2014", 2016, [])]
    for cell in forms[0].cells:
        assert document.text[cell.start : cell.end] == cell.text
        assert cell.unit == (None if layout == "no_units" else unit_of_row(cell.row))


@pytest.mark.parametrize("layout", ["units", "codes"])
@settings(max_examples=1)
@given(drawn=st.lists(NUMBERS, min_size=len(KEYS), max_size=len(KEYS)))
def test_a_ruled_pdf_gives_the_same_cells(layout: str, drawn: list[int]) -> None:
    values = {key: str(number) for key, number in zip(KEYS, drawn, strict=True)}
    _, forms = read("pdf", blocks_of(values, statistics_table(values, LAYOUTS[layout])))
    assert cells_of(forms) == expected(values)
    assert all(cell.page for cell in forms[0].cells)


@pytest.mark.parametrize("format_", [*DOCUMENT_WRITERS, *sorted(BLANKS_VISIBLE)])
def test_rows_with_a_serial_before_them_are_read(format_: str) -> None:
    _, forms = read(format_, blocks_of(numbered(), statistics_table(numbered(), LAYOUTS["serials"])))
    assert cells_of(forms) == expected(numbered())
    assert forms[0].extra == []


@pytest.mark.parametrize("layout", ["units", "codes", "units_behind"])
@pytest.mark.parametrize("format_", [*DOCUMENT_WRITERS, *sorted(BLANKS_VISIBLE)])
@settings(max_examples=1)
@given(blank=st.sets(st.integers(0, len(KEYS) - 1), min_size=5, max_size=40))
def test_blank_cells_stay_null_where_the_format_shows_them(format_: str, layout: str, blank: set[int]) -> None:
    values = {key: "" if place in blank else text for place, (key, text) in enumerate(numbered().items())}
    _, forms = read(format_, blocks_of(values, statistics_table(values, LAYOUTS[layout])))
    assert cells_of(forms) == expected(values)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("format_", sorted(set(TEXT_WRITERS) - BLANKS_VISIBLE))
@settings(max_examples=2)
@given(blank=st.sets(st.integers(0, len(KEYS) - 1), min_size=1, max_size=25))
def test_values_beside_unseen_blanks_are_never_put_wrong_with_confidence(
    format_: str, layout: str, blank: set[int]
) -> None:
    values = {key: "" if place in blank else text for place, (key, text) in enumerate(numbered().items())}
    _, forms = read(format_, blocks_of(values, statistics_table(values, LAYOUTS[layout])))
    assert len(forms) == 1
    for cell in forms[0].cells:
        if cell.value != expected(values)[("statistics", cell.row, "count")]:
            assert cell.confidence < 0.8, cell


@pytest.mark.parametrize("format_", [*DOCUMENT_WRITERS, *sorted(BLANKS_VISIBLE), "paragraph_per_cell", "line_per_cell"])
def test_an_empty_template_gives_nulls(format_: str) -> None:
    values = dict.fromkeys(KEYS, "")
    _, forms = read(format_, blocks_of(values))
    assert cells_of(forms) == expected(values)


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize(
    "row",
    [
        "proactive.channels.weibo", "requests.received", "requests.answered.granted", "requests.answered.denied",
        "review.upheld", "litigation.corrected", "institution.staff.full_time",
    ],
)  # fmt: skip
def test_a_missing_row_shifts_nothing(format_: str, row: str) -> None:
    _, forms = read(format_, blocks_of(without(row), statistics_table(numbered(), drop=row)))
    assert cells_of(forms) == expected(without(row))


@pytest.mark.parametrize("format_", [*DOCUMENT_WRITERS, "tab_rows", "line_per_cell", "pdf_text", "layout_text"])
def test_outcomes_belong_to_the_review_or_the_litigation_that_they_stand_under(format_: str) -> None:
    gone = ("review.upheld", "review.corrected", "review.other")
    table = statistics_table(numbered())
    lines = [cell.row for cell in table.cells if cell.text == "四、行政复议数量"]
    table.cells = [cell for cell in table.cells if not lines[0] < cell.row <= lines[0] + 3]
    table.cells = [
        dataclasses.replace(cell, row=cell.row - 3, row_end=cell.row_end - 3) if cell.row > lines[0] else cell
        for cell in table.cells
    ]
    table.n_rows -= 3
    _, forms = read(format_, blocks_of(without(*gone), table))
    assert cells_of(forms) == expected(without(*gone))


@pytest.mark.parametrize("layout", ["units", "no_units"])
@pytest.mark.parametrize("format_", WRITERS)
def test_a_local_row_goes_to_extra_and_shifts_nothing(format_: str, layout: str) -> None:
    values = numbered()
    table = statistics_table(values, LAYOUTS[layout], extra="5.电子邮件申请数")
    _, forms = read(format_, blocks_of(values, table))
    assert cells_of(forms) == expected(values)
    assert [(row.label, [cell.value for cell in row.cells]) for row in forms[0].extra] == [("5.电子邮件申请数", [9])]


@pytest.mark.parametrize("format_", WRITERS)
def test_another_channel_is_not_taken_for_one_of_the_form(format_: str) -> None:
    table = renamed(statistics_table(numbered()), {"3.政务微博公开政府信息数": "3.政务头条公开政府信息数"})
    _, forms = read(format_, blocks_of(numbered(), table))
    assert cells_of(forms) == expected(without("proactive.channels.weibo"))
    assert [row.label for row in forms[0].extra] == ["3.政务头条公开政府信息数"]


@pytest.mark.parametrize("format_", WRITERS)
def test_misspelt_labels_shift_nothing(format_: str) -> None:
    slips = {
        "制发规范性文件总数": "制发规范性文件数量", "1.政府公报公开政府信息数": "1.政府公报公开政府信息",
        "（二）申请办结数": "（二）申请办结总数", "1.按时办结数": "1.按时办节数", "其中：涉及国家秘密": "其中：（1）涉及国家机密",
        "2.同意公开答复数": "2.同意公開答複数", "（二）被依法纠错数": "（二）被依法纠错", "六、举报投诉数量": "六、举报投诉件数",
    }  # fmt: skip
    _, forms = read(format_, blocks_of(numbered(), renamed(statistics_table(numbered()), slips)))
    assert cells_of(forms) == expected(numbered())


@pytest.mark.parametrize("format_", ["html", "docx", "tab_rows", "cell_per_line", "line_per_cell", "pdf_text"])
def test_the_forms_of_two_bodies_and_years_are_told_apart(format_: str) -> None:
    values = numbered()
    others = {key: str(int(text) + 5000) for key, text in values.items()}
    _, forms = read(format_, [*blocks_of(values, year=2015), *blocks_of(others, year=2017)])
    assert [form.year for form in forms] == [2015, 2017]
    assert cells_of(forms[:1]) == expected(values)
    assert cells_of(forms[1:]) == expected(others)


@pytest.mark.parametrize("heads", [("2015年", "2016年"), ("全县汇总", "县本级")])
@pytest.mark.parametrize("format_", [*DOCUMENT_WRITERS, "tab_rows", "pipe_rows"])
def test_two_columns_of_figures_are_two_forms(format_: str, heads: tuple[str, str]) -> None:
    left, right = numbered(), {key: str(int(text) % 50) for key, text in numbered().items()}
    table = renamed(statistics_table(left), {"统计数": heads[0]})
    table.n_cols += 1
    for line, text in enumerate(cell.text for cell in statistics_table(right).cells if cell.col == 2):
        table.add(line, 3, text if line else heads[1], value=line > 0)
    _, forms = read(format_, blocks_of(left, table))
    assert [form.year for form in forms] == ([2015, 2016] if "2015年" in heads else [2016, 2016])
    assert cells_of(forms[:1]) == expected(left)
    assert cells_of(forms[1:]) == expected(right)


@pytest.mark.parametrize("format_", [*DOCUMENT_WRITERS, "tab_rows", "cell_per_line"])
def test_a_column_of_remarks_changes_nothing(format_: str) -> None:
    table = statistics_table(numbered())
    table.n_cols += 1
    for line in range(table.n_rows):
        table.add(line, 3, "备注" if not line else "含转载" if line % 9 == 4 else "")
    _, forms = read(format_, blocks_of(numbered(), table))
    assert cells_of(forms) == expected(numbered())


@pytest.mark.parametrize("format_", ["html", "docx"])
def test_the_form_s_first_head_does_not_cut_the_table(format_: str) -> None:
    table = statistics_table(numbered(), LAYOUTS["units_other_words"])
    document, _ = read(format_, blocks_of(numbered(), renamed(table, {"主动公开情况": "一、主动公开情况"})))
    assert [found.n_rows for found in document.tables] == [table.n_rows]


def test_figures_typed_into_boxes_on_a_page_are_read() -> None:
    page = WRITERS["html"](blocks_of(numbered())).decode()
    boxed = re.sub(r"<p><span>(\d+)</span></p>", r'<input type="text" value="\1"><input type="hidden" value="7">', page)
    assert boxed.count("<input") == 2 * len(KEYS)
    forms = extract_forms(read_document(boxed.encode(), "boxes.html"))
    assert cells_of(forms) == expected(numbered())


def test_a_signature_s_date_above_the_form_is_not_its_year() -> None:
    blocks = [block for block in blocks_of(numbered()) if block != "（2016年度）"]
    _, forms = read("html", blocks)
    assert [form.year for form in forms] == [None]


def test_figures_with_their_own_units_and_odd_prints() -> None:
    values = numbered() | {
        ("statistics", "fees", "count"): "0.35万元", ("statistics", "institution.budget", "count"): "无",
        ("statistics", "complaints", "count"): "/", ("statistics", "institution.staff", "count"): "1,204",
    }  # fmt: skip
    _, forms = read("html", blocks_of(values, statistics_table(values, LAYOUTS["no_units"])))
    cells = {cell.row: cell for cell in forms[0].cells}
    assert (cells["fees"].value, cells["fees"].unit) == (Decimal("0.35"), "万元")
    assert [cells[row].value for row in ("institution.budget", "complaints", "institution.staff")] == [0, None, 1204]


def test_a_unit_at_a_label_s_end_is_the_row_s() -> None:
    labels = {"七、依申请公开信息收取的费用": "七、依申请公开信息收取的费用（万元）"}
    table = renamed(statistics_table(numbered(), LAYOUTS["no_units"]), labels)
    _, forms = read("html", blocks_of(numbered(), table))
    assert cells_of(forms) == expected(numbered())
    assert forms[0].cells[KEYS.index(("statistics", "fees", "count"))].unit == "万元"


@pytest.mark.parametrize("format_", [name for name in WRITERS if name != "pdf"])
@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_later_editions_are_not_mistaken_for_it(format_: str, edition: str) -> None:
    values = {key: str(11 + 3 * place) for place, key in enumerate(form_keys(edition))}
    _, forms = read(format_, report_blocks(SyntheticReport("青禾县水务局", 2021, edition, values, PROSE)))
    assert [form.form for form in forms] == ["proactive", "requests", "review"]


@pytest.mark.parametrize("format_", WRITERS)
def test_a_narrative_that_names_the_indicators_makes_no_form(format_: str) -> None:
    blocks: list[Block] = [
        "青禾县2013年政府信息公开工作年度报告", "目录", "一、主动公开情况", "二、回应解读情况", "三、依申请公开情况",
        "四、行政复议数量", "五、行政诉讼数量", "六、举报投诉数量", "一、主动公开情况", *PROSE["front"], *PROSE["proactive"],
        "二、依申请公开情况", *PROSE["requests"], "（一）申请办结数", "申请办结数12件，申请答复数12件，同意公开答复数10件。",
    ]  # fmt: skip
    _, forms = read(format_, blocks)
    assert forms == []


@pytest.mark.parametrize("format_", ["html", "docx", "tab_rows", "pipe_rows", "line_per_cell", "pdf_text"])
def test_older_tables_with_some_of_its_names_make_no_form(format_: str) -> None:
    rows = [
        "主动公开信息数", "新增规范性文件数", "网站专栏点击数", "现场接待数", "电话咨询数", "申请总数", "其中：1.当面申请数", "2.传真申请数",
        "3.电邮申请数", "4.网上申请数", "5.信函申请数", "答复总数", "其中：1.同意公开答复数", "2.同意部分公开答复数", "3.否决公开答复数",
        "行政复议数", "行政诉讼数", "行政申诉数", "收取费用总额",
    ]  # fmt: skip
    table = PrintedTable(1 + len(rows), 3)
    for line, (name, unit, figure) in enumerate(
        [("指标", "单位", "数量"), *((row, "条", str(3 + place)) for place, row in enumerate(rows))]
    ):
        for column, text in enumerate((name, unit, figure)):
            table.add(line, column, text, value=column == 2)
    _, forms = read(format_, ["青禾县2012年政府信息公开工作年度报告", *PROSE["front"], "附表", table])
    assert forms == []


def test_the_definition_is_whole() -> None:
    form = definition("statistics", "2014")
    ids = [row.id for row in form.rows]
    assert len(set(ids)) == len(ids)
    assert [column.id for column in form.columns] == ["count"]
    assert {part for relation in form.sums for part in (relation.total, *relation.parts)} <= set(ids)
    assert all(len(relation.parts) >= 2 for relation in form.sums)
    assert {row for bound in form.bounds for row in (bound.whole, bound.part)} <= set(ids)
    assert all(row.labels and row.zh and row.en.isascii() for row in form.rows)


@pytest.mark.parametrize(
    "line", ["{label}：{figure}{unit}", "{label}{figure}{unit}；", "{label}: {figure} {unit}。", "{label}（单位：{unit}）：{figure}"]
)
def test_a_form_listed_row_by_row_gives_the_same_cells(line: str) -> None:
    values = numbered()
    lines = ["青禾县水务局2016年政府信息公开工作年度报告", "一、概述", "全年工作平稳。", "附件：政府信息公开情况统计表"]
    for row in definition("statistics", "2014").rows:
        if row.columns and not row.local:
            figure = values["statistics", row.id, "count"]
            lines.append(line.format(label=row.zh, figure=figure, unit=unit_of_row(row.id)))
        elif not row.local:
            lines.append(row.zh)
    forms = extract_forms(read_document("\n".join(lines).encode(), "report.txt"))
    assert cells_of(forms) == expected(values)


def test_figures_listed_in_prose_make_no_form() -> None:
    text = (
        "青禾县水务局2016年政府信息公开工作年度报告\n二、主动公开政府信息情况\n政府网站公开政府信息数：120条。\n"
        "三、依申请公开政府信息情况\n收到申请数12件；\n网络申请数9件。\n六、其他需要报告的事项\n行政复议数量：0件。\n"
    )
    assert extract_forms(read_document(text.encode(), "report.txt")) == []
