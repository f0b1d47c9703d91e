"""Every rule fires where a report contradicts itself, and only there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evaluation.synthetic.document_writers import html_page
from evaluation.synthetic.printed import SyntheticReport, Values, form_keys, report_blocks
from extraction.checks.findings import Finding, load_rules
from extraction.pipeline import extract_bytes
from extraction.report import Report

CONSISTENT = {
    ("requests", "new_received"): 9,
    ("requests", "carried_in"): 1,
    ("requests", "granted"): 6,
    ("requests", "unavailable.not_held"): 2,
    ("requests", "total"): 8,
    ("requests", "carried_out"): 2,
}


def consistent_values(edition: str = "2021") -> Values:
    values = dict.fromkeys(form_keys(edition), "0")
    for (form, row), number in CONSISTENT.items():
        values[form, row, "natural_person"] = values[form, row, "total"] = str(number)
    values["review", "review", "upheld"] = values["review", "review", "total"] = "3"
    return values


def findings(values: Values, prose: dict[str, list[str]] | None = None, edition: str = "2021") -> Sequence[Finding]:
    report = SyntheticReport("青禾县水利局", 2023 if edition == "2021" else 2020, edition, values, prose or {})
    result = extract_bytes(html_page(report_blocks(report)), "report.html")
    assert isinstance(result, Report)
    for found in result.findings:
        for span in found.evidence:
            assert 0 <= span.start <= span.end <= len(result.text)
    return result.findings


def rules(found: Sequence[Finding]) -> list[str]:
    return [finding.rule for finding in found]


def test_a_consistent_report_has_no_findings() -> None:
    assert findings(consistent_values()) == []
    assert findings(consistent_values("2019"), edition="2019") == []


@pytest.mark.parametrize(
    ("key", "text", "rule", "severity"),
    [
        (("requests", "granted", "commercial"), "1", "requests.column_total", "error"),
        (("requests", "granted", "commercial"), "1", "requests.results_total", "error"),
        (("requests", "carried_in", "natural_person"), "2", "requests.balance", "error"),
        (("review", "review", "pending"), "1", "review.total", "error"),
        (("proactive", "licensing", "handled"), "3.5", "form.integer", "error"),
        (("requests", "granted", "other"), "-1", "form.integer", "error"),
        (("proactive", "fees", "amount"), "326780865", "form.fee_magnitude", "warning"),
        (("requests", "new_received", "total"), "990000", "form.count_magnitude", "warning"),
        (("requests", "partial", "social"), "", "form.blank_among_filled", "warning"),
        (("requests", "partial", "social"), "", "form.not_assessable", "info"),
    ],
)
def test_a_wrong_cell_is_found(key: tuple[str, str, str], text: str, rule: str, severity: str) -> None:
    found = findings({**consistent_values(), key: text})
    assert (rule, severity) in [(finding.rule, finding.severity) for finding in found]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({("proactive", "licensing", "items_last_year"): "3", ("proactive", "licensing", "items_change"): "减少5"}, "proactive.change"),
        ({("proactive", "regulations", "newly_public"): "3", ("proactive", "regulations", "total_public"): "2"}, "proactive.public_total"),
    ],
)
def test_pairs_of_the_2019_form(changes: Values, rule: str) -> None:
    assert rules(findings({**consistent_values("2019"), **changes}, edition="2019")) == [rule]


def test_a_relation_with_a_blank_member_is_not_assessable_not_passed() -> None:
    values = consistent_values()
    values["requests", "carried_out", "total"] = ""
    found = [finding for finding in findings(values) if finding.rule == "form.not_assessable"]
    assert "requests.balance" in found[0].message
    assert "requests.balance" not in [finding.rule for finding in findings(values) if finding.severity == "error"]


def test_expected_and_actual_are_given() -> None:
    values = consistent_values()
    values["requests", "new_received", "total"] = "10"
    found = next(finding for finding in findings(values) if finding.rule == "requests.column_total")
    assert (found.expected, found.actual) == (9, 10)
    assert "9" in found.message_zh
    assert "10" in found.message_zh


def test_a_missing_form_is_reported_where_its_section_stands() -> None:
    report = SyntheticReport("青禾县水利局", 2023, "2021", consistent_values())
    blocks = [block for block in report_blocks(report) if isinstance(block, str) or block.n_cols != 15]
    result = extract_bytes(html_page(blocks), "report.html")
    assert isinstance(result, Report)
    assert rules(result.findings) == ["form.missing"]


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("requests", "本年度新收政府信息公开申请{}件，均依法受理。"),
        ("requests", "全年共收到依申请公开政府信息{}件。"),
        ("overview", "2023年，我局收到政府信息公开申请 {} 件。"),
    ],
)
def test_the_text_s_figure_for_new_requests_is_compared(section: str, sentence: str) -> None:
    assert findings(consistent_values(), {section: [sentence.format(9)]}) == []
    found = findings(consistent_values(), {section: [sentence.format(12)]})
    assert [(finding.rule, finding.expected, finding.actual) for finding in found] == [("text.form", 9, 12)]


@pytest.mark.parametrize(
    ("section", "sentence", "name"),
    [
        ("requests", "收到申请9件，上年结转5件，已办结8件。", "上年结转申请"),
        ("requests", "收到政府信息公开申请9件，上年结转1件，已办结7件，结转下年度2件。", "办结申请"),
        ("requests", "结转下年度继续办理3件申请。", "结转下年度办理"),
        ("review", "因政府信息公开被申请行政复议4件，没有行政诉讼。", "行政复议"),
        ("review", "因政府信息公开工作被提起行政诉讼1件。", "行政诉讼"),
        ("proactive", "全年共办理行政许可56件。", "行政许可"),
        ("proactive", "全年行政事业性收费共20000元。", "行政事业性收费"),
    ],
)
def test_other_figures_of_the_text_are_compared(section: str, sentence: str, name: str) -> None:
    found = findings(consistent_values(), {section: [sentence]})
    assert [finding.rule for finding in found] == ["text.form"]
    assert name in found[0].message_zh


@pytest.mark.parametrize(
    "sentence",
    [
        "其中通过网络收到申请4件，当面申请5件。",
        "全年办结人大代表建议21件，申请延期2件。",
        "较上年收到申请增加3件。",
        "2022年共收到政府信息公开申请4件，2023年有所上升。",
        "办理行政复议案件31件，均为工伤认定类。",
    ],
)
def test_figures_of_other_things_are_left_alone(sentence: str) -> None:
    assert findings(consistent_values(), {"requests": [sentence]}) == []


def test_money_is_compared_across_units() -> None:
    values = consistent_values()
    values["proactive", "fees", "amount"] = "326.780865"
    same = "共收取行政事业性收费3267808.65元。"
    assert findings(values, {"proactive": [same]}) == []
    found = findings(values, {"proactive": ["行政事业性收费共326780865元。"]})
    assert rules(found) == ["text.form"]


def test_every_rule_has_both_languages() -> None:
    for rule in load_rules().values():
        assert rule.severity in {"error", "warning", "info"}
        assert rule.en.isascii() or "万元" in rule.en
        assert any(character > "\u4e00" for character in rule.zh)
