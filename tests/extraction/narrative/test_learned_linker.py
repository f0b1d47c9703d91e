"""Scores made into facts, and the released weights on plain statements."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from link_helpers import mark, quotes
from numpy.typing import NDArray

from extraction.narrative.learned_linker import MOST_SPANS, LearnedLinker, default_linker, portions
from extraction.narrative.linker import RuleLinker, link
from extraction.narrative.model import LinkedValue
from models.labels import LabelledSpan
from models.link_network import HEADS, LINK_WEIGHTS, LinkInput, candidates
from models.runtime import RELEASED

needs_weights = pytest.mark.skipif(not (RELEASED / LINK_WEIGHTS).exists(), reason="no link weights are released")


class Scripted:
    """Stands for a network: the scores it was told, 0 for other candidates, 0.5 for nothing; all values are facts."""

    def __init__(self, **told: dict[tuple[int, int], float]) -> None:
        self._told = told

    def scores(self, paragraph: LinkInput) -> NDArray[np.float32]:
        count = len(paragraph.values)
        scores = np.full((len(HEADS), count, len(paragraph.spans) + 1), -np.inf, dtype=np.float32)
        scores[..., -1] = 0.5
        for heads, columns in candidates(paragraph.labels):
            scores[np.ix_(heads, np.arange(count), columns)] = 0
        for head, cells in self._told.items():
            for (row, column), score in cells.items():
                scores[HEADS.index(head), row, column] = score
        return scores


def linked(marked: str, **told: dict[tuple[int, int], float]) -> tuple[str, list[LinkedValue]]:
    text, spans = mark(marked)
    return text, LearnedLinker(Scripted(**told)).link(text, spans)  # type: ignore[arg-type]


def test_each_value_takes_the_best_span_of_the_role_s_label_or_nothing() -> None:
    text, facts = linked(
        "【PERIOD:今年】【ACTION:发布】【ITEM:公告】【COUNT:40条】、【ITEM:动态】【COUNT:6条】",
        item={(0, 2): 2, (1, 2): 1, (1, 4): 3}, action={(0, 1): 1}, period={(1, 0): 0.4},
    )  # fmt: skip
    assert quotes(text, facts, "item") == ["公告", "动态"]
    assert quotes(text, facts, "action") == ["发布", None]
    assert quotes(text, facts, "period") == [None, None]
    assert [fact.number for fact in facts] == [40, 6]


def test_two_nouns_that_share_a_value_are_two_facts() -> None:
    text, facts = linked(
        "【ITEM:办结率】、【ITEM:满意率】均为【PERCENT:100%】", item={(0, 0): 2}, also_item={(0, 0): 3, (0, 1): 3}
    )
    assert quotes(text, facts, "item") == ["办结率", "满意率"]
    assert [(fact.number, fact.unit, fact.parent) for fact in facts] == [(100, "%", None), (100, "%", None)]


def test_nouns_with_values_of_their_own_do_not_share_them() -> None:
    text, facts = linked(
        "【ITEM:办结率】【PERCENT:100%】、【ITEM:满意率】【PERCENT:99%】",
        item={(0, 0): 2, (1, 2): 2}, also_item={(v, n): 3 for v in (0, 1) for n in (0, 2)},
    )  # fmt: skip
    assert list(zip(quotes(text, facts, "item"), [fact.number for fact in facts], strict=True)) == [
        ("办结率", 100), ("满意率", 99),
    ]  # fmt: skip


def test_two_nouns_with_a_verb_each_keep_their_verbs() -> None:
    text, facts = linked(
        "【ZERO:没有】【ACTION:申请】【ITEM:复议】或【ACTION:提起】【ITEM:诉讼】",
        item={(0, 2): 2}, action={(0, 1): 2}, also_item={(0, 2): 3, (0, 4): 3}, also_action={(0, 1): 3, (0, 3): 3},
    )  # fmt: skip
    assert quotes(text, facts, "item") == ["复议", "诉讼"]
    assert quotes(text, facts, "action") == ["申请", "提起"]


def test_a_second_verb_on_a_value_is_part_of_it() -> None:
    text, facts = linked(
        "【ITEM:提案】【COUNT:5件】，均为【ACTION:主办】", item={(0, 0): 2}, also_action={(0, 2): 3}
    )
    assert quotes(text, facts, "action") == [None, "主办"]
    assert [fact.parent for fact in facts] == [None, 0]


def test_parents_are_facts_before_or_behind_and_never_in_a_circle() -> None:
    _, facts = linked(
        "【COUNT:20件】【COUNT:11件】【COUNT:4件】", parent={(0, 1): 1, (1, 0): 3, (2, 1): 2, (2, 2): 9}
    )
    assert [fact.parent for fact in facts] == [None, 0, 1]


def test_what_stands_in_closed_parentheses_governs_only_there_and_where_there_is_nothing_else() -> None:
    text, facts = linked(
        "【SCOPE:全区】【COUNT:9件】（【SCOPE:教育局】【COUNT:4件】），【COUNT:5件】",
        scope={(0, 0): 1, (1, 0): 1, (1, 2): 9, (2, 0): 1, (2, 2): 9},
    )
    assert quotes(text, facts, "scope") == ["全区", "教育局", "全区"]
    text, facts = linked("（【PERIOD:2023年】）【COUNT:5件】", period={(0, 0): 1})
    assert quotes(text, facts, "period") == ["2023年"]


def test_a_value_that_states_no_fact_is_passed_over_and_is_no_parent() -> None:
    _, facts = linked(
        "【COUNT:20件】【COUNT:11件】【COUNT:4件】", fact={(0, 3): -6}, parent={(1, 0): 3, (2, 0): 3, (2, 1): 1}
    )
    assert [(fact.number, fact.parent) for fact in facts] == [(11, None), (4, 0)]


def test_a_value_that_may_state_a_fact_is_kept_behind_a_word_of_plans_less_easily() -> None:
    doubtful = {(0, 2): -2, (1, 2): -2}
    _, facts = linked("【COUNT:20件】。【COUNT:11件】", fact=doubtful)
    assert [fact.number for fact in facts] == [20, 11]
    _, facts = linked("【COUNT:20件】。明年【COUNT:11件】", fact=doubtful)
    assert [fact.number for fact in facts] == [20]


def test_a_span_without_a_readable_quantity_is_no_parent() -> None:
    _, facts = linked("【COUNT:若干条】【COUNT:11件】【COUNT:4件】", parent={(0, 0): 9, (1, 0): 8, (1, 1): 3})
    assert [(fact.number, fact.parent) for fact in facts] == [(11, None), (4, 0)]


@pytest.mark.parametrize("marked", ["", "没有数字", "【ITEM:公告】若干", "【COUNT:若干条】【ITEM:公告】"])
def test_nothing_to_link_is_no_fact(marked: str) -> None:
    assert linked(marked)[1] == []


def test_without_weights_the_rules_link(tmp_path: Path) -> None:
    linker = default_linker(tmp_path)
    text, spans = mark("【ACTION:发布】【ITEM:公告】【COUNT:40条】")
    assert isinstance(linker, RuleLinker)
    assert linker.link(text, spans) == link(text, spans) != []


@pytest.fixture(scope="module")
def released() -> LearnedLinker:
    linker = default_linker()
    assert isinstance(linker, LearnedLinker)
    return linker


@needs_weights
@pytest.mark.parametrize(
    ("marked", "role", "expected"),
    [
        pytest.param(
            "全年【ACTION:发布】【ITEM:通知公告】【COUNT:32条】、【ITEM:部门动态】【COUNT:13条】、【ITEM:政策解读】【COUNT:6篇】。",
            "action", ["发布"] * 3, id="a verb is shared by a series",
        ),
        pytest.param(
            "【ITEM:建议】、【ITEM:提案】、【ITEM:议案】分别为【COUNT:8件】、【COUNT:5件】、【COUNT:1件】。",
            "item", ["建议", "提案", "议案"], id="respective values",
        ),
        pytest.param(
            "【ITEM:通知公告】【COUNT:32条】，【COUNT:13条】【ITEM:部门动态】，【ITEM:政策解读】【COUNT:6篇】。",
            "item", ["通知公告", "部门动态", "政策解读"], id="a noun behind its value",
        ),
        pytest.param(
            "【PERIOD:2022年】【ACTION:收到】【ITEM:申请】【COUNT:31件】。【ACTION:答复】【COUNT:30件】。【PERIOD:2023年】【ACTION:收到】【COUNT:45件】。",
            "period", ["2022年", "2022年", "2023年"], id="a period governs until the next",
        ),
        pytest.param(
            "【SCOPE:全区】【ACTION:公开】【ITEM:信息】【COUNT:300条】（【SCOPE:区教育局】【COUNT:40条】），【ACTION:收到】【ITEM:申请】【COUNT:5件】。",
            "scope", ["全区", "区教育局", "全区"], id="a scope in parentheses governs there",
        ),
        pytest.param(
            "【ACTION:办理】【ITEM:建议提案】【COUNT:21件】，其中【ITEM:人大建议】【COUNT:13件】（【ACTION:主办】【COUNT:5件】、【ACTION:协办】【COUNT:8件】），"
            "【ITEM:政协提案】【COUNT:8件】。",
            "parent", ["建议提案", "人大建议", "人大建议", "建议提案"], id="parts and parts of parts",
        ),
        pytest.param(
            "【ACTION:收到】【ITEM:申请】【COUNT:57件】，【ACTION:同比增长】【PERCENT:12%】。",
            "parent", ["申请"], id="a change is of the count before it",
        ),
        pytest.param(
            "【ITEM:办结率】、【ITEM:满意率】均为【PERCENT:100%】。", "item", ["办结率", "满意率"], id="two rates share a value",
        ),
    ],
)  # fmt: skip
def test_released_weights_link_plain_statements(
    released: LearnedLinker, marked: str, role: str, expected: list[str | None]
) -> None:
    text, spans = mark(marked)
    facts = released.link(text, spans)
    if role == "parent":
        nouns = [None if fact.parent is None else facts[fact.parent].item for fact in facts]
        found = [text[noun.start : noun.end] for noun in nouns if noun]
    else:
        found = [quote for quote in quotes(text, facts, role) if quote]
    assert found == expected


def test_an_endless_paragraph_is_linked_in_parts_that_end_with_sentences() -> None:
    sentence = "【ACTION:发布】【ITEM:通知公告】【COUNT:32条】，其中【ITEM:预警】【COUNT:2条】。"
    text, spans = mark(sentence * 100)
    parts = list(portions(text, spans))
    assert [span for part in parts for span in part] == spans
    assert all(len(part) <= MOST_SPANS and len(part) % 5 == 0 for part in parts)
    assert [len(part) for part in portions("无" * 900, [LabelledSpan(n, n + 1, "ITEM") for n in range(400)])] == [160, 160, 80]


def test_parents_of_later_parts_are_their_own(released: LearnedLinker) -> None:
    text, spans = mark("【ACTION:发布】【ITEM:信息】【COUNT:32条】，其中【ITEM:预警】【COUNT:2条】。" * 60)
    facts = released.link(text, spans)
    assert len(facts) == 120
    starts = accumulate(len(part) * 2 // 5 for part in portions(text, spans))
    last = [*starts][-2]
    parents = [fact.parent for fact in facts[last:] if fact.parent is not None]
    assert parents
    assert all(last <= parent < len(facts) for parent in parents)


def test_spans_far_from_each_other_are_read_without_what_lies_between() -> None:
    class Measuring(Scripted):
        def scores(self, paragraph: LinkInput) -> NDArray[np.float32]:
            tokens.append(len(paragraph.starts))
            return super().scores(paragraph)

    tokens: list[int] = []
    far = "、，" * 10_000
    text, spans = mark(f"{far}【ITEM:公告】【COUNT:40条】{far}【ITEM:动态】【COUNT:6条】{far}")
    facts = LearnedLinker(Measuring(item={(0, 0): 1})).link(text, spans)  # type: ignore[arg-type]
    assert quotes(text, facts, "item") == ["公告", "动态"]
    assert len(tokens) == 2
    assert max(tokens) < 1000
@needs_weights
def test_plans_for_the_next_year_are_no_facts(released: LearnedLinker) -> None:
    text, spans = mark(
        "问题是解读偏少，全年仅【ACTION:发布】【ITEM:解读】【COUNT:6篇】。下一步，2024年计划【ACTION:发布】【ITEM:解读】【COUNT:30篇】，力争【ITEM:解读率】达到【PERCENT:95%】。"
    )
    assert [fact.number for fact in released.link(text, spans)] == [6]
    text, spans = mark("2023年，我局将【ITEM:审批事项】【COUNT:12项】【ACTION:下放】到街道。")
    assert [fact.number for fact in released.link(text, spans)] == [12]
