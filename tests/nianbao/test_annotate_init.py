"""`nianbao annotate init` on a server in memory."""

from __future__ import annotations

import pytest
from fake_label_studio import FakeServer
from typer.testing import CliRunner, Result

from annotations.label_studio.server import TOKEN_VARIABLE, URL_VARIABLE, Access
from nianbao.cli import app

TOKEN = "f00dfeed" * 5


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    fake = FakeServer()
    monkeypatch.setattr("nianbao.label_studio_options.Server", lambda access: fake.opened_with(access))
    return fake


def run(*words: str, env: dict[str, str | None] | None = None) -> Result:
    given = {URL_VARIABLE: "http://fake", TOKEN_VARIABLE: TOKEN, "COLUMNS": "300", **(env or {})}
    return CliRunner().invoke(app, ["annotate", *words], env=given)


def test_a_project_is_made_once(server: FakeServer) -> None:
    first, second = run("init", "--annotators", "2"), run("init")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "#1 created / 已创建" in first.output
    assert "http://fake/projects/1/data" in first.output
    assert "is up to date / 无需改动" in second.output
    assert [name for name, _ in server.calls] == ["create"]
    assert server.access == Access("http://fake", TOKEN)


def test_other_labels_end_the_command_and_are_named(server: FakeServer) -> None:
    server.create_project({"title": "别的项目", "label_config": '<View><Label value="X"/></View>'})
    done = run("init", "--project", "别的项目")
    assert done.exit_code == 1
    assert "label 标签 X: only in the project 仅项目有" in done.output
    assert "label 标签 COUNT: missing in the project 项目缺少" in done.output
    assert [name for name, _ in server.calls] == ["create"]


@pytest.mark.parametrize(
    ("missing", "says"), [(URL_VARIABLE, "no address of a server"), (TOKEN_VARIABLE, "no token")]
)
def test_what_is_not_given_is_named(server: FakeServer, missing: str, says: str) -> None:
    done = run("init", env={missing: None})
    assert done.exit_code == 2
    assert says in done.output
    assert missing in done.output
    assert TOKEN not in done.output


def test_short_titles_and_unreadable_catalogues(server: FakeServer, tmp_path) -> None:
    done = run("init", "--project", "年报")
    assert done.exit_code == 1
    assert "3 to 50 characters" in done.output
    broken = tmp_path / "own.toml"
    broken.write_text('[codes."a.b"]\n', encoding="utf-8")
    assert run("init", "--catalogue", str(broken)).exit_code == 2
    assert server.calls == []


def test_the_token_is_in_no_help_and_no_error(server: FakeServer) -> None:
    assert TOKEN not in run("init", "--help").output
    assert TOKEN not in run("init", "--no-such-option").output
