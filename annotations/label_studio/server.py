"""The few things that this program asks of a Label Studio server, through its SDK, in plain data."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from annotations.label_studio.errors import ServerError

if TYPE_CHECKING:
    import httpx

URL_VARIABLE, TOKEN_VARIABLE = "NIANBAO_LABEL_STUDIO_URL", "NIANBAO_LABEL_STUDIO_TOKEN"
_PAGE = 100
_SHOWN = 300
_IMPORT_SECONDS = 300
_REFUSALS = {
    401: "the server refuses the token / 服务器不接受令牌",
    403: "the token's user may not do this / 令牌的用户没有权限",
    404: "the server has no such project or task / 服务器上没有这个项目或任务",
}


@dataclass(frozen=True, slots=True)
class Access:
    """Where the server is, and a token of a user of it: a legacy token or a personal access token."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Project:
    """A project's settings as far as this program minds them."""

    id: int
    title: str
    label_config: str
    expert_instruction: str
    show_instruction: bool
    maximum_annotations: int
    model_version: str | None

    @property
    def name(self) -> str:
        return f"{self.title} (#{self.id})"


@dataclass(frozen=True, slots=True)
class RemoteTask:
    """A task with what was predicted and annotated."""

    id: int
    data: Mapping[str, Any]
    annotations: Sequence[Mapping[str, Any]]
    predictions: Sequence[Mapping[str, Any]]


def access_from(url: str | None, token: str | None) -> Access:
    """What was given, else what the environment says.

    Raises:
        ServerError: Where either is missing.
    """
    url = (url or os.environ.get(URL_VARIABLE, "")).strip().rstrip("/")
    token = (token or os.environ.get(TOKEN_VARIABLE, "")).strip()
    if not url:
        raise ServerError(f"no address of a server: --url or {URL_VARIABLE} / 缺少服务器地址")
    if not url.startswith(("http://", "https://")):
        raise ServerError(
            f"{url} is no address: http://… or https://… / 服务器地址要以 http:// 或 https:// 开头"
        )
    if not token:
        raise ServerError(f"no token: --token or {TOKEN_VARIABLE} / 缺少令牌")
    return Access(url, token)


class Server:
    """A Label Studio server.

    Every method raises `ServerError` where the server cannot be reached or refuses.

    Args:
        access: Its address and a token.
        http: A client of one's own, such as one with a proxy.
    """

    def __init__(self, access: Access, *, http: httpx.Client | None = None) -> None:
        self._access = access
        _require_extra()
        with self._failures_named():
            # The generated types of the SDK say `Optional` of all that an answer may leave out.
            self._client: Any = _sdk_client(access, http)

    @property
    def url(self) -> str:
        return self._access.url

    def projects(self) -> list[tuple[int, str]]:
        """All projects that the token's user sees, by id and title."""
        with self._failures_named():
            return [(found.id, found.title or "") for found in self._client.projects.list(page_size=_PAGE)]

    def project(self, project: int) -> Project:
        with self._failures_named():
            found = self._client.projects.get(project)
            return Project(
                found.id,
                found.title or "",
                found.label_config or "",
                found.expert_instruction or "",
                bool(found.show_instruction),
                found.maximum_annotations or 1,
                found.model_version or None,
            )

    def create_project(self, settings: Mapping[str, Any]) -> int:
        with self._failures_named():
            return int(self._client.projects.create(**settings).id)

    def update_project(self, project: int, settings: Mapping[str, Any]) -> None:
        with self._failures_named():
            self._client.projects.update(project, **settings)

    def tasks(self, project: int) -> Iterator[RemoteTask]:
        """All tasks of a project, by id."""
        with self._failures_named():
            for task in self._client.tasks.list(project=project, fields="all", page_size=_PAGE):
                yield RemoteTask(task.id, task.data, _plain(task.annotations), _plain(task.predictions))

    def task_data(self, project: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The number and data of all tasks of a project, without what was said of them."""
        with self._failures_named():
            for task in self._client.tasks.list(project=project, fields="task_only", page_size=_PAGE):
                yield task.id, task.data

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> int:
        """How many tasks the server took."""
        with self._failures_named():
            # Not tried again: the server may have taken tasks whose answer was lost.
            once = {"max_retries": 0, "timeout_in_seconds": _IMPORT_SECONDS}
            taken = self._client.projects.import_tasks(project, request=list(tasks), request_options=once)
            return int(taken.task_count or 0)

    def add_prediction(self, task: int, prediction: Mapping[str, Any]) -> None:
        with self._failures_named():
            self._client.predictions.create(task=task, **prediction)

    def users(self) -> dict[int, str]:
        """The annotators' e-mail addresses by their numbers."""
        with self._failures_named():
            return {
                int(user.id): user.email or user.username or str(user.id)
                for user in self._client.users.list()
            }

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        """Failures of the SDK as `ServerError`s, whose message holds no token whatever the server answers."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError
        from pydantic import ValidationError

        try:
            yield
        except ApiError as error:
            raise ServerError(self._without_token(f"{self.url}: {_refusal(error)}")) from None
        except httpx.HTTPError as error:
            detail = f"{type(error).__name__}: {error}"
            message = f"{self.url} cannot be reached ({detail}) / 无法连接服务器"
            raise ServerError(self._without_token(message)) from None
        except (ValidationError, ValueError) as error:
            detail = str(error).splitlines()[0][:_SHOWN]
            message = (
                f"{self.url} does not answer as Label Studio does ({detail}) / 不像是 Label Studio 服务器"
            )
            raise ServerError(self._without_token(message)) from None

    def _without_token(self, message: str) -> str:
        return message.replace(self._access.token, "…")


def _sdk_client(access: Access, http: httpx.Client | None) -> Any:
    from label_studio_sdk import LabelStudio

    # The SDK joins the address of its token's renewal without the slash.
    return LabelStudio(base_url=f"{access.url}/", api_key=access.token, httpx_client=http)  # type: ignore[no-untyped-call]


def _require_extra() -> None:
    """
    Raises:
        ServerError: Where the packages are not installed that the core does without.
    """
    for name in ("httpx", "pydantic", "label_studio_sdk"):
        try:
            import_module(name)
        except ImportError as error:
            raise ServerError(
                f"{error.name} is missing: pip install 'nianbao[annotate]' / 缺少 {error.name}，请安装 nianbao[annotate]"
            ) from error


def _plain(entries: Any) -> list[Mapping[str, Any]]:
    """Annotations and predictions as the server wrote them, whether the SDK made objects of them or not."""
    return [entry if isinstance(entry, Mapping) else entry.dict() for entry in entries or ()]


def _refusal(error: Any) -> str:
    """What the server said, without its headers."""
    known = _REFUSALS.get(error.status_code, "")
    if not isinstance(error.body, Mapping):
        return f"status {error.status_code}, no answer of Label Studio's / 不像是 Label Studio 服务器"
    details = [known, f"status {error.status_code}", str(error.body.get("detail") or "")]
    details += [f"{key}: {value}" for key, value in (error.body.get("validation_errors") or {}).items()]
    return "; ".join(part for part in details if part)[:_SHOWN]
