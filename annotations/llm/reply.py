"""A server's reply as the client sees it: status, text without the key, and what it says went wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from annotations.llm.errors import LlmError, LlmErrorCode

_LONGEST_QUOTED = 200
_USED_UP = ("insufficient_quota", "billing_hard_limit_reached")


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """One completion; tokens are 0 where the server does not count them."""

    content: str
    is_whole: bool
    prompt_tokens: int = 0
    completion_tokens: int = 0
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply."""

    status: int
    text: str
    retry_after: float | None = None

    @property
    def problem(self) -> str:
        """The server's own words in short."""
        error = self._error()
        message = error.get("message") if isinstance(error, dict) else error
        words = " ".join((message if isinstance(message, str) else self.text).split())
        return f"HTTP {self.status}: {words[:_LONGEST_QUOTED]}" if words else f"HTTP {self.status}"

    @property
    def parameter(self) -> str | None:
        """The parameter that an error is about, where the server names it."""
        error = self._error()
        named = error.get("param") if isinstance(error, dict) else None
        return named if isinstance(named, str) else None

    @property
    def is_used_up(self) -> bool:
        """Whether a 429 means that there is no money left, and waiting would not help."""
        error = self._error()
        return isinstance(error, dict) and any(error.get(key) in _USED_UP for key in ("code", "type"))

    def _error(self) -> Any:
        data = _json(self.text)
        return (data.get("error") or data.get("detail")) if isinstance(data, dict) else None

    def completion(self) -> ChatAnswer:
        """
        Raises:
            LlmError: `llm_protocol` where the text is no chat completion.
        """
        data = _json(self.text)
        try:
            choice = data["choices"][0]
            message = choice["message"]
            content, refusal = _content(message.get("content")), message.get("refusal")
        except (TypeError, KeyError, IndexError, AttributeError):
            words = " ".join(self.text.split())[:_LONGEST_QUOTED]
            raise LlmError(LlmErrorCode.PROTOCOL, words or "empty") from None
        reason = choice.get("finish_reason")
        usage = data.get("usage")
        return ChatAnswer(
            content,
            is_whole=reason != "length",
            prompt_tokens=_tokens(usage, "prompt_tokens"),
            completion_tokens=_tokens(usage, "completion_tokens"),
            is_refusal=reason == "content_filter" or (bool(refusal) and not content),
        )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _content(content: Any) -> str:
    """The text; some servers give it in parts, or none at all."""
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def _tokens(usage: Any, name: str) -> int:
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) and count > 0 else 0
