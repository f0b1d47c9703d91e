"""Examples keep their spans through packing, cutting and every kind of augmentation."""

from __future__ import annotations

import re
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.corpus_format import parse_corpus
from models.labels import TAGS, LabelledSpan
from models.tagger import RANGES
from models.tokenizer import CharTokenizer, build_vocabulary
from models.windows import MAX_WINDOW
from training.augmentation import AugmentationConfig, SpanBank, augmented, renamed
from training.example_edits import Edit, apply_edits
from training.tagger_data import IGNORED, BatchMaker, windows_of
from training.tagger_examples import Example, ExampleDocument, cut, examples_of, fraction_of

CORPUS = """
@id qinghe-2021
@body 青禾县行政审批局
## 一、总体情况
{t1:2021年}，青禾县在{h1:门户网站}{a1:公开}{i1:政府信息}{n1:1,286条}，其中{i2:通知公告}{n2:46条}，{i3:按期办结率}{p1:99.5%}。
: n1 1286 条 pub.total i1 a1 h1 t1
: n2 46 条 pub.notice i2 a1 h1 t1 ^n1
: p1 99.5 % - i3 t1
{z1:未}{a1:收取}{i1:费用}，退回{m1:3.5万元}。
: z1 0 - fee.amount i1 a1
: m1 35000 元 fee.amount a1
| 行政许可	37957
"""
CODES = ("pub.total", "pub.notice", "fee.amount")
ALWAYS = AugmentationConfig(**{f.name: 1.0 for f in fields(AugmentationConfig)})


@pytest.fixture(scope="module")
def document() -> ExampleDocument:
    (parsed,) = parse_corpus(CORPUS.splitlines())
    return examples_of(parsed, kinds=("paragraph", "heading", "table"))


@pytest.fixture(scope="module")
def maker() -> BatchMaker:
    return BatchMaker(CharTokenizer(build_vocabulary({}, min_count=1)), CODES, 600)


def quotes(example: Example) -> list[tuple[str, str]]:
    return [(example.text[s.start : s.end], s.label) for s in example.spans]


def test_blocks_become_examples_with_their_facts(document: ExampleDocument) -> None:
    heading, first, second, table = document.paragraphs
    assert (heading.text, table.spans) == ("一、总体情况", ())
    assert quotes(first)[3:6] == [("政府信息", "ITEM"), ("1,286条", "COUNT"), ("通知公告", "ITEM")]
    part = first.facts[1]
    assert part.code == "pub.notice"
    assert part.parent_item is not None
    assert quotes(first)[part.parent_item] == ("政府信息", "ITEM")
    assert quotes(second)[second.facts[0].value] == ("未", "ZERO")


def test_windows_join_neighbours_and_keep_spans(document: ExampleDocument) -> None:
    (window,) = windows_of(document.paragraphs)
    assert quotes(window) == [q for p in document.paragraphs for q in quotes(p)]
    assert [f.code for f in window.facts] == [f.code for p in document.paragraphs for f in p.facts]
    assert quotes(window)[window.facts[3].value] == ("未", "ZERO")


def test_a_cut_drops_facts_without_their_value_and_links_without_their_span(document: ExampleDocument) -> None:
    first = document.paragraphs[1]
    start = first.text.index("政府信息") + 2
    part = cut(first, start, len(first.text))
    assert quotes(part)[0] == ("信息", "ITEM")
    assert [f.code for f in part.facts] == ["pub.total", "pub.notice", None]
    assert part.facts[1].action is None
    assert cut(first, 0, first.text.index("46条") + 1).facts == first.facts[:1]


def test_long_paragraphs_are_read_in_overlapping_windows() -> None:
    text = "公开信息12条，" * 100
    spans = tuple(LabelledSpan(n * 8 + 4, n * 8 + 7, "COUNT") for n in range(100))
    windows = windows_of([Example(text, spans)])
    assert all(len(window.text) <= MAX_WINDOW for window in windows)
    assert sum(len(w.text) for w in windows) > len(text)
    assert all("12条".endswith(quote) or "12条".startswith(quote) for w in windows for quote, _ in quotes(w))


@given(st.integers(0, 10_000))
def test_augmentation_keeps_spans_exact(document: ExampleDocument, seed: int) -> None:
    rng = np.random.default_rng(seed)
    bank = SpanBank([document], {"pub.notice": ("公告公示", "通知")})
    for example in document.paragraphs:
        variant = augmented(example, bank, ALWAYS, rng)
        assert [s.label for s in variant.spans] == [s.label for s in example.spans]
        assert variant.facts == example.facts
        ends = [0, *(end for span in variant.spans for end in span[:2]), len(variant.text)]
        assert ends == sorted(ends)
        for quote, label in quotes(variant):
            assert quote == quote.strip()
            exact = re.sub("(?:以上|以内|左右)$", "", "".join(quote.split()))
            if label == "COUNT":
                assert exact[-1] == "条"
            if label == "MONEY":
                assert exact[-1] == "元"


def test_edits_never_cross_an_edge_and_insertions_stay_outside() -> None:
    example = Example("收到12件。", (LabelledSpan(2, 5, "COUNT"),))
    changed = apply_edits(example, [Edit(1, 3, "X"), Edit(2, 2, " "), Edit(2, 4, "3,456"), Edit(5, 5, "余"), Edit(5, 6, ".")])
    assert changed.text == "收到 3,456件余."
    assert quotes(changed) == [("3,456件", "COUNT")]
    assert apply_edits(example, [Edit(1, 4, "")]) == example


def test_items_are_swapped_for_others_of_their_code(document: ExampleDocument) -> None:
    bank = SpanBank([document], {"pub.notice": ("公告公示",)})
    found = set()
    for seed in range(40):
        edits = bank.edits(document.paragraphs[1], 1.0, np.random.default_rng(seed))
        found |= {edit.text for edit in edits}
    assert {"公告公示", "通知公告"} <= found
    assert not found & {"门户网站", "2021年"}


def test_scopes_and_periods_are_swapped_for_any_others(document: ExampleDocument) -> None:
    text = "全镇截至9月底收到申请3件"
    spans = (LabelledSpan(0, 2, "SCOPE"), LabelledSpan(2, 7, "PERIOD"), LabelledSpan(11, 13, "COUNT"))
    other = ExampleDocument("b", "", (Example(text, spans), Example("我局公开5条", (LabelledSpan(0, 2, "SCOPE"),))))
    bank = SpanBank([document, other], {})
    example = other.paragraphs[0]
    variants = [apply_edits(example, bank.governing_edits(example, 1.0, np.random.default_rng(n))) for n in range(40)]
    assert {quotes(v)[0] for v in variants} == {("全镇", "SCOPE"), ("我局", "SCOPE")}
    assert {quotes(v)[1] for v in variants} == {("截至9月底", "PERIOD"), ("2021年", "PERIOD")}
    assert {quotes(v)[2] for v in variants} == {("3件", "COUNT")}
    assert not bank.governing_edits(example, 0.0, np.random.default_rng(1))


def test_a_place_is_renamed_throughout(document: ExampleDocument) -> None:
    other = renamed(document, np.random.default_rng(0))
    assert "青禾" not in other.paragraphs[1].text
    assert quotes(other.paragraphs[1]) == quotes(document.paragraphs[1])


def test_arrays_line_up_with_the_text(document: ExampleDocument, maker: BatchMaker) -> None:
    batch = maker.arrays(document.paragraphs)
    first = document.paragraphs[1]
    assert batch.ids.shape == batch.tags.shape == (4, 64)
    assert batch.mask.sum(1).tolist() == [len(p.text) + 2 for p in document.paragraphs]
    span = first.spans[4]
    tags = [TAGS[t] for t in batch.tags[1, span.start + 1 : span.end + 1]]
    assert tags == ["B-COUNT"] + ["I-COUNT"] * (len(tags) - 1)
    assert (batch.tags[:, 0] == IGNORED).all()
    assert batch.rows.tolist() == [1, 1, 1, 2, 2]
    assert batch.codes.tolist() == [1, 2, 0, 3, 3]
    item = batch.ranges[0, RANGES.index("item")]
    assert first.text[item[0] - 1 : item[1] - 1] == "政府信息"
    assert batch.ranges[2, RANGES.index("action")].tolist() == [0, 0]


def test_an_epoch_holds_every_document_and_batches_keep_their_size(document: ExampleDocument, maker: BatchMaker) -> None:
    documents = [document] * 20
    batches = maker.epoch(documents, SpanBank([], {}), None, np.random.default_rng(0))
    assert sum(len(window.facts) for batch in batches for window in batch) == 100
    assert all(maker.arrays(batch).ids.size <= 600 for batch in batches)
    assert maker.arrays(batches[0], np.random.default_rng(0)).ids.size <= 600


def test_hidden_characters_and_links(document: ExampleDocument, maker: BatchMaker) -> None:
    hiding = BatchMaker(maker.tokenizer, CODES, 600, token_dropout=1.0, link_dropout=1.0)
    batch = hiding.arrays(document.paragraphs, np.random.default_rng(0))
    assert (batch.ids == maker.tokenizer.mask_id).sum() == sum(len(p.text) for p in document.paragraphs)
    assert not batch.ranges[:, RANGES.index("item") :].any()


def test_a_smaller_share_of_the_documents_is_part_of_a_larger() -> None:
    documents = [ExampleDocument(f"d{n}", "", ()) for n in range(40)]
    quarter, half = ({d.id for d in fraction_of(documents, share)} for share in (0.25, 0.5))
    assert (len(quarter), len(half)) == (10, 20)
    assert quarter < half
    with pytest.raises(ValueError, match="fraction"):
        fraction_of(documents, 0)


def test_unannotated_windows_are_in_each_epoch_with_their_soft_tags(
    maker: BatchMaker, document: ExampleDocument
) -> None:
    tags = np.full((4, len(TAGS)), 1 / len(TAGS), dtype=np.float16)
    window = Example("共计9件", tags=tags)
    batches = maker.epoch([document], SpanBank([], {}), None, np.random.default_rng(1), unannotated=[window])
    (examples,) = (batch for batch in batches if window in batch)
    row, batch = examples.index(window), maker.arrays(examples)
    assert (batch.tags[row] == IGNORED).all()
    assert np.array_equal(batch.soft_tags[row, 1:5], tags)
    others = [n for n in range(len(examples)) if n != row]
    assert others
    assert not batch.soft_tags[others].any()
    assert (batch.tags[others] != IGNORED).any(axis=1).all()
