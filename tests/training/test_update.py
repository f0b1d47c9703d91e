"""The whole way from annotations to a release, with a model small enough to learn in seconds."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from annotations.corpus_format import load_corpus
from annotations.gold_format import gold_from_document, text_sha256, write_gold
from extraction.narrative.catalogue import load_catalogue
from models.encoder import EncoderConfig
from models.runtime import LABELS
from models.tagger import BertEncoder, HeadConfig, Tagger, save_tagger
from models.tokenizer import CharTokenizer, build_vocabulary
from training import update as update_module
from training.export import CHECKSUMS, export
from training.model_card import CARD
from training.onnx_graph import Precision
from training.restore import RestoreError
from training.update import FAILURES, InterruptedUpdate, UpdateRequest, update
from training.update_data import UpdateError
from training.update_decision import Reason
from training.update_folder import ModelFolder, model_state
from training.update_record import UpdateRecord

CODES = ("pub.total", "pub.notice")
DOCUMENT = """@id {name}-{n}
@body 青禾县{name}第{n}局
@annotator 王
## 一、总体情况
{{t1:2021年}}，我局主动{{a1:公开}}{{i1:政府信息}}{{n1:{x}条}}，其中{{i2:通知公告}}{{n2:{n}条}}，均已按时更新。
: n1 {x} 条 pub.total i1 a1 t1
: n2 {n} 条 pub.notice i2 a1 t1 ^n1
"""
CONFIG = """[tuning]
tokens_per_step = 400
encoder_learning_rate = {rate}
head_learning_rate = {rate}
warmup = 0.05
weight_decay = 0.0
clip_norm = 1.0
code_loss_weight = 0.5
label_smoothing = 0.0
token_dropout = 0.0
link_dropout = 0.0
average = 0.5
bf16 = false
log_steps = 1
evaluate_minutes = 60.0
checkpoint_minutes = 60.0

[heads]
"""
SOURCE = '[[report]]\nid = "real-1"\npublisher = "真溪区司法局"\nfile = "real.txt"\nsha256 = "{}"\nsha256_text = "{}"\nexternal = true\n'


@pytest.fixture
def request_(tmp_path: Path) -> UpdateRequest:
    """A corpus, annotations, a real report, and a model in use that has learnt nothing and knows two codes."""
    torch.manual_seed(0)
    corpus, annotations = tmp_path / "corpus", tmp_path / "annotations"
    for folder, files in (
        (corpus, {"a": range(1, 9), "dev": range(11, 14), "test": range(14, 17)}),
        (annotations, {"new": range(21, 24)}),
    ):
        folder.mkdir()
        for name, numbers in files.items():
            documents = (DOCUMENT.format(name=name, n=n, x=n * 7) for n in numbers)
            (folder / f"{name}.txt").write_text("".join(documents), encoding="utf-8")
    (corpus / "splits.toml").write_text('development = ["dev.txt"]\ntest = ["test.txt"]\n')
    write_real_report(tmp_path)
    tokenizer = CharTokenizer(build_vocabulary({}, min_count=1))
    config = EncoderConfig(
        vocab_size=len(tokenizer), hidden_size=32, n_layers=1, n_heads=2, ffn_size=64, max_positions=256
    )
    tagger = Tagger(BertEncoder(config), CODES, HeadConfig(local_layers=1, code_states=8, code_hidden=16))
    save_tagger(tagger, tokenizer, tmp_path / "checkpoint")
    model = tmp_path / "models" / "in-use"
    export(tmp_path / "checkpoint", model, Precision.FP32, corpus)
    (model / "linker.bin").write_bytes(b"of another part of the program")
    (model / CARD).write_text("# Model card\n", encoding="utf-8")
    return UpdateRequest(
        annotations=annotations, model=model, corpus=corpus, gold=tmp_path / "gold", sources=tmp_path / "sources.toml",
        reports=tmp_path / "reports", config=recipe(tmp_path, rate=0.02), hours=160 / 3600, seed=2,
        precision=Precision.FP32,
    )  # fmt: skip


def write_real_report(folder: Path) -> None:
    for name in ("gold", "reports"):
        (folder / name).mkdir()
    path = folder / "real-1.txt"
    path.write_text(DOCUMENT.format(name="x", n=77, x=99).replace("@id x-77", "@id real-1"), encoding="utf-8")
    (document,) = load_corpus(path)
    (folder / "reports" / "real.txt").write_text(document.text, encoding="utf-8", newline="\n")
    digest = hashlib.sha256(document.text.encode()).hexdigest()
    (folder / "sources.toml").write_text(SOURCE.format(digest, text_sha256(document.text)), encoding="utf-8")
    write_gold(gold_from_document(document), folder / "gold")


def recipe(folder: Path, *, rate: float) -> Path:
    path = folder / f"finetune-{rate}.toml"
    path.write_text(CONFIG.format(rate=rate))
    return path


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock takes a second, so that the hours are a number of steps."""
    monkeypatch.setattr("training.finetune.time", SimpleNamespace(monotonic=itertools.count().__next__))


def run(request: UpdateRequest, told: list[str] | None = None) -> UpdateRecord:
    return update(request, say=(told if told is not None else []).append, stop=lambda: False)


def lines_of(folder: ModelFolder) -> list[dict[str, object]]:
    return [json.loads(line) for line in folder.updates.read_text(encoding="utf-8").splitlines()]


def assert_checksums_hold(model: Path) -> None:
    for line in (model / CHECKSUMS).read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((model / name).read_bytes()).hexdigest() == digest


def test_a_better_model_replaces_the_one_in_use_and_a_worse_one_does_not(
    request_: UpdateRequest, tmp_path: Path
) -> None:
    folder, before = ModelFolder(request_.model), model_state(request_.model)
    told: list[str] = []
    better = run(request_, told)
    test, gold = better.scores
    assert better.reason is Reason.DID_NOT_FALL
    assert (test.reports, gold.reports) == (3, 1)
    assert (test.after or 0) > (test.before or 0)
    assert folder.state() == better.after != before
    assert better.previous is not None
    assert model_state(folder.previous(better.previous)) == before
    assert not folder.run.exists()
    assert any("11 documents, 3 of them annotated" in text for text in told)
    # The catalogue had grown; what the exporter does not write goes along; card and checksums are of this model.
    assert tuple(json.loads((request_.model / LABELS).read_text())["codes"]) == tuple(load_catalogue())
    assert set(better.new_codes) == set(load_catalogue()) - set(CODES)
    assert (request_.model / "linker.bin").exists()
    assert "annotators: 王 (3)" in (request_.model / CARD).read_text(encoding="utf-8")
    assert_checksums_hold(request_.model)

    worse = run(replace(request_, config=recipe(tmp_path, rate=3.0)))
    assert worse.reason is Reason.FELL_ON_TEST
    assert folder.state() == better.after
    assert not folder.run.exists()
    first, second = lines_of(folder)
    assert (first["decision"], second["decision"]) == ("replaced", "kept")
    assert first["annotators"] == {"王": 3}
    assert (second["before"], second["previous"]) == (first["after"], None)
    assert [path.name for path in (folder.history / "previous").iterdir()] == [better.previous]


def test_a_stopped_run_leaves_the_model_alone_and_goes_on_with_the_same_command(
    request_: UpdateRequest,
) -> None:
    folder, before = ModelFolder(request_.model), model_state(request_.model)
    asked = itertools.count()
    with pytest.raises(InterruptedUpdate):
        update(request_, say=lambda text: None, stop=lambda: next(asked) > 6)
    assert folder.state() == before
    log = folder.run / "tuning" / "log.jsonl"
    stopped_at = json.loads(log.read_text().splitlines()[-1])["step"]
    assert 0 < stopped_at < 10
    told: list[str] = []
    record = run(request_, told)
    assert "going on" in told[0]
    assert record.steps > stopped_at
    assert folder.state() == record.after


@pytest.mark.parametrize("name", ["_restore", "_tune", "export", "score_documents"])
def test_killed_at_any_step_the_model_is_whole_and_the_run_is_taken_up(
    request_: UpdateRequest, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    class Killed(BaseException):
        pass

    def dying(*arguments: object, **options: object) -> object:
        real(*arguments, **options)
        raise Killed

    folder, before = ModelFolder(request_.model), model_state(request_.model)
    short = replace(request_, hours=8 / 3600)
    real = getattr(update_module, name)
    with monkeypatch.context() as patched:
        patched.setattr(update_module, name, dying)
        with pytest.raises(Killed):
            run(short)
    assert folder.state() == before
    assert not folder.updates.exists()
    told: list[str] = []
    record = run(short, told)
    assert "going on" in told[0]
    assert folder.state() == (record.after if record.replaced else before)
    assert len(lines_of(folder)) == 1


def test_a_run_of_other_inputs_is_not_taken_up(request_: UpdateRequest) -> None:
    with pytest.raises(InterruptedUpdate):
        update(request_, say=lambda text: None, stop=lambda: True)
    told: list[str] = []
    with pytest.raises(InterruptedUpdate):
        update(replace(request_, seed=9), say=told.append, stop=lambda: True)
    assert "other inputs" in told[0]


def test_a_decided_replacement_is_finished_by_the_same_command_without_training_again(
    request_: UpdateRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dying(folder: ModelFolder) -> None:
        if (folder.history / "pending.json").exists():
            raise Killed
        real(folder)

    real = ModelFolder.settle
    with monkeypatch.context() as patched:
        patched.setattr(ModelFolder, "settle", dying)
        with pytest.raises(Killed):
            run(request_)
    monkeypatch.setattr(update_module, "_begun", None)
    told: list[str] = []
    record = run(request_, told)
    assert "decided" in told[0]
    assert ModelFolder(request_.model).state() == record.after


def test_a_leak_is_told_and_left_out(request_: UpdateRequest) -> None:
    leak = DOCUMENT.format(name="test", n=15, x=105).replace("@id test-15", "@id again")
    (request_.annotations / "leak.txt").write_text(leak, encoding="utf-8")
    told: list[str] = []
    record = run(replace(request_, hours=2 / 3600), told)
    assert any("left out" in text and "again: its text is held out" in text for text in told)
    assert [refusal.document for refusal in record.refused] == ["again"]
    assert record.annotated_documents == 3


def test_a_model_that_cannot_be_trained_further_is_refused(request_: UpdateRequest) -> None:
    graph = request_.model / "model.onnx"
    graph.write_bytes(b"no graph")
    with pytest.raises(UpdateError, match="in-use: no model that can be trained further"):
        run(request_)
    labels = json.loads((request_.model / LABELS).read_text())
    (request_.model / LABELS).write_text(json.dumps({**labels, "architecture": None}))
    with pytest.raises(RestoreError, match="no architecture"):
        run(request_)
    assert issubclass(RestoreError, FAILURES)
    assert graph.read_bytes() == b"no graph"
