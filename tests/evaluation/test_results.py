"""What a run's results look like to people and programs: the page and the JSON."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from scoring_helpers import cell, fact, item, report

from evaluation.charts import coverage_chart, reliability_chart
from evaluation.html_report import render_page
from evaluation.metrics import Measure
from evaluation.reliability import Judged, coverage_curve, reliability
from evaluation.results_json import comparison_dict, results_dict
from evaluation.run import Evaluation, evaluate
from evaluation.summary import compare_runs, summarise
from extraction.narrative.catalogue import load_catalogue

TEXT = "<b>全年</b>受理申请12件，答复9件。"
NASTY = "<script>alert('x')</script>"
OTHER_SHA = "1" * 64


def run() -> Evaluation:
    start = TEXT.index("12件")
    gold = [
        report(
            "甲", text=TEXT, spans=((start, start + 3, "COUNT"),),
            facts=(fact(start, "12", end=start + 3, item=item("申请", start - 2), scope="全区"), fact(start + 6, "9")),
            cells=(cell("granted", "3"), cell("partial", None)),
        ),
        report(NASTY, sha=OTHER_SHA, facts=(fact(1),), cells=None),
    ]  # fmt: skip
    predicted = report(
        "甲", text=TEXT, spans=((start, start + 3, "COUNT"),),
        facts=(
            fact(start, "12", end=start + 3, code="app.answered", item=item(NASTY, 0), confidence=0.9),
            fact(0, "5", unit="<i>", code="made.up", confidence=0.4),
        ),
        cells=(cell("granted", "4", confidence=0.7), cell("partial", None, confidence=1.0)),
    )  # fmt: skip
    return evaluate(gold, [predicted], {NASTY: "encrypted <img src=x>"})


def page(evaluation: Evaluation) -> str:
    return render_page(evaluation, title="a & b.jsonl", subtitle="gold", catalogue=load_catalogue())


class TagBalance(HTMLParser):
    """Every tag is closed where it should be."""

    VOID = frozenset(("meta", "br", "rect", "line", "circle", "polyline"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_page_is_well_formed_and_loads_nothing() -> None:
    html = page(run())
    balance = TagBalance()
    balance.feed(html)
    assert balance.open == []
    assert not balance.seen & {"script", "img", "link", "iframe"}
    assert not re.search(r"https?:|@import|url\(|\bsrc=(?!x)", html)
    assert "prefers-color-scheme: dark" in html
    assert '<html lang="zh-CN">' in html


def test_every_text_from_outside_is_escaped() -> None:
    html = page(run())
    assert NASTY not in html
    assert "&lt;script&gt;" in html
    assert "<b>全年" not in html
    assert "&lt;img src=x&gt;" in html
    assert "a &amp; b.jsonl" in html


def test_every_error_is_shown_in_its_sentence_with_both_facts() -> None:
    html = page(run())
    assert html.count("<article>") == 4  # a wrong code, a miss, a spurious fact, and the unreadable report's miss
    assert '<span class="m gold predicted">12件</span>' in html
    for words in ("指标代码错误", "漏报", "多报", "app.answered", "made.up", "全区"):
        assert words in html
    assert re.search(r'differs"><span class="en">代码</span> app\.received', html)
    assert "granted" in html, "the wrong cell is listed"
    assert "文本不在手边" in html, "a report without text still has its errors listed"


def test_a_page_of_nothing_and_of_no_errors() -> None:
    assert "没有错误" in page(evaluate([], []))
    right = report("a", facts=(fact(0),), text="12件", cells=None)
    assert "没有错误" in page(evaluate([right], [right]))


def test_the_json_has_every_breakdown_and_is_strict_json() -> None:
    data = json.loads(json.dumps(results_dict(run()), allow_nan=False))
    assert data["scores"]["fact"]["fn"] == 3
    assert data["scores"]["fact"]["reports"] == 2
    assert data["by_code"]["app.received"]["fn"] == 3
    assert data["by_report"][NASTY]["note"] == "failed"
    assert data["errors"] == {"missed": 2, "spurious": 1, "wrong_code": 1}
    assert data["confusions"] == [{"gold": "app.received", "predicted": "app.answered", "count": 1}]
    assert data["confidence"]["cells"]["count"] == 2
    assert "span" in data["scores"]


def test_what_is_not_scored_is_not_in_the_summary() -> None:
    evaluation = evaluate([report("a", facts=None, cells=(cell("granted", "3"),))], [])
    assert {row.measure for row in summarise(evaluation)} == {Measure.CELL, Measure.REPORT}


def test_two_runs_are_compared_over_the_reports_both_score() -> None:
    gold = [report(str(n), sha=str(n) * 64, facts=(fact(0), fact(9))) for n in range(6)]
    worse = [report(r.id, sha=r.sha256_text, facts=(fact(0),)) for r in gold]
    found = compare_runs(evaluate(gold, worse), evaluate(gold, gold))
    assert found[Measure.FACT].first == pytest.approx(2 / 3)
    assert found[Measure.FACT].second == 1
    assert found[Measure.FACT].p_value == 2 / 64
    data = json.loads(json.dumps(comparison_dict(found), allow_nan=False))
    assert data["f1"]["fact"]["n_reports"] == 6
    assert len(data["f1"]["fact"]["interval"]) == 2
    assert Measure.SPAN not in found


def test_charts_stay_inside_their_frames() -> None:
    judged = [Judged(0.0, False), Judged(1.0, True), Judged(0.5, False)]
    curve = reliability(judged)
    assert curve is not None
    chart = reliability_chart(curve)
    for bar in chart.bars:
        assert chart.axes.left <= bar.x
        assert bar.x + bar.width <= chart.axes.right + 0.1
        assert chart.axes.top <= bar.top <= chart.axes.bottom
    coverage = coverage_chart(coverage_curve(judged))
    for point in coverage.points.split():
        x, y = map(float, point.split(","))
        assert coverage.axes.left <= x <= coverage.axes.right
        assert coverage.axes.top <= y <= coverage.axes.bottom
