"""A release's card says what the records say."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from training.export import CHECKSUMS
from training.model_card import CARD, RECORDS, main, scored


def write(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_the_card_is_filled_from_the_records(tmp_path: Path) -> None:
    released, run = tmp_path / "released", tmp_path / "run"
    write(released / "labels.json", {"tags": ["O"] * 19, "codes": ["a.b"], "precision": "int8", "settings": {"x": 1}})
    described = {
        "start": "tuned-1/best", "goes_on": True, "seed": 7, "hours": 0.5, "fraction": 0.25, "documents": 136,
        "unannotated_characters": 1_234_567,
        "recipe": {"augmentation": None, "tuning": {"encoder_learning_rate": 2e-4}},
    }  # fmt: skip
    write(run / "run.json", described)
    records = [
        {"step": step, "tokens": step * 2048, "epoch": 9, "span_f1": score, "code_accuracy": 0.81, "score": score}
        for step, score in ((1200, 0.87), (2400, 0.86))
    ]
    (run / "log.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    held_out = {"statutes": {"loss": 4.8, "accuracy": 0.15}}
    pretraining = write(tmp_path / "pre.jsonl", {"tokens": 12_000_000, "seconds": 4400, "held_out": held_out})
    write(tmp_path / "run.json", {"start": "tagger", "hours": 1.0})
    paths = [
        write(tmp_path / f"{name}.json", {"scores": {"fact": {"f1": f1, "f1_interval": [f1 - 0.02, f1 + 0.02], "reports": 68}}})
        for name, f1 in (("model", 0.8123), ("rules", 0.6))
    ]  # fmt: skip
    main([str(released), "--run", str(run), "--pretraining", str(pretraining), "--scores", f"test={paths[0]}={paths[1]}"])
    card = (released / CARD).read_text(encoding="utf-8")
    assert "| test | 68 | Facts, strict | 81.2 (79.2–83.2) | 60.0 (58.0–62.0) |" in card
    told = (
        "--seed 7", "136 invented", "a share of 0.25", "| 2,400 |", "| step 1,200 | 0.87 |", "12,000,000", "1,234,567 characters",
        "| 0.0002 | 0.0 | yes |",
        "not augmented", "--tagger tuned-1/best --seed 7", "int8", "went on from",
    )  # fmt: skip
    for words in told:
        assert words in card
    assert CARD in (released / CHECKSUMS).read_text()
    assert "The first run is the one released" in card
    main([str(released), "--run", str(run / "last"), "--run", str(run), "--averaged"])
    assert "The checkpoint, the temperatures" in card
    last = (released / CARD).read_text(encoding="utf-8")
    assert "| step 2,400 | 0.86 |" in last
    assert "Which runs are averaged was chosen" in last
    assert "means of these" in last


def test_a_release_tells_of_the_runs_that_it_went_on_from(tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("second", 2)):
        write(tmp_path / name / "labels.json", {"tags": ["O"], "codes": ["a.b"], "precision": "int8", "settings": {}})
        recipe = {"augmentation": None, "tuning": {"encoder_learning_rate": 2e-4}}
        told = {"start": "x", "goes_on": seed > 1, "seed": seed, "hours": 0.5, "fraction": 1.0, "documents": 9, "recipe": recipe}
        write(tmp_path / f"run-{seed}" / "run.json", told)
        record = {"step": 12, "tokens": 100, "epoch": 1, "span_f1": 0.5, "code_accuracy": 0.5, "score": 0.5}
        write(tmp_path / f"run-{seed}" / "log.jsonl", record)
    pretraining = write(tmp_path / "pre" / "log.jsonl", {"tokens": 77_000, "seconds": 60, "held_out": {}})
    main([str(tmp_path / "first"), "--run", str(tmp_path / "run-1"), "--pretraining", str(pretraining)])
    main([str(tmp_path / "second"), "--run", str(tmp_path / "run-2"), "--earlier", str(tmp_path / "first")])
    card = (tmp_path / "second" / CARD).read_text(encoding="utf-8")
    assert card.index("--tagger x --seed 2") < card.index("--encoder x --seed 1")
    assert "77,000 characters read" in card
    assert RECORDS in (tmp_path / "second" / CHECKSUMS).read_text()
    with pytest.raises(FileNotFoundError, match=RECORDS):
        main([str(tmp_path / "first"), "--run", str(tmp_path / "run-1"), "--earlier", str(tmp_path / "run-2")])


def test_scores_come_in_threes() -> None:
    with pytest.raises(ArgumentTypeError, match="expected"):
        scored("test=model.json")
