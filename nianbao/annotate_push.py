"""`nianbao annotate push`: reports to annotators, the most worthwhile first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from annotations.label_studio.project import existing_project
from annotations.label_studio.push import (
    Plan,
    Sent,
    SkipReason,
    known_tasks,
    plan_push,
    send,
    sentences,
    vocabulary_for,
)
from annotations.selection import Reason, known_ngrams
from annotations.splits import CORPUS_FOLDER, Split, load_split
from nianbao.annotate_push_inputs import read_inputs
from nianbao.label_studio_options import DEFAULT_TITLE, ProjectTitle, Token, Url, failures_told, open_server

_REASONS = {
    Reason.UNCERTAIN: "uncertain facts 事实没有把握",
    Reason.CONTRADICTED: "contradictions 数字矛盾",
    Reason.UNSEEN: "unseen wording 措辞少见",
    Reason.RANDOM: "random 随机",
    Reason.REST: "in turn 按次序",
}
_SKIPS = {
    SkipReason.THERE: "there already 已在项目中",
    SkipReason.TWICE: "the same text twice 文本重复",
    SkipReason.BEYOND_LIMIT: "beyond --limit 超出数量上限",
    SkipReason.UNFIT: "not fit to send 不能发送",
    SkipReason.EMPTY: "no text 没有正文",
}


Paths = Annotated[
    list[Path],
    typer.Argument(help="Reports, folders, or results (*.jsonl). 年报、文件夹或抽取结果", show_default=False),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", "-n", min=1, help="Tasks at most. 最多发送几个任务", show_default=False),
]
Seed = Annotated[int, typer.Option("--seed", help="Of the random tenth. 随机抽取的种子")]
ModelVersion = Annotated[
    str | None,
    typer.Option("--model-version", help="Whose facts a *.jsonl holds. 抽取结果的模型版本", show_default=False),
]
AddPredictions = Annotated[
    bool,
    typer.Option("--add-predictions", help="Tasks that are there get this model's facts too. 给已有任务追加预标注"),
]
Corpus = Annotated[
    Path, typer.Option("--corpus", help="What wordings are compared with. 用于比较措辞的语料", show_default=False)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent. 只说明，不发送")]
NoModel = Annotated[bool, typer.Option("--no-model", help="Facts by rules alone. 只用规则，不用模型")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes. 并行进程数")]


def push(
    paths: Paths,
    url: Url = None,
    token: Token = None,
    project: ProjectTitle = DEFAULT_TITLE,
    limit: Limit = None,
    seed: Seed = 0,
    model_version: ModelVersion = None,
    add_predictions: AddPredictions = False,
    corpus: Corpus = CORPUS_FOLDER,
    dry_run: DryRun = False,
    no_model: NoModel = False,
    jobs: Jobs = 1,
) -> None:
    """Send reports with the model's facts to annotators. 把年报和预标注发送给标注员，最值得看的在前，不重复发送

    Exit status: 0 done, 1 some input or the server failed, 2 wrong usage.
    """
    console, errors = Console(), Console(stderr=True)
    with failures_told(errors):
        server = open_server(url, token)
        target = existing_project(server, project)
        vocabulary = vocabulary_for(target)
        inputs = read_inputs(paths, version=model_version, use_model=not no_model, jobs=jobs)
        for failure in inputs.failures:
            errors.print(f"✗ {failure}", style="red", markup=False, soft_wrap=True)
        known = known_tasks(server, target.id, with_versions=add_predictions)
        plan = plan_push(
            inputs.reports, known, vocabulary, corpus=_corpus_ngrams(corpus, errors), limit=limit, seed=seed,
            add_predictions=add_predictions,
        )  # fmt: skip
        sent = [*_planned(plan)] if dry_run else []
        try:
            if not dry_run:
                sent.extend(send(server, target.id, plan))
        finally:
            _tell(console, sent, plan, dry_run=dry_run)
    if inputs.failures or any(skipped.reason is SkipReason.UNFIT for skipped in plan.skipped):
        raise typer.Exit(1)


def _corpus_ngrams(folder: Path, console: Console) -> frozenset[str] | None:
    """The training corpus's n-grams, or `None` where an installation has no corpus."""
    try:
        documents = load_split(Split.TRAIN, folder)
    except OSError:
        console.print(
            f"{folder} holds no corpus: wordings are not compared (--corpus) / 没有语料，不比较措辞",
            style="yellow", markup=False, soft_wrap=True,
        )  # fmt: skip
        return None
    return known_ngrams(sentence for document in documents for sentence in sentences(document))


def _planned(plan: Plan) -> Iterator[Sent]:
    yield from (sent for sent, _ in plan.tasks)
    yield from (sent for sent, _, _ in plan.predictions)


def _tell(console: Console, sent: Sequence[Sent], plan: Plan, *, dry_run: bool) -> None:
    """Each report with what became of it and why, and the counts."""

    def line(words: str) -> None:
        console.print(words, markup=False, highlight=False, soft_wrap=True)

    for one in sent:
        line(f"→ {one.name}  {'prediction 追加预标注' if one.is_prediction else _REASONS[one.reason]}")
    for skipped in plan.skipped:
        line(f"– {skipped.name}  {_SKIPS[skipped.reason]}{f': {skipped.detail}' if skipped.detail else ''}")
    reasons = Counter(_REASONS[one.reason] for one in sent if not one.is_prediction)
    skips = Counter(_SKIPS[skipped.reason] for skipped in plan.skipped)
    total = sum(reasons.values())
    line(f"{'would send 将发送' if dry_run else 'sent 已发送'}: {total}{_counts(reasons)}")
    if added := len(sent) - total:
        line(f"predictions added 追加预标注: {added}")
    line(f"skipped 未发送: {skips.total()}{_counts(skips)}")


def _counts(counts: Counter[str]) -> str:
    return f" ({', '.join(f'{name} {count}' for name, count in counts.items())})" if counts else ""
