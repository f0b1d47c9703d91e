"""How well a model's folder reads annotated documents and real reports, through the program's own pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from annotations.corpus_format import AnnotatedDocument
from annotations.gold_format import GoldReport, load_gold, text_sha256
from annotations.sources import ReportSource, SourceState, file_state, load_sources
from evaluation.gold_reader import report_from_document, report_from_gold
from evaluation.model import ScoredReport
from evaluation.prediction_reader import Predictions
from evaluation.run import Evaluation, evaluate
from extraction.document import Document
from extraction.errors import ReadError
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder
from extraction.narrative.learned_linker import linker_of
from extraction.narrative.reading import ModelReader, ParagraphReader
from extraction.pipeline import extract_document
from extraction.readers import text as text_reader
from extraction.readers.dispatch import read_document
from extraction.report import FailedReport, Report, Source
from models.runtime import ModelTagger


@dataclass(frozen=True, slots=True)
class RealReports:
    """Standoff gold with the sources of its reports; `absent` names those whose file is not at hand."""

    at_hand: list[tuple[GoldReport, ReportSource]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    folder: Path = Path()


def reader_of(folder: Path, *, threads: int | None = None) -> ParagraphReader:
    """What reads paragraphs with the model of a folder; its linker where it has one, else the released one.

    Raises:
        FileNotFoundError: The folder holds no model.
        ValueError: It is another program's or version's.
    """
    return ModelReader(ModelTagger(folder, threads=threads), CatalogueCoder(load_catalogue()), linker_of(folder))


def real_reports(gold: Path, sources: Path, reports: Path) -> RealReports:
    """The gold whose reports can be read; nothing where there is no gold, as in an installed package.

    Args:
        gold: Folder of the standoff.
        sources: The table that names each report's file.
        reports: Folder of the reports outside the repository.

    Raises:
        GoldError, SourcesError: A file is out of format.
    """
    if not gold.is_dir():
        return RealReports()
    named = {source.id: source for source in load_sources(sources)}
    found = RealReports(folder=reports)
    for annotation in load_gold([gold]):
        source = named.get(annotation.id)
        if source is not None and file_state(source, reports) is SourceState.AT_HAND:
            found.at_hand.append((annotation, source))
        else:
            found.absent.append(annotation.id)
    return found


def extracted(document: AnnotatedDocument, reader: ParagraphReader) -> Report | FailedReport:
    """A document's text read as any text file would be."""
    source = Source(f"{document.id}.txt", "text", text_sha256(document.text))
    try:
        read = text_reader.read(document.text.encode(), source.path)
    except ReadError as error:
        return FailedReport(source, error)
    return _extracted(read, source, reader)


def score_documents(documents: Sequence[AnnotatedDocument], reader: ParagraphReader) -> Evaluation:
    """A reader's facts against those of annotated documents."""
    predictions = Predictions()
    for document in documents:
        predictions.add(extracted(document, reader).to_dict())
    gold = [report_from_document(document) for document in documents]
    return evaluate(gold, predictions.reports, predictions.failures)


def score_reports(reports: RealReports, reader: ParagraphReader) -> Evaluation:
    """A reader's facts against the gold of the real reports at hand."""
    predictions, gold = Predictions(), list[ScoredReport]()
    for annotation, source in reports.at_hand:
        path = source.path(reports.folder)
        report = _extracted(
            read_document(path.read_bytes(), path.name), Source(str(path), None, source.sha256), reader
        )
        # Under its gold's name, which need not be its file's stem.
        named = replace(report, source=replace(report.source, path=f"{source.id}{path.suffix}"))
        predictions.add(named.to_dict())
        text = report.text if isinstance(report, Report) else None
        is_same = text is not None and text_sha256(text) == annotation.sha256_text
        gold.append(report_from_gold(annotation, text if is_same else None))
    return evaluate(gold, predictions.reports, predictions.failures)


def _extracted(document: Document, source: Source, reader: ParagraphReader) -> Report | FailedReport:
    try:
        return extract_document(document, source, reader=reader)
    except ReadError as error:
        return FailedReport(source, error)
