"""The form of an answer: as JSON schema for the server, and as read from what it really sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

ROLES = ("item", "action", "scope", "period", "channel")
_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCED = re.compile(r"```[A-Za-z]*\s*(.*?)```", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_MOST_STARTS = 20


class MalformedAnswer(ValueError):
    """An answer in which there is no object of facts."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One fact as the model gives it: quotes, unchecked, and no number.

    `part_of` is the place, in the same answer, of the fact that it is a part of.
    """

    value: str
    context: str | None = None
    item: str | None = None
    action: str | None = None
    scope: str | None = None
    period: str | None = None
    channel: str | None = None
    code: str | None = None
    part_of: int | None = None


def answer_schema(codes: Iterable[str]) -> dict[str, Any]:
    """The JSON schema of an answer (strict mode: every key required, none besides)."""
    quote = {"type": ["string", "null"]}
    fact = {
        "context": quote,
        "value": {"type": "string"},
        **dict.fromkeys(ROLES, quote),
        "code": {"type": ["string", "null"], "enum": [*codes, None]},
        "part_of": {"type": ["integer", "null"]},
    }
    return _object({"facts": {"type": "array", "items": _object(fact)}})


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def parse_answer(content: str) -> list[Suggestion | None]:
    """The suggestions of an answer in its order; `None` stands for one that is out of form.

    Fences, prose around the JSON and a thought in front of it are passed over.

    Raises:
        MalformedAnswer: Where there is no list of facts.
    """
    for data in _json_values(_THOUGHT.sub("", content)):
        facts = data.get("facts") if isinstance(data, dict) else data
        if isinstance(facts, list) and (isinstance(data, dict) or _are_facts(facts)):
            return [_suggestion(fact) for fact in facts]
    raise MalformedAnswer(content[:80])


def _are_facts(values: list[Any]) -> bool:
    """Whether a bare list is one of facts, not a `[1]` or `[]` somewhere in prose."""
    return bool(values) and all(isinstance(value, dict) and "value" in value for value in values)


def _json_values(content: str) -> Iterator[Any]:
    """What JSON an answer holds: the whole, else what is fenced, else what begins at a brace."""
    decoder = json.JSONDecoder()
    for text in (content, *(match[1] for match in _FENCED.finditer(content))):
        try:
            yield json.loads(text)
        except (ValueError, RecursionError):
            continue
    for count, match in enumerate(_OPENING.finditer(content)):
        if count == _MOST_STARTS:
            return
        try:
            yield decoder.raw_decode(content, match.start())[0]
        except (ValueError, RecursionError):
            continue


def _suggestion(fact: Any) -> Suggestion | None:
    if not isinstance(fact, dict) or not isinstance(fact.get("value"), str) or not fact["value"].strip():
        return None
    quotes = {name: fact.get(name) for name in ("context", *ROLES, "code")}
    if not all(quote is None or isinstance(quote, str) for quote in quotes.values()):
        return None
    part_of = fact.get("part_of")
    if part_of is not None and (not isinstance(part_of, int) or isinstance(part_of, bool)):
        return None
    return Suggestion(fact["value"], part_of=part_of, **{name: quote or None for name, quote in quotes.items()})
