"""Write a release's `MODEL_CARD.md` from the run's own records and its scores; nothing in it is typed in by hand.

The records go into the release, too (`records.json`), so that a later one which went on from it (`training.restore`) can
tell of all runs: `--earlier` names its folder.

    nianbao evaluate --split test --json scores/test.json
    nianbao evaluate --split test --no-model --json scores/test-rules.json
    python -m training.model_card models/released --run RUN --pretraining RUN0/log.jsonl \\
        --scores "test split=scores/test.json=scores/test-rules.json"
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.runtime import CODE_HEAD, GRAPH, LABELS
from models.windows import MAX_WINDOW
from training.export import CHECKSUMS, write_checksums

CARD, RECORDS = "MODEL_CARD.md", "records.json"
_LAST = "last"  # the folder in which a run leaves the weights of its end
_MEASURES = {
    "span": "Spans, exact",
    "span_relaxed": "Spans, overlapping",
    "fact": "Facts, strict",
    "fact_linked": "Facts, links too",
}


class Scored(NamedTuple):
    """What the model and, beside it, the rules scored on one set of reports."""

    name: str
    model: Path
    rules: Path


def scored(text: str) -> Scored:
    """Reads `NAME=MODEL.json=RULES.json`."""
    try:
        name, model, rules = text.split("=")
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected NAME=MODEL.json=RULES.json, got {text!r}") from None
    return Scored(name, Path(model), Path(rules))


def records(runs: Sequence[Path], pretraining: Path | None, earlier: Path | None = None) -> dict[str, Any]:
    """What the runs of a release were told and what came of them: `runs`, the released one first, and `pretraining`.

    Args:
        runs: The fine-tuning runs' folders.
        pretraining: The pre-training's log, if there was one of this release's own.
        earlier: The release from whose weights the runs went on; its runs follow.

    Raises:
        FileNotFoundError: A run or the earlier release has no records.
    """
    before = _read(earlier / RECORDS) if earlier else {"runs": [], "pretraining": None}
    return {
        "runs": [*map(_run, runs), *before["runs"]],
        "pretraining": _pretraining(pretraining) if pretraining else before["pretraining"],
    }


def model_card(folder: Path, told: dict[str, Any], scores: Sequence[Scored], *, averaged: bool = False) -> str:
    """The card's text.

    Args:
        folder: The release.
        told: What `records` gives.
        averaged: Whether the released weights are a mean of several runs'.
        scores: Results as `nianbao evaluate --json` writes them.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    labels = _read(folder / LABELS)
    return environment.get_template("model_card.md.j2").render(
        files=[(path.name, path.stat().st_size) for path in sorted(folder.iterdir()) if path.name not in (CARD, CHECKSUMS)],
        graph=GRAPH,
        code_head=CODE_HEAD,
        precision=labels["precision"],
        tags=len(labels["tags"]),
        codes=len(labels["codes"]),
        settings=labels["settings"],
        runs=told["runs"],
        averaged=averaged,
        unannotated=max(run["unannotated_characters"] for run in told["runs"]),
        pretraining=told["pretraining"],
        window=MAX_WINDOW,
        rows=[row for entry in scores for row in _rows(entry)],
    )


def _run(folder: Path) -> dict[str, Any]:
    """What a run was told, its last values, and those of the weights that were taken: its best or its `last/`."""
    run = folder.parent if folder.name == _LAST else folder
    last, is_last = _last_records(run / "log.jsonl"), folder.name == _LAST
    kept = last if is_last else _best_record(run / "log.jsonl")
    told = {"unannotated_characters": 0} | _read(run / "run.json")
    told["recipe"]["tuning"].setdefault("encoder_dropout", 0.0)
    return told | {"last": last, "kept": kept, "is_last": is_last}


def _pretraining(log: Path) -> dict[str, Any]:
    """The last values of a pre-training's log, and what it started from."""
    described = log.parent / "run.json"
    return {"start": None} | _last_records(log) | (_read(described) if described.exists() else {})


def _rows(entry: Scored) -> list[dict[str, str]]:
    model, rules = _read(entry.model)["scores"], _read(entry.rules)["scores"]
    return [
        {"set": entry.name, "measure": title, "reports": model[measure]["reports"],
         "model": _with_interval(model[measure]), "rules": _with_interval(rules[measure])}
        for measure, title in _MEASURES.items()
        if measure in model and measure in rules
    ]  # fmt: skip


def _with_interval(score: dict[str, Any]) -> str:
    """An F1 in percent with its interval."""
    interval = score["f1_interval"]
    if score["f1"] is None:
        return "—"
    shown = f"{100 * score['f1']:.1f}"
    return f"{shown} ({100 * interval[0]:.1f}–{100 * interval[1]:.1f})" if interval else shown


def _last_records(log: Path) -> dict[str, Any]:
    """The last value of each key of a log."""
    last: dict[str, Any] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        last |= json.loads(line)
    return last


def _best_record(log: Path) -> dict[str, Any]:
    """The record of the weights in a run's `best/`."""
    records: list[dict[str, Any]] = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return max((record for record in records if "score" in record), key=lambda record: float(record["score"]))


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the release")
    parser.add_argument("--run", type=Path, action="append", required=True, help="folder of a fine-tuning run, or its last/; the released one first")
    parser.add_argument("--averaged", action="store_true", help="the release is a mean of several runs' weights")
    parser.add_argument("--earlier", type=Path, help="the release that the runs went on from, with its records")
    parser.add_argument("--pretraining", type=Path, help="log.jsonl of the pre-training")
    parser.add_argument("--scores", type=scored, action="append", default=[], metavar="NAME=MODEL.json=RULES.json")
    options = parser.parse_args(arguments)
    told = records(options.run, options.pretraining, options.earlier)
    (options.folder / RECORDS).write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
    text = model_card(options.folder, told, options.scores, averaged=options.averaged)
    (options.folder / CARD).write_text(text, encoding="utf-8")
    write_checksums(options.folder)


if __name__ == "__main__":
    main()
