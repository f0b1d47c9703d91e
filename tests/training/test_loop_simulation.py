"""The simulated loop: equal budgets, honest costs, and the same result however often it is stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from annotations.corpus_format import AnnotatedDocument, parse_corpus
from evaluation.metrics import Counts
from evaluation.model import ScoredFact
from training import simulate_loop
from training.loop_simulation import (
    Plan,
    Point,
    ReadDocument,
    Strategy,
    shuffled,
    simulate,
    to_correct,
)
from training.loop_simulation_report import chart, corrected_for, curve, gain, result, table

TEXT = """@id d-{n:02}
@body 青禾县第{n}局
## 一、总体情况
{{t1:2021年}}，我局主动{{a1:公开}}{{i1:政府信息}}{{n1:{x}条}}，其中{{i2:通知公告}}{{n2:{n}条}}，均已按时更新。
: n1 {x} 条 pub.total i1 a1 t1
: n2 {n} 条 pub.notice i2 a1 t1 ^n1
"""
PLAN = Plan(rounds=2, share=0.2, calibration=2, budget=10, seed=3)


def documents(count: int = 20) -> list[AnnotatedDocument]:
    return list(parse_corpus("".join(TEXT.format(n=n, x=7 * n) for n in range(1, count + 1)).splitlines()))


@dataclass
class FakeLearner:
    """Its model is the set of ids that it learnt; document `d-07` costs 7 % 5 corrections, and is as doubtful."""

    calibration: Sequence[AnnotatedDocument] = ()
    learnt: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def learn(self, name: str, documents: Sequence[AnnotatedDocument]) -> frozenset[str]:
        model = frozenset(document.id for document in documents)
        self.learnt.append((name, model))
        return model

    def read(self, model: frozenset[str], document: AnnotatedDocument) -> ReadDocument:
        assert document.id not in model
        wrong = int(document.id[2:]) % 5
        return ReadDocument(wrong, wrong)

    def score(self, model: frozenset[str]) -> dict[str, Counts]:
        return {
            "dev-1": Counts(len(model), 5, 20 - len(model)),
            "dev-2": Counts(len(model), 0, 20 - len(model)),
        }


@dataclass
class Memory:
    points: dict[str, Point] = field(default_factory=dict)

    def recall(self, name: str) -> Point | None:
        return self.points.get(name)

    def keep(self, name: str, point: Point) -> None:
        self.points[name] = point


def run(learner: FakeLearner, memory: Memory | None = None) -> list[Point]:
    def learner_for(kept: Sequence[AnnotatedDocument]) -> FakeLearner:
        learner.calibration = kept
        return learner

    return list(simulate(PLAN, documents(), learner_for, memory or Memory()))


def fact(start: int, value: int, code: str | None = "pub.total") -> ScoredFact:
    return ScoredFact(start, start + 2, Decimal(value), "条", code)


def test_both_strategies_spend_the_same_budget_from_the_same_beginning() -> None:
    learner = FakeLearner()
    first, *points = run(learner)
    assert (first.strategy, first.documents, first.facts, first.corrected) == (None, 4, 8, 0)
    assert [(p.strategy, p.round) for p in points] == [
        (strategy, number) for strategy in Strategy for number in (1, 2)
    ]
    for point in points:
        # The document that reaches the budget is annotated whole.
        assert PLAN.budget * point.round <= point.corrected < PLAN.budget * point.round + 4 * point.round
    kept = {document.id for document in learner.calibration}
    assert len(kept) == 2
    assert not any(kept & model for _, model in learner.learnt)


def test_the_uncertain_strategy_takes_the_most_doubtful_first_and_random_does_not() -> None:
    points = {(p.strategy, p.round): p for p in run(FakeLearner())}
    costs = [int(name[2:]) % 5 for name in points[Strategy.UNCERTAIN, 1].chosen]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] == 4
    order = shuffled([d.id for d in documents()], PLAN.seed)
    chosen = points[Strategy.RANDOM, 1].chosen
    assert list(chosen) == order[4 : 4 + len(chosen)]
    assert len(points[Strategy.UNCERTAIN, 2].chosen) <= len(points[Strategy.RANDOM, 2].chosen)


def test_a_round_learns_from_all_that_is_annotated_so_far() -> None:
    learner = FakeLearner()
    first, one, two = run(learner)[:3]
    models = dict(learner.learnt)
    assert models["uncertain-1"] == models["first"] | set(one.chosen)
    assert models["uncertain-2"] == models["uncertain-1"] | set(two.chosen)
    assert two.documents == first.documents + len(one.chosen) + len(two.chosen)


def test_stopped_after_any_point_it_ends_as_if_it_had_not_been() -> None:
    whole = run(FakeLearner())
    for count in range(1, len(whole)):
        memory = Memory({name_of(point): point for point in whole[:count]})
        learner = FakeLearner()
        assert run(learner, memory) == whole
        # A model is made again only to choose with; no known point is scored again.
        assert {name for name, _ in learner.learnt} >= {name_of(point) for point in whole[count:]}


def name_of(point: Point) -> str:
    return f"{point.strategy}-{point.round}" if point.strategy else "first"


def test_a_pool_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        list(simulate(PLAN, documents(3), lambda kept: FakeLearner(), Memory()))


@pytest.mark.parametrize(
    ("gold", "predicted", "count"),
    [
        ([fact(0, 7)], [fact(0, 7)], 0),
        ([fact(0, 7)], [fact(0, 8)], 1),
        ([fact(0, 7)], [fact(0, 7, "pub.notice")], 1),
        ([fact(0, 7)], [], 1),
        ([], [fact(0, 7)], 1),
        ([fact(0, 7), fact(10, 5)], [fact(0, 8), fact(20, 5)], 3),
        ([fact(0, 7)], [fact(0, 7), fact(0, 9)], 1),
    ],
)
def test_a_wrong_fact_is_corrected_once(
    gold: list[ScoredFact], predicted: list[ScoredFact], count: int
) -> None:
    assert to_correct(gold, predicted) == count


def point(strategy: Strategy | None, number: int, corrected: int, right: int) -> Point:
    counts = {"dev-1": Counts(right, 0, 100 - right), "dev-2": Counts(right, 0, 100 - right)}
    return Point(
        strategy=strategy,
        round=number,
        chosen=("x",),
        documents=9,
        facts=50,
        corrected=corrected,
        counts=counts,
    )


POINTS = [
    point(None, 0, 0, 40),
    point(Strategy.UNCERTAIN, 1, 100, 50),
    point(Strategy.UNCERTAIN, 2, 210, 60),
    point(Strategy.RANDOM, 1, 105, 45),
    point(Strategy.RANDOM, 2, 205, 50),
]


def test_the_price_of_a_point_is_what_was_corrected_for_it() -> None:
    runs = [POINTS]
    uncertain, random = gain(runs, Strategy.UNCERTAIN), gain(runs, Strategy.RANDOM)
    assert uncertain.points == pytest.approx(100 * (2 * 60 / 160 - 2 * 40 / 140))
    assert uncertain.price == pytest.approx(210 / uncertain.points)
    assert (random.price or 0) > (uncertain.price or 0)
    assert corrected_for(runs, Strategy.UNCERTAIN, POINTS[-1].f1) == pytest.approx(100)
    halfway = (POINTS[0].f1 + POINTS[1].f1) / 2
    assert corrected_for(runs, Strategy.UNCERTAIN, halfway) == pytest.approx(50)
    assert corrected_for(runs, Strategy.RANDOM, POINTS[2].f1) is None
    assert corrected_for(runs, Strategy.RANDOM, 0.1) == 0
    falling = [point(None, 0, 0, 40), point(Strategy.RANDOM, 1, 100, 30)]
    assert gain([falling], Strategy.RANDOM).price is None


def test_runs_are_averaged_with_their_worst_and_best() -> None:
    better = [replace(p, corrected=2 * p.corrected, counts=doubled(p.counts)) for p in POINTS]
    mean = curve([POINTS, better], Strategy.RANDOM)[2]
    assert (mean.round, mean.corrected) == (2, 307.5)
    assert mean.low == POINTS[-1].f1 < mean.f1 < mean.high == better[-1].f1
    difference = result({}, {0: POINTS, 1: better})["difference"][1]
    assert difference["by_run"] == [
        pytest.approx(POINTS[2].f1 - POINTS[4].f1, abs=1e-4),
        pytest.approx(better[2].f1 - better[4].f1, abs=1e-4),
    ]


def doubled(counts: dict[str, Counts]) -> dict[str, Counts]:
    return {name: Counts(2 * c.tp, c.fp, c.fn) for name, c in counts.items()}


def test_the_result_holds_everything_and_comes_back() -> None:
    stored = json.loads(json.dumps(result({"steps": 3}, {7: POINTS})))
    plain = [{k: v for k, v in row.items() if k != "f1"} for row in stored["runs"]["7"]]
    assert [Point.from_dict(row) for row in plain] == POINTS
    assert stored["summary"]["uncertain"]["corrected_for_common_f1"] == 100
    assert stored["summary"]["random"]["corrected_for_common_f1"] == 205
    assert [row["round"] for row in stored["difference"]] == [1, 2]
    assert stored["difference"][1]["f1"] > 0


def test_table_and_chart_show_every_point() -> None:
    text = table([POINTS])
    assert "| 2 | 9 | 210 | 75.0 | 9 | 205 | 66.7 | +8.3 (+8.3 to +8.3) |" in text
    root = ElementTree.fromstring(chart([POINTS]))
    namespace = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{namespace}circle")) == 6
    lines = [line.get("points", "").split() for line in root.findall(f"{namespace}polyline")]
    assert [len(line) for line in lines] == [3, 3]
    for line in lines:
        across, down = zip(*(map(float, pair.split(",")) for pair in line), strict=True)
        assert list(across) == sorted(across)
        assert list(down) == sorted(down, reverse=True)


def test_the_command_simulates_in_small_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, numbers in (("a", range(1, 13)), ("dev", range(21, 24))):
        text = "".join(TEXT.format(n=n, x=7 * n) for n in numbers)
        (corpus / f"{name}.txt").write_text(text, encoding="utf-8")
    (corpus / "splits.toml").write_text('development = ["dev.txt"]\n')
    arguments = [
        "--output", str(tmp_path / "out"), "--corpus", str(corpus), "--rounds", "1", "--budget", "3", "--steps", "2",
        "--layers", "1", "--width", "32", "--share", "0.3", "--calibration", "2", "--rate", "0.001",
    ]  # fmt: skip
    asked: list[bool] = []
    monkeypatch.setattr(
        simulate_loop, "stop_on_signals", lambda: lambda: asked.append(True) or len(asked) == 3
    )  # type: ignore[func-returns-value]
    assert simulate_loop.main(arguments) == 1
    assert "same command" in capsys.readouterr().err
    assert simulate_loop.main(arguments) == 0
    stored = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert [row["round"] for row in stored["runs"]["0"]] == [0, 1, 1]
    assert stored["settings"]["encoder"]["pretraining"] is None
    assert "| Round |" in capsys.readouterr().out
    assert (tmp_path / "out" / "curve.svg").exists()
    assert simulate_loop.main([*arguments, "--budget", "5"]) == 1
    assert "other settings" in capsys.readouterr().err
    torch.set_num_threads(threads)
