"""The options that name a language model, the same for every command that asks one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from annotations.llm.cache import default_folder
from annotations.llm.errors import LlmError, LlmErrorCode
from annotations.llm.settings import KEY_VARIABLE, MODEL_VARIABLE, URL_VARIABLE, ApiKey, LlmSettings
from annotations.llm.suggest import DEFAULT_PRIOR, Suggester, open_suggester

_URL_HELP = "Base of an OpenAI chat interface, such as http://localhost:8000/v1. 接口地址"
_MODEL_HELP = "The model's name on that server. 模型名"

Url = Annotated[
    str | None, typer.Option("--url", envvar=URL_VARIABLE, help=f"{_URL_HELP} (key: {KEY_VARIABLE})", show_default=False)
]
Model = Annotated[str | None, typer.Option("--model", envvar=MODEL_VARIABLE, help=_MODEL_HELP, show_default=False)]
LlmUrl = Annotated[
    str | None,
    typer.Option("--llm-url", envvar=URL_VARIABLE, help=f"{_URL_HELP} (key: {KEY_VARIABLE})", show_default=False),
]
LlmModel = Annotated[
    str | None, typer.Option("--llm-model", envvar=MODEL_VARIABLE, help=_MODEL_HELP, show_default=False)
]
LlmCache = Annotated[
    Path | None,
    typer.Option("--cache", help="Where answers are kept; else the user's cache folder. 答复缓存文件夹", show_default=False),
]
LlmJobs = Annotated[int, typer.Option("--llm-jobs", min=1, max=64, help="Requests at a time. 并发请求数")]
Prior = Annotated[
    float,
    typer.Option("--prior", min=0.01, max=0.99, help="Share of the model's facts expected to be right. 对模型的预期准确率"),
]


@dataclass(frozen=True, slots=True)
class LlmOptions:
    """What the user gave; the key comes from the environment alone, where no process list shows it."""

    url: str | None
    model: str | None
    cache: Path | None = None
    jobs: int = 4
    prior: float = DEFAULT_PRIOR
    timeout: float = 120.0
    tries: int = 5
    max_tokens: int = 4096

    def open(self, warn: Callable[[str], None]) -> Suggester:
        """
        Args:
            warn: Is told what the user ought to know.

        Raises:
            typer.BadParameter: Where a setting is missing or unfit.
            typer.Exit: With status 1 where httpx is not installed.
        """
        try:
            settings = self._settings()
            if settings.sends_key_in_clear:
                warn(f"{KEY_VARIABLE} is sent unencrypted: the address is http / 密钥将以明文发送：地址为 http")
            folder = self.cache or default_folder()
            folder.mkdir(parents=True, exist_ok=True)
            return open_suggester(settings, folder, prior=self.prior)
        except LlmError as error:
            raise typer.BadParameter(error.message) from None
        except OSError as error:
            raise typer.BadParameter(f"--cache: {error.strerror}: {error.filename} / 缓存文件夹无法建立") from None
        except ImportError as error:
            warn(str(error))
            raise typer.Exit(1) from None

    def _settings(self) -> LlmSettings:
        if not self.url:
            raise LlmError(LlmErrorCode.SETTINGS, f"no server named, set {URL_VARIABLE} / 未指定服务地址")
        if not self.model:
            raise LlmError(LlmErrorCode.SETTINGS, f"no model named, set {MODEL_VARIABLE} / 未指定模型")
        key = os.environ.get(KEY_VARIABLE, "").strip()
        return LlmSettings(
            self.url, self.model, ApiKey(key) if key else None, timeout=self.timeout, tries=self.tries,
            max_tokens=self.max_tokens, jobs=self.jobs,
        )  # fmt: skip
