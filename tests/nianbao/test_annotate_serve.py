"""`nianbao annotate serve`: what a user types, and the server as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from annotations.label_studio.server import TOKEN_VARIABLE, URL_VARIABLE
from annotations.ml_backend.access import SECRET_VARIABLE
from models.runtime import RELEASED
from nianbao.annotate_serve import default_state_folder, train_commands
from nianbao.cli import app

runner = CliRunner()


def serve(*arguments: str) -> tuple[int, str]:
    result = runner.invoke(app, ["annotate", "serve", *arguments], env={SECRET_VARIABLE: ""})
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.7.7", "example.test"])
def test_an_address_that_others_reach_is_refused_without_a_secret(host: str) -> None:
    status, output = serve("--host", host)
    assert status == 2
    assert SECRET_VARIABLE in output


def test_a_folder_without_a_model_is_told_before_anything_is_listened_at(tmp_path: Path) -> None:
    status, output = serve("--model", str(tmp_path), "--state", str(tmp_path / "state"))
    assert status == 1
    assert "no_model" in output


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--train-after", "5"], "--annotations"),
        (["--train-command", "x {annotations}"], "--annotations"),
        (["--project", "年报正文标注"], "--annotations"),
        (["--project", "x", "--annotations", "y", "--train-command", "z"], "--project"),
        (["--train-command", "  "], "--train-command"),
        (["--train-command", "'unclosed"], "--train-command"),
        (["--user", "a:b"], "ASCII"),
        (["--train-after", "0"], "--train-after"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_the_option(arguments: list[str], named: str) -> None:
    status, output = serve(*arguments)
    assert status == 2
    assert named in output


def test_a_secret_that_cannot_be_sent_is_not_shown() -> None:
    result = runner.invoke(app, ["annotate", "serve"], env={SECRET_VARIABLE: "蜜柑"})
    assert result.exit_code == 2
    assert "蜜柑" not in result.output


def test_training_is_an_update_of_the_model_by_default() -> None:
    (command,) = train_commands(Path("pulled"), Path("my model"), [])
    assert command == (
        sys.executable, "-m", "nianbao.cli", "train", "update", "--annotations", "pulled", "--model", "my model",
    )  # fmt: skip
    assert train_commands(None, RELEASED, []) == ()


def test_a_project_s_annotations_are_pulled_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "http://127.0.0.1:8080")
    monkeypatch.setenv(TOKEN_VARIABLE, "a token")
    pull, update = train_commands(Path("pulled"), Path("m"), [], "年报正文标注")
    assert pull[3:] == ("annotate", "pull", "--project", "年报正文标注", "--output", "pulled")
    assert update[3:5] == ("train", "update")
    monkeypatch.delenv(TOKEN_VARIABLE)
    with pytest.raises(typer.BadParameter, match=TOKEN_VARIABLE):
        train_commands(Path("pulled"), Path("m"), [], "年报正文标注")


@pytest.mark.parametrize(
    ("command", "options"),
    [(["train", "update"], {"--annotations", "--model"}), (["annotate", "pull"], {"--project", "--output"})],
)
def test_the_program_s_own_commands_have_the_options_that_they_are_given(command: list[str], options: set[str]) -> None:
    checked = runner.invoke(app, [*command, "--help"], env={"COLUMNS": "200"})
    assert options <= set(checked.output.split())


def test_other_commands_are_split_as_a_shell_does_and_folders_stay_whole() -> None:
    given = ["pull --to {annotations}", "update 'a b' --model={model}"]
    assert train_commands(Path("my pulls"), Path("m"), given) == (
        ("pull", "--to", "my pulls"), ("update", "a b", "--model=m"),
    )  # fmt: skip
    with pytest.raises(typer.BadParameter):
        train_commands(None, Path("m"), given)


def test_the_state_lies_where_the_system_keeps_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_state_folder() == tmp_path / "nianbao" / "backend"


def test_the_server_asks_for_the_secret_never_tells_it_and_ends_with_its_training(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "nianbao.cli", "annotate", "serve", "--port", str(port), "--threads", "1",
        "--state", str(tmp_path / "state"), "--train-command", f"{sys.executable} -c 'import time; time.sleep(60)'",
    ]  # fmt: skip
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env={**os.environ, SECRET_VARIABLE: "tangerine"}, stdout=output, stderr=subprocess.STDOUT
        )
    address, right = f"http://127.0.0.1:{port}", ("nianbao", "tangerine")
    try:
        _until_up(address, process, log)
        assert httpx.get(f"{address}/health").status_code == 401
        assert httpx.get(f"{address}/health", auth=right).json()["status"] == "UP"
        request = {"tasks": [{"id": 1, "data": {"text": "全区发布通知公告40条。"}}]}
        (one,) = httpx.post(f"{address}/predict", auth=right, json=request, timeout=60).json()["results"]
        assert "40条" in {part["value"].get("text") for part in one["result"] if part["type"] == "labels"}
        started = httpx.post(f"{address}/webhook", auth=right, json={"action": "START_TRAINING"})
        assert started.status_code == 201
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    told = log.read_text()
    assert "training 1 stopped" in told
    assert "tangerine" not in told
    assert "tangerine" not in "".join(path.read_text() for path in (tmp_path / "state").iterdir())


def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, _ = serve("--port", str(taken.getsockname()[1]), "--state", str(tmp_path))
    assert status == 1


def _until_up(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{address}/health")
            return
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(log.read_text()) from None
            time.sleep(0.1)
