"""Asks a server that speaks the OpenAI chat interface, patiently but not for ever."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from annotations.llm.costs import Costs, Meter
from annotations.llm.dialect import ChatRequest, Dialect
from annotations.llm.errors import LlmError, LlmErrorCode
from annotations.llm.reply import ChatAnswer, Reply
from annotations.llm.retry import RETRIED, backoff, retry_after
from annotations.llm.settings import LlmSettings

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger("nianbao.llm")
_MOST_BYTES = 8 * 1024 * 1024
_CONNECT_SECONDS = 10.0
_GIVE_UP_AFTER = 3  # answers in a row whose every try failed: the server is gone, and the rest need not wait
_NO_REPLY = 0  # the status where the server did not answer at all
_FORMAT_REFUSED = frozenset({400, 413, 422})
_FATAL = {
    401: LlmErrorCode.KEY_REFUSED, 403: LlmErrorCode.KEY_REFUSED, 404: LlmErrorCode.NOT_FOUND,
    405: LlmErrorCode.NOT_FOUND,
}  # fmt: skip


class ChatClient:
    """A connection to one server, for several threads.

    What cannot get better by asking again (a refused key, an unknown model) is asked once: later requests fail
    at once with the same error.

    Args:
        settings: Where and how.
        meter: Counts requests and tokens.
        wait: Waits for some seconds; returns true where it was interrupted. For tests.
        chance: A random number in 0..1. For tests.

    Raises:
        ImportError: Without httpx; the message says which extra to install.
    """

    def __init__(
        self,
        settings: LlmSettings,
        meter: Meter,
        *,
        wait: Callable[[float], bool] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings, self._meter = settings, meter
        self._http = _open(settings)
        self._stopped = Event()
        self._wait = wait or self._stopped.wait
        self._chance = chance
        self._lock = Lock()
        self._dialect = Dialect()
        self._gone: LlmError | None = None
        self._failures = 0
        self._held_until = 0.0

    @property
    def model(self) -> str:
        return self._settings.model

    @property
    def max_tokens(self) -> int:
        return self._settings.max_tokens

    def close(self) -> None:
        """Ends the connection; threads that wait for their next try end with an error."""
        self._stopped.set()
        self._http.close()

    def ask(self, request: ChatRequest) -> ChatAnswer:
        """
        Raises:
            LlmError: Where no completion was got.
        """
        dialect = self._dialect
        while True:
            reply = self._reply(dialect.body(request, self.model, self.max_tokens))
            if reply.status not in _FORMAT_REFUSED:
                break
            looser = dialect.after_refusal(reply.parameter)
            if looser is None:
                raise LlmError(LlmErrorCode.REQUEST_REFUSED, reply.problem)
            _log.info("refused (%s), asking with %s", reply.problem, looser)
            dialect = looser
        answer = reply.completion()
        self._dialect = dialect
        self._meter.add(
            Costs(prompt_tokens=answer.prompt_tokens, completion_tokens=answer.completion_tokens)
        )
        return answer

    def _reply(self, body: bytes) -> Reply:
        """A reply of status 200 or one that refuses the request's form."""
        failures = 0
        while True:
            self._hold()
            if self._gone is not None:
                raise self._gone
            self._meter.add(Costs(calls=1, retries=int(failures > 0)))
            reply, problem = self._attempt(body)
            if problem is None:
                self._failures = 0
                return reply
            failures += 1
            if failures >= self._settings.tries:
                self._count_failure(problem)
                raise problem
            self._pause(failures, reply, problem)

    def _attempt(self, body: bytes) -> tuple[Reply, LlmError | None]:
        """One request: the reply, and what was wrong with it if another try may mend that.

        Raises:
            LlmError: What no further try will mend.
        """
        try:
            reply = self._send(body)
        except LlmError as error:
            return Reply(_NO_REPLY, ""), error
        return reply, self._problem(reply)

    def _problem(self, reply: Reply) -> LlmError | None:
        """What another try may mend; `None` for a reply to be used.

        Raises:
            LlmError: What no further try will mend.
        """
        if reply.status == 200 or reply.status in _FORMAT_REFUSED:
            return None
        if reply.status == 429 and reply.is_used_up:
            raise self._fatal(LlmError(LlmErrorCode.QUOTA, reply.problem))
        if reply.status in RETRIED or reply.status >= 500:
            code = LlmErrorCode.RATE_LIMITED if reply.status == 429 else LlmErrorCode.SERVER
            return LlmError(code, reply.problem)
        raise self._fatal(LlmError(_FATAL.get(reply.status, LlmErrorCode.PROTOCOL), reply.problem))

    def _fatal(self, error: LlmError) -> LlmError:
        self._gone = error
        return error

    def _count_failure(self, error: LlmError) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= _GIVE_UP_AFTER:
                self._gone = error

    def _pause(self, failures: int, reply: Reply, problem: LlmError) -> None:
        """Waits as long as the server asks, else ever longer.

        Raises:
            LlmError: Where the server asks for more patience than the settings allow.
        """
        asked = reply.retry_after
        seconds = backoff(failures, self._chance()) if asked is None else asked
        if seconds > self._settings.longest_wait:
            detail = f"{problem.detail}; the server asks to wait {seconds:.0f} s"
            raise self._fatal(LlmError(problem.code, detail))
        _log.info("%s; again in %.1f s", problem.detail, seconds)
        if asked is None:
            self._rest(seconds)
        else:
            with self._lock:
                self._held_until = max(self._held_until, time.monotonic() + asked)

    def _hold(self) -> None:
        """A pause that the server asked one thread for is everyone's."""
        remaining = self._held_until - time.monotonic()
        if remaining > 0:
            self._rest(remaining)

    def _rest(self, seconds: float) -> None:
        if self._wait(seconds):
            raise LlmError(LlmErrorCode.UNREACHABLE, "stopped")

    def _send(self, body: bytes) -> Reply:
        """One request.

        Raises:
            LlmError: `llm_timeout` or `llm_unreachable`.
        """
        import httpx

        key = self._settings.key
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key.reveal()}"
        try:
            return self._receive(body, headers)
        except httpx.TimeoutException:
            failure = LlmError(LlmErrorCode.TIMEOUT, f"over {self._settings.timeout:g} s")
        except (httpx.RequestError, httpx.StreamError, RuntimeError) as error:
            detail = self._without_key(f"{type(error).__name__}: {error}")
            failure = LlmError(LlmErrorCode.UNREACHABLE, detail)
        # Raised out here, because the library's exception carries its request, and that the key.
        raise failure

    def _receive(self, body: bytes, headers: dict[str, str]) -> Reply:
        """Reads the reply in pieces, because a server that sends one byte a minute never times out by itself."""
        import httpx

        deadline = time.monotonic() + self._settings.timeout
        pieces, length = [], 0
        with self._http.stream("POST", self._settings.endpoint, content=body, headers=headers) as response:
            for piece in response.iter_bytes():
                pieces.append(piece)
                length += len(piece)
                if length > _MOST_BYTES:
                    raise httpx.StreamError(f"an answer of more than {_MOST_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("")
            text = b"".join(pieces).decode("utf-8", "replace")
            asked = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            return Reply(response.status_code, self._without_key(text), asked)

    def _without_key(self, text: str) -> str:
        return self._settings.key.redact(text) if self._settings.key else text


def _open(settings: LlmSettings) -> httpx.Client:
    try:
        import httpx
    except ImportError as error:
        raise ImportError(
            "asking a language model needs httpx: pip install 'nianbao[annotate]' / 需要安装 nianbao[annotate]"
        ) from error
    options: dict[str, Any] = {"http2": False, "follow_redirects": False, "trust_env": not settings.is_loopback}
    limits = httpx.Limits(max_connections=settings.jobs)
    connect = min(_CONNECT_SECONDS, settings.timeout)
    return httpx.Client(timeout=httpx.Timeout(settings.timeout, connect=connect), limits=limits, **options)
