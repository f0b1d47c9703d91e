"""A run against the gold: which prediction is whose, and what counts as missed."""

from __future__ import annotations

import pytest
from scoring_helpers import cell, fact, report

from evaluation.errors import Cause
from evaluation.metrics import Counts, Measure
from evaluation.report_result import Note
from evaluation.run import PairingError, evaluate
from models.labels import bio_to_spans

OTHER_SHA = "1" * 64


def test_a_gold_report_without_prediction_is_all_missed_and_named() -> None:
    gold = [report("a", facts=(fact(1), fact(5)), cells=(cell("granted", "3"),)), report("b", sha=OTHER_SHA)]
    evaluation = evaluate(gold, [report("b", sha=OTHER_SHA)])
    missing = evaluation.results[0]
    assert missing.note is Note.MISSING
    assert missing.score.total(Measure.FACT) == Counts(fn=2)
    assert missing.score.total(Measure.CELL) == Counts(fn=1)
    assert missing.score.total(Measure.REPORT) == Counts(fn=1)
    assert [error.cause for error in missing.fact_errors] == [Cause.MISSED] * 2


def test_an_unreadable_input_is_all_missed_with_its_reason() -> None:
    evaluation = evaluate([report("a", facts=(fact(1),))], [], {"a": "encrypted"})
    assert (evaluation.results[0].note, evaluation.results[0].detail) == (Note.FAILED, "encrypted")


def test_a_missing_report_misses_spans_only_where_the_run_gives_spans() -> None:
    gold = [report("a", spans=((0, 2, "COUNT"),)), report("b", sha=OTHER_SHA, spans=())]
    without = evaluate(gold, [report("b", sha=OTHER_SHA)])
    assert Measure.SPAN not in without.score
    with_spans = evaluate(gold, [report("b", sha=OTHER_SHA, spans=())])
    assert with_spans.score.total(Measure.SPAN) == Counts(fn=1)


def test_predictions_are_found_by_text_or_by_name() -> None:
    gold = [report("a", facts=(fact(1),)), report("b", sha=OTHER_SHA, facts=(fact(2),))]
    predicted = [report("renamed", facts=(fact(1),)), report("b", sha=OTHER_SHA, facts=(fact(2),)), report("c", sha="2")]
    evaluation = evaluate(gold, predicted)
    assert evaluation.score.total(Measure.FACT) == Counts(tp=2)
    assert evaluation.without_gold == ["c"]


def test_of_two_formats_of_a_report_the_one_with_the_annotated_text_is_taken() -> None:
    gold = [report("a", facts=(fact(1),))]
    predicted = [report("a", sha=OTHER_SHA), report("a", facts=(fact(1),))]
    assert evaluate(gold, predicted).score.total(Measure.FACT) == Counts(tp=1)
    with pytest.raises(PairingError, match="a: 2 predictions"):
        evaluate(gold, [report("a", sha=OTHER_SHA), report("a", sha="2")])


def test_a_prediction_on_another_text_is_scored_by_its_cells_alone() -> None:
    gold = [report("a", facts=(fact(1),), cells=(cell("granted", "3"),))]
    result = evaluate(gold, [report("a", sha=OTHER_SHA, facts=(fact(1),), cells=(cell("granted", "3"),))]).results[0]
    assert result.note is Note.OTHER_TEXT
    assert result.score.total(Measure.CELL) == Counts(tp=1)
    assert result.score.total(Measure.FACT) == Counts(fn=1)


def test_what_the_gold_does_not_annotate_is_not_scored() -> None:
    gold = [report("a", facts=None, cells=(cell("granted", "3"),))]
    score = evaluate(gold, [report("a", facts=(fact(1),), cells=(cell("granted", "3"),))]).score
    assert Measure.FACT not in score
    assert score.total(Measure.REPORT) == Counts(tp=1)


def test_a_report_is_right_only_with_none_too_many() -> None:
    gold = [report("a", facts=(fact(1),), cells=(cell("granted", "3"),))]
    right = report("a", facts=(fact(1),), cells=(cell("granted", "3"),))
    assert evaluate(gold, [right]).score.total(Measure.REPORT) == Counts(tp=1)
    one_more_fact = report("a", facts=(fact(1), fact(9)), cells=(cell("granted", "3"),))
    one_more_cell = report("a", facts=(fact(1),), cells=(cell("granted", "3"), cell("partial", "0")))
    for wrong in (one_more_fact, one_more_cell):
        assert evaluate(gold, [wrong]).score.total(Measure.REPORT) == Counts(fp=1, fn=1)


def test_an_orphan_inside_tag_is_not_paid_for_as_a_span() -> None:
    gold, predicted = bio_to_spans(["B-COUNT", "I-COUNT"]), bio_to_spans(["I-COUNT", "I-COUNT"])
    evaluation = evaluate([report("a", spans=tuple(gold))], [report("a", spans=tuple(predicted))])
    assert evaluation.score.total(Measure.SPAN) == Counts(fn=1)


def test_spans_are_sets_by_document_range_and_label() -> None:
    gold = report("a", spans=((0, 2, "COUNT"), (3, 5, "ITEM")))
    predicted = report("a", spans=((0, 2, "COUNT"), (0, 2, "COUNT"), (3, 6, "ITEM"), (3, 5, "ACTION")))
    score = evaluate([gold], [predicted]).score
    assert score.total(Measure.SPAN) == Counts(tp=1, fp=2, fn=1)
    assert score.total(Measure.SPAN_RELAXED) == Counts(tp=2, fp=1)
    assert score.by_name(Measure.SPAN)["ITEM"] == Counts(fp=1, fn=1)


def test_empty_gold_and_empty_prediction() -> None:
    assert evaluate([report("a")], [report("a", facts=(fact(1),))]).score.total(Measure.FACT) == Counts(fp=1)
    evaluation = evaluate([report("a")], [report("a")])
    assert evaluation.score.total(Measure.FACT) == Counts()
    assert evaluation.score.total(Measure.REPORT) == Counts(tp=1)
    assert evaluate([], []).results == []


def test_scores_by_format_and_report_sum_to_the_whole() -> None:
    gold = [report("a", facts=(fact(1),), format_="pdf"), report("b", sha=OTHER_SHA, facts=(fact(1),), format_="html")]
    predicted = [report("a", facts=(fact(1),)), report("b", sha=OTHER_SHA)]
    evaluation = evaluate(gold, predicted)
    assert {name: score.total(Measure.FACT) for name, score in evaluation.by_format().items()} == {
        "pdf": Counts(tp=1), "html": Counts(fn=1),
    }  # fmt: skip
    assert evaluation.by_report(Measure.FACT) == {"a": Counts(tp=1), "b": Counts(fn=1)}


def test_errors_are_told_apart_by_cause() -> None:
    gold = report("a", facts=(fact(0), fact(10), fact(20, "7"), fact(30), fact(40, end=44), fact(50, scope="全区")))
    predicted = report(
        "a",
        facts=(
            fact(10, code="app.answered"), fact(20, "70"), fact(30), fact(40, end=43), fact(50, scope="全市"),
            fact(60),
        ),
    )  # fmt: skip
    errors = evaluate([gold], [predicted]).results[0].fact_errors
    assert [error.cause for error in errors] == [
        Cause.MISSED, Cause.WRONG_CODE, Cause.WRONG_VALUE, Cause.WRONG_BOUNDARY, Cause.WRONG_LINK, Cause.SPURIOUS,
    ]  # fmt: skip
    assert [error.fields for error in errors] == [(), ("code",), ("value",), ("range",), ("scope",), ()]


def test_codes_are_confused_only_where_the_number_is_right() -> None:
    gold = report("a", facts=(fact(10), fact(20), fact(30)))
    predicted = report(
        "a", facts=(fact(10, code="app.answered"), fact(20, "9", code="app.answered"), fact(30, code=None))
    )
    assert evaluate([gold], [predicted]).confusions == {
        ("app.received", "app.answered"): 1, ("app.received", None): 1,
    }  # fmt: skip
