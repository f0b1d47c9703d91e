"""Answers by the content of what was asked: asking the same again costs nothing, wherever the server is."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from annotations.llm.dialect import ChatRequest
from annotations.llm.reply import ChatAnswer

_FORMAT = 1


def default_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The user's cache folder as the system has it."""
    home = Path.home()
    if platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "nianbao" / "llm"


def request_key(request: ChatRequest, model: str, max_tokens: int) -> str:
    """The name of a request: the hash of model, messages, schema and limit, but not of the address."""
    asked = {
        "format": _FORMAT,
        "model": model,
        "max_tokens": max_tokens,
        "messages": [dict(message) for message in request.messages],
        "schema": request.schema,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode("ascii")).hexdigest()


class AnswerCache:
    """One file an answer. Files appear whole or not at all, so that a killed run leaves what it paid for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> ChatAnswer | None:
        """The answer; a file that is no answer is as good as none."""
        try:
            data = json.loads(self._path(key).read_text(encoding="utf-8"))
            if data["format"] != _FORMAT or not isinstance(data["content"], str):
                return None
            return ChatAnswer(data["content"], is_whole=bool(data["is_whole"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def put(self, key: str, answer: ChatAnswer) -> None:
        """
        Raises:
            OSError: Where the folder cannot be written.
        """
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = {
            "format": _FORMAT, "content": answer.content, "is_whole": answer.is_whole,
            "prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens,
        }  # fmt: skip
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(data, file)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"
