"""A real Label Studio server on the loopback, started once for all tests that ask for it and stopped after them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
FOLDER_VARIABLE = "NIANBAO_LABEL_STUDIO"
HOW_TO = (
    "bash .ci/label_studio installs what they need and runs them; afterwards python -m pytest -m server does"
)
_SECONDS_TO_START = 600
_SECONDS_TO_STOP = 20
# Nothing leaves the machine, and webhooks and model backends may be on it.
_SETTINGS = {
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "SSRF_PROTECTION_ENABLED": "false",
    "ML_BLOCK_LOCAL_IP": "false",
}


@dataclass(frozen=True, slots=True)
class LiveServer:
    """Where the server is and who its first user is."""

    url: str
    token: str
    email: str
    password: str

    def sign_up(self, email: str) -> str:
        """Another annotator of the same organisation; their legacy token."""
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=60) as browser:
            browser.get("/user/signup/").raise_for_status()
            form = {
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
                "email": email,
                "password": self.password,
                "allow_newsletters": "false",
            }
            browser.post("/user/signup/", data=form, headers={"Referer": self.url}).raise_for_status()
            answer = browser.get("/api/current-user/token").raise_for_status()
            return str(answer.json()["token"])

    def personal_token(self) -> str:
        """A new personal access token of the first user; the one before is revoked."""
        headers = {"Authorization": f"Token {self.token}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=60) as client:
            answer = client.post("/api/token/").raise_for_status()
            return str(answer.json()["token"])


def executable() -> Path:
    """
    Raises:
        FileNotFoundError: Where no Label Studio is installed; the message says how to.
    """
    given = os.environ.get(FOLDER_VARIABLE)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nianbao"
    folders = [Path(given)] if given else [ROOT / ".venv-label-studio", *sorted(cache.glob("label-studio-*"))]
    found = [path for folder in folders if (path := folder / "bin" / "label-studio").exists()]
    if not found:
        looked = ", ".join(map(str, folders))
        raise FileNotFoundError(f"no Label Studio in {looked} ({FOLDER_VARIABLE}). {HOW_TO}")
    return found[-1]


@contextmanager
def running_server(folder: Path) -> Iterator[LiveServer]:
    """Starts a server with its data in `folder`, and stops it with all its processes.

    Raises:
        FileNotFoundError: Where none is installed.
        RuntimeError: Where it does not come up.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = LiveServer(
        f"http://127.0.0.1:{port}", os.urandom(20).hex(), "lin@example.com", os.urandom(9).hex()
    )
    command = [
        str(executable()), "start", "--data-dir", str(folder / "data"), "--no-browser", "--port", str(port),
        "--internal-host", "127.0.0.1", "--username", server.email, "--password", server.password,
        "--user-token", server.token, "--enable-legacy-api-token",
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | _SETTINGS, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for(server, process, folder / "server.log")
        yield server
    finally:
        _stop(process)


def _wait_for(server: LiveServer, process: subprocess.Popen[bytes], log: Path) -> None:
    headers = {"Authorization": f"Token {server.token}"}
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if (
                httpx.get(f"{server.url}/api/current-user/whoami", headers=headers, timeout=10).status_code
                == 200
            ):
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"Label Studio did not come up (exit status {process.poll()}):\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for stop in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, stop)
            process.wait(_SECONDS_TO_STOP)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return
