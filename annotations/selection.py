"""What is worth a person's time first.

Reports go to annotators in an order that finds the most to correct in the least reading: those whose facts
the model doubts, those whose figures contradict each other, those worded unlike the training corpus. A random
tenth goes along: what annotators find there is an estimate of the error rate that the choice has not bent.

Everything is pure and, for a seed, always the same, in whatever order the reports come.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest

NGRAM = 3
RANDOM_SHARE = 10  # one in so many is drawn at random
_BLANKS = re.compile(r"\s+")
_NUMBERS = re.compile(r"\d+(?:[.,．，]\d+)*")


class Reason(StrEnum):
    """Why a report was chosen."""

    UNCERTAIN = "uncertain"
    CONTRADICTED = "contradicted"
    UNSEEN = "unseen"
    RANDOM = "random"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report that could be annotated.

    Attributes:
        id: Tells it from the others; the draw depends on it and on the seed alone.
        doubt: The expected number of wrong facts (`uncertainty`).
        contradictions: Findings of the checks that are errors or warnings.
        unseen: The share of its wording that the corpus lacks (`unseen_share`).
    """

    id: str
    doubt: float
    contradictions: int = 0
    unseen: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen report and why."""

    id: str
    reason: Reason


def uncertainty(confidences: Sequence[float]) -> float:
    """The expected number of wrong facts: the sum of 1 - c over the facts' calibrated confidences.

    Raises:
        ValueError: Where a confidence is no probability.
    """
    for confidence in confidences:
        if not 0 <= confidence <= 1:
            raise ValueError(f"a confidence is between 0 and 1, got {confidence!r}")
    return sum(1 - confidence for confidence in confidences)


def ngrams(sentence: str, length: int = NGRAM) -> Iterable[str]:
    """A sentence's character n-grams; blanks are nothing and every number is one `0`."""
    plain = _NUMBERS.sub("0", _BLANKS.sub("", sentence))
    return (plain[start : start + length] for start in range(len(plain) - length + 1))


def known_ngrams(sentences: Iterable[str]) -> frozenset[str]:
    """The n-grams of a corpus."""
    return frozenset(chain.from_iterable(map(ngrams, sentences)))


def unseen_share(sentences: Iterable[str], known: Collection[str]) -> float:
    """The share of the sentences' n-grams that are not `known`; 0 where there are none."""
    found = [gram for sentence in sentences for gram in ngrams(sentence)]
    return sum(gram not in known for gram in found) / len(found) if found else 0.0


def choose(candidates: Iterable[Candidate], *, limit: int | None = None, seed: int = 0) -> list[Choice]:
    """The reports to annotate, the most worthwhile first.

    One in ten (at least one) is drawn from all candidates before anything else is looked at, so that the draw
    is a sample of them all. The other places go in turn to the most doubted, the most contradicted and the
    most strangely worded of those left; the drawn ones stand evenly between them.

    Args:
        candidates: Reports with ids of their own.
        limit: How many; all of them without it.
        seed: Of the draw.

    Raises:
        ValueError: Where an id is used twice or the limit is negative.
    """
    by_lot = sorted(candidates, key=lambda candidate: _lot(candidate, seed))
    if len({candidate.id for candidate in by_lot}) < len(by_lot):
        raise ValueError("two candidates have one id")
    places = len(by_lot) if limit is None else min(limit, len(by_lot))
    if places < 0:
        raise ValueError(f"a limit is not negative, got {limit}")
    draws = -(-places // RANDOM_SHARE)
    ranked = _in_turn(by_lot[draws:])[: places - draws]
    return _spread(ranked, [Choice(candidate.id, Reason.RANDOM) for candidate in by_lot[:draws]])


def _lot(candidate: Candidate, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{candidate.id}".encode()).digest()


def _in_turn(candidates: Sequence[Candidate]) -> list[Choice]:
    """Each reason's own ranking, one of each in turn; then those that no reason speaks for.

    Taking turns needs no common scale for a probability, a count and a share.
    """
    scores: dict[Reason, Callable[[Candidate], float]] = {
        Reason.UNCERTAIN: lambda candidate: candidate.doubt,
        Reason.CONTRADICTED: lambda candidate: candidate.contradictions,
        Reason.UNSEEN: lambda candidate: candidate.unseen,
    }
    queues = {
        reason: iter(sorted((c for c in candidates if score(c) > 0), key=score, reverse=True))
        for reason, score in scores.items()
    }
    taken: dict[str, Choice] = {}
    while queues:
        for reason, queue in list(queues.items()):
            candidate = next((c for c in queue if c.id not in taken), None)
            if candidate is None:
                del queues[reason]
            else:
                taken[candidate.id] = Choice(candidate.id, reason)
    rest = (Choice(c.id, Reason.REST) for c in candidates if c.id not in taken)
    return [*taken.values(), *rest]


def _spread(ranked: Sequence[Choice], drawn: Sequence[Choice]) -> list[Choice]:
    """The drawn ones at every tenth place, so that whoever stops early has read their share of them."""
    stretch = RANDOM_SHARE - 1
    stretches = [ranked[start : start + stretch] for start in range(0, len(ranked), stretch)]
    pairs = zip_longest(stretches, ([choice] for choice in drawn), fillvalue=())
    return [choice for pair in pairs for part in pair for choice in part]
