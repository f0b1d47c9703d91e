"""Annotations into a better model: merge, fine-tune from the model in use, compare, replace or keep.

`nianbao train update` is its command. Every step leaves its result in the model's `-history/run` folder, so that a
run that was killed goes on where it was; the model in use is touched only by the last one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from annotations.corpus_format import CorpusError
from annotations.gold_format import GOLD_FOLDER, GoldError
from annotations.sources import DEFAULT_REPORTS, SOURCES_FILE, SourcesError
from annotations.splits import CORPUS_FOLDER, SplitError
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.reading import ParagraphReader
from models.runtime import LABELS, RELEASED
from models.tagger import save_tagger
from training.export import export, write_checksums
from training.finetune import Finetuning, Recipe, corpus_of, load_recipe, train, training_examples
from training.model_card import CARD
from training.onnx_graph import Precision
from training.recode import starting_model
from training.restore import RestoreError, restored
from training.scoring import RealReports, reader_of, real_reports, score_documents, score_reports
from training.tagger_examples import examples_of
from training.update_data import UpdateData, UpdateError, digest_of, load_update_data, text_files
from training.update_decision import GOLD, TEST, Compared, Reason, compared, decide
from training.update_folder import ModelFolder, model_state, remove, write_flushed
from training.update_record import Identity, ModelState, UpdateRecord, card_section

CONFIG = Path(__file__).parent / "configs" / "finetune.toml"
# The configuration's learning rates are for heads that start from nothing and an encoder that never saw a label.
_RATE = 0.3


# What an update can fail with, the model in use being untouched: it cannot be done, or a file is not as it must be.
FAILURES = (UpdateError, RestoreError, CorpusError, SplitError, GoldError, SourcesError, ValueError, OSError)


class InterruptedUpdate(Exception):
    """A signal came; the same command goes on from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """What is asked for.

    Attributes:
        annotations: Folder of annotated documents in the corpus's format.
        model: The model in use, as `training.export` writes it.
        corpus: The annotated corpus with its `splits.toml`.
        gold: Folder of real reports' standoff; where it is missing, they are not scored.
        sources: The table of those reports.
        reports: Folder that they lie in.
        hours: Wall-clock budget of fine-tuning, earlier sessions of a resumed run included.
    """

    annotations: Path
    model: Path = RELEASED
    corpus: Path = CORPUS_FOLDER
    gold: Path = GOLD_FOLDER
    sources: Path = SOURCES_FILE
    reports: Path = DEFAULT_REPORTS
    config: Path = CONFIG
    hours: float = 0.5
    seed: int = 0
    precision: Precision = Precision.INT8


@dataclass(frozen=True, slots=True)
class _Run:
    """An update under way: what it is made of, and the folder of its steps' results."""

    request: UpdateRequest
    data: UpdateData
    reports: RealReports
    identity: Identity
    id: str
    folder: Path
    stop: Callable[[], bool]

    def check(self) -> None:
        """
        Raises:
            InterruptedUpdate: A signal has come.
        """
        if self.stop():
            raise InterruptedUpdate


def update(request: UpdateRequest, *, say: Callable[[str], None], stop: Callable[[], bool]) -> UpdateRecord:
    """Trains on the annotations, and replaces the model in use if its strict fact F1 did not fall.

    Args:
        request: What is asked for.
        say: Told of each step.
        stop: Asked between the steps, and before each step of training.

    Raises:
        UpdateError, RestoreError: It cannot be done; the model in use is untouched.
        InterruptedUpdate: `stop` said so.
        CorpusError, SplitError, GoldError, SourcesError, OSError: A file cannot be read or written.
    """
    model = ModelFolder(request.model.resolve())
    with model.locked():
        settled = model.settle()
        data = load_update_data(
            request.annotations, request.corpus, request.gold, request.sources, tuple(load_catalogue())
        )
        identity = _identity(request, model.state())
        if settled and replace(identity, model=settled.before.digest) == settled.identity:
            say("an update that had been decided is in place now / 已完成上次中断的替换")
            return settled
        for refusal in data.refused:
            say(f"left out / 未采用: {refusal}")
        run = _begun(request, data, identity, model.run, say, stop)
        release, steps = _trained(run, model.path, say), _steps(run)
        run.check()
        say("comparing with the model in use / 与现用模型比较")
        record = _record(run, model, release, steps)
        run.check()
        if record.replaced:
            card = model.path / CARD
            text = card.read_text(encoding="utf-8") if card.exists() else "# Model card\n"
            (release / CARD).write_text(text + card_section(record), encoding="utf-8")
            write_checksums(release)
            model.replace(release, record)
        else:
            model.append(record)
            remove(model.run)
        return record


def _identity(request: UpdateRequest, model: ModelState) -> Identity:
    corpus = [*text_files(request.corpus), request.corpus / "splits.toml"]
    return Identity(
        model=model.digest,
        annotations=digest_of(text_files(request.annotations)),
        corpus=digest_of(corpus),
        hours=request.hours,
        seed=request.seed,
        precision=request.precision.value,
    )


def _begun(
    request: UpdateRequest,
    data: UpdateData,
    identity: Identity,
    folder: Path,
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> _Run:
    """The unfinished run of the same inputs, or a new one."""
    path = folder / "identity.json"
    number = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    if path.exists():
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["identity"] == asdict(identity):
            number = stored["id"]
            say(f"going on with the run of {number} / 继续未完成的训练")
        else:
            say("an unfinished run of other inputs is dropped / 放弃输入不同的未完成训练")
            remove(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_flushed(path, json.dumps({"id": number, "identity": asdict(identity)}))
    reports = real_reports(request.gold, request.sources, request.reports)
    return _Run(request, data, reports, identity, number, folder, stop)


def _trained(run: _Run, model: Path, say: Callable[[str], None]) -> Path:
    """The new release, made in steps that are each whole or not there."""
    start, release = run.folder / "start", run.folder / "release"
    if not start.exists():
        _restore(model, start)
    if not (run.folder / "trained").exists():
        say(
            f"fine-tuning on {len(run.data.train)} documents, {len(run.data.accepted)} of them annotated ones "
            "/ 开始微调"
        )
        _tune(run, start)
        run.check()
        (run.folder / "trained").touch()
    if not release.exists():
        say("writing and calibrating the release / 导出并校准")
        partial = release.with_suffix(".partial")
        remove(partial)
        # Files that the exporter does not write, such as a linker's, go on with the model.
        shutil.copytree(model, partial)
        export(run.folder / "tuning" / "best", partial, run.request.precision, run.request.corpus)
        partial.rename(release)
    return release


def _restore(model: Path, start: Path) -> None:
    partial = start.with_suffix(".partial")
    remove(partial)
    try:
        tagger, tokenizer = restored(model)
    except RestoreError:
        raise
    except Exception as error:  # onnx and numpy raise types of their own for files that they cannot read
        detail = f"{type(error).__name__}: {error}"[:300]
        raise UpdateError(
            f"{model}: no model that can be trained further: {detail} / 模型无法继续训练"
        ) from error
    save_tagger(tagger, tokenizer, partial)
    partial.rename(start)


def _tune(run: _Run, start: Path) -> None:
    recipe = _gentle(load_recipe(run.request.config))
    torch.manual_seed(run.request.seed)
    model, tokenizer = starting_model(None, start, recipe.heads)
    corpus = corpus_of(
        [training_examples(document) for document in run.data.train],
        [examples_of(document) for document in run.data.development],
    )
    output = run.folder / "tuning"
    output.mkdir(exist_ok=True)
    tuning = Finetuning(recipe, corpus, model, tokenizer, output, run.request.seed)
    tuning.resume()
    with (output / "log.jsonl").open("a", encoding="utf-8") as stream:

        def log(values: dict[str, Any]) -> None:
            print(json.dumps(values, ensure_ascii=False), file=stream, flush=True)

        train(tuning, hours=run.request.hours, log=log, stop=run.stop)


def _gentle(recipe: Recipe) -> Recipe:
    tuning = recipe.tuning
    return replace(
        recipe,
        tuning=replace(
            tuning,
            encoder_learning_rate=_RATE * tuning.encoder_learning_rate,
            head_learning_rate=_RATE * tuning.head_learning_rate,
        ),
    )


def _steps(run: _Run) -> int:
    lines = (run.folder / "tuning" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return int(json.loads(lines[-1])["step"])


def _record(run: _Run, model: ModelFolder, release: Path, steps: int) -> UpdateRecord:
    before, after = reader_of(model.path), reader_of(release)
    scores = [_compared_documents(run, before, after)]
    run.check()
    gold = _compared_reports(run, before, after)
    reason = decide(scores[0], gold)
    known = json.loads((model.path / LABELS).read_text(encoding="utf-8"))["codes"]
    facts = sum(len(document.facts) for document in run.data.accepted)
    return UpdateRecord(
        id=run.id,
        decided=datetime.now(UTC).isoformat(timespec="seconds"),
        identity=run.identity,
        reason=reason,
        corpus_documents=len(run.data.train) - len(run.data.accepted),
        annotated_documents=len(run.data.accepted),
        annotated_facts=facts,
        annotators=run.data.annotators,
        refused=run.data.refused,
        in_place_of=run.data.replaced,
        new_codes=sorted(set(load_catalogue()) - set(known)),
        steps=steps,
        scores=[*scores, *([gold] if gold else [])],
        gold_absent=run.reports.absent,
        before=model.state(),
        after=model_state(release),
        previous=run.id if reason is Reason.DID_NOT_FALL else None,
    )


def _compared_documents(run: _Run, before: ParagraphReader, after: ParagraphReader) -> Compared:
    test = run.data.test
    scores = compared(TEST, score_documents(test, before), score_documents(test, after))
    if scores is None:
        raise UpdateError(f"{run.request.corpus}: the test split has no facts / 测试集中没有标注的事实")
    return scores


def _compared_reports(run: _Run, before: ParagraphReader, after: ParagraphReader) -> Compared | None:
    if not run.reports.at_hand:
        return None
    return compared(GOLD, score_reports(run.reports, before), score_reports(run.reports, after))
