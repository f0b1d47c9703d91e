"""Where the language model is, and the key, which is shown to nobody but the server."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from annotations.llm.errors import LlmError, LlmErrorCode

URL_VARIABLE, MODEL_VARIABLE, KEY_VARIABLE = "NIANBAO_LLM_URL", "NIANBAO_LLM_MODEL", "NIANBAO_LLM_KEY"
_PATH = "/chat/completions"
_HIDDEN = "***"
_SENDABLE = re.compile(r"[!-~]+\Z")
# A shorter "key" is a placeholder that local servers want (`x`, `EMPTY`, `ollama`): taking it out of every
# text would garble answers and hide nothing.
_SHORTEST_SECRET = 8


class ApiKey:
    """A key that neither prints, nor pickles, nor compares; `reveal` is for the request's header alone."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        stripped = text.strip()
        if not _SENDABLE.match(stripped):
            raise LlmError(
                LlmErrorCode.SETTINGS, f"{KEY_VARIABLE} holds characters that no key has / 密钥含有非法字符"
            )
        self._text = stripped

    def __repr__(self) -> str:
        return f"ApiKey({_HIDDEN})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not written anywhere")

    def reveal(self) -> str:
        return self._text

    def redact(self, text: str) -> str:
        """The text with the key taken out: servers have been seen to print it back."""
        return text.replace(self._text, _HIDDEN) if len(self._text) >= _SHORTEST_SECRET else text


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """How the model is asked.

    Args:
        url: The interface's base, such as `http://localhost:8000/v1`; without a path `/v1` is added.
        model: The model's name as the server knows it.
        key: Sent as bearer token; local servers need none.
        timeout: Seconds for one whole answer.
        tries: Requests for one answer before its failure counts.
        max_tokens: The longest answer.
        jobs: Requests at a time.
        longest_wait: Seconds; a server that asks for a longer pause is given up.

    Raises:
        LlmError: `llm_settings` where a setting is unfit.
    """

    url: str
    model: str
    key: ApiKey | None = None
    timeout: float = 120.0
    tries: int = 5
    max_tokens: int = 4096
    jobs: int = 4
    longest_wait: float = 120.0

    def __post_init__(self) -> None:
        _refuse_unfit_url(self.url, self.key)
        if not self.model.strip():
            raise LlmError(LlmErrorCode.SETTINGS, f"no model named, set {MODEL_VARIABLE} / 未指定模型")

    @property
    def endpoint(self) -> str:
        """The address that requests go to."""
        parts = urlsplit(self.url.strip())
        path = parts.path.rstrip("/")
        if not path.endswith(_PATH):
            path = (path or "/v1") + _PATH
        return parts._replace(path=path, fragment="").geturl()

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, where no proxy has a business."""
        host = urlsplit(self.url.strip()).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def sends_key_in_clear(self) -> bool:
        is_plain = urlsplit(self.url.strip()).scheme == "http"
        return self.key is not None and is_plain and not self.is_loopback


def _refuse_unfit_url(url: str, key: ApiKey | None) -> None:
    """Addresses are logged by HTTP libraries; one that holds a secret is refused without being quoted."""
    try:
        parts: SplitResult | None = urlsplit(url.strip())
        fits = bool(parts and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError:
        parts, fits = None, False
    if parts and (parts.username or parts.password):
        raise LlmError(
            LlmErrorCode.SETTINGS, f"the address holds a password, put it into {KEY_VARIABLE} / 地址中不得含密码"
        )
    if key is not None and key.redact(url) != url:
        raise LlmError(LlmErrorCode.SETTINGS, f"the address holds the key, leave it to {KEY_VARIABLE} / 地址中不得含密钥")
    if not fits:
        raise LlmError(
            LlmErrorCode.SETTINGS, f"no such address, set {URL_VARIABLE}, such as http://localhost:8000/v1 / 地址无效"
        )
