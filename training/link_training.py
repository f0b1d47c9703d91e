"""Training of the link network: epochs of lessons with mistakes, the best weights on development examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from extraction.narrative.learned_linker import LearnedLinker
from models.labels import LabelledSpan
from models.link_network import LinkNetwork
from training.link_data import LinkExample
from training.link_evaluation import ALL, LinkScores, link_scores
from training.link_lessons import Lesson, lesson_of
from training.link_mistakes import MistakeRates, stray_values, with_mistakes
from training.link_model import LinkSizes, TorchLinkNetwork, link_loss

Weights = dict[str, NDArray[np.float32]]
Taught = tuple[LinkExample, list[LabelledSpan]]
_WARM_UP, _LEAST = 100, 0.02  # steps; the last learning rate as a share of the first
_KEPT = 0.998  # of the running mean of the weights, at each step


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTraining:
    """How the network is trained.

    `clean` is the share of the examples that are left without mistakes; `repeated` is how often in an epoch an
    example is seen in which several facts share a value, of which there are few.
    """

    epochs: int = 24
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    batch: int = 16
    clean: float = 0.3
    repeated: int = 3
    seed: int = 1
    sizes: LinkSizes = field(default_factory=LinkSizes)
    mistakes: MistakeRates = field(default_factory=MistakeRates)


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch's mean loss, the running mean of the weights after it, and its scores on the development examples."""

    number: int
    loss: float
    weights: Weights
    scores: LinkScores


def train(
    examples: Sequence[LinkExample], development: Sequence[LinkExample], config: LinkTraining
) -> Iterator[Epoch]:
    """Trains, epoch by epoch.

    Raises:
        ValueError: No example states a fact.
    """
    if not any(example.facts for example in examples):
        raise ValueError("there is nothing to learn from: no example states a fact")
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    network = TorchLinkNetwork(config.sizes)
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    taught = _taught(examples, config.repeated)
    steps = config.epochs * (len(taught) // config.batch + 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / min(_WARM_UP, steps)) * max(_LEAST, 1 - step / steps)
    )
    mean = _RunningMean(network)
    for number in range(config.epochs):
        losses = []
        for batch in _batches(_lessons(taught, config, rng), config.batch, rng):
            loss = link_loss(network, batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            mean.update(network)
            losses.append(float(loss.detach()))
        scores = link_scores(LearnedLinker(LinkNetwork(mean.weights)), development)
        yield Epoch(number + 1, float(np.mean(losses)), dict(mean.weights), scores)


def best_of(epochs: Sequence[Epoch]) -> Epoch:
    """The epoch with most facts whose links are all right; the later one of two that are alike."""
    return max(reversed(epochs), key=lambda epoch: epoch.scores.share(ALL))


class _RunningMean:
    """The mean of the weights over the last steps, which links better than those of any one step."""

    def __init__(self, network: TorchLinkNetwork) -> None:
        self.weights, self._steps = network.weights(), 0

    def update(self, network: TorchLinkNetwork) -> None:
        self._steps += 1
        kept = np.float32(min(_KEPT, self._steps / (self._steps + 10)))
        new = network.weights()
        self.weights = {name: kept * old + (1 - kept) * new[name] for name, old in self.weights.items()}


def _taught(examples: Sequence[LinkExample], repeated: int) -> list[Taught]:
    """Examples that teach something with their stray values; those in which facts share a value several times."""
    found = [(example, stray_values(example)) for example in examples]
    return [
        (example, strays)
        for example, strays in found
        if example.facts or strays
        for _ in range(repeated if _shares_values(example) else 1)
    ]


def _shares_values(example: LinkExample) -> bool:
    return len({fact.value for fact in example.facts}) < len(example.facts)


def _lessons(
    taught: Sequence[Taught], config: LinkTraining, rng: Generator
) -> list[Lesson]:
    lessons = []
    for example, strays in taught:
        if rng.random() >= config.clean:
            example = with_mistakes(example, strays, config.mistakes, rng)
        lesson = lesson_of(example)
        if lesson is not None:
            lessons.append(lesson)
    return lessons


def _batches(lessons: Sequence[Lesson], size: int, rng: Generator) -> Iterator[list[Lesson]]:
    """Lessons of a like length together, the batches in random order."""
    noise = rng.random(len(lessons)) * 15
    order = sorted(range(len(lessons)), key=lambda n: len(lessons[n].input.starts) + noise[n])
    starts = range(0, len(order), size)
    for start in rng.permutation(np.array(starts)):
        yield [lessons[n] for n in order[start : start + size]]
