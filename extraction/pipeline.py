"""One report from bytes to its extraction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from extraction.checks.agreement import supports
from extraction.checks.findings import Finding
from extraction.checks.run import run_checks
from extraction.confidence import Calibration, corrected_confidences
from extraction.document import Document, Span
from extraction.errors import ErrorCode, ReadError
from extraction.forms.extract import extract_forms
from extraction.forms.model import Form
from extraction.metadata import find_metadata
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder
from extraction.narrative.extract import extract_facts
from extraction.narrative.model import Fact
from extraction.narrative.reading import ModelReader, ParagraphReader, RuleReader
from extraction.narrative.rule_tagger import RuleTagger
from extraction.readers.dispatch import read_document
from extraction.report import FailedReport, Report, Source
from extraction.sections import Section, find_sections
from models.labels import LabelledSpan
from models.runtime import GRAPH, RELEASED, ModelTagger

MAX_BYTES = 256 * 1024 * 1024
_FEWEST_CHARACTERS = 40
_PUBLIC_WORDS = re.compile(
    "公开|政务|政府|行政|机关|事项|办理|办结|申请|群众|提案|代表建议|政策|解读|监管|执法|许可|处罚|公众号|网站|全区|全县"
    "|全市|全省|全镇|条例|规范性文件|窗口|留言|信访|热线|培训|居民|村民|投诉|企业|答复|通知公告|审批|检查"
    "|信息|服务|工作|全年|本年|上年|同比|单位|受理|新增|公示|群众|累计|发放|运营"
)
_FIGURE = re.compile(r"\d\s*[\u4e00-\u9fff%％]|百分之")


class RunningTextReading(NamedTuple):
    """What a reader makes of a report's running text."""

    facts: list[Fact]
    spans: list[LabelledSpan]
    findings: list[Finding]


def extract_document(document: Document, source: Source, *, reader: ParagraphReader) -> Report:
    """Sections, metadata, forms, facts and findings of a document.

    Args:
        document: What a format's reader made of the file.
        source: The file.
        reader: Finds the facts; `paragraph_reader` gives the one that is released, or the rules.

    Raises:
        ReadError: `not_a_report` where none of a report's marks are found.
    """
    forms = extract_forms(document)
    regions = [region for form in forms for region in form.regions]
    sections = find_sections(document, regions)
    if not _bears_marks(document, sections, forms):
        raise ReadError(ErrorCode.NOT_A_REPORT, source.path)
    metadata = find_metadata(document, sections, regions)
    forms = _with_plain_years(forms)
    told = read_running_text(document, sections, forms, metadata.year, reader)
    return Report(
        source=replace(source, format=document.format, pages=document.pages),
        metadata=metadata,
        edition=_edition(forms),
        sections=sections,
        forms=forms,
        findings=told.findings,
        text=document.text,
        facts=told.facts,
        spans=told.spans,
    )


def read_running_text(
    document: Document, sections: Sequence[Section], forms: Sequence[Form], year: int | None, reader: ParagraphReader
) -> RunningTextReading:
    """The facts of the running text outside the forms, their confidence corrected, and the findings of all checks."""
    regions = [region for form in forms for region in form.regions]
    facts, spans = extract_facts(document, sections, regions, reader)
    support = supports(facts, forms, year)
    findings = run_checks(document, forms, sections, facts, support, year)
    calibration = Calibration.of_settings(reader.settings)
    told = [
        replace(fact, confidence=fact.confidence * document.certainty(Span(fact.start, fact.end)))
        for fact in corrected_confidences(facts, support, calibration)
    ]
    return RunningTextReading(told, spans, findings)


@cache
def paragraph_reader(use_model: bool) -> ParagraphReader:
    """What finds facts in paragraphs: the released model if it is wanted and there is one, else the rules."""
    coder = CatalogueCoder(load_catalogue())
    if use_model and (RELEASED / GRAPH).exists():
        return ModelReader(ModelTagger(), coder)
    return RuleReader(RuleTagger(), coder)


def extract_bytes(data: bytes, name: str, *, use_model: bool = True) -> Report | FailedReport:
    """Extracts a report from a file's bytes; failures become a `FailedReport`, never an exception."""
    source = Source(name, None, hashlib.sha256(data).hexdigest())
    try:
        return extract_document(read_document(data, name), source, reader=paragraph_reader(use_model))
    except ReadError as error:
        return FailedReport(source, error)
    except (RecursionError, MemoryError, ValueError, LookupError, ArithmeticError) as error:
        detail = f"{type(error).__name__}: {error}"[:200]
        return FailedReport(source, ReadError(ErrorCode.INTERNAL, name, detail))


def extract_file(path: Path, *, use_model: bool = True) -> Report | FailedReport:
    """Extracts a report from a file; a missing or oversized file becomes a `FailedReport`."""
    source = Source(str(path), None, None)
    try:
        if path.stat().st_size > MAX_BYTES:
            return FailedReport(source, ReadError(ErrorCode.TOO_LARGE, str(path), f"{path.stat().st_size} bytes"))
        data = path.read_bytes()
    except OSError as error:
        return FailedReport(source, ReadError(ErrorCode.NOT_FOUND, str(path), error.strerror or ""))
    return extract_bytes(data, str(path), use_model=use_model)


def _bears_marks(document: Document, sections: Sequence[Section], forms: Sequence[Form]) -> bool:
    """Whether anything shows that this is a disclosure report or an excerpt of one.

    A form or a report's section is proof. Else there must be prose with figures in the words of public
    administration, which an index, a login page or another kind of text lacks.
    """
    text = re.sub(r"\s+", "", document.text[:200_000])
    if forms:
        return True
    if len(text) < _FEWEST_CHARACTERS:
        return False
    if len({section.kind for section in sections} - {"front"}) >= 2:
        return True
    words = len(set(_PUBLIC_WORDS.findall(text)))
    figures = len(_FIGURE.findall(text))
    sentences = len(re.findall(r"[。；]|(?<=[\u4e00-\u9fff])[.;,]", text))
    return sentences >= 1 and figures >= 2 and words >= (2 if "公开" in text else 3)


def _edition(forms: Sequence[Form]) -> str | None:
    requests = next((form.edition for form in forms if form.form == "requests"), None)
    return requests or (forms[0].edition if forms else None)


def _with_plain_years(forms: Sequence[Form]) -> list[Form]:
    """Keeps a form's printed year only where the same form is printed more than once."""
    kinds = [form.form for form in forms]
    return [form if kinds.count(form.form) > 1 else replace(form, year=None) for form in forms]
