"""Gold and predictions read into what is scored."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from annotations.corpus_format import AnnotatedDocument, parse_corpus
from annotations.gold_format import GoldCell, GoldSection, gold_from_document, text_sha256
from evaluation.gold_reader import report_from_document, report_from_gold
from evaluation.metrics import Measure
from evaluation.prediction_reader import (
    PredictionError,
    occurrences,
    parse_prediction,
    parse_predictions,
    read_predictions,
)
from evaluation.run import evaluate

LINES = """\
@id sample
## 一、总体情况
{t1:2021年}，{s1:全区}{a1:发布}{i1:通知公告}{n1:32条}，解读率{p1:66.67%}。
: n1 32 条 pub.notice i1 a1 t1 s1
: p1 66.67 % - a1 ^n1
## （一）细处
## 三、收到和处理申请情况
{z1:未收到}{i1:申请}。
: z1 0 - app.received i1
"""


def document() -> AnnotatedDocument:
    return next(parse_corpus(LINES.splitlines()))


def prediction(text: str, **changes: object) -> dict[str, object]:
    """An object of the contract that states the sample's first fact and one cell."""
    start = text.index("32条")
    made: dict[str, object] = {
        "schema_version": 1,
        "source": {"path": "folder/sample.html", "format": "html", "sha256": "", "pages": None},
        "report": {},
        "sections": [{"kind": "overview", "title": "", "start": 0, "end": len(text)}],
        "forms": [{
            "form": "requests", "edition": "2021", "year": None, "extra": [],
            "cells": [{"row": "granted", "column": "total", "value": None, "text": "", "unit": None,
                       "confidence": 0.9, "start": 3, "end": 3, "page": None}],
        }],
        "facts": [{
            "code": "pub.notice", "kind": "count", "value": 32, "unit": "条", "text": "32条", "item": "通知公告",
            "action": "发布", "scope": "全区", "period": "2021年", "channel": None, "approximate": None,
            "parent": None, "section": "overview", "sentence": "", "start": start, "end": start + 3,
            "page": None, "confidence": 0.8,
        }],
        "findings": [],
        "text": text,
    }  # fmt: skip
    return made | changes


def test_a_corpus_document_keeps_texts_links_and_sections() -> None:
    report = report_from_document(document())
    assert report.facts is not None
    first, rate, zero = report.facts
    assert (first.value, first.unit, first.code, first.scope, first.period) == (32, "条", "pub.notice", "全区", "2021年")
    assert first.item is not None
    assert report.text is not None
    assert [report.text[a:b] for a, b in first.item.places] == ["通知公告"]
    assert (rate.parent, rate.code, rate.item) == (0, None, None)
    assert [fact.section for fact in report.facts] == ["overview", "overview", "requests"]
    assert zero.value == 0
    assert report.cells is None


def test_standoff_without_its_text_is_scored_but_has_no_words() -> None:
    gold = gold_from_document(document(), sections=[GoldSection("proactive", 0, 99)])
    with_text, without = report_from_gold(gold, document().text), report_from_gold(gold, None)
    assert with_text.facts is not None
    assert without.facts is not None
    assert with_text.facts[0].scope == "全区"
    assert without.facts[0].scope == ""
    assert without.facts[0].section == "proactive"
    assert without.sha256_text == text_sha256(document().text)


def test_standoff_with_cells_alone_leaves_the_narrative_unscored() -> None:
    gold = gold_from_document(document(), cells=[GoldCell("requests", "2021", None, "granted", "total", None, 0, 0)])
    report = report_from_gold(replace(gold, facts=None, spans=()), None)
    assert (report.facts, report.spans) == (None, None)
    assert report.cells is not None
    assert report.cells[0].value is None


def test_a_prediction_in_the_contract_is_scored_against_the_gold() -> None:
    gold = report_from_document(document())
    predicted = parse_prediction(prediction(document().text))
    assert (predicted.id, predicted.format, predicted.spans) == ("sample", "html", None)
    score = evaluate([gold], [predicted]).score
    assert (score.total(Measure.FACT).tp, score.total(Measure.FACT_LINKED).tp) == (1, 1)
    assert Measure.SPAN not in score, "without the additive key, spans are not scored"


def test_spans_are_scored_where_a_prediction_gives_them() -> None:
    text = document().text
    start = text.index("32条")
    predicted = parse_prediction(prediction(text, spans=[{"start": start, "end": start + 3, "label": "COUNT"}]))
    assert evaluate([report_from_document(document())], [predicted]).score.total(Measure.SPAN).tp == 1


def test_decimals_are_read_as_printed() -> None:
    text = document().text
    data = prediction(text)
    data["facts"][0]["value"] = 66.67  # type: ignore[index]
    report = parse_predictions([json.dumps(data)]).reports[0]
    assert report.facts is not None
    assert report.facts[0].value == Decimal("66.67")


def test_a_failed_input_is_kept_with_its_reason(tmp_path: Path) -> None:
    failed = {"schema_version": 1, "source": {"path": "x/b.doc"}, "error": {"code": "legacy_doc", "message": "a .doc"}}
    path = tmp_path / "run.jsonl"
    path.write_text(json.dumps(prediction(document().text)) + "\n\n" + json.dumps(failed) + "\n", encoding="utf-8")
    read = read_predictions(path)
    assert ([report.id for report in read.reports], read.failures) == (["sample"], {"b": "a .doc"})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "run:1"),
        ("[]", "JSON object"),
        ('{"schema_version": 2}', "schema_version 2"),
        ('{"schema_version": 1, "source": {"path": "a"}}', "'text' is missing"),
        (json.dumps(prediction("32条", forms=None)), "out of the contract"),
        (json.dumps(prediction("32条", facts=[{"start": 0, "end": 1, "value": 1, "parent": 4}])), "parent 4"),
    ],
)
def test_what_is_not_in_the_contract_is_refused_by_line(line: str, message: str) -> None:
    with pytest.raises(PredictionError, match=message):
        parse_predictions([line], "run")


def test_an_item_is_found_across_white_space_near_its_value() -> None:
    text = "政务服\n 务事项521项" + "无" * 2000 + "政务服务事项"
    assert occurrences("政务服务事项", text, 8, 12) == ((0, 8),)
    assert occurrences("a+(", "a+(1", 3, 4) == ((0, 3),)
    assert occurrences(" ", text, 8, 12) == ()
