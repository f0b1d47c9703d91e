"""A small invented report with everything that is hard for offsets, and an annotator who works on it."""

from __future__ import annotations

import copy
from typing import Any

from annotations.label_studio import names
from annotations.label_studio.config import Vocabulary, labelling_config, vocabulary_of
from annotations.label_studio.documents import Part
from extraction.narrative.catalogue import load_catalogue

# Astral characters before and inside the line, full-width digits, a broken number, double blanks, tab, CRLF.
TEXT = (
    "一、总体情况\n"
    "😀２０２４年，松岭县  在\t省政务服务网发布政务服务事项５２１项，\r\n"
    "其中即办件120项，占比23%。📢另有新收到申请9\n件，未收到行政复议。\n"
    "二、存在的问题\n"
    "全年举办培训7期。"
)


def place(text: str, quoted: str, *, nth: int = 0) -> tuple[int, int]:
    """The range of the nth occurrence of a quotation."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(quoted, start + 1)
    return start, start + len(quoted)


def fact(
    quoted: str, kind: str, value: float, unit: str | None, code: str | None, **rest: Any
) -> dict[str, Any]:
    """A fact of the output contract on `TEXT`."""
    start, end = place(TEXT, quoted)
    links = dict.fromkeys(("item", "action", "scope", "period", "channel", "approximate", "parent"))
    return {
        "code": code, "kind": kind, "value": value, "unit": unit, "text": quoted, "start": start, "end": end,
        "section": "overview", "sentence": quoted, "page": None, "confidence": 0.9, **links, **rest,
    }  # fmt: skip


def report(text: str = TEXT, *, path: str = "reports/yunling 2024.txt") -> dict[str, Any]:
    """A report of the output contract on `TEXT`; on another text, one without facts."""
    spans: list[dict[str, Any]] = []
    facts: list[dict[str, Any]] = []
    if text == TEXT:
        facts = [
            fact("５２１项", "count", 521, "项", "svc.items", item="政务服务事项", action="发布", scope="松岭县",
                 period="２０２４年", channel="省政务服务网", confidence=0.97),
            fact("120项", "count", 120, "项", "svc.immediate_items", item="即办件", scope="松岭县",
                 period="２０２４年", parent=0),
            fact("23%", "percent", 23, "%", "svc.immediate_rate", item="即办件", action="占比", parent=1,
                 confidence=0.41),
            fact("9\n件", "count", 9, "件", "app.received", item="申请", action="新收到"),
            fact("未收到", "zero", 0, None, "legal.review", item="行政复议"),
            fact("7期", "count", 7, "期", None, item="培训", action="举办", period="全年"),
        ]  # fmt: skip
        linked = {
            "政务服务事项": "ITEM", "发布": "ACTION", "松岭县": "SCOPE", "２０２４年": "PERIOD",
            "省政务服务网": "CHANNEL", "即办件": "ITEM", "占比": "ACTION", "申请": "ITEM", "新收到": "ACTION",
            "行政复议": "ITEM", "培训": "ITEM", "举办": "ACTION", "全年": "PERIOD",
        }  # fmt: skip
        for quoted, label in linked.items():
            start, end = place(TEXT, quoted)
            spans.append({"start": start, "end": end, "label": label})
        spans += [{"start": f["start"], "end": f["end"], "label": f["kind"].upper()} for f in facts]
    return {
        "schema_version": 1,
        "source": {"path": path, "format": "text", "sha256": "0" * 64, "pages": None},
        "report": {"agency": "松岭县行政审批局", "year": 2024, "title": "年度报告", "published": None, "edition": None},
        "sections": [],
        "forms": [],
        "facts": facts,
        "spans": spans,
        "findings": [
            {"rule": "text.form", "severity": "error", "message": "m", "message_zh": "正文与表格不符",
             "expected": 1, "actual": 2, "evidence": []}
        ],
        "text": text,
    }  # fmt: skip


def vocabulary() -> Vocabulary:
    return vocabulary_of(labelling_config(load_catalogue()))


class Annotator:
    """Corrects a result as a person does in the browser."""

    def __init__(self, result: list[Part]) -> None:
        self.result = copy.deepcopy(result)

    def region(self, quoted: str) -> Part:
        return next(p for p in self.result if p["type"] == "labels" and p["value"]["text"] == quoted)

    def add(self, name: str, text: str, quoted: str, label: str) -> str:
        start, end = place(text, quoted)
        value = {"start": start, "end": end, "text": quoted.replace("\n", "\\n"), "labels": [label]}
        self.result.append(
            {"id": name, "from_name": names.LABEL, "to_name": names.TEXT, "type": "labels", "value": value}
        )
        return name

    def delete(self, quoted: str) -> None:
        """A deleted region goes with all that was said of it."""
        gone = self.region(quoted)["id"]
        self.result = [p for p in self.result if gone not in (p.get("id"), p.get("from_id"), p.get("to_id"))]

    def move(self, quoted: str, text: str, wider: str) -> None:
        """Draws a region's edges to cover other text; what was written of it stays."""
        name = self.region(quoted)["id"]
        start, end = place(text, wider)
        for part in self.result:
            if part.get("id") == name:
                part["value"] |= {"start": start, "end": end}
                if part["type"] == "labels":
                    part["value"]["text"] = wider

    def write(self, name: str, control: str, text: str) -> None:
        said = self._said(name, control)
        if said is None:
            said = {"id": name, "from_name": control, "to_name": names.TEXT, "type": "textarea", "value": {}}
            self.result.append(said)
        said["value"]["text"] = [text]

    def code(self, name: str, code: str) -> None:
        said = self._said(name, names.CODE)
        if said is None:
            said = {
                "id": name,
                "from_name": names.CODE,
                "to_name": names.TEXT,
                "type": "taxonomy",
                "value": {},
            }
            self.result.append(said)
        said["value"]["taxonomy"] = [[names.family_of(code), code]]

    def link(self, source: str, target: str, *labels: str, direction: str = "right") -> None:
        self.result.append(
            {
                "type": "relation",
                "from_id": source,
                "to_id": target,
                "direction": direction,
                "labels": list(labels),
            }
        )

    def _said(self, name: str, control: str) -> Part | None:
        return next((p for p in self.result if p.get("id") == name and p.get("from_name") == control), None)
