"""What the model is told: `prompt.zh.toml` filled with the catalogue's codes."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotations.llm.dialect import ChatRequest, Message
from annotations.llm.schema import ROLES, answer_schema
from extraction.narrative.catalogue import Catalogue

OWN_PROMPT = Path(__file__).parent / "prompt.zh.toml"
_KEYS = ("context", "value", *ROLES, "code", "part_of")


@dataclass(frozen=True, slots=True)
class Example:
    """A paragraph and the answer that is wanted for it."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The instruction, the examples and the answer's form; `version` names exactly this wording."""

    version: str
    system: str
    user: str
    examples: tuple[Example, ...]
    schema: Mapping[str, Any]

    def request(self, text: str) -> ChatRequest:
        """What is asked about a paragraph."""
        messages: list[Message] = [{"role": "system", "content": self.system}]
        for example in self.examples:
            messages.append(self._question(example.text))
            messages.append({"role": "assistant", "content": example.answer})
        messages.append(self._question(text))
        return ChatRequest(messages, self.schema)

    def _question(self, text: str) -> Message:
        return {"role": "user", "content": self.user.replace("{text}", text)}


def load_prompt(catalogue: Catalogue, path: Path = OWN_PROMPT) -> Prompt:
    """
    Raises:
        OSError, tomllib.TOMLDecodeError, KeyError: Where the file is not there or not of the form.
    """
    with path.open("rb") as file:
        data = tomllib.load(file)
    codes = "\n".join(f"{entry.code} {entry.name_zh}（{entry.unit}）" for entry in catalogue.values())
    system = data["system"].strip().replace("{codes}", codes)
    user = data["user"].strip()
    examples = tuple(Example(example["text"], _answer(example["facts"])) for example in data["examples"])
    wording = json.dumps([system, user, [(e.text, e.answer) for e in examples]])
    digest = hashlib.sha256(wording.encode("ascii")).hexdigest()[:8]
    return Prompt(f"{data['version']}-{digest}", system, user, examples, answer_schema(catalogue))


def _answer(facts: list[dict[str, Any]]) -> str:
    whole = [{key: fact.get(key) for key in _KEYS} for fact in facts]
    return json.dumps({"facts": whole}, ensure_ascii=False)
