"""Answers as models really send them, and the cache that keeps them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.llm.cache import AnswerCache, default_folder, request_key
from annotations.llm.chunks import chunks, halves
from annotations.llm.costs import drops_dict
from annotations.llm.dialect import ChatRequest
from annotations.llm.grounding import ground
from annotations.llm.prompt import load_prompt
from annotations.llm.reply import ChatAnswer
from annotations.llm.schema import MalformedAnswer, Suggestion, parse_answer
from extraction.narrative.catalogue import load_catalogue

FACT = {"value": "40条", "item": "通知公告", "code": "pub.notice"}
GOOD = json.dumps({"facts": [FACT]}, ensure_ascii=False)
CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"好的，结果如下：\n```\n{GOOD}\n```\n共1条[1]。",
        f"<think>先找数字[]，{{再}}核对</think>\n{GOOD}",
        f"结果是 {GOOD} 完毕",
        json.dumps([FACT]),
        GOOD[:-1],
    ],
)
def test_facts_are_read_out_of_what_stands_around_them(content: str) -> None:
    assert parse_answer(content) == [Suggestion("40条", item="通知公告", code="pub.notice")]


@pytest.mark.parametrize(
    "content",
    ["", "没有事实", "[]", "{}", '{"facts": null}', '{"facts": "40条"}', GOOD[:20], "[" * 100_000, '{"facts": [' + "9" * 5000],
)
def test_an_answer_without_facts_is_malformed(content: str) -> None:
    with pytest.raises(MalformedAnswer):
        parse_answer(content)


def test_one_fact_out_of_form_costs_the_others_nothing() -> None:
    facts = [FACT, {"value": 40}, "40条", {"item": "通知"}, FACT | {"item": ["通知"]}, FACT | {"part_of": "0"}, FACT | {"value": " "}]
    assert [fact is not None for fact in parse_answer(json.dumps({"facts": facts}))] == [True, *[False] * 6]


def test_no_facts_are_an_answer() -> None:
    assert parse_answer('{"facts": []}') == []


_KEYS = st.sampled_from(["facts", "value", "item"])
_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.text(max_size=40) | _JSON.map(json.dumps))
def test_no_answer_does_more_harm_than_to_be_malformed(content: str) -> None:
    with suppress(MalformedAnswer):
        assert all(fact is None or fact.value.strip() for fact in parse_answer(content))


def test_the_prompt_s_examples_follow_its_own_rules() -> None:
    """Their answers fit the schema, and every quote stands in its text and is read."""
    prompt = load_prompt(CATALOGUE)
    for example in prompt.examples:
        jsonschema.validate(json.loads(example.answer), prompt.schema)
        suggestions = parse_answer(example.answer)
        grounded = ground(example.text, suggestions, CATALOGUE)
        assert drops_dict(grounded.drops) == {}
        assert len(grounded.linked) == len(suggestions)
    assert all(f"\n{code} " in prompt.system for code in CATALOGUE)
    assert "{" not in prompt.request("甲").messages[-1]["content"]


def test_the_prompt_s_version_follows_its_wording(tmp_path: Path) -> None:
    own = load_prompt(CATALOGUE)
    source = (Path(__file__).parents[3] / "annotations" / "llm" / "prompt.zh.toml").read_text(encoding="utf-8")
    path = tmp_path / "prompt.toml"
    path.write_text(source.replace("不要解释", "不必解释"), encoding="utf-8")
    changed = load_prompt(CATALOGUE, path)
    assert changed.version != own.version
    assert changed.version.split("-")[0] == own.version.split("-")[0]


def test_the_cache_gives_back_what_it_was_given(tmp_path: Path) -> None:
    cache, request = AnswerCache(tmp_path / "deep" / "cache"), ChatRequest([{"role": "user", "content": "甲"}], {})
    key = request_key(request, "m", 4096)
    assert cache.get(key) is None
    cache.put(key, ChatAnswer("乙\ud800", is_whole=False))
    assert cache.get(key) == ChatAnswer("乙\ud800", is_whole=False)
    assert [path.suffix for path in cache.folder.rglob("*") if path.is_file()] == [".json"]


def test_a_cached_file_that_is_torn_is_as_good_as_none(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache.put("ab", ChatAnswer("甲", is_whole=True))
    (path,) = tmp_path.rglob("*.json")
    for text in ("", '{"format": 1', "[]", '{"format": 0, "content": "甲", "is_whole": true}'):
        path.write_text(text)
        assert cache.get("ab") is None


def test_what_is_asked_makes_the_key_and_nothing_else_does() -> None:
    request = ChatRequest([{"role": "user", "content": "甲"}], {"type": "object"})
    keys = {
        request_key(request, "m", 4096),
        request_key(request, "n", 4096),
        request_key(request, "m", 2048),
        request_key(ChatRequest([{"role": "user", "content": "乙"}], {"type": "object"}), "m", 4096),
        request_key(ChatRequest(request.messages, {"type": "array"}), "m", 4096),
    }
    assert len(keys) == 5
    assert request_key(ChatRequest(list(request.messages), {"type": "object"}), "m", 4096) in keys


def test_the_cache_folder_is_the_system_s() -> None:
    assert default_folder({"XDG_CACHE_HOME": "/x"}, "linux") == Path("/x/nianbao/llm")
    assert default_folder({}, "linux") == Path.home() / ".cache/nianbao/llm"
    assert default_folder({}, "darwin") == Path.home() / "Library/Caches/nianbao/llm"
    assert default_folder({"LOCALAPPDATA": "/l"}, "win32") == Path("/l/nianbao/llm")


@given(st.text(st.sampled_from("甲乙。；！1"), max_size=40), st.integers(1, 20))
def test_chunks_cover_a_text_and_break_at_sentences(text: str, longest: int) -> None:
    parts = chunks(text, longest)
    assert "".join(text[part.start : part.end] for part in parts) == text
    for part in parts:
        piece = text[part.start : part.end]
        assert len(piece) <= longest or not any(mark in piece[:-1] for mark in "。；！")
        assert part.end == len(text) or piece[-1] in "。；！"
    cut = halves(text)
    if cut is not None:
        assert 0 < cut[0].end == cut[1].start < cut[1].end == len(text)
