"""The learner of the simulated loop: the project's own fine-tuning, calibration and reading, in small."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from annotations.corpus_format import AnnotatedDocument
from annotations.selection import uncertainty
from evaluation.gold_reader import report_from_document
from evaluation.metrics import Counts, Measure
from evaluation.prediction_reader import parse_prediction
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder
from extraction.narrative.linker import RuleLinker
from extraction.narrative.reading import ModelReader, ParagraphReader
from extraction.report import Report
from models.encoder import EncoderConfig, MaskedLanguageModel, save_bert
from models.labels import TAGS
from models.runtime import LABELS, ModelTagger
from models.tagger import Tagger
from models.tokenizer import CharTokenizer, build_vocabulary
from training.calibrate import calibrated, write_settings
from training.finetune import Finetuning, Recipe, corpus_of, training_examples
from training.loop_simulation import ReadDocument, to_correct
from training.onnx_graph import Precision, write_graph
from training.recode import starting_model
from training.scoring import extracted, score_documents

_SAVE_STEPS = 50


class StoppedSimulation(Exception):
    """A signal came; the same command goes on from here."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model by the folder of its release, and what reads with it."""

    folder: Path
    reader: ParagraphReader


@dataclass
class TaggerLearner:
    """Fine-tunes the same encoder with the same seed for the same number of steps each time.

    Args:
        recipe: Of fine-tuning.
        encoder: Folder of the encoder that every model starts from.
        steps: Updates of each fine-tuning, so that a busy machine changes nothing but the time.
        folder: A folder for each model; what is there already is not computed again.
        calibration: Documents that temperatures and confidences are fitted on.
        development: Documents that models are scored on.
        stop: Asked before each step.
    """

    recipe: Recipe
    encoder: Path
    steps: int
    seed: int
    folder: Path
    calibration: Sequence[AnnotatedDocument]
    development: Sequence[AnnotatedDocument]
    stop: Callable[[], bool] = field(default=lambda: False)

    def learn(self, name: str, documents: Sequence[AnnotatedDocument]) -> Trained:
        """
        Raises:
            StoppedSimulation: `stop` said so; the checkpoint is written.
        """
        folder = self.folder / name
        released = folder / "release"
        if not released.exists():
            folder.mkdir(parents=True, exist_ok=True)
            model, tokenizer = self._tuned(folder, documents)
            partial = folder / "partial"
            shutil.rmtree(partial, ignore_errors=True)
            self._write(model, tokenizer, partial)
            partial.rename(released)
            (folder / "checkpoint.pt").unlink()
        return Trained(released, _reader(released))

    def read(self, model: Trained, document: AnnotatedDocument) -> ReadDocument:
        """The doubt about a document's facts, and how many of them are to be corrected."""
        report = extracted(document, model.reader)
        gold = report_from_document(document).facts or ()
        if not isinstance(report, Report):
            return ReadDocument(0.0, to_correct(gold, ()))
        predicted = parse_prediction(report.to_dict()).facts or ()
        return ReadDocument(
            uncertainty([fact.confidence for fact in report.facts]), to_correct(gold, predicted)
        )

    def score(self, model: Trained) -> dict[str, Counts]:
        """The strict facts of each development document."""
        return score_documents(self.development, model.reader).by_report(Measure.FACT)

    def _tuned(self, folder: Path, documents: Sequence[AnnotatedDocument]) -> tuple[Tagger, CharTokenizer]:
        torch.manual_seed(self.seed)
        model, tokenizer = starting_model(str(self.encoder), None, self.recipe.heads)
        corpus = corpus_of([training_examples(document) for document in documents], [])
        run = Finetuning(self.recipe, corpus, model, tokenizer, folder, self.seed)
        run.resume()
        while run.position.step < self.steps:
            if self.stop():
                run.save()
                raise StoppedSimulation
            run.step(run.position.step / self.steps)
            if run.position.step % _SAVE_STEPS == 0:
                run.save()
        run.save()
        # The last average, not the best on the development documents: these are what is scored.
        model.load_state_dict(run.averaged)
        return model.eval(), tokenizer

    def _write(self, model: Tagger, tokenizer: CharTokenizer, folder: Path) -> None:
        write_graph(model, folder, Precision.FP32)
        tokenizer.save(folder)
        labels = {"tags": TAGS, "codes": model.codes, "settings": {}}
        (folder / LABELS).write_text(json.dumps(labels), encoding="utf-8")
        write_settings(folder, calibrated(folder, self.calibration, RuleLinker()))


def _reader(folder: Path) -> ParagraphReader:
    """Links by rules: the trained linker has learnt from the whole corpus."""
    return ModelReader(ModelTagger(folder), CatalogueCoder(load_catalogue()), RuleLinker())


def encoder_from_nothing(folder: Path, *, layers: int, width: int, seed: int) -> None:
    """Writes an encoder that has read nothing, so that no label can have got into it."""
    torch.manual_seed(seed)
    tokenizer = CharTokenizer(build_vocabulary({}, min_count=1))
    config = EncoderConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        n_layers=layers,
        n_heads=max(1, width // 64),
        ffn_size=4 * width,
    )
    save_bert(MaskedLanguageModel(config), folder)
    tokenizer.save(folder)
