"""One Label Studio server for all tests that need one, and how to switch them on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_label_studio import HOW_TO, LiveServer, running_server


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with one user; tests make projects of their own on it."""
    with running_server(tmp_path_factory.mktemp("label-studio")) as server:
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if "not server" not in config.option.markexpr:
        return  # They were asked for, or others by name.
    left_out = [
        item for item in terminalreporter.stats.get("deselected", ()) if item.get_closest_marker("server")
    ]
    if left_out:
        terminalreporter.write_line(
            f"{len(left_out)} tests against a real Label Studio server not run: {HOW_TO}"
        )
