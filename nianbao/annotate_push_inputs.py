"""What `nianbao annotate push` is given: report files and folders, and runs in the output contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotations.corpus_format import Block
from annotations.label_studio.push import Pushable
from annotations.label_studio.tasks import RULES_VERSION, model_version
from annotations.standoff import annotated_document
from extraction.batch import extract_files, find_inputs
from extraction.errors import ReadError
from extraction.readers.dispatch import read_document
from extraction.report import SCHEMA_VERSION, FailedReport, Report

RESULT_SUFFIXES = frozenset({".jsonl", ".ndjson"})


@dataclass(slots=True)
class Inputs:
    """The reports that could be read, and a message for each that could not."""

    reports: list[Pushable] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def read_inputs(
    paths: Sequence[Path], *, version: str | None = None, use_model: bool = True, jobs: int = 1
) -> Inputs:
    """Extracts the reports and reads the runs; an input that fails costs the others nothing.

    Args:
        paths: Reports, folders of them, and `*.jsonl`.
        version: Whose facts a run holds, where its lines do not say (`model_version`); without it the run's
            own checksum.
        use_model: Whether the released model reads the reports.
        jobs: Processes.
    """
    inputs = Inputs()
    runs = [path for path in paths if path.suffix.lower() in RESULT_SUFFIXES]
    for path in runs:
        _read_run(path, version, inputs)
    files = find_inputs([path for path in paths if path not in runs])
    own = model_version() if use_model else RULES_VERSION
    for report in extract_files(files, jobs=jobs, use_model=use_model):
        if isinstance(report, FailedReport):
            inputs.failures.append(report.error.message)
        else:
            inputs.reports.append(Pushable(report.to_dict(), own, _paragraphs(report)))
    return inputs


def _paragraphs(report: Report) -> list[Block] | None:
    """The file's paragraphs; a report keeps its text, but not how its lines belong together."""
    try:
        document = read_document(Path(report.source.path).read_bytes(), report.source.path)
    except (OSError, ReadError):
        return None
    return annotated_document("", document, None).blocks if document.text == report.text else None


def _read_run(path: Path, version: str | None, inputs: Inputs) -> None:
    try:
        data = path.read_bytes()
        lines = data.decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        inputs.failures.append(f"{path}: {error} / 无法读取")
        return
    fallback = version or f"results-{hashlib.sha256(data).hexdigest()[:12]}"
    for where, line in _objects(path, lines, inputs):
        if "error" in line:
            inputs.failures.append(f"{where}: {line['error'].get('message', line['error'])}")
        elif not isinstance(line.get("text"), str) or line.get("schema_version") != SCHEMA_VERSION:
            inputs.failures.append(
                f"{where}: no report of the output contract, version {SCHEMA_VERSION} / 不是抽取结果"
            )
        else:
            inputs.reports.append(Pushable(line, str(line.get("model_version") or fallback)))


def _objects(path: Path, lines: Sequence[str], inputs: Inputs) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            found = json.loads(line)
        except json.JSONDecodeError as error:
            inputs.failures.append(f"{where}: {error} / 不是 JSON")
            continue
        if isinstance(found, dict) and isinstance(found.get("error", {}), dict):
            yield where, found
        else:
            inputs.failures.append(f"{where}: a JSON object was expected / 应为 JSON 对象")
