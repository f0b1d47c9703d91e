"""Facts by the model: codes from model and catalogue together, confidence from the evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from extraction import pipeline
from extraction.document import DocumentBuilder
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder
from extraction.narrative.extract import extract_facts
from extraction.narrative.linker import RuleLinker
from extraction.narrative.numbers import find_quantities
from extraction.narrative.reading import Evidence, ModelReader, with_whole_values, without_excluded
from extraction.report import Report
from extraction.sections import find_sections
from models.labels import TAG_INDEX, LabelledSpan, spans_to_bio
from models.runtime import FactRanges, TaggedParagraph
from models.windows import pack

EXAMPLES = Path(__file__).parents[3] / "examples"
CODES = (None, "pub.notice", "pub.news")
WORDS = {"通知公告": "ITEM", "部门动态": "ITEM", "助老食堂": "ITEM", "发布": "ACTION", "40条": "COUNT", "7个": "COUNT",
         "政府信息": "ITEM", "120条": "COUNT"}


class WordModel:
    """Stands for a model: tags the words it knows, and codes everything alike."""

    codes = CODES

    def __init__(self, probabilities: Sequence[float], **settings: Any) -> None:
        self.settings = settings
        self._probabilities = probabilities
        self.asked: list[FactRanges] = []
        self.calls = 0

    def tag_many(self, paragraphs: Sequence[str]) -> list[TaggedParagraph]:
        self.calls += 1
        return [self._tagged(text) for text in paragraphs]

    def _tagged(self, text: str) -> TaggedParagraph:
        spans = sorted(LabelledSpan(text.index(w), text.index(w) + len(w), label) for w, label in WORDS.items() if w in text)
        tags = np.full((len(text), len(TAG_INDEX)), 0.005, dtype=np.float32)
        for place, tag in enumerate(spans_to_bio(spans, len(text))):
            tags[place, TAG_INDEX[tag]] = 0.9
        return TaggedParagraph(spans, tags, np.zeros((len(text), 4), dtype=np.float32))

    def code_probabilities(self, paragraph: TaggedParagraph, facts: Sequence[FactRanges]) -> NDArray[np.float32]:
        self.asked += facts
        return np.array([self._probabilities] * len(facts), dtype=np.float32).reshape(len(facts), len(CODES))


def codes_of(model: WordModel, *paragraphs: str, catalogue: Path | None = None) -> list[tuple[str | None, float]]:
    builder = DocumentBuilder("text")
    for paragraph in paragraphs:
        builder.paragraph(paragraph)
    document = builder.build()
    coder = CatalogueCoder(load_catalogue(*([catalogue] if catalogue else [])))
    reader = ModelReader(model, coder)  # type: ignore[arg-type]
    facts, _ = extract_facts(document, find_sections(document), [], reader)
    return [(fact.code, fact.confidence) for fact in facts]


def test_the_model_s_code_stands_where_it_is_sure_and_the_catalogue_decides_where_it_is_not() -> None:
    text = "全年发布通知公告40条。"
    ((sure, _),) = codes_of(WordModel([0.01, 0.01, 0.98], catalogue_weight=2.0), text)
    ((unsure, _),) = codes_of(WordModel([0.1, 0.4, 0.5], catalogue_weight=2.0), text)
    assert (sure, unsure) == ("pub.news", "pub.notice")


def test_a_user_s_indicator_wins_over_a_model_that_does_not_know_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[codes."local.canteens"]\nname_zh = "助老食堂"\nname_en = "Canteens"\ndefinition = "数。"\nunit = "个"\n'
        'kind = "count"\nwordings = ["助老食堂"]\n',
        encoding="utf-8",
    )
    model = WordModel([0.9, 0.05, 0.05])
    ((code, _),) = codes_of(model, "建成助老食堂7个。", catalogue=path)
    assert code == "local.canteens"


def test_all_paragraphs_of_a_document_are_read_at_once_and_those_without_figures_not_at_all() -> None:
    model = WordModel([0.0, 1.0, 0.0])
    paragraphs = ("发布通知公告40条。", "加强组织领导，压实责任。", "发布部门动态40条。")
    assert len(codes_of(model, *paragraphs)) == 2
    assert model.calls == 1
    assert model.asked[0] == FactRanges((6, 9), item=(2, 6), action=(0, 2))


class Windows(WordModel):
    """Keeps the windows that it was given."""

    def tag_many(self, paragraphs: Sequence[str]) -> list[TaggedParagraph]:
        self.windows = [window.text for window in pack(paragraphs)]
        return super().tag_many(paragraphs)


@pytest.mark.parametrize("nothing", ["无", "　无。", "暂无；", "没有。"])
def test_a_word_of_nought_alone_states_no_fact(nothing: str) -> None:
    model = Windows([0.0, 1.0, 0.0])
    codes_of(model, "六、其他需要报告的事项", nothing, "发布通知公告40条。")
    assert model.windows == ["发布通知公告40条。"]


def test_no_section_is_another_s_context() -> None:
    model = Windows([0.0, 1.0, 0.0])
    codes_of(model, "五、存在的问题", "明年计划培训3次。", "改进2项。", "六、其他需要报告的事项", "发布通知公告40条。")
    assert model.windows == ["明年计划培训3次。\n改进2项。", "发布通知公告40条。"]


def test_no_value_is_read_in_an_address_or_a_document_s_number() -> None:
    text = "见https://a.example/%E6%94%BF（国办发〔2021〕30号），公开信息30条，无复议。"
    spans = [
        LabelledSpan(text.index("6%"), text.index("6%") + 2, "PERCENT"),
        LabelledSpan(text.index("30号"), text.index("30号") + 3, "COUNT"),
        LabelledSpan(text.index("信息"), text.index("信息") + 2, "ITEM"),
        LabelledSpan(text.index("30条"), text.index("30条") + 3, "COUNT"),
        LabelledSpan(text.index("无"), text.index("无") + 1, "ZERO"),
    ]
    assert [text[s.start : s.end] for s in without_excluded(text, spans)] == ["信息", "30条", "无"]


@pytest.mark.parametrize(("text", "kept"), [("有没有申请", []), ("有无收费", []), ("没有申请", ["没有"]), ("所有无投诉", ["无"])])
def test_a_word_of_nought_that_asks_is_none(text: str, kept: list[str]) -> None:
    cue = "没有" if "没有" in text else "无"
    span = LabelledSpan(text.index(cue), text.index(cue) + len(cue), "ZERO")
    assert [text[s.start : s.end] for s in without_excluded(text, [span])] == kept


def test_confidence_follows_the_evidence() -> None:
    weights = [0.0, 1.0, 0.5, 0.0, 0.0]
    ((_, high),) = codes_of(WordModel([0.0, 0.99, 0.01], confidence=weights), "发布通知公告40条。")
    ((_, low),) = codes_of(WordModel([0.0, 0.6, 0.4], confidence=weights), "发布部门动态40条。")
    assert 0.5 < low < high < 1
    assert Evidence(0.5, 0.5, 1.0, 1.0).features().tolist() == [0, 0, 1, 1, 1]


def test_no_model_gives_what_a_program_without_one_gives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = EXAMPLES / "qingshi-2023.html"
    ruled = pipeline.extract_file(path, use_model=False)
    monkeypatch.setattr(pipeline, "RELEASED", tmp_path)
    pipeline.paragraph_reader.cache_clear()
    without = pipeline.extract_file(path)
    pipeline.paragraph_reader.cache_clear()
    assert isinstance(ruled, Report)
    assert isinstance(without, Report)
    assert ruled.facts == without.facts != []


def test_codes_tell_parents_where_the_linker_leaves_them_to_the_codes() -> None:
    class Complete(RuleLinker):
        is_complete = True

    text = "公开政府信息120条。发布通知公告40条。"
    coder = CatalogueCoder(load_catalogue())
    for linker, parents in ((RuleLinker(), [None, 0]), (Complete(), [None, None])):
        model = WordModel([0.1, 0.8, 0.1], catalogue_weight=2.0)
        (reading,) = ModelReader(model, coder, linker).read([text])  # type: ignore[arg-type]
        assert reading.codes == ["pub.total", "pub.notice"]
        assert [fact.parent for fact in reading.linked] == parents


@pytest.mark.parametrize(
    ("tagged", "whole"),
    [
        ("【材料ITEM】精简至【48COUNT】项以内。", ["材料", "48项以内"]),
        ("不少于【3个COUNT】【党组ITEM】", ["不少于3个", "党组"]),
        ("由【9人COUNT】【组成ACTION】", ["9人", "组成"]),
        ("办结【12件COUNT】，【三十ITEM】八件", ["12件", "三十"]),
    ],
)
def test_a_value_is_as_long_as_the_quantity_that_it_is_part_of(tagged: str, whole: list[str]) -> None:
    text, spans = "", []
    for piece in re.split(r"(【.*?】)", tagged):
        if marked := re.fullmatch(r"【(.*?)([A-Z]+)】", piece):
            spans.append(LabelledSpan(len(text), len(text) + len(marked[1]), marked[2]))
            text += marked[1]
        else:
            text += piece
    found = with_whole_values(spans, find_quantities(text))
    assert [text[span.start : span.end] for span in found] == whole
