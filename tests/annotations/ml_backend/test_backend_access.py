"""Who is let in."""

from __future__ import annotations

import base64

import pytest

from annotations.ml_backend.access import Access, is_loopback

ACCESS = Access("nianbao", "tangerine:colon")


def basic(credentials: bytes) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(credentials).decode()}"}


def test_without_a_secret_everyone_is_let_in() -> None:
    assert Access().admits({})


@pytest.mark.parametrize(
    "headers",
    [
        basic(b"nianbao:tangerine:colon"),
        {"Authorization": basic(b"nianbao:tangerine:colon")["authorization"].replace("Basic", "bAsIc")},
        {"X-Nianbao-Secret": "tangerine:colon"},
        {"x-nianbao-secret": "tangerine:colon", "authorization": "Bearer of something else"},
    ],
)
def test_the_secret_is_taken_from_basic_authentication_or_the_header(headers: dict[str, str]) -> None:
    assert ACCESS.admits(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(b"nianbao:tangerine"),
        basic(b"someone:tangerine:colon"),
        basic(b"nianbao"),
        basic(b""),
        basic("nianbao:蜜柑".encode()),
        {"authorization": "Basic not/base64!"},
        {"authorization": "Basic"},
        {"authorization": "Bearer tangerine:colon"},
        {"x-nianbao-secret": ""},
        {"x-nianbao-secret": "蜜柑"},
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    assert not ACCESS.admits(headers)


def test_the_secret_is_in_no_representation() -> None:
    assert "tangerine" not in repr(ACCESS)


@pytest.mark.parametrize(
    ("user", "secret"), [("a:b", "x"), ("", "x"), ("用户", "x"), ("a", "蜜柑"), ("a", "tangerine\n"), ("a", "")]
)
def test_what_basic_authentication_cannot_carry_is_refused_without_quoting_it(user: str, secret: str) -> None:
    with pytest.raises(ValueError, match="ASCII") as caught:
        Access(user, secret)
    assert "tangerine" not in str(caught.value)
    assert "蜜柑" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "8.8.8.8", "example.test", "localhost.test", ""])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
