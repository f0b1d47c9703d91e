"""The same report in every format gives the same cells, and what is missing or added shifts nothing."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.synthetic.document_writers import DOCUMENT_WRITERS, pdf_file
from evaluation.synthetic.printed import (
    Block,
    SyntheticReport,
    Values,
    form_keys,
    report_blocks,
    requests_table,
    review_table,
    transposed_review_table,
)
from evaluation.synthetic.text_writers import BLANKS_VISIBLE, TEXT_WRITERS
from extraction.document import Document
from extraction.forms.extract import extract_forms
from extraction.forms.model import Form
from extraction.readers.dispatch import read_document

PROSE = {
    "front": ["根据《中华人民共和国政府信息公开条例》要求编制本报告，统计期限自1月1日起至12月31日止。"],
    "overview": ["一年来，青禾县行政审批局共召开会议12次，印发文件35份，群众满意度达到98.6%，工作成效明显。" * 2],
    "requests": ["全年共接待现场咨询人员213人次，电话咨询1045次，均已当场答复，没有引发争议。"],
}
WRITERS: dict[str, Callable[[Sequence[Block]], bytes]] = {
    **DOCUMENT_WRITERS,
    **{name: functools.partial(lambda writer, blocks: writer(blocks).encode(), writer) for name, writer in TEXT_WRITERS.items()},
}
numbers = st.sampled_from([0, 0, 0, 1, 2, 9, 13, 105, 2048, 31560]) | st.integers(0, 999_999)


def make_report(edition: str, values: Values) -> SyntheticReport:
    return SyntheticReport("青禾县行政审批局", 2023 if edition == "2021" else 2019, edition, values, PROSE, "2024年1月8日")


@st.composite
def reports(draw: st.DrawFn) -> SyntheticReport:
    edition = draw(st.sampled_from(["2021", "2019"]))
    keys = form_keys(edition)
    drawn = draw(st.lists(numbers, min_size=len(keys), max_size=len(keys)))
    return make_report(edition, {key: str(number) for key, number in zip(keys, drawn, strict=True)})


def numbered(edition: str) -> Values:
    """A different number in every cell, so that any shift shows."""
    return {key: str(101 + 7 * place) for place, key in enumerate(form_keys(edition))}


def read(format_: str, blocks: Sequence[Block]) -> tuple[Document, list[Form]]:
    document = read_document(WRITERS[format_](blocks), f"report.{format_}")
    return document, extract_forms(document)


def cells_of(forms: Sequence[Form]) -> dict[tuple[str, str, str], Decimal | None]:
    return {(form.form, cell.row, cell.column): cell.value for form in forms for cell in form.cells}


def expected_cells(values: Values) -> dict[tuple[str, str, str], Decimal | None]:
    return {key: Decimal(text) if text else None for key, text in values.items()}


@pytest.mark.parametrize("format_", [name for name in WRITERS if name != "pdf"])
@settings(max_examples=5)
@given(report=reports(), one_table=st.booleans(), across=st.booleans())
def test_every_format_gives_the_same_cells(format_: str, report: SyntheticReport, one_table: bool, across: bool) -> None:
    review = review_table if across else transposed_review_table
    document, forms = read(format_, report_blocks(report, one_proactive_table=one_table, review=review))
    assert cells_of(forms) == expected_cells(report.values)
    assert {form.edition for form in forms} == {report.edition}
    for form in forms:
        for cell in form.cells:
            assert document.text[cell.start : cell.end] == cell.text


@settings(max_examples=2)
@given(report=reports(), across=st.booleans())
def test_a_ruled_pdf_gives_the_same_cells(report: SyntheticReport, across: bool) -> None:
    review = review_table if across else transposed_review_table
    _, forms = read("pdf", report_blocks(report, review=review))
    assert cells_of(forms) == expected_cells(report.values)
    assert all(cell.page for form in forms for cell in form.cells)


@settings(max_examples=3, deadline=None)
@given(report=reports(), one_table=st.booleans(), across=st.booleans())
def test_a_pdf_without_rules_gives_the_same_cells(report: SyntheticReport, one_table: bool, across: bool) -> None:
    review = review_table if across else transposed_review_table
    data = pdf_file(report_blocks(report, one_proactive_table=one_table, review=review), ruled=False)
    forms = extract_forms(read_document(data, "report.pdf"))
    found = cells_of(forms)
    assert {key: found.get(key) for key in expected_cells(report.values)} == expected_cells(report.values)


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize("row", ["partial", "denied.security_stability", "not_processed.repeated", "total"])
def test_a_missing_row_shifts_nothing(format_: str, row: str) -> None:
    values = {key: text for key, text in numbered("2021").items() if key[:2] != ("requests", row)}
    _, forms = read(format_, report_blocks(make_report("2021", values), requests=functools.partial(requests_table, drop=row)))
    assert cells_of(forms) == expected_cells(values)


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_a_local_row_goes_to_extra_and_shifts_nothing(format_: str, edition: str) -> None:
    values = numbered(edition)
    table = functools.partial(requests_table, extra="其中：网络申请")
    _, forms = read(format_, report_blocks(make_report(edition, values), requests=table))
    assert cells_of(forms) == expected_cells(values)
    requests = next(form for form in forms if form.form == "requests")
    assert [row.label for row in requests.extra] == ["其中：网络申请"]
    assert [cell.value for cell in requests.extra[0].cells] == [9] * 7


@pytest.mark.parametrize("format_", WRITERS)
def test_misspelt_labels_shift_nothing(format_: str) -> None:
    values = numbered("2021")
    blocks = report_blocks(make_report("2021", values))
    slips = {"4.保护第三方合法权益": "4.保护第三人合法权益", "2.重复申请": "2.重覆申请", "行政处罚": "行政处罰",
             "二、上年结转政府信息公开申请数量": "二、上年结转政府信息公开申请数"}  # fmt: skip
    for block in blocks:
        if not isinstance(block, str):
            block.cells = [
                type(cell)(cell.row, cell.row_end, cell.col, cell.col_end, slips.get(cell.text, cell.text), cell.is_value)
                for cell in block.cells
            ]
    _, forms = read(format_, blocks)
    assert cells_of(forms) == expected_cells(values)


@pytest.mark.parametrize("format_", [*DOCUMENT_WRITERS, *sorted(BLANKS_VISIBLE)])
@settings(max_examples=3)
@given(blank=st.sets(st.integers(0, 199), max_size=120))
def test_blank_cells_stay_null_where_the_format_shows_them(format_: str, blank: set[int]) -> None:
    values = {key: "" if place in blank else text for place, (key, text) in enumerate(numbered("2021").items())}
    _, forms = read(format_, report_blocks(make_report("2021", values)))
    assert cells_of(forms) == expected_cells(values)


@pytest.mark.parametrize("format_", sorted(set(TEXT_WRITERS) - BLANKS_VISIBLE))
@settings(max_examples=4)
@given(blank=st.sets(st.integers(0, 199), min_size=1, max_size=60))
def test_values_beside_unseen_blanks_are_never_put_wrong_with_confidence(format_: str, blank: set[int]) -> None:
    values = {key: "" if place in blank else text for place, (key, text) in enumerate(numbered("2021").items())}
    _, forms = read(format_, report_blocks(make_report("2021", values)))
    expected = expected_cells(values)
    for form in forms:
        for cell in form.cells:
            if cell.value != expected.get((form.form, cell.row, cell.column)):
                assert cell.confidence < 0.8, (cell, expected.get((form.form, cell.row, cell.column)))


@pytest.mark.parametrize("format_", [*DOCUMENT_WRITERS, "cell_per_line", "tab_rows", "pipe_rows", "padded_pipes", "paragraph_per_cell"])
@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_an_empty_template_gives_nulls(format_: str, edition: str) -> None:
    values = dict.fromkeys(form_keys(edition), "")
    _, forms = read(format_, report_blocks(make_report(edition, values)))
    assert cells_of(forms) == expected_cells(values)


@pytest.mark.parametrize("format_", WRITERS)
def test_an_absent_form_is_absent(format_: str) -> None:
    blocks = [
        block
        for block in report_blocks(make_report("2021", numbered("2021")))
        if isinstance(block, str) or block.n_cols != 15
    ]
    _, forms = read(format_, blocks)
    assert sorted(form.form for form in forms) == ["proactive", "requests"]


@pytest.mark.parametrize("format_", WRITERS)
def test_a_report_without_forms_gives_none(format_: str) -> None:
    blocks: list[Block] = [
        "青禾县2012年政府信息公开工作年度报告", "一、概述", *PROSE["overview"], "二、主动公开政府信息情况",
        "2012年共主动公开政府信息236条，其中行政许可48件，行政处罚12件，行政强制0件，收取行政事业性收费3.5万元。",
        "三、依申请公开政府信息情况", *PROSE["requests"],
    ]  # fmt: skip
    _, forms = read(format_, blocks)
    assert forms == []


@pytest.mark.parametrize("format_", ["html", "docx", "cell_per_line", "tab_rows", "pdf_text"])
def test_two_years_in_one_file_are_told_apart(format_: str) -> None:
    older, newer = numbered("2019"), {key: str(int(text) + 5000) for key, text in numbered("2021").items()}
    blocks = [*report_blocks(make_report("2019", older)), *report_blocks(make_report("2021", newer))]
    _, forms = read(format_, blocks)
    assert [form.edition for form in forms] == ["2019"] * 3 + ["2021"] * 3
    assert cells_of(forms[:3]) == expected_cells(older)
    assert cells_of(forms[3:]) == expected_cells(newer)


def test_a_group_printed_as_one_row_carries_the_group() -> None:
    table = "\n".join(
        ["申请人情况\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计"]
        + [
            f"{label}\t{value}\t0\t0\t0\t0\t0\t{value}"
            for label, value in [
                ("一、本年新收政府信息公开申请数量", 9), ("二、上年结转政府信息公开申请数量", 0),
                ("（一）予以公开", 3), ("（二）部分公开", 1), ("（三）不予公开", 2), ("（四）无法提供", 2),
                ("（五）不予处理", 1), ("（六）其他处理", 0), ("（七）总计", 9), ("四、结转下年度继续办理", 0),
            ]
        ]
    )  # fmt: skip
    forms = extract_forms(read_document(table.encode(), "merged.txt"))
    assert forms[0].value("denied", "total") == 2
    assert forms[0].value("unavailable", "natural_person") == 2
    assert forms[0].value("not_processed", "total") == 1


def test_sums_that_hold_raise_the_confidence_and_sums_that_fail_lower_it() -> None:
    values = dict.fromkeys(form_keys("2021"), "0")
    for row in ("new_received", "granted", "total"):
        values["requests", row, "natural_person"] = values["requests", row, "total"] = "7"
    _, (_, requests, _) = read("html", report_blocks(make_report("2021", values)))
    sure = requests.cell("granted", "natural_person")
    values["requests", "granted", "total"] = "8"
    _, (_, requests, _) = read("html", report_blocks(make_report("2021", values)))
    doubted = requests.cell("granted", "natural_person")
    assert sure is not None
    assert doubted is not None
    assert sure.confidence > 0.995 > doubted.confidence
    assert doubted.value == 7
