"""What `nianbao evaluate` scores against, and the project's own extraction of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from annotations.corpus_format import AnnotatedDocument, load_corpus
from annotations.gold_format import GOLD_FOLDER, GoldError, GoldReport, load_gold, text_sha256
from annotations.sources import ReportSource, SourceState, file_state, load_sources
from annotations.splits import Split, load_split
from evaluation.gold_reader import report_from_document, report_from_gold
from evaluation.model import ScoredReport
from evaluation.prediction_reader import Predictions
from extraction.errors import ReadError
from extraction.pipeline import extract_document, extract_file, paragraph_reader
from extraction.readers import text as text_reader
from extraction.report import FailedReport, Report, Source


@dataclass(slots=True)
class Gold:
    """Annotations: standoff of reports whose text is elsewhere, and documents that bring their text."""

    standoff: list[GoldReport] = field(default_factory=list)
    documents: list[AnnotatedDocument] = field(default_factory=list)

    def reports(self, predictions: Predictions) -> list[ScoredReport]:
        """What is scored; the standoff's words are quoted from predictions of the same text."""
        texts = {report.sha256_text: report.text for report in predictions.reports}
        standoff = [report_from_gold(gold, texts.get(gold.sha256_text)) for gold in self.standoff]
        return [*standoff, *map(report_from_document, self.documents)]


def load_all_gold(paths: Sequence[Path], split: Split | None) -> Gold:
    """The gold of the paths (standoff `*.json`, corpus `*.txt`, or folders of either) and of a corpus split.

    Without paths and split it is the project's own `annotations/gold/`.

    Raises:
        GoldError, CorpusError, SplitError: Where a file is out of format, or there is no gold at all.
        OSError: Where a file cannot be read.
    """
    if not paths and split is None:
        paths = [GOLD_FOLDER]
    gold = Gold()
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    gold.standoff = load_gold([file for file in files if file.suffix == ".json"])
    for file in files:
        if file.suffix == ".txt":
            gold.documents.extend(load_corpus(file))
    if split is not None:
        gold.documents.extend(load_split(split))
    if not gold.standoff and not gold.documents:
        raise GoldError(f"no gold in {', '.join(map(str, paths)) or split}: standoff is *.json, a corpus *.txt")
    ids = [report.id for report in gold.standoff] + [document.id for document in gold.documents]
    if len(set(ids)) < len(ids):
        raise GoldError(f"{max(ids, key=ids.count)} is annotated twice")
    return gold


@dataclass(slots=True)
class OwnRun:
    """The project's own extraction of the gold's reports; `absent` are those that could not be scored."""

    gold: Gold
    predictions: Predictions
    absent: dict[str, SourceState | None]


def run_extraction(gold: Gold, reports: Path, *, use_model: bool = True) -> OwnRun:
    """Extracts every report of the gold that is at hand.

    Args:
        gold: The annotations.
        reports: The folder of the reports outside the repository.
        use_model: Whether the released model reads the running text.

    Raises:
        SourcesError: Where `annotations/sources.toml` is out of format.
    """
    sources = {source.id: source for source in load_sources()} if gold.standoff else {}
    predictions, absent, at_hand = Predictions(), {}, Gold(documents=gold.documents)
    for annotation in gold.standoff:
        source = sources.get(annotation.id)
        state = file_state(source, reports) if source else None
        if source is None or state is not SourceState.AT_HAND:
            absent[annotation.id] = state
            continue
        at_hand.standoff.append(annotation)
        predictions.add(_named(extract_file(source.path(reports), use_model=use_model), source).to_dict())
    for document in gold.documents:
        predictions.add(_extract_text(document, use_model).to_dict())
    return OwnRun(at_hand, predictions, absent)


def _named(report: Report | FailedReport, source: ReportSource) -> Report | FailedReport:
    """The report under its gold's name, which need not be its file's stem."""
    return replace(report, source=replace(report.source, path=f"{source.id}{Path(source.file).suffix}"))


def _extract_text(document: AnnotatedDocument, use_model: bool) -> Report | FailedReport:
    source = Source(f"{document.id}.txt", "text", text_sha256(document.text))
    try:
        return extract_document(
            text_reader.read(document.text.encode(), source.path), source, reader=paragraph_reader(use_model)
        )
    except ReadError as error:
        return FailedReport(source, error)
