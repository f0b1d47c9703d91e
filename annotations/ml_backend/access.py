"""Who may ask the backend: a shared secret, and which addresses need one.

Label Studio sends an ML backend's user and password by basic authentication with /health, /setup, /predict and
START_TRAINING. Its webhooks carry no password, but headers that are set on the webhook.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

SECRET_VARIABLE = "NIANBAO_BACKEND_SECRET"
SECRET_HEADER = "X-Nianbao-Secret"
DEFAULT_USER = "nianbao"


@dataclass(frozen=True, slots=True)
class Access:
    """The user and the secret that a request must bring; without a secret every request is let in.

    Raises:
        ValueError: The user or the secret cannot be sent by basic authentication.
    """

    user: str = DEFAULT_USER
    secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.user or ":" in self.user or not _printable(self.user):
            raise ValueError("the user must be printable ASCII without a colon / 用户名只能用 ASCII 字符，不含冒号")
        if self.secret is not None and not (self.secret and _printable(self.secret)):
            # The secret itself must not get into a message.
            raise ValueError("the secret must be printable ASCII / 密钥只能用可打印的 ASCII 字符")

    @property
    def is_open(self) -> bool:
        return self.secret is None

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether a request's headers (names in any case) bring the secret; takes the same time for any wrong one."""
        if self.secret is None:
            return True
        by_name = {name.lower(): value for name, value in headers.items()}
        user, password = _basic_credentials(by_name.get("authorization", ""))
        # Both are compared before either decides, so that the time does not tell a known user.
        by_password = _same(user, self.user) & _same(password, self.secret)
        return by_password | _same(by_name.get(SECRET_HEADER.lower(), ""), self.secret)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens at `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _basic_credentials(header: str) -> tuple[str, str]:
    """User and password of an `Authorization` header, empty where it is not a basic one."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return "", ""
    user, _, password = decoded.partition(":")
    return user, password
