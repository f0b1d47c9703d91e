"""What asking has cost, and what of the answers was dropped and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from threading import Lock


class Drop(StrEnum):
    """Why something of an answer is not used: a whole answer, a fact, or one quote of a fact that stays."""

    ANSWER_MALFORMED = "answer.malformed"
    ANSWER_TRUNCATED = "answer.truncated"
    ANSWER_REFUSED = "answer.refused"
    FACT_MALFORMED = "fact.malformed"
    VALUE_NOT_FOUND = "fact.value_not_found"
    VALUE_AMBIGUOUS = "fact.value_ambiguous"
    NO_QUANTITY = "fact.no_quantity"
    NOT_A_FACT = "fact.not_a_fact"
    NO_ITEM_OR_ACTION = "fact.no_item_or_action"
    ZERO_WITHOUT_CODE = "fact.zero_without_code"
    OVERLAP = "fact.overlaps_another"
    DUPLICATE = "fact.duplicate"
    CONTEXT_NOT_FOUND = "quote.context_not_found"
    LINK_NOT_FOUND = "quote.link_not_found"
    LINK_OVERLAPS = "quote.link_overlaps"
    UNKNOWN_CODE = "quote.unknown_code"
    UNKNOWN_PARENT = "quote.unknown_parent"


Drops = Counter[Drop]


def drops_dict(drops: Drops) -> dict[str, int]:
    """For JSON, in the order of `Drop`."""
    return {drop.value: drops[drop] for drop in Drop if drops[drop]}


@dataclass(frozen=True, slots=True)
class Costs:
    """Requests sent (`retries` of them again), answers that the cache had, and tokens as the server counts."""

    calls: int = 0
    retries: int = 0
    cache_hits: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Costs) -> Costs:
        return Costs(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other: Costs) -> Costs:
        return Costs(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


class Meter:
    """Adds up costs from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._total = Costs()

    def add(self, costs: Costs) -> None:
        with self._lock:
            self._total += costs

    @property
    def total(self) -> Costs:
        with self._lock:
            return self._total


def summary(costs: Costs, drops: Drops) -> list[str]:
    """Lines for people: what was spent, and what was dropped by reason."""
    lines = [
        f"{costs.calls} requests ({costs.retries} of them again), {costs.cache_hits} answers from the cache, "
        f"{costs.prompt_tokens} + {costs.completion_tokens} tokens / 请求 {costs.calls} 次（重试 {costs.retries} 次），"
        f"缓存命中 {costs.cache_hits} 次，词元 输入 {costs.prompt_tokens}、输出 {costs.completion_tokens}"
    ]
    counted = ", ".join(f"{name} {count}" for name, count in drops_dict(drops).items())
    if counted:
        lines.append(f"dropped 弃用: {counted}")
    return lines
