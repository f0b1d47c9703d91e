"""The rules of the statistics form of 2014 to 2018: its sums, its parts, and the same figures in the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from evaluation.synthetic.document_writers import html_page
from evaluation.synthetic.printed import Block, SyntheticReport, Values, form_keys
from evaluation.synthetic.statistics_form import statistics_blocks, statistics_table
from evaluation.synthetic.text_writers import line_per_cell, pdf_text
from extraction.checks.findings import Finding
from extraction.pipeline import extract_bytes
from extraction.report import Report

CONSISTENT = {
    "proactive.total": "1860", "proactive.normative_documents": "12", "proactive.normative_issued": "12",
    "responses.press_conferences": "4", "responses.press_conferences.leader": "1",
    "requests.received": "21", "requests.received.in_person": "3", "requests.received.network": "14",
    "requests.received.letter": "4", "requests.handled": "20", "requests.handled.on_time": "18",
    "requests.handled.extended": "2", "requests.answered": "20", "requests.answered.already_public": "5",
    "requests.answered.granted": "8", "requests.answered.partial": "1", "requests.answered.denied": "3",
    "requests.answered.denied.state_secret": "1", "requests.answered.denied.privacy": "2",
    "requests.answered.not_existing": "3", "review": "2", "review.upheld": "2", "litigation": "1", "litigation.other": "1",
    "fees": "0.02", "institution.staff": "9", "institution.staff.full_time": "2", "institution.staff.part_time": "7",
    "institution.budget": "6.5", "training.meetings": "3", "training.participants": "140",
}  # fmt: skip


def values_with(**changes: str) -> Values:
    cells = CONSISTENT | {row.replace("__", "."): text for row, text in changes.items()}
    return {key: cells.get(key[1], "0") for key in form_keys("2014")}


def findings(values: Values, prose: dict[str, list[str]] | None = None, *, drop: str | None = None) -> Sequence[Finding]:
    report = SyntheticReport("青禾县水利局", 2016, "2014", values, prose or {}, "2017年2月6日")
    result = extract_bytes(html_page(statistics_blocks(report, statistics_table(values, drop=drop))), "report.html")
    assert isinstance(result, Report)
    assert (result.edition, result.metadata.year) == ("2014", 2016)
    for found in result.findings:
        for span in found.evidence:
            assert 0 <= span.start <= span.end <= len(result.text)
    return result.findings


def test_a_consistent_form_has_no_findings() -> None:
    assert findings(values_with()) == []


@pytest.mark.parametrize(
    ("row", "text", "rule", "expected", "actual"),
    [
        ("requests__received__fax", "1", "statistics.received", 22, 21),
        ("requests__handled__on_time", "17", "statistics.handled", 19, 20),
        ("requests__answered__granted", "9", "statistics.answered", 21, 20),
        ("requests__answered__denied__trade_secret", "1", "statistics.denied", 4, 3),
        ("review__corrected", "1", "statistics.review", 3, 2),
        ("litigation__upheld", "4", "statistics.litigation", 5, 1),
        ("institution__staff", "10", "statistics.staff", 9, 10),
        ("proactive__normative_documents", "1861", "statistics.part", 1860, 1861),
        ("responses__interviews__leader", "2", "statistics.part", 0, 2),
    ],
)
def test_a_sum_that_fails_is_found(row: str, text: str, rule: str, expected: int, actual: int) -> None:
    found = findings(values_with(**{row: text}))
    assert [(finding.rule, finding.expected, finding.actual) for finding in found] == [(rule, expected, actual)]
    assert found[0].severity == ("warning" if rule == "statistics.part" else "error")
    assert str(expected) in found[0].message_zh
    assert len(found[0].evidence) >= 2


def test_the_sum_of_reasons_does_not_count_the_reasons_twice() -> None:
    assert findings(values_with(requests__answered__denied="0")) != []
    changed = values_with(
        requests__answered__denied="0", requests__answered__denied__state_secret="0",
        requests__answered__denied__privacy="0", requests__answered="17",
    )  # fmt: skip
    assert findings(changed) == []


def test_amounts_may_be_broken_numbers_and_counts_may_not() -> None:
    found = findings(values_with(training__courses="1.5"))
    assert [(finding.rule, finding.severity) for finding in found] == [("form.integer", "error")]
    assert "举办各类培训班数" in found[0].message_zh


def test_blanks_and_missing_rows_are_told() -> None:
    blank = {finding.rule: finding for finding in findings(values_with(requests__received__fax=""))}
    assert set(blank) == {"form.blank_among_filled", "form.not_assessable"}
    assert "statistics.received" in blank["form.not_assessable"].message
    missing = {finding.rule: finding for finding in findings(values_with(), drop="review.corrected")}
    assert set(missing) == {"form.rows_missing", "form.not_assessable"}
    assert "review.corrected" in missing["form.rows_missing"].message


@pytest.mark.parametrize(
    ("section", "sentence", "right", "wrong"),
    [
        ("proactive", "2016年，我局主动公开政府信息{}条。", 1860, 1680),
        ("requests", "全年收到政府信息公开申请{}件。", 21, 23),
        ("requests", "政府信息公开申请已办结{}件。", 20, 21),
        ("review", "因政府信息公开被申请行政复议{}件。", 2, 3),
        ("review", "因政府信息公开工作被提起行政诉讼{}件。", 1, 4),
        ("overview", "政府信息公开工作配备专职人员{}名。", 2, 3),
        ("overview", "政府信息公开工作配备兼职人员{}人。", 7, 8),
    ],
)
def test_the_text_is_compared_with_the_form(section: str, sentence: str, right: int, wrong: int) -> None:
    assert findings(values_with(), {section: [sentence.format(right)]}) == []
    found = findings(values_with(), {section: [sentence.format(wrong)]})
    assert [(finding.rule, finding.expected, finding.actual) for finding in found] == [("text.form", right, wrong)]


@pytest.mark.parametrize(
    "sentence",
    [
        "通过政府网站主动公开政府信息1500条。", "2015年主动公开政府信息1210条。", "截至6月主动公开政府信息900条。",
        "其中主动公开政府信息30条。", "网络收到政府信息公开申请14件。", "全年办结人大代表建议9件。",
    ],
)  # fmt: skip
@pytest.mark.parametrize("section", ["overview", "proactive", "requests"])
def test_figures_of_something_else_are_left_alone(section: str, sentence: str) -> None:
    assert findings(values_with(), {section: [sentence]}) == []


@pytest.mark.parametrize("writer", [line_per_cell, pdf_text])
def test_the_date_is_the_signature_s_though_the_form_stands_behind_it(writer: Callable[[Sequence[Block]], str]) -> None:
    report = SyntheticReport("青禾县水利局", 2016, "2014", values_with(), {}, "2017年2月6日")
    result = extract_bytes(writer(statistics_blocks(report)).encode(), "report.txt")
    assert isinstance(result, Report)
    assert result.metadata.published == "2017-02-06"
