"""A server on loopback that speaks the OpenAI chat interface and answers as a test has written."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Facts = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Received:
    """A request as it came in; `text` is the paragraph that it asks about."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    text: str


@dataclass(frozen=True)
class Reply:
    """What is sent back, after `delay` seconds."""

    body: Mapping[str, Any] | str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


def completion(content: str, *, finish_reason: str = "stop", tokens: tuple[int, int] = (100, 20)) -> Reply:
    message = {"role": "assistant", "content": content}
    return Reply(
        {
            "id": "chatcmpl-1", "object": "chat.completion", "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
            "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]},
        }
    )  # fmt: skip


def facts_answer(facts: Facts) -> str:
    return json.dumps({"facts": list(facts)}, ensure_ascii=False)


def problem(status: int, message: str, headers: Mapping[str, str] | None = None, **more: Any) -> Reply:
    return Reply({"error": {"message": message, **more}}, status, headers or {})


class ScriptedLlm:
    """Answers with the facts whose `context` stands in the paragraph asked about; `replies` go first.

    Args:
        facts: All that the "model" knows.
        answer: Replaces the answer about a request.
    """

    def __init__(self, facts: Facts = (), answer: Callable[[Received], Reply] | None = None) -> None:
        self._facts = facts
        self._answer = answer or self._by_context
        self.replies: deque[Reply] = deque()
        self.received: list[Received] = []
        self.open_at_once = self._open = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def texts(self) -> list[str]:
        return [received.text for received in self.received]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _by_context(self, received: Received) -> Reply:
        known = [fact for fact in self._facts if fact["context"] in received.text]
        return completion(facts_answer(known))

    def _reply(self, received: Received) -> Reply:
        with self._lock:
            self.received.append(received)
            self._open += 1
            self.open_at_once = max(self.open_at_once, self._open)
            reply = self.replies.popleft() if self.replies else None
        reply = reply or self._answer(received)
        time.sleep(reply.delay)
        with self._lock:
            self._open -= 1
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                text = body["messages"][-1]["content"].split("<<<\n", 1)[1].rsplit("\n>>>", 1)[0]
                reply = server._reply(Received(self.path, dict(self.headers), body, text))
                data = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
                try:
                    self.send_response(reply.status)
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(data.encode())))
                    self.end_headers()
                    self.wfile.write(data.encode())
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client did not wait

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
