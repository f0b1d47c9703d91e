"""`nianbao annotate pull`: completed annotations back into the corpus's format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from annotations.label_studio.project import existing_project
from annotations.label_studio.pull import Pulled, Verdict, pull_tasks
from annotations.label_studio.push import vocabulary_for
from nianbao.label_studio_options import DEFAULT_TITLE, ProjectTitle, Token, Url, failures_told, open_server

if TYPE_CHECKING:
    from nianbao.annotate_pull_agreement import PairAgreement

_VERDICTS = {
    Verdict.TAKEN: "taken 已取回",
    Verdict.CONFLICT: "in conflict, not taken 有分歧或疑问，未取",
    Verdict.NOT_ANNOTATED: "not annotated yet 尚未标注",
    Verdict.SKIPPED: "skipped by the annotator 标注员跳过",
    Verdict.FOREIGN: "not sent by this program 不是本程序发送的",
}


def pull(
    url: Url = None,
    token: Token = None,
    project: ProjectTitle = DEFAULT_TITLE,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the corpus files. 输出文件夹")
    ] = Path("annotated"),
) -> None:
    """Bring completed annotations back as corpus files. 取回已完成的标注；有分歧的单列，不猜

    OUTPUT/project-N.txt holds what may be trained on, OUTPUT/project-N.json who said what and when and how far
    annotators agree, OUTPUT/conflicts/project-N.txt each version of what they do not agree on or left open.

    Exit status: 0 done, 1 the server or a file failed, 2 wrong usage.
    """
    # Imported when it is called: scoring needs numpy and Jinja, which the other commands need not wait for.
    from nianbao.annotate_pull_agreement import agreements
    from nianbao.annotate_pull_files import corpus_path, write_pulled

    console, errors = Console(), Console(stderr=True)
    with failures_told(errors):
        server = open_server(url, token)
        target = existing_project(server, project)
        codes = frozenset(path[-1] for path in vocabulary_for(target).codes)
        pulled = pull_tasks(
            server.tasks(target.id), server.users(), codes, f"{server.url}/projects/{target.id}"
        )
        pairs = agreements(pulled)
        try:
            write_pulled(pulled, pairs, output, target.id, server.url)
        except OSError as error:
            errors.print(f"✗ {output}: {error}", style="red", markup=False, soft_wrap=True)
            raise typer.Exit(1) from error
    _tell(console, pulled, pairs, corpus_path(output, target.id))


def _tell(console: Console, pulled: Pulled, pairs: Sequence[PairAgreement], path: Path) -> None:
    def line(words: str) -> None:
        console.print(words, markup=False, highlight=False, soft_wrap=True)

    for task in (*pulled.of(Verdict.CONFLICT), *pulled.of(Verdict.FOREIGN)):
        line(f"! {task.name} (#{task.task})")
        for problem in task.conflicts:
            place = "" if problem.start is None else f"{problem.start}:{problem.end} "
            line(f"    {place}{problem.message}")
    for pair in pairs:
        line(str(pair))
    for verdict, caption in _VERDICTS.items():
        if found := pulled.of(verdict):
            line(f"{caption}: {len(found)}")
    facts = sum(len(document.facts) for document in pulled.documents)
    line(
        f"{path}: {len(pulled.documents)} documents, {facts} facts / {len(pulled.documents)} 篇，{facts} 条事实"
    )
