"""The line format, Label Studio's JSON and `datasets` hold the same documents."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.corpus_format import (
    AnnotatedDocument,
    CorpusError,
    dump_document,
    load_corpus,
    parse_corpus,
)
from annotations.datasets_format import from_dataset, from_row, to_dataset, to_row
from annotations.label_studio.documents import to_task
from annotations.label_studio.errors import LabelStudioError
from annotations.label_studio.reading import from_task
from models.labels import VALUE_LABELS

CORPUS = Path(__file__).parents[2] / "annotations" / "corpus"
SAMPLE = r"""@id qinghe-2021
@body 青禾县行政审批局
@level county
@sector 行政审批
@year 2021
## 一、总体情况
{t1:2021年}😀，{s1:全区}在{h1:省政务服务网}{a1:发布}{i1:事项}{n1:5\n21项}，其中{i2:即办件}{n2:120项}，{i3:办结率}、{i4:满意率}均为{p1:100%}。
: n1 521 项 svc.items i1 a1 s1 t1 h1
: n2 120 项 svc.immediate_items i2 a1 s1 t1 h1 ^n1
: p1 100 % pub.response_rate i3 s1 t1
: p1 100 % - i4 s1 t1 ^p1
| 行政许可	37957
文字\{括号\}和\\反斜线，{z1:未收取}{i1:处理费}，约{m1:近3万元}。
: z1 0 - app.fee i1
: m1 30000 元 - i1 ^-1.n1 ~近
"""


def sample() -> AnnotatedDocument:
    return next(parse_corpus(SAMPLE.splitlines()))


def sorted_spans(document: AnnotatedDocument) -> AnnotatedDocument:
    assert document.spans == sorted(document.spans, key=lambda span: span.start)
    return document


def test_the_line_format_means_what_it_says() -> None:
    document = sample()
    first, _, third, fourth, zero, money = document.facts
    assert document.quote(first.value_span) == "5\n21项"
    assert (first.value, first.code, document.quote(first.channel)) == (521, "svc.items", "省政务服务网")
    assert third.value_span == fourth.value_span
    assert fourth.parent == 2
    assert document.text[document.spans[zero.value_span].start :].startswith("未收取处理费")
    assert (money.parent, money.approximate, money.value) == (0, "近", Decimal(30000))
    assert "文字{括号}和\\反斜线" in document.text


def test_every_format_gives_the_document_back() -> None:
    document = sorted_spans(sample())
    assert next(parse_corpus(dump_document(document).splitlines())) == document
    assert from_row(to_row(document)) == document
    assert from_task(to_task(document)) == document


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt"))[::5], ids=lambda path: path.stem)
def test_the_corpus_survives_every_format(path: Path) -> None:
    for document in load_corpus(path):
        assert next(parse_corpus(dump_document(document).splitlines())) == document
        assert from_row(to_row(document)) == document
        assert from_task(to_task(document)) == document


def test_datasets_give_the_documents_back() -> None:
    documents = [sample(), *load_corpus(sorted(CORPUS.glob("*.txt"))[0])[:3]]
    assert from_dataset(to_dataset(documents)) == documents


def test_a_region_that_does_not_quote_its_text_is_refused() -> None:
    task = to_task(sample())
    broken = copy.deepcopy(task)
    broken["annotations"][0]["result"][0]["value"]["start"] += 1
    with pytest.raises(LabelStudioError, match="quotes"):
        from_task(broken)
    with pytest.raises(LabelStudioError, match="no task of ours"):
        from_task({"data": {}})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{n1:40条}{n1:3条}", "twice"),
        ("{n1:40{i1:条}}", "inside"),
        ("{n1:40条", "not closed"),
        ("{x1:40条}", "is not"),
        ("{n1: 40条}", "blanks"),
        ("{n1:}", "blanks"),
    ],
)
def test_markup_out_of_format_names_its_line(line: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message) as caught:
        list(parse_corpus(["@id x", "@body y", line], "some.txt"))
    assert "some.txt:3" in str(caught.value)


@pytest.mark.parametrize("fact", [": n1 4x 条 -", ": n2 40 条 -", ": n1 40 条 - i9", ": n1 40", ": n1 40 条 - ^n7"])
def test_fact_lines_out_of_format_are_refused(fact: str) -> None:
    with pytest.raises(CorpusError):
        list(parse_corpus(["@id x", "@body y", "{i1:公告}{n1:40条}", fact]))


@settings(max_examples=30)
@given(st.text(alphabet="公告40条{}\\\n\t|#:@。", min_size=1, max_size=30))
def test_any_paragraph_text_survives_the_line_format(text: str) -> None:
    if not text.strip() or text != text.strip() or text[0] in "@|#:":
        return
    document = sample()
    plain = AnnotatedDocument(document.meta, text, [type(document.blocks[0])("paragraph", 0, len(text))])
    assert next(parse_corpus(dump_document(plain).split("\n"))).text == text


def test_value_labels_are_the_guide_s() -> None:
    assert {"COUNT", "PERCENT", "MONEY", "ZERO"} == VALUE_LABELS
