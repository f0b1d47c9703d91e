"""What of the OpenAI chat interface a server understands: servers refuse parameters that they do not know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

Message = Mapping[str, str]


class AnswerFormat(StrEnum):
    """How the answer's form is asked for, the strictest first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


_LOOSER = {AnswerFormat.SCHEMA: AnswerFormat.OBJECT, AnswerFormat.OBJECT: AnswerFormat.TEXT}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked, whoever answers: the messages and the JSON schema of the answer."""

    messages: Sequence[Message]
    schema: Mapping[str, Any]
    schema_name: str = "facts"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The parameters that are sent."""

    format: AnswerFormat = AnswerFormat.SCHEMA
    limit_name: str = "max_tokens"
    has_temperature: bool = True

    def body(self, request: ChatRequest, model: str, max_tokens: int) -> bytes:
        """The request as JSON; ASCII, so that even a lone surrogate of a broken page can be sent."""
        data: dict[str, Any] = {
            "model": model,
            "messages": [dict(message) for message in request.messages],
            self.limit_name: max_tokens,
        }
        if self.has_temperature:
            data["temperature"] = 0
        if self.format is AnswerFormat.SCHEMA:
            schema = {"name": request.schema_name, "strict": True, "schema": request.schema}
            data["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.format is AnswerFormat.OBJECT:
            data["response_format"] = {"type": "json_object"}
        return json.dumps(data).encode("ascii")

    def after_refusal(self, parameter: str | None) -> Dialect | None:
        """What to send to a server that refused this (HTTP 400, 422), `None` where nothing is left to give up.

        Args:
            parameter: The one that the server names, if it names one.
        """
        if parameter == "max_tokens" and self.limit_name == "max_tokens":
            return replace(self, limit_name="max_completion_tokens")
        if parameter == "temperature" and self.has_temperature:
            return replace(self, has_temperature=False)
        looser = _LOOSER.get(self.format)
        return replace(self, format=looser) if looser else None
