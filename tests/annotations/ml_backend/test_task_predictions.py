"""A task's text to its prediction: regions at the right characters, codes and links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from backend_helpers import SENTENCE, quotes, rule_reader

from annotations.label_studio.config import labelling_config, vocabulary_of
from annotations.label_studio.reading import from_task
from annotations.label_studio.tasks import check_result
from annotations.ml_backend.model_slot import load_reader
from annotations.ml_backend.predictions import predict_task
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.reading import ParagraphReader
from extraction.pipeline import extract_document
from extraction.readers import text as text_reader
from extraction.report import Source
from models.runtime import RELEASED

EXAMPLES = Path(__file__).parents[3] / "examples"
ODD = (
    "一、总体情况\r\n"
    "2021年，我局在省政务服务网\t发布政务服务事项５２１项😀，其中即办件120项，  办结率96.5％。\r\n"
    "\r\n"
    "𠮷林村今年新收到政府信息公开申请6件🎉🎉，予以公开4件。\r\n"
)


@pytest.fixture(scope="module")
def model() -> ParagraphReader:
    return load_reader(RELEASED, threads=1)


def predicted(text: str, reader: ParagraphReader) -> list[dict[str, Any]]:
    return predict_task({"id": 1, "data": {"text": text}}, reader).result


@pytest.mark.parametrize(
    "text",
    [ODD, ODD.replace("\r\n", "\n"), ODD.replace("\r\n", "\r"), "\ufeff" + ODD],
    ids=["crlf", "lf", "cr", "byte-order mark"],
)
def test_every_region_quotes_its_place_whatever_the_line_ends(text: str, model: ParagraphReader) -> None:
    result = predicted(text, model)
    regions = [part["value"] for part in result if part["type"] == "labels"]
    for value in regions:
        assert text[value["start"] : value["end"]] == value["text"] == value["text"].strip()
    assert {"５２１项", "120项", "96.5％", "6件", "4件", "政务服务事项"} <= {value["text"] for value in regions}


def test_a_project_of_ours_shows_all_of_it(model: ParagraphReader) -> None:
    vocabulary = vocabulary_of(labelling_config(load_catalogue()))
    assert check_result(ODD, predicted(ODD, model), vocabulary) == []


def test_what_is_predicted_can_be_read_back(model: ParagraphReader) -> None:
    data = {"text": SENTENCE, "meta": {"id": "x"}, "blocks": [["paragraph", 0, len(SENTENCE)]]}
    document = from_task({"data": data, "annotations": [{"result": predicted(SENTENCE, model)}]})
    total, part = document.facts
    assert (str(total.value), total.unit, total.code) == ("521", "项", "svc.items")
    assert [document.quote(total.item), document.quote(total.period)] == ["政务服务事项", "2021年"]
    assert (str(part.value), part.code, part.parent) == ("120", "svc.immediate_items", 0)


def test_scores_are_the_facts_confidences_and_their_mean(model: ParagraphReader) -> None:
    prediction = predict_task({"data": {"text": ODD}}, model)
    scores = [part["score"] for part in prediction.result if "score" in part]
    assert prediction.score == pytest.approx(sum(scores) / len(scores), abs=1e-3)
    assert len(set(scores)) > 1


def test_the_facts_and_their_scores_are_those_of_extract(model: ParagraphReader) -> None:
    data = (EXAMPLES / "songling-2021.txt").read_bytes()
    report = extract_document(text_reader.read(data, "songling"), Source("songling", "text", None), reader=model)
    prediction = predict_task({"data": {"text": report.text}}, model)
    scored = [part for part in prediction.result if "score" in part]
    assert [(part["value"]["start"], part["value"]["end"]) for part in scored] == [
        (fact.start, fact.end) for fact in report.facts
    ]
    assert [part["score"] for part in scored] == [round(fact.confidence, 4) for fact in report.facts]
    codes = {part["id"]: part["value"]["taxonomy"][0][-1] for part in prediction.result if part["type"] == "taxonomy"}
    assert [codes.get(part["id"]) for part in scored] == [fact.code for fact in report.facts]


def test_a_task_does_not_depend_on_what_is_asked_with_it(model: ParagraphReader) -> None:
    alone = predicted(SENTENCE, model)
    for text in ("全年办结率为99％。\n", ODD):
        predicted(text, model)
        assert predicted(SENTENCE, model) == alone


def test_forms_and_headings_are_not_read(model: ParagraphReader) -> None:
    text = f"一、总体情况\n{SENTENCE}\n行政许可\t37957\n行政处罚\t12\n行政强制\t0\n"
    assert not {"37957", "12"} & quotes(predicted(text, model))


@pytest.mark.parametrize("text", ["", " \r\n\t ", "没有数字的一句话。"])
def test_a_text_without_facts_has_an_empty_prediction_that_is_sure(text: str) -> None:
    prediction = predict_task({"data": {"text": text}}, rule_reader(Path()))
    assert (prediction.result, prediction.score) == ([], 1.0)


def test_the_same_line_twice_is_read_at_both_places(model: ParagraphReader) -> None:
    text = f"{SENTENCE}\n{SENTENCE}\n"
    starts = [part["value"]["start"] for part in predicted(text, model) if part["type"] == "labels" and part["value"]["text"] == "521项"]
    assert starts == [SENTENCE.index("521项"), len(SENTENCE) + 1 + SENTENCE.index("521项")]
