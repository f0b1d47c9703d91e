"""Documents and real reports are scored through the program's own pipeline with any reader."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from annotations.corpus_format import AnnotatedDocument, parse_corpus
from annotations.gold_format import gold_from_document, text_sha256, write_gold
from evaluation.metrics import Counts, Measure
from extraction.narrative.reading import ParagraphReader, Reading
from extraction.pipeline import paragraph_reader
from training.scoring import extracted, real_reports, score_documents, score_reports

CORPUS = """@id qinghe-2021
@body 青禾县行政审批局
## 一、总体情况
{t1:2021年}，我局主动{a1:公开}{i1:政府信息}{n1:128条}，其中{i2:通知公告}{n2:46条}，均按时更新。
: n1 128 条 pub.total i1 a1 t1
: n2 46 条 pub.notice i2 a1 t1 ^n1
"""


class Silent:
    """Finds nothing."""

    settings: ClassVar[Mapping[str, Any]] = {}

    def read(self, paragraphs: list[str]) -> list[Reading]:
        return [Reading([], [], [], []) for _ in paragraphs]


@pytest.fixture
def document() -> AnnotatedDocument:
    (parsed,) = parse_corpus(CORPUS.splitlines())
    return parsed


@pytest.mark.parametrize(
    ("reader", "counts"), [(paragraph_reader(False), Counts(2, 0, 0)), (Silent(), Counts(0, 0, 2))]
)
def test_the_readers_facts_are_scored(
    document: AnnotatedDocument, reader: ParagraphReader, counts: Counts
) -> None:
    assert score_documents([document], reader).score.total(Measure.FACT) == counts


def test_a_text_that_is_no_report_counts_as_missed(document: AnnotatedDocument) -> None:
    (other,) = parse_corpus("@id x\n{a1:发}{n1:1条}\n: n1 1 条 - a1\n".splitlines())
    evaluation = score_documents([document, other], paragraph_reader(False))
    assert evaluation.by_report(Measure.FACT)["x"] == Counts(0, 0, 1)
    assert evaluation.results[1].note == "failed"
    assert extracted(other, Silent()).source.path == "x.txt"


def test_real_reports_are_scored_where_they_are_at_hand(document: AnnotatedDocument, tmp_path: Path) -> None:
    reports, gold = tmp_path / "reports", tmp_path / "gold"
    reports.mkdir()
    gold.mkdir()
    (reports / "2021.txt").write_text(document.text, encoding="utf-8", newline="\n")
    digest = hashlib.sha256((reports / "2021.txt").read_bytes()).hexdigest()
    sources = tmp_path / "sources.toml"
    entry = '[[report]]\nid = "{}"\npublisher = "某局"\nfile = "{}"\nsha256 = "{}"\nsha256_text = "{}"\nexternal = true\n'
    text = text_sha256(document.text)
    sources.write_text(
        entry.format("here", "2021.txt", digest, text) + entry.format("gone", "2020.txt", digest, text),
        encoding="utf-8",
    )
    for name in ("here", "gone", "unlisted"):
        document.meta["id"] = name
        write_gold(gold_from_document(document), gold)
    found = real_reports(gold, sources, reports)
    assert sorted(found.absent) == ["gone", "unlisted"]
    evaluation = score_reports(found, paragraph_reader(False))
    assert evaluation.by_report(Measure.FACT) == {"here": Counts(2, 0, 0)}
    assert score_reports(found, Silent()).score.total(Measure.FACT) == Counts(0, 0, 2)


def test_without_gold_there_are_no_real_reports(tmp_path: Path) -> None:
    found = real_reports(tmp_path / "nowhere", tmp_path / "sources.toml", tmp_path)
    assert (found.at_hand, found.absent) == ([], [])
