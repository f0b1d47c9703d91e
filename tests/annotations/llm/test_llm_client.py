"""The chat client against a real server on loopback: patience, its limits, and a key that nobody gets to see."""

from __future__ import annotations

import logging
import pickle
import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from scripted_llm import Reply, ScriptedLlm, completion, problem

from annotations.llm.client import ChatClient
from annotations.llm.costs import Costs, Meter
from annotations.llm.dialect import ChatRequest
from annotations.llm.errors import LlmError, LlmErrorCode
from annotations.llm.retry import backoff, retry_after
from annotations.llm.settings import ApiKey, LlmSettings

KEY = "sk-test-0123456789-SECRET"
REQUEST = ChatRequest([{"role": "user", "content": "<<<\n段落\n>>>"}], {"type": "object"})
ANSWER = '{"facts": []}'


class Patience:
    """Stands for waiting: notes the seconds."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return False


@contextmanager
def client_of(
    server: ScriptedLlm | None = None, *, url: str = "", patience: Patience | None = None, chance: float = 1.0,
    **settings: object,
) -> Iterator[tuple[ChatClient, Meter]]:  # fmt: skip
    chosen = {"key": ApiKey(KEY), "timeout": 5.0, **settings}
    meter = Meter()
    client = ChatClient(
        LlmSettings(url or (server.url if server else ""), "m", **chosen),  # type: ignore[arg-type]
        meter,
        wait=patience or Patience(),
        chance=lambda: chance,
    )
    try:
        yield client, meter
    finally:
        client.close()


@pytest.fixture
def server() -> Iterator[ScriptedLlm]:
    with ScriptedLlm(answer=lambda _: completion(ANSWER)) as running:
        yield running


def test_a_question_goes_out_with_schema_and_key_and_its_cost_is_counted(server: ScriptedLlm) -> None:
    with client_of(server) as (client, meter):
        answer = client.ask(REQUEST)
    assert (answer.content, answer.is_whole) == (ANSWER, True)
    (received,) = server.received
    assert received.path == "/v1/chat/completions"
    assert received.headers["Authorization"] == f"Bearer {KEY}"
    assert received.body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert (received.body["model"], received.body["temperature"]) == ("m", 0)
    assert meter.total == Costs(calls=1, prompt_tokens=100, completion_tokens=20)


def test_a_local_server_gets_no_key(server: ScriptedLlm) -> None:
    with client_of(server, key=None) as (client, _):
        client.ask(REQUEST)
    assert "Authorization" not in server.received[0].headers


def test_a_server_without_schemas_is_asked_more_loosely_and_only_once(server: ScriptedLlm) -> None:
    server.replies += [problem(400, "response_format json_schema is not supported"), problem(400, "nor json_object")]
    with client_of(server) as (client, _):
        client.ask(REQUEST)
        client.ask(REQUEST)
    formats = [received.body.get("response_format", {}).get("type") for received in server.received]
    assert formats == ["json_schema", "json_object", None, None]


def test_parameters_that_a_server_names_are_given_up(server: ScriptedLlm) -> None:
    server.replies += [
        problem(400, "use 'max_completion_tokens' instead", param="max_tokens"),
        problem(400, "only the default is supported", param="temperature"),
    ]
    with client_of(server, max_tokens=777) as (client, _):
        client.ask(REQUEST)
    last = server.received[-1].body
    assert last["max_completion_tokens"] == 777
    assert "max_tokens" not in last
    assert "temperature" not in last
    assert last["response_format"]["type"] == "json_schema"


def test_a_request_refused_in_every_form_is_an_error_of_its_own_and_the_next_is_asked_in_full(
    server: ScriptedLlm,
) -> None:
    server.replies += [problem(400, "context length exceeded")] * 3
    with client_of(server) as (client, _):
        with pytest.raises(LlmError, match="context length exceeded") as caught:
            client.ask(REQUEST)
        assert caught.value.code is LlmErrorCode.REQUEST_REFUSED
        client.ask(REQUEST)
    assert server.received[-1].body["response_format"]["type"] == "json_schema"


def test_retry_after_is_honoured(server: ScriptedLlm) -> None:
    server.replies += [problem(429, "slow down", {"Retry-After": "7"})]
    patience = Patience()
    with client_of(server, patience=patience) as (client, meter):
        client.ask(REQUEST)
    assert patience.waits == [pytest.approx(7, abs=0.5)]
    assert meter.total.calls == 2
    assert meter.total.retries == 1


def test_a_pause_asked_of_one_thread_is_everyone_s(server: ScriptedLlm) -> None:
    server.replies += [problem(429, "slow down", {"Retry-After": "30"})]
    patience = Patience()
    with client_of(server, patience=patience) as (client, _):
        client.ask(REQUEST)
        client.ask(REQUEST)  # the wait was not real: the thirty seconds are not over for this one either
    assert [round(seconds) for seconds in patience.waits] == [30, 30]


def test_failures_are_met_with_growing_waits_and_then_an_error(server: ScriptedLlm) -> None:
    server.replies += [problem(503, "loading model")] * 4
    patience = Patience()
    with client_of(server, patience=patience, tries=4) as (client, meter):
        with pytest.raises(LlmError, match="loading model") as caught:
            client.ask(REQUEST)
        assert caught.value.code is LlmErrorCode.SERVER
        assert patience.waits == [1, 2, 4]
        assert meter.total.calls == 4
        client.ask(REQUEST)


def test_a_server_that_asks_for_an_hour_is_given_up(server: ScriptedLlm) -> None:
    server.replies += [problem(429, "slow down", {"Retry-After": "3600"})]
    patience = Patience()
    with client_of(server, patience=patience) as (client, _):
        with pytest.raises(LlmError, match="3600 s"):
            client.ask(REQUEST)
        with pytest.raises(LlmError):
            client.ask(REQUEST)
    assert patience.waits == []
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("reply", "code", "told"),
    [
        (problem(401, "Incorrect API key provided"), LlmErrorCode.KEY_REFUSED, "NIANBAO_LLM_KEY"),
        (problem(403, "no access"), LlmErrorCode.KEY_REFUSED, "NIANBAO_LLM_KEY"),
        (problem(404, "model 'm' not found"), LlmErrorCode.NOT_FOUND, "NIANBAO_LLM_MODEL"),
        (problem(429, "no money", code="insufficient_quota"), LlmErrorCode.QUOTA, "quota"),
        (Reply("", 302, {"Location": "http://127.0.0.1:9/login"}), LlmErrorCode.PROTOCOL, "chat"),
    ],
)
def test_what_asking_again_cannot_mend_is_asked_once(
    server: ScriptedLlm, reply: Reply, code: LlmErrorCode, told: str
) -> None:
    server.replies.append(reply)
    patience = Patience()
    with client_of(server, patience=patience) as (client, _):
        for _again in range(2):
            with pytest.raises(LlmError, match=told) as caught:
                client.ask(REQUEST)
            assert caught.value.code is code
    assert len(server.received) == 1
    assert patience.waits == []


@pytest.mark.parametrize("body", ["<html>portal</html>", "", "[]", '{"choices": []}', '{"object": "list"}'])
def test_a_reply_that_is_no_completion_is_told(server: ScriptedLlm, body: str) -> None:
    server.replies.append(Reply(body))
    with client_of(server) as (client, _), pytest.raises(LlmError) as caught:
        client.ask(REQUEST)
    assert caught.value.code is LlmErrorCode.PROTOCOL


@pytest.mark.parametrize("error", ["overloaded", None, ["x"], {"code": ["insufficient_quota"], "message": 7, "param": 3}])
def test_errors_of_any_shape_are_told(server: ScriptedLlm, error: object) -> None:
    server.replies.append(Reply({"error": error}, 429))
    with client_of(server, tries=1) as (client, _), pytest.raises(LlmError, match="HTTP 429") as caught:
        client.ask(REQUEST)
    assert caught.value.code is LlmErrorCode.RATE_LIMITED


def test_a_slow_server_times_out_and_is_asked_again(server: ScriptedLlm) -> None:
    server.replies.append(Reply("", delay=0.6))
    with client_of(server, timeout=0.2) as (client, meter):
        client.ask(REQUEST)
    assert meter.total.calls == 2


def test_a_server_that_sends_a_byte_now_and_then_times_out_as_well() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not ended.wait(0.05):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    threading.Thread(target=drip, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    with client_of(url=url, timeout=0.4, tries=1) as (client, _), pytest.raises(LlmError) as caught:
        client.ask(REQUEST)
    ended.set()
    listener.close()
    assert caught.value.code is LlmErrorCode.TIMEOUT


def test_a_server_that_is_gone_is_given_up_after_a_few_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with client_of(url=url, tries=2) as (client, meter):
        for _again in range(10):
            with pytest.raises(LlmError) as caught:
                client.ask(REQUEST)
            assert caught.value.code is LlmErrorCode.UNREACHABLE
    assert meter.total.calls == 6


def test_closing_ends_a_wait() -> None:
    with ScriptedLlm(answer=lambda _: problem(503, "no")) as server:
        client = ChatClient(LlmSettings(server.url, "m", timeout=5), Meter())
        threading.Timer(0.2, client.close).start()
        with pytest.raises(LlmError, match="stopped"):
            client.ask(REQUEST)


def test_the_key_appears_nowhere(server: ScriptedLlm, caplog: pytest.LogCaptureFixture) -> None:
    """Not in logs at the lowest level, the HTTP library's included, nor in errors whose server prints it back."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "nianbao.llm"):
        caplog.set_level(logging.DEBUG, logger=name)
    shown: list[str] = []
    for reply in (
        problem(401, f"Incorrect API key provided: {KEY}"),
        problem(404, f"model not found for Bearer {KEY}"),
        Reply(f"<html>{KEY}</html>"),
        problem(503, f"queue of {KEY}"),
        problem(400, f"bad request by {KEY}"),
    ):
        server.replies += [reply] * 3
        settings = LlmSettings(server.url, "m", ApiKey(KEY), tries=3)
        client = ChatClient(settings, Meter(), wait=Patience())
        shown += [repr(client), repr(settings), str(settings)]
        with pytest.raises(LlmError) as caught:
            client.ask(REQUEST)
        shown += traceback.format_exception(caught.value)
        shown += [repr(error) for error in (caught.value, caught.value.__cause__, caught.value.__context__)]
        server.replies.clear()
        client.close()
    shown += [record.getMessage() for record in caplog.records]
    assert any("127.0.0.1" in text for text in shown), "nothing was logged at all"
    assert all(received.headers["Authorization"] == f"Bearer {KEY}" for received in server.received)
    assert KEY not in "\n".join(shown)
    assert "***" in "\n".join(shown)


def test_a_key_printed_back_in_an_answer_is_taken_out(server: ScriptedLlm) -> None:
    server.replies.append(completion(f"your key is {KEY}"))
    with client_of(server) as (client, _):
        assert client.ask(REQUEST).content == "your key is ***"


def test_a_connection_s_error_does_not_carry_the_request_and_its_key() -> None:
    with client_of(url="http://127.0.0.1:9/v1", tries=1) as (client, _), pytest.raises(LlmError) as caught:
        client.ask(REQUEST)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_key_is_neither_written_nor_pickled_and_none_is_made_of_nonsense() -> None:
    key = ApiKey(f" {KEY}\n")
    assert key.reveal() == KEY
    assert KEY not in f"{key} {key!r} {[key]}"
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(LlmError) as caught:
        ApiKey("密钥-" + KEY)
    assert KEY not in str(caught.value)
    assert ApiKey("EMPTY").redact("EMPTY 40") == "EMPTY 40"


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://host/v1", "http://", "http://user:pass-word@host/v1", f"http://host/v1?key={KEY}", "http://host:0x/v1"],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(LlmError) as caught:
        LlmSettings(url, "m", ApiKey(KEY))
    assert caught.value.code is LlmErrorCode.SETTINGS
    assert "pass-word" not in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1/chat/completions"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1/chat/completions"),
        ("https://host/api/v3", "https://host/api/v3/chat/completions"),
        ("https://host/v1/chat/completions?api-version=1", "https://host/v1/chat/completions?api-version=1"),
    ],
)
def test_the_endpoint_follows_from_the_address(url: str, endpoint: str) -> None:
    assert LlmSettings(url, "m").endpoint == endpoint


def test_a_key_over_plain_http_to_another_machine_is_noticed() -> None:
    key = ApiKey(KEY)
    assert LlmSettings("http://10.0.0.5:8000/v1", "m", key).sends_key_in_clear
    assert not LlmSettings("https://host/v1", "m", key).sends_key_in_clear
    assert not LlmSettings("http://127.0.0.1:8000/v1", "m", key).sends_key_in_clear
    assert not LlmSettings("http://10.0.0.5:8000/v1", "m").sends_key_in_clear


def test_waits_double_up_to_a_limit_and_are_half_chance() -> None:
    assert [backoff(failures, 1.0) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert backoff(3, 0.0) == 2
    assert backoff(50, 1.0) == 60


def test_retry_after_is_read_as_seconds_or_date() -> None:
    now = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
    assert retry_after("2.5", now) == 2.5
    assert retry_after(format_datetime(now + timedelta(seconds=90), usegmt=True), now) == 90
    assert retry_after(format_datetime(now - timedelta(seconds=90), usegmt=True), now) == 0
    for nonsense in ("soon", "", "-1", "9" * 40, "Mon, 01 Jan 99999 00:00:00 GMT"):
        assert retry_after(nonsense, now) is None
    assert retry_after(None, now) is None
