"""Reports as tasks: what an annotator gets is what the extraction said, and nothing that the server would drop."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from label_studio_helpers import TEXT, place, report, vocabulary

from annotations.checker import catalogue_codes
from annotations.corpus_format import Block
from annotations.gold_format import text_sha256
from annotations.label_studio.blocks import joined_for, line_blocks
from annotations.label_studio.errors import LabelStudioError
from annotations.label_studio.reading import read_annotation
from annotations.label_studio.reports import predicted_report
from annotations.label_studio.tasks import check_result, check_task, model_version, prediction_of, task_of
from annotations.selection import Reason


def test_a_prediction_says_what_the_report_says() -> None:
    task = task_of(report(), "model-1")
    prediction = task["predictions"][0]
    document, problems = read_annotation(task["data"], prediction["result"], codes=catalogue_codes())
    assert problems == []
    said = [
        (
            document.quote(f.value_span), f.value, f.unit, f.code, document.quote(f.item), document.quote(f.action),
            document.quote(f.scope), document.quote(f.period), document.quote(f.channel), f.parent,
        )
        for f in document.facts
    ]  # fmt: skip
    assert said == [
        (
            "５２１项",
            521,
            "项",
            "svc.items",
            "政务服务事项",
            "发布",
            "松岭县",
            "２０２４年",
            "省政务服务网",
            None,
        ),
        ("120项", 120, "项", "svc.immediate_items", "即办件", None, "松岭县", "２０２４年", None, 0),
        ("23%", 23, "%", "svc.immediate_rate", "即办件", "占比", None, None, None, 1),
        ("9\n件", 9, "件", "app.received", "申请", "新收到", None, None, None, None),
        ("未收到", 0, None, "legal.review", "行政复议", None, None, None, None, None),
        ("7期", 7, "期", None, "培训", "举办", None, "全年", None, None),
    ]
    assert document.text == TEXT


def test_scores_are_the_confidences() -> None:
    prediction = prediction_of(report(), "model-1")
    assert prediction["model_version"] == "model-1"
    assert prediction["score"] == pytest.approx((0.97 + 0.41 + 4 * 0.9) / 6, abs=1e-4)
    scores = {p["value"]["text"]: p.get("score") for p in prediction["result"] if p["type"] == "labels"}
    assert (scores["５２１项"], scores["23%"], scores["培训"]) == (0.97, 0.41, None)


def test_a_task_is_known_by_its_text_and_carries_its_way_back() -> None:
    data = task_of(report(), "m", reason=Reason.CONTRADICTED)["data"]
    assert data["sha256"] == text_sha256(TEXT)
    assert data["meta"]["id"] == f"yunling-2024-{text_sha256(TEXT)[:8]}"
    assert (data["meta"]["body"], data["meta"]["year"], data["meta"]["level"]) == (
        "松岭县行政审批局",
        "2024",
        "-",
    )
    assert {"项目": "选送原因", "内容": "数字互相矛盾"} in data["report"]
    assert data["findings"] == [{"级别": "错误", "检查": "正文与表格不符"}]
    assert "reports/" not in str(data)


def test_offsets_are_characters_as_the_browser_counts_them() -> None:
    result = prediction_of(report(), "m")["result"]
    for part in result:
        if part["type"] == "labels":
            value = part["value"]
            assert TEXT[value["start"] : value["end"]] == value["text"]


def test_lines_are_joined_where_a_fact_crosses_them() -> None:
    blocks = line_blocks(TEXT)
    assert [TEXT[b.start : b.end][:4] for b in blocks] == [
        "一、总体",
        "😀２０２",
        "其中即办",
        "件，未收",
        "二、存在",
        "全年举办",
    ]
    joined = predicted_report(report()).document.blocks
    assert [TEXT[b.start : b.end][:4] for b in joined] == ["一、总体", "😀２０２", "二、存在", "全年举办"]
    assert "\n".join(TEXT[b.start : b.end] for b in joined) == TEXT


def test_known_paragraphs_are_kept() -> None:
    whole = [Block("paragraph", 0, len(TEXT))]
    assert predicted_report(report(), whole).document.blocks == whole
    document = predicted_report(report()).document
    document.blocks = line_blocks("一\n\n@x\n二\n")
    assert [(b.start, b.end) for b in document.blocks] == [(0, 5), (6, 8)]
    document.blocks, document.spans, document.facts = line_blocks("一\n二"), [], []
    assert joined_for(document) == line_blocks("一\n二")


def test_what_the_server_would_drop_is_refused() -> None:
    task = task_of(report(), "m")
    check_task(task, vocabulary())
    parts = task["predictions"][0]["result"]

    def problem(change: dict[str, object], kind: str, *, value: bool = True) -> str:
        changed = copy.deepcopy(parts)
        part = next(p for p in changed if p["type"] == kind)
        part.update({"value": {**part["value"], **change}} if value else change)
        return "; ".join(check_result(TEXT, changed, vocabulary()))

    assert "unknown label 'AMOUNT'" in problem({"labels": ["AMOUNT"]}, "labels")
    assert "does not quote" in problem({"start": 1}, "labels")
    assert "unknown code 'svc/svc.nothing'" in problem({"taxonomy": [["svc", "svc.nothing"]]}, "taxonomy")
    assert "unknown relation 'x'" in problem({"labels": ["x"]}, "relation", value=False)
    assert "no region 'gone'" in problem({"to_id": "gone"}, "relation", value=False)
    assert "no textarea 'remark'" in problem({"from_name": "remark"}, "textarea", value=False)
    parts[0]["value"]["labels"] = ["AMOUNT"]
    with pytest.raises(LabelStudioError, match=r"yunling-2024-.*unknown label"):
        check_task(task, vocabulary())


def test_a_report_out_of_the_contract_is_refused() -> None:
    broken = report()
    broken["facts"][0]["text"] = "522项"
    with pytest.raises(LabelStudioError, match="quotes"):
        task_of(broken, "m")
    with pytest.raises(LabelStudioError, match="no report of the contract"):
        task_of({"error": {}}, "m")


def test_links_that_repeat_go_to_the_nearest_span() -> None:
    text = "全区受理申请3件，办结申请2件；全区其他申请1件。"
    made = report(text)
    made["facts"] = [
        {**report()["facts"][0], "text": q, "start": place(text, q)[0], "end": place(text, q)[1], "value": v,
         "unit": "件", "item": "申请", "scope": "全区", "action": None, "channel": None, "period": None}
        for q, v in (("3件", 3), ("2件", 2), ("1件", 1))
    ]  # fmt: skip
    for quoted, label, count in (("申请", "ITEM", 3), ("全区", "SCOPE", 2)):
        for nth in range(count):
            start, end = place(text, quoted, nth=nth)
            made["spans"].append({"start": start, "end": end, "label": label})
    document = predicted_report(made).document
    items = [document.spans[f.item or 0].start for f in document.facts]
    scopes = [document.spans[f.scope or 0].start for f in document.facts]
    assert items == [place(text, "申请", nth=n)[0] for n in range(3)]
    assert scopes == [0, 0, place(text, "全区", nth=1)[0]]


def test_the_model_s_name_is_its_checksum(tmp_path: Path) -> None:
    assert model_version(tmp_path) == "nianbao-rules"
    (tmp_path / "model.onnx").write_bytes(b"1")
    first = model_version(tmp_path)
    (tmp_path / "labels.json").write_bytes(b"other temperatures")
    assert first.startswith("nianbao-")
    assert model_version(tmp_path) not in {first, "nianbao-rules"}
