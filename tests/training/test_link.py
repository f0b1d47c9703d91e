"""The link network learns from a small corpus, is the same in NumPy, and its command writes what is used."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from annotations.corpus_format import parse_corpus
from annotations.splits import Split, load_split
from extraction.narrative.learned_linker import LearnedLinker, default_linker
from extraction.narrative.linker import RuleLinker
from models.link_network import LINK_WEIGHTS, LinkNetwork
from models.runtime import RELEASED
from training import export
from training.link import evaluate, main
from training.link_data import LOST, LinkExample, link_examples
from training.link_evaluation import ALL, MISSING, link_scores
from training.link_lessons import UNKNOWN, lesson_of
from training.link_mistakes import PLANS, MistakeRates, planned, stray_values, with_mistakes
from training.link_model import LinkSizes, TorchLinkNetwork
from training.link_training import LinkTraining, best_of, train

NONE = MistakeRates(lost=0, swapped=0, shifted=0, values_lost=0, stray_values=0, stray_words=0, planned=0)
SMALL = LinkSizes(characters=8, width=16, layers=1, scorer=8, dropout=0.0, character_dropout=0.0)
TINY = LinkTraining(epochs=15, learning_rate=0.03, batch=4, clean=1.0, sizes=SMALL)


def document(number: int) -> str:
    """A narrative whose verbs stand behind their values, which the rules do not expect."""
    return (
        f"@id d-{number}\n@body 青禾县行政审批局\n"
        f"{{t1:202{number % 5}年}}，{{i1:政府信息}}{{n1:{40 + number}条}}、{{i2:公告}}{{n2:{4 + number}条}}"
        "都已{a1:公开}；{i3:培训}{n3:9场}。\n"
        f": n1 {40 + number} 条 pub.total i1 a1 t1\n"
        f": n2 {4 + number} 条 pub.notice i2 a1 t1 ^n1\n"
        f": n3 9 场 - i3\n"
        f"{{i1:办结率}}、{{i2:满意率}}均为{{p1:{90 + number}%}}，2030年力争培训{20 + number}场。\n"
        f": p1 {90 + number} % prop.closed_rate i1\n"
        f": p1 {90 + number} % prop.satisfaction_rate i2\n"
    )


@pytest.fixture(scope="module")
def examples() -> list[LinkExample]:
    return link_examples([d for n in range(8) for d in parse_corpus(document(n).splitlines())])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(8):
        (folder / f"{number}.txt").write_text(document(number), encoding="utf-8")
    (folder / "splits.toml").write_text('development = ["6.txt"]\ntest = ["7.txt"]\n', encoding="utf-8")
    return folder


def test_training_learns_what_the_rules_do_not_know(examples: list[LinkExample]) -> None:
    epochs = list(train(examples[:-4], examples[-4:], TINY))
    best = best_of(epochs)
    assert epochs[-1].loss < 0.1 * epochs[0].loss
    assert best.scores.share(ALL) == 1.0 > 0.7 > link_scores(RuleLinker(), examples[-4:]).share(ALL)


def test_numpy_scores_as_torch_does(examples: list[LinkExample]) -> None:
    torch.manual_seed(0)
    network = TorchLinkNetwork(LinkSizes()).eval()
    lessons = [lesson for example in examples[:6] if (lesson := lesson_of(example))]
    with torch.no_grad():
        batch = network([lesson.input for lesson in lessons])
    plain = LinkNetwork(network.weights())
    for scores, lesson in zip(batch, lessons, strict=True):
        found = plain.scores(lesson.input)
        assert np.array_equal(np.isfinite(found), scores.numpy() > -1e8)
        asked = np.isfinite(found)
        assert np.abs(found[asked] - scores.numpy()[asked]).max() < 1e-4 * np.abs(found[asked]).max()


def test_lessons_hold_the_annotated_links(examples: list[LinkExample]) -> None:
    first, second = lesson_of(examples[0]), lesson_of(examples[1])
    assert first is not None
    assert second is not None
    nothing = len(examples[0].spans)
    quotes = [examples[0].text[span.start : span.end] for span in examples[0].spans] + ["-"]
    named = [[quotes[number] for number in role] for role in first.targets]
    assert named == [
        ["政府信息", "公告", "培训"], ["公开", "公开", "-"], ["-"] * 3, ["2020年", "2020年", "-"], ["-"] * 3, ["-", "40条", "-"],
    ]  # fmt: skip
    assert first.allowed[:, :, nothing].all()
    assert [quotes[number] for number in np.flatnonzero(first.allowed[-4, 0])] == ["4条", "9场", "-"]
    assert second.also[0, 0].tolist() == [True, True, False]
    assert not second.also[1].any()
    assert not first.also.any()


def test_figures_that_state_nothing_are_lessons_too(examples: list[LinkExample]) -> None:
    strays = stray_values(examples[1])
    assert [examples[1].text[span.start : span.end] for span in strays] == ["20场"]
    rates = replace(NONE, stray_values=1.0)
    lesson = lesson_of(with_mistakes(examples[1], strays, rates, np.random.default_rng(0)))
    assert lesson is not None
    assert lesson.is_fact.tolist() == [True, False]
    assert (lesson.targets[:, 1] == UNKNOWN).all()


def test_a_statement_that_becomes_a_plan_states_no_fact_any_more() -> None:
    lines = ["@id p", "全年{a1:收到}{i1:申请}{n1:9件}。{a2:制作}{i2:图解}{n2:6期}、{i3:视频}{n3:4条}；{i4:网站}{n4:2个}。",
             ": n1 9 件 app.received i1 a1", ": n2 6 期 - i2 a2", ": n3 4 条 - i3 a2 ^n2", ": n4 2 个 - i4 ^n3"]  # fmt: skip
    (example,) = link_examples(list(parse_corpus(lines)))
    rng = np.random.default_rng(0)
    variants = [planned(example, rng) for _ in range(40)]
    for variant in variants:
        assert [variant.text[s.start : s.end] for s in variant.spans] == [
            example.text[s.start : s.end] for s in example.spans
        ]
        assert example.text in {variant.text.replace(cue, "", 1) for cues in PLANS.values() for cue in cues}
        assert len(variant.facts) < len(example.facts)
    second = next(v for v in variants if len(v.facts) == 2 and v.facts[0].value == example.facts[0].value)
    assert second.facts == (example.facts[0], replace(example.facts[3], parent=LOST))


def test_mistakes_leave_spans_in_order_and_links_true(examples: list[LinkExample]) -> None:
    rng = np.random.default_rng(0)
    rates = replace(NONE, lost=0.3, swapped=0.2, shifted=0.3, values_lost=0.1, stray_values=0.5, stray_words=0.5)
    lost = changed = 0
    for example in examples * 20:
        variant = with_mistakes(example, stray_values(example), rates, rng)
        for before, after in pairwise(variant.spans):
            assert before.end <= after.start
        assert all(0 <= span.start < span.end <= len(example.text) for span in variant.spans)
        changed += variant.spans != example.spans
        for fact in variant.facts:
            gold = [f for f in example.facts if _overlap(example, f.value, variant, fact.value)]
            assert gold
            lost += fact.item == LOST
            if fact.item not in (None, LOST):
                assert variant.spans[fact.item].label == "ITEM"
                assert any(f.item is not None and _overlap(example, f.item, variant, fact.item) for f in gold)
    assert changed > 100
    assert lost > 20


def _overlap(a: LinkExample, first: int, b: LinkExample, second: int) -> bool:
    return a.spans[first].start < b.spans[second].end and b.spans[second].start < a.spans[first].end


def test_the_command_writes_weights_and_checksums_and_compares_them_with_the_rules(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(tmp_path), "--corpus", str(corpus), "--epochs", "2"])
    digest = hashlib.sha256((tmp_path / LINK_WEIGHTS).read_bytes()).hexdigest()
    assert f"{digest}  {LINK_WEIGHTS}\n" in (tmp_path / export.CHECKSUMS).read_text(encoding="utf-8")
    assert isinstance(default_linker(tmp_path), LearnedLinker)
    capsys.readouterr()
    main([str(tmp_path), "--corpus", str(corpus), "--evaluate", "--split", "test"])
    rules, learned = capsys.readouterr().out.splitlines()
    assert rules.startswith("rules    5 facts  item")
    assert learned.startswith("learned  5 facts  item")
    found = evaluate(tmp_path, corpus, Split.TEST)["rules"]
    assert (found.counts["item"], found.counts["action"], found.counts[MISSING]) == (5, 3, 0)


def test_a_corpus_without_facts_is_refused() -> None:
    with pytest.raises(ValueError, match="no example states a fact"):
        next(train([LinkExample("没有数字。", (), ())], [], replace(TINY, epochs=1)))


def test_a_release_without_link_weights_gets_the_released_and_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, new, own = (tmp_path / name for name in ("released", "new", "own"))
    for folder in (released, new, own):
        folder.mkdir()
    (released / LINK_WEIGHTS).write_bytes(b"released")
    (own / LINK_WEIGHTS).write_bytes(b"own")
    monkeypatch.setattr(export, "RELEASED", released)
    export.keep_link_weights(new)
    export.keep_link_weights(own)
    assert (new / LINK_WEIGHTS).read_bytes() == b"released"
    assert (own / LINK_WEIGHTS).read_bytes() == b"own"


@pytest.mark.skipif(not (RELEASED / LINK_WEIGHTS).exists(), reason="no link weights are released")
def test_released_weights_are_small_and_link_the_development_split() -> None:
    assert (RELEASED / LINK_WEIGHTS).stat().st_size < 300_000
    scores = link_scores(default_linker(), link_examples(load_split(Split.DEVELOPMENT)))
    assert scores.facts > 1000
    assert scores.share(ALL) > 0.80
    assert min(scores.share(role) for role in ("item", "scope", "period", "channel")) > 0.95
    assert min(scores.share(role) for role in ("action", "parent")) > 0.90
