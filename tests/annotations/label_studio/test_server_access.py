"""Addresses, tokens and a server's refusals, on a transport in memory."""

from __future__ import annotations

import sys
from collections.abc import Callable

import httpx
import pytest

from annotations.label_studio.errors import ServerError
from annotations.label_studio.server import TOKEN_VARIABLE, URL_VARIABLE, Access, Server, access_from

TOKEN = "5ec2e7" * 7


def server(answer: Callable[[httpx.Request], httpx.Response]) -> Server:
    return Server(Access("http://ls", TOKEN), http=httpx.Client(transport=httpx.MockTransport(answer)))


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "http://from-environment/")
    monkeypatch.setenv(TOKEN_VARIABLE, f" {TOKEN}\n")
    assert access_from(None, None) == Access("http://from-environment", TOKEN)
    assert access_from("https://given/ls/", "other") == Access("https://given/ls", "other")
    with pytest.raises(ServerError, match="ftp://x is no address"):
        access_from("ftp://x", "t")
    monkeypatch.delenv(TOKEN_VARIABLE)
    with pytest.raises(ServerError, match=TOKEN_VARIABLE):
        access_from(None, None)


def test_a_token_is_in_no_representation() -> None:
    assert TOKEN not in repr(Access("http://ls", TOKEN))


def test_the_token_is_sent_and_a_refusal_never_tells_it() -> None:
    seen: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(401, json={"detail": f"the token {TOKEN} is wrong"})

    with pytest.raises(ServerError) as refused:
        server(refuse).project(1)
    assert seen == [f"Token {TOKEN}"]
    assert TOKEN not in str(refused.value)
    assert "refuses the token" in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (httpx.Response(403, json={"detail": "no"}), "may not do this"),
        (httpx.Response(404, json={"detail": "no"}), "no such project"),
        (
            httpx.Response(400, json={"detail": "bad", "validation_errors": {"title": ["short"]}}),
            r"title: \['short'\]",
        ),
        (httpx.Response(404, text="<html>"), "no answer of Label Studio's"),
        (httpx.Response(200, text="<html>"), "Label Studio"),
    ],
)
def test_refusals_are_named(response: httpx.Response, says: str) -> None:
    with pytest.raises(ServerError, match=says):
        server(lambda request: response).project(1)


@pytest.mark.parametrize("package", ["label_studio_sdk", "httpx"])
def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ServerError, match=rf"{package} is missing: pip install 'nianbao\[annotate\]'"):
        Server(Access("http://ls", TOKEN))


def test_a_server_that_does_not_answer() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout(f"with {TOKEN}")

    with pytest.raises(ServerError, match="cannot be reached") as told:
        server(fail).projects()
    assert TOKEN not in str(told.value)


def test_an_import_is_not_tried_again() -> None:
    """The server may have taken the tasks before it failed."""
    calls: list[str] = []

    def fail(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path)
        return httpx.Response(503, json={"detail": "busy"})

    with pytest.raises(ServerError, match="503"):
        server(fail).import_tasks(3, [{"data": {}}])
    assert calls == ["/api/projects/3/import"]
