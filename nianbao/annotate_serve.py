"""`nianbao annotate serve`: the model as Label Studio's ML backend."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from annotations.label_studio.server import TOKEN_VARIABLE, URL_VARIABLE
from annotations.ml_backend.access import DEFAULT_USER, SECRET_HEADER, SECRET_VARIABLE, Access, is_loopback
from annotations.ml_backend.errors import BackendError
from annotations.ml_backend.training_plan import Command, TrainingPlan
from models.runtime import RELEASED

DEFAULT_PORT = 9090
_SECONDS_TO_FINISH = 30


Model = Annotated[
    Path, typer.Option("--model", help="Folder of a model; reloaded when it changes. 模型文件夹", show_default="the released one")
]
Host = Annotated[str, typer.Option("--host", help="Other than loopback needs a secret. 监听地址")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port. 端口")]
User = Annotated[str, typer.Option("--user", help="Of basic authentication. 基本认证用户名")]
Secret = Annotated[
    str | None,
    typer.Option(
        "--secret", envvar=SECRET_VARIABLE, show_default=False,
        help="Shared secret; give it by the variable, other users see a command's options. 共享密钥（请用环境变量）",
    ),
]  # fmt: skip
Annotations = Annotated[
    Path | None,
    typer.Option("--annotations", help="Folder that `annotate pull` writes; trains on it. 已取回标注的文件夹", show_default=False),
]
Project = Annotated[
    str | None,
    typer.Option(
        "--project", "-p", show_default=False,
        help="Title or #number: annotations are pulled from it before training. 训练前先取回该项目的标注",
    ),
]  # fmt: skip
TrainAfter = Annotated[
    int | None,
    typer.Option("--train-after", min=1, help="Train after so many new annotations. 新标注达此数量后自动训练", show_default=False),
]
TrainCommand = Annotated[
    list[str] | None,
    typer.Option(
        "--train-command", show_default=False,
        help="In place of `nianbao train update`; repeat it for several in turn. {annotations} {model} 训练命令，可多次给出",
    ),
]  # fmt: skip
State = Annotated[
    Path | None,
    typer.Option("--state", help="Folder of counts and training logs. 状态与训练日志文件夹", show_default="~/.local/state/nianbao/backend"),
]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Of the model. 模型线程数")]


def serve(
    model: Model = RELEASED,
    host: Host = "127.0.0.1",
    port: Port = DEFAULT_PORT,
    user: User = DEFAULT_USER,
    secret: Secret = None,
    annotations: Annotations = None,
    project: Project = None,
    train_after: TrainAfter = None,
    train_command: TrainCommand = None,
    state: State = None,
    threads: Threads = 2,
) -> None:
    """Answer Label Studio's questions with the model. 作为 Label Studio 的机器学习后端提供预标注。

    Exit status: 0 stopped, 1 it could not be started, 2 wrong usage.
    """
    access = _access(host, user, secret)
    commands = train_commands(annotations, model, train_command or [], project)
    plan = _plan(commands, train_after)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise typer.BadParameter(
            f"{error.name} is missing; install the extra: pip install 'nianbao[annotate]' / 请安装 annotate 扩展"
        ) from error
    try:
        _run(access, plan, model, state or default_state_folder(), (host, port), threads)
    except BackendError as error:
        Console(stderr=True).print(f"✗ {error.message}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except OSError as error:
        Console(stderr=True).print(f"✗ {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


def default_state_folder() -> Path:
    """Where counts and logs lie by default, as the XDG specification has it."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "nianbao" / "backend"


def train_commands(
    annotations: Path | None, model: Path, given: list[str], project: str | None = None
) -> tuple[Command, ...]:
    """The training's commands, none where nothing is to be trained on.

    Args:
        annotations: The folder of pulled annotations.
        model: The model's folder.
        given: Commands in place of the program's own.
        project: What the program's own commands pull from first.

    Raises:
        typer.BadParameter: A given command is no command, or something that the commands need is not given.
    """
    if annotations is None and (project or any("{annotations}" in command for command in given)):
        raise typer.BadParameter("give --annotations FOLDER, too / 请同时给出 --annotations")
    if given and project:
        raise typer.BadParameter("--project is for the program's own commands, not --train-command / 两者不能同用")
    if given:
        return tuple(_filled(command, annotations, model) for command in given)
    if annotations is None:
        return ()
    own = (sys.executable, "-m", "nianbao.cli")
    update = (*own, "train", "update", "--annotations", str(annotations), "--model", str(model))
    if project is None:
        return (update,)
    missing = [name for name in (URL_VARIABLE, TOKEN_VARIABLE) if not os.environ.get(name)]
    if missing:
        raise typer.BadParameter(f"--project needs {', '.join(missing)} / 请设置环境变量")
    return ((*own, "annotate", "pull", "--project", project, "--output", str(annotations)), update)


def _filled(command: str, annotations: Path | None, model: Path) -> Command:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise typer.BadParameter(f"--train-command {command!r}: {error} / 命令无法解析") from error
    if not words:
        raise typer.BadParameter("--train-command is empty / 训练命令为空")
    places = {"{annotations}": str(annotations), "{model}": str(model)}
    for place, value in places.items():
        words = [word.replace(place, value) for word in words]
    return tuple(words)


def _access(host: str, user: str, secret: str | None) -> Access:
    if not secret and not is_loopback(host):
        raise typer.BadParameter(
            f"--host {host} can be reached by others: set {SECRET_VARIABLE} / 非本机地址必须设置密钥 {SECRET_VARIABLE}"
        )
    try:
        return Access(user, secret or None)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _plan(commands: tuple[Command, ...], after: int | None) -> TrainingPlan | None:
    if commands and os.name == "nt":
        raise typer.BadParameter("training needs Linux or macOS: leave --annotations out / 训练功能需要 Linux 或 macOS")
    if commands:
        return TrainingPlan(commands, after)
    if after is not None:
        raise typer.BadParameter("--train-after needs --annotations or --train-command / 需同时给出标注文件夹或训练命令")
    return None


def _run(
    access: Access, plan: TrainingPlan | None, model: Path, state: Path, address: tuple[str, int], threads: int
) -> None:
    import uvicorn

    from annotations.label_studio.tasks import model_version
    from annotations.ml_backend.application import create_application
    from annotations.ml_backend.backend import Backend
    from annotations.ml_backend.model_slot import ModelSlot, file_digests, load_reader
    from annotations.ml_backend.training_job import Trainer

    file_digests(model)  # told now where there is no model, not with the first request
    slot = ModelSlot(model, lambda folder: load_reader(folder, threads=threads))
    trainer = Trainer(plan, state, slot.current)
    application = create_application(Backend(slot, trainer), trainer, access)
    _tell(access, plan, model_version(model), state, address)
    host, port = address
    config = uvicorn.Config(
        application, host, port, log_config=None, access_log=False, timeout_graceful_shutdown=_SECONDS_TO_FINISH
    )
    try:
        uvicorn.Server(config).run()
    except SystemExit as error:  # its way to say that it could not start; the reason is in the log
        raise OSError(f"{host}:{port} cannot be listened at / 无法监听该地址") from error
    except KeyboardInterrupt:
        return  # Ctrl-C is how a server is stopped


def _tell(
    access: Access, plan: TrainingPlan | None, version: str, state: Path, address: tuple[str, int]
) -> None:
    host, port = address
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    lines = [
        f"ML backend {url}  model {version} / 在 Label Studio 项目的 Settings → Model 中填写此地址",
        "open to every program on this machine / 未设密钥，本机程序均可访问"
        if access.is_open
        else f"user {access.user}, secret from {SECRET_VARIABLE}; webhooks need the header {SECRET_HEADER} / 需用户名与密钥，Webhook 须带此标头",
        f"training: {_told(plan)}; state {state} / 训练设置与状态",
    ]
    console = Console(stderr=True)
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _told(plan: TrainingPlan | None) -> str:
    if plan is None:
        return "off (no --annotations) 关闭"
    when = f"after {plan.after} new annotations" if plan.after else "by START_TRAINING"
    return f"{when}: {' && '.join(shlex.join(command) for command in plan.commands)}"
