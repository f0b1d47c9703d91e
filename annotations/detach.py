"""`python -m annotations.detach FILE…`: the standoff of line-format files that `join` wrote and a person edited.

The narrative's spans and facts (and, where the gold has none yet, the sections) go to
`annotations/gold/<id>.json`; cells that are there already stay.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from annotations.checker import REQUIRED_META, catalogue_codes, check_document
from annotations.corpus_format import AnnotatedDocument, CorpusError, load_corpus
from annotations.gold_format import (
    GOLD_FOLDER,
    GoldError,
    GoldReport,
    GoldSection,
    gold_from_document,
    read_gold,
    text_sha256,
    write_gold,
)
from annotations.sources import DEFAULT_REPORTS, ReportSource, load_sources
from extraction.errors import ReadError
from extraction.pipeline import extract_bytes
from extraction.report import FailedReport


def detach(document: AnnotatedDocument, source: ReportSource, reports: Path, known: GoldReport | None) -> GoldReport:
    """The standoff of one edited document, with the cells and sections that are known.

    Raises:
        GoldError: Where the editing changed the text.
        ReadError: Where the report cannot be read.
        OSError: Where its file is not at hand.
    """
    path = source.path(reports)
    report = extract_bytes(path.read_bytes(), path.name)
    if isinstance(report, FailedReport):
        raise report.error
    if text_sha256(document.text) != text_sha256(report.text):
        at = next(
            (n for n, (a, b) in enumerate(zip(document.text, report.text, strict=False)) if a != b),
            min(len(document.text), len(report.text)),
        )
        raise GoldError(
            f"{document.id}: the text is not the report's any more; at character {at} there is "
            f"{document.text[at : at + 12]!r} for {report.text[at : at + 12]!r}"
        )
    found = [GoldSection(section.kind, section.start, section.end) for section in report.sections]
    detached = gold_from_document(document, sections=found)
    if known is None:
        return detached
    return replace(detached, cells=known.cells, sections=known.sections or detached.sections)


def main(arguments: list[str]) -> int:
    """Checks and detaches each file; status 1 where one was refused."""
    parser = argparse.ArgumentParser(prog="python -m annotations.detach", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--reports", type=Path, default=DEFAULT_REPORTS, help="where the real reports lie")
    parser.add_argument("--gold", type=Path, default=GOLD_FOLDER, help="the folder to write to")
    options = parser.parse_args(arguments)
    sources = {source.id: source for source in load_sources()}
    codes = catalogue_codes()
    failures = 0
    for file in options.files:
        try:
            for document in load_corpus(file):
                failures += not _detach_one(document, sources, codes, options.reports, options.gold)
        except (CorpusError, GoldError, ReadError, OSError) as error:
            failures += 1
            print(f"{file.name}: {error}")
    return 1 if failures else 0


def _detach_one(
    document: AnnotatedDocument,
    sources: dict[str, ReportSource],
    codes: frozenset[str],
    reports: Path,
    folder: Path,
) -> bool:
    if document.id not in sources:
        raise GoldError(f"{document.id} is not in sources.toml")
    # sources.toml has what the checker asks of a corpus document's head.
    checked = replace(document, meta=dict.fromkeys(REQUIRED_META, "-") | document.meta)
    problems = list(check_document(checked, codes))
    for problem in problems:
        print(problem)
    if problems:
        return False
    path = folder / f"{document.id}.json"
    known = read_gold(path) if path.exists() else None
    gold = detach(document, sources[document.id], reports, known)
    write_gold(gold, folder)
    print(f"{document.id}: {len(document.facts)} facts written to {path.name}")
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
