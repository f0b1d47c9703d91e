"""`nianbao annotate init`: a Label Studio project with the guide's labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from annotations.label_studio.project import Outcome, SetUp, set_up
from extraction.narrative.catalogue import CatalogueError, load_catalogue
from nianbao.label_studio_options import DEFAULT_TITLE, ProjectTitle, Token, Url, failures_told, open_server

_OUTCOMES = {
    Outcome.CREATED: "created / 已创建",
    Outcome.UPDATED: "brought up to date / 已更新",
    Outcome.UNCHANGED: "is up to date / 无需改动",
}


def init(
    url: Url = None,
    token: Token = None,
    project: ProjectTitle = DEFAULT_TITLE,
    annotators: Annotated[
        int | None,
        typer.Option(
            "--annotators", min=1, max=20, help="People for each task. 每个任务由几人标注", show_default=False
        ),
    ] = None,
    catalogue: Annotated[
        list[Path] | None,
        typer.Option(
            "--catalogue", help="Your own indicators (TOML), repeatable. 自定义指标目录", show_default=False
        ),
    ] = None,
    extend: Annotated[
        bool,
        typer.Option(
            "--extend", help="Add labels and codes that the project lacks. 补上项目缺少的标签和编码"
        ),
    ] = False,
) -> None:
    """Create a Label Studio project, or bring it up to date. 创建或更新标注项目；标签不同则不动并说明

    Exit status: 0 ready, 1 refused or failed, 2 wrong usage.
    """
    try:
        indicators = load_catalogue(*(catalogue or ()))
    except (CatalogueError, OSError) as error:
        raise typer.BadParameter(str(error)) from error
    errors = Console(stderr=True)
    with failures_told(errors):
        server = open_server(url, token)
        done = set_up(server, project, indicators, annotators=annotators, extend=extend)
    _tell(Console(), done, server.url)


def _tell(console: Console, done: SetUp, url: str) -> None:
    console.print(f"#{done.project} {_OUTCOMES[done.outcome]}", highlight=False, markup=False)
    if done.changed:
        console.print(f"  {', '.join(done.changed)}", highlight=False, markup=False)
    console.print(f"  {url}/projects/{done.project}/data", highlight=False, markup=False, soft_wrap=True)
