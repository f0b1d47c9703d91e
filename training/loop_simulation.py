"""The annotation loop with an oracle in the annotator's place: what is chosen, what it costs, what it teaches.

Each round an annotator corrects what the model of the round before says of some documents, until a number of facts
is corrected; then a model is trained anew on all that is annotated. Facts are the currency, not documents: a person's
time goes into what is wrong. The two strategies start from the same documents and the same model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from annotations.corpus_format import AnnotatedDocument
from evaluation.matching import match_facts, overlapping, pair_by_content
from evaluation.metrics import Counts, total
from evaluation.model import ScoredFact

Model = TypeVar("Model")
ById = dict[str, AnnotatedDocument]


class Strategy(StrEnum):
    """What the annotator is given first."""

    UNCERTAIN = "uncertain"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The size of a simulation.

    Attributes:
        rounds: Of annotation, the training on the first documents not counted.
        share: Of the pool that is annotated at the beginning.
        calibration: One in so many of these is kept for calibration and not trained on.
        budget: Facts corrected in a round; the document that reaches it is annotated whole.
        seed: Of the random choices.
    """

    rounds: int = 5
    share: float = 0.1
    calibration: int = 6
    budget: int = 400
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a model makes of a document: the expected number of wrong facts, and the facts to correct."""

    doubt: float
    to_correct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A model of the loop.

    Attributes:
        strategy: `None` for the first model, which both have.
        chosen: Ids of the documents annotated in the round before it.
        documents, facts: Annotated so far, those kept for calibration included.
        corrected: Facts corrected so far, those of the beginning not counted.
        counts: Strict facts right, spurious and missed of each development document.
    """

    strategy: Strategy | None
    round: int
    chosen: tuple[str, ...]
    documents: int
    facts: int
    corrected: int
    counts: dict[str, Counts]

    @property
    def f1(self) -> float:
        return total(self.counts.values()).f1 or 0.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Point:
        """Reads what `to_dict` wrote."""
        strategy = None if data["strategy"] is None else Strategy(data["strategy"])
        counts = {name: Counts(**values) for name, values in data["counts"].items()}
        return cls(**{**data, "strategy": strategy, "chosen": tuple(data["chosen"]), "counts": counts})


class Learner(Protocol, Generic[Model]):
    """Trains models and reads documents with them."""

    def learn(self, name: str, documents: Sequence[AnnotatedDocument]) -> Model:
        """A model trained from the same beginning as every other, for the same number of steps."""

    def read(self, model: Model, document: AnnotatedDocument) -> ReadDocument: ...

    def score(self, model: Model) -> dict[str, Counts]: ...


class Memory(Protocol):
    """Points that are known already, by the name of their model."""

    def recall(self, name: str) -> Point | None: ...

    def keep(self, name: str, point: Point) -> None: ...


def simulate(
    plan: Plan,
    pool: Sequence[AnnotatedDocument],
    learner_for: Callable[[Sequence[AnnotatedDocument]], Learner[Model]],
    memory: Memory,
) -> Iterator[Point]:
    """The points of both strategies, the first model's first.

    Args:
        plan: How large.
        pool: Annotated documents; the oracle knows their facts, the models those of the chosen ones.
        learner_for: Makes the learner, given the documents kept for calibration.
        memory: Of points that an earlier session computed.

    Raises:
        ValueError: The pool is too small for the plan.
    """
    by_id = {document.id: document for document in pool}
    order = shuffled(by_id, plan.seed)
    first = order[: max(2, round(plan.share * len(order)))]
    kept = first[:: plan.calibration]
    if len(order) - len(first) < plan.rounds:
        raise ValueError(f"{len(order)} documents are too few for {plan.rounds} rounds")
    learner = learner_for([by_id[name] for name in kept])
    loop = _Loop(plan, by_id, learner, memory, frozenset(kept))
    beginning = loop.point(None, 0, first, (), 0)
    yield beginning
    for strategy in Strategy:
        annotated, corrected, last = list(first), 0, "first"
        for number in range(1, plan.rounds + 1):
            name = f"{strategy}-{number}"
            known = memory.recall(name)
            if known is None:
                chosen, cost = loop.choose(strategy, last, annotated)
            else:
                chosen, cost = list(known.chosen), known.corrected - corrected
            annotated, corrected, last = [*annotated, *chosen], corrected + cost, name
            yield loop.point(strategy, number, annotated, tuple(chosen), corrected)


@dataclass
class _Loop(Generic[Model]):
    plan: Plan
    pool: ById
    learner: Learner[Model]
    memory: Memory
    kept: frozenset[str]

    def model(self, name: str, annotated: Sequence[str]) -> Model:
        return self.learner.learn(name, [self.pool[d] for d in annotated if d not in self.kept])

    def point(
        self,
        strategy: Strategy | None,
        number: int,
        annotated: Sequence[str],
        chosen: tuple[str, ...],
        corrected: int,
    ) -> Point:
        name = f"{strategy}-{number}" if strategy else "first"
        known = self.memory.recall(name)
        if known is not None:
            return known
        point = Point(
            strategy=strategy,
            round=number,
            chosen=chosen,
            documents=len(annotated),
            facts=sum(len(self.pool[d].facts) for d in annotated),
            corrected=corrected,
            counts=self.learner.score(self.model(name, annotated)),
        )
        self.memory.keep(name, point)
        return point

    def choose(self, strategy: Strategy, last: str, annotated: Sequence[str]) -> tuple[list[str], int]:
        """Documents until the budget is spent, and the facts that are corrected in them."""
        model = self.model(last, annotated)
        left = [name for name in shuffled(self.pool, self.plan.seed) if name not in set(annotated)]
        read: dict[str, ReadDocument] = {}
        if strategy is Strategy.UNCERTAIN:
            read = {name: self.learner.read(model, self.pool[name]) for name in left}
            left.sort(key=lambda name: -read[name].doubt)
        chosen: list[str] = []
        corrected = 0
        for name in left:
            if corrected >= self.plan.budget:
                break
            known = read.get(name) or self.learner.read(model, self.pool[name])
            chosen.append(name)
            corrected += known.to_correct
        return chosen, corrected


def shuffled(ids: Collection[str], seed: int) -> list[str]:
    """The ids in an order that depends on them and the seed alone."""
    return sorted(ids, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())


def to_correct(gold: Sequence[ScoredFact], predicted: Sequence[ScoredFact]) -> int:
    """How many facts an annotator has to touch to make strict ones of all.

    A wrong fact is corrected once, whatever of value, unit, code or noun is wrong with it; a missing one is added,
    a spurious one deleted.
    """
    strict = match_facts(gold, predicted).strict
    gold_right, predicted_right = {g for g, _ in strict}, {p for _, p in strict}
    may_be_one = {
        (g, p): 1 for g, p in overlapping(gold, predicted) if g not in gold_right and p not in predicted_right
    }
    wrong = len(pair_by_content(gold, predicted, may_be_one))
    missing, spurious = len(gold) - len(strict) - wrong, len(predicted) - len(strict) - wrong
    return wrong + missing + spurious
