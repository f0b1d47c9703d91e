"""Reports as Label Studio tasks with the model's facts as a prediction, checked before they are sent.

Label Studio takes a prediction with unknown labels, codes or offsets without a word and shows nothing of it, so
`check_result` says here what it would not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotations.corpus_format import Block
from annotations.gold_format import text_sha256
from annotations.label_studio import names
from annotations.label_studio.config import Vocabulary
from annotations.label_studio.documents import Part, to_result
from annotations.label_studio.errors import LabelStudioError
from annotations.label_studio.reports import PredictedReport, Report, predicted_report
from annotations.selection import Reason
from models.link_network import LINK_WEIGHTS
from models.runtime import CODE_HEAD, GRAPH, LABELS, RELEASED

RULES_VERSION = "nianbao-rules"
_MODEL_FILES = (GRAPH, CODE_HEAD, LABELS, "tokenizer.json", LINK_WEIGHTS)
_SEVERITIES = {"error": "错误", "warning": "警告", "info": "提示"}
_REASONS = {
    Reason.UNCERTAIN: "模型没有把握",
    Reason.CONTRADICTED: "数字互相矛盾",
    Reason.UNSEEN: "措辞少见",
    Reason.RANDOM: "随机抽取",
    Reason.REST: "按次序",
}


def model_version(folder: Path = RELEASED) -> str:
    """The name that predictions of a model bear: by the checksum of the files that its answers depend on.

    Without a model the facts are the rules'.
    """
    if not (folder / GRAPH).exists():
        return RULES_VERSION
    digest = hashlib.sha256()
    for name in _MODEL_FILES:
        path = folder / name
        digest.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return f"nianbao-{digest.hexdigest()[:12]}"


def prediction_of(report: Report, version: str) -> dict[str, Any]:
    """A report's spans, facts, links and codes as a prediction; the scores are the facts' confidences.

    Raises:
        LabelStudioError: Where the report is not in the contract.
    """
    return _prediction(predicted_report(report), version)


def _prediction(predicted: PredictedReport, version: str) -> dict[str, Any]:
    confidences = predicted.confidences
    mean = sum(confidences) / len(confidences) if confidences else 1.0
    return {
        "model_version": version,
        "score": round(mean, 4),
        "result": to_result(predicted.document, confidences),
    }


def task_of(
    report: Report, version: str, *, blocks: Sequence[Block] | None = None, reason: Reason = Reason.REST
) -> dict[str, Any]:
    """A task with one prediction.

    Its data hold the text and its checksum, the corpus head and paragraphs for the way back, and what an
    annotator sees beside the text.

    Args:
        report: One object of the output contract.
        version: The prediction's model.
        blocks: The text's paragraphs, where they are known.
        reason: Why it was chosen.

    Raises:
        LabelStudioError: Where the report is not in the contract.
    """
    predicted = predicted_report(report, blocks)
    document = predicted.document
    data = {
        names.TEXT: document.text,
        "sha256": text_sha256(document.text),
        "name": document.id,
        "reason": reason.value,
        "meta": document.meta,
        "blocks": [[block.kind, block.start, block.end] for block in document.blocks],
        names.REPORT: _report_rows(report, reason),
        names.FINDINGS: _finding_rows(report),
    }
    return {"data": data, "predictions": [_prediction(predicted, version)]}


def _report_rows(report: Report, reason: Reason) -> list[dict[str, str]]:
    said = report["report"]
    rows = {
        "机关": said.get("agency"),
        "年度": said.get("year"),
        "标题": said.get("title"),
        "发布": said.get("published"),
        "表格版式": said.get("edition"),
        "文件": Path(str(report["source"]["path"])).name,
        "选送原因": _REASONS[reason],
    }
    return [{"项目": name, "内容": str(value)} for name, value in rows.items() if value]


def _finding_rows(report: Report) -> list[dict[str, str]]:
    rows = [
        {"级别": _SEVERITIES.get(finding["severity"], finding["severity"]), "检查": finding["message_zh"]}
        for finding in report.get("findings") or ()
    ]
    return rows or [{"级别": "—", "检查": "没有发现矛盾"}]


def check_task(task: dict[str, Any], vocabulary: Vocabulary) -> None:
    """
    Raises:
        LabelStudioError: Where a prediction has a label, code, relation or offset that the project would drop.
    """
    for prediction in task["predictions"]:
        problems = check_result(task["data"][names.TEXT], prediction["result"], vocabulary)
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise LabelStudioError(f"{task['data'].get('name', '?')}: {problems[0]}{more}")


def check_result(text: str, result: Sequence[Part], vocabulary: Vocabulary) -> list[str]:
    """What a project with this vocabulary would silently drop or misplace of a result."""
    regions = {part["id"] for part in result if part["type"] == "labels"}
    problems: list[str] = []
    for part in result:
        value = part.get("value", {})
        if part["type"] == "relation":
            problems += [
                f"unknown relation {name!r}" for name in part["labels"] if name not in vocabulary.relations
            ]
            problems += [
                f"no region {part[end]!r}" for end in ("from_id", "to_id") if part[end] not in regions
            ]
            continue
        if vocabulary.controls.get(part["from_name"]) != part["type"]:
            problems.append(f"the project has no {part['type']} {part['from_name']!r}")
        if part["type"] == "labels":
            problems += [
                f"unknown label {name!r}" for name in value["labels"] if name not in vocabulary.labels
            ]
            if text[value["start"] : value["end"]] != value["text"] or not value["text"]:
                problems.append(f"the region {part['id']} does not quote {value['start']}:{value['end']}")
        elif part["id"] not in regions:
            problems.append(f"no region {part['id']!r}")
        if part["type"] == "taxonomy":
            problems += [
                f"unknown code {'/'.join(path)!r}"
                for path in value["taxonomy"]
                if tuple(path) not in vocabulary.codes
            ]
    return problems
