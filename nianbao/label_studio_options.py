"""The options that name a Label Studio server and a project, the same for every command that asks one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from annotations.label_studio.errors import LabelsDifferError, LabelStudioError, ServerError
from annotations.label_studio.project import DEFAULT_TITLE
from annotations.label_studio.server import TOKEN_VARIABLE, URL_VARIABLE, Server, access_from

Url = Annotated[
    str | None,
    typer.Option("--url", help=f"The server's address; else {URL_VARIABLE}. 服务器地址", show_default=False),
]
# Read from the environment by hand: no default of an option can then show it.
Token = Annotated[
    str | None,
    typer.Option(
        "--token", show_default=False,
        help=f"Legacy or personal token; better in {TOKEN_VARIABLE}, other users see options. 令牌，建议放在环境变量里",
    ),
]  # fmt: skip
ProjectTitle = Annotated[
    str, typer.Option("--project", "-p", help="The project's title, or #number. 项目名称或 #编号")
]

__all__ = ["DEFAULT_TITLE", "ProjectTitle", "Token", "Url", "failures_told", "open_server"]


def open_server(url: str | None, token: str | None) -> Server:
    """
    Raises:
        typer.BadParameter: Where address or token is missing.
        ServerError: Where the token is no token.
    """
    try:
        access = access_from(url, token)
    except ServerError as error:
        raise typer.BadParameter(str(error)) from None
    return Server(access)


@contextmanager
def failures_told(console: Console) -> Iterator[None]:
    """What the server refuses is told and ends the command with status 1."""
    try:
        yield
    except LabelsDifferError as error:
        console.print(
            "✗ the project's labels are not this program's; nothing was changed / 项目的标签与本程序不同，未作改动",
            style="red", markup=False, soft_wrap=True,
        )  # fmt: skip
        for difference in error.differences:
            console.print(f"  {difference}", markup=False, soft_wrap=True, highlight=False)
        raise typer.Exit(1) from None
    except (ServerError, LabelStudioError) as error:
        console.print(f"✗ {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
