"""Coded errors of the backend: what went wrong, and what to do, in English and Chinese."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class BackendErrorCode(StrEnum):
    """Stable identifiers; they appear in answers as `error.code` and in the log."""

    UNAUTHORIZED = "unauthorized"
    NOT_JSON = "not_json"
    MALFORMED_JSON = "malformed_json"
    WRONG_REQUEST = "wrong_request"
    TOO_LARGE = "too_large"
    WRONG_ADDRESS = "wrong_address"
    WRONG_METHOD = "wrong_method"
    LABELS_DIFFER = "labels_differ"
    BAD_TASK = "bad_task"
    NO_MODEL = "no_model"
    MODEL_BROKEN = "model_broken"
    MODEL_CHANGING = "model_changing"
    NO_TRAINING = "no_training"
    TRAINING_NOT_STARTED = "training_not_started"
    INTERNAL = "internal"


_STATUS = {
    BackendErrorCode.UNAUTHORIZED: 401,
    BackendErrorCode.NOT_JSON: 415,
    BackendErrorCode.TOO_LARGE: 413,
    BackendErrorCode.WRONG_ADDRESS: 404,
    BackendErrorCode.WRONG_METHOD: 405,
    BackendErrorCode.LABELS_DIFFER: 409,
    BackendErrorCode.NO_MODEL: 503,
    BackendErrorCode.MODEL_BROKEN: 503,
    BackendErrorCode.MODEL_CHANGING: 503,
    BackendErrorCode.NO_TRAINING: 409,
    BackendErrorCode.TRAINING_NOT_STARTED: 500,
    BackendErrorCode.INTERNAL: 500,
}
_REMEDIES: dict[BackendErrorCode, tuple[str, str]] = {
    BackendErrorCode.UNAUTHORIZED: (
        "send the user and the secret by basic authentication, or the secret in the header X-Nianbao-Secret",
        "请以基本认证发送用户名和密钥，或在 X-Nianbao-Secret 标头中发送密钥",
    ),
    BackendErrorCode.NOT_JSON: ("send JSON with Content-Type: application/json", "请以 application/json 发送"),
    BackendErrorCode.MALFORMED_JSON: ("the body is no JSON", "请求正文不是有效的 JSON"),
    BackendErrorCode.WRONG_REQUEST: (
        "the request is not as Label Studio sends it",
        "请求格式与 Label Studio 不符",
    ),
    BackendErrorCode.TOO_LARGE: ("send fewer tasks at once", "请求过大，请减少一次发送的任务数"),
    BackendErrorCode.WRONG_ADDRESS: (
        "the addresses are /health, /setup, /predict, /webhook and /versions",
        "可用地址为 /health、/setup、/predict、/webhook、/versions",
    ),
    BackendErrorCode.WRONG_METHOD: ("this address takes another method", "该地址不接受此请求方法"),
    BackendErrorCode.LABELS_DIFFER: (
        "the project's interface cannot show the predictions; make or update it with `nianbao annotate init`",
        "项目的标注界面无法显示预标注，请用 nianbao annotate init 建立或更新",
    ),
    BackendErrorCode.BAD_TASK: (
        'a task needs its text as data.text: {"data": {"text": "…"}}',
        "任务须在 data.text 中给出正文",
    ),
    BackendErrorCode.NO_MODEL: (
        "give a folder that `python -m training.export` wrote (--model)",
        "请用 --model 指定导出的模型文件夹",
    ),
    BackendErrorCode.MODEL_BROKEN: (
        "export the model again, or take another version's away",
        "模型文件损坏或版本不符，请重新导出",
    ),
    BackendErrorCode.MODEL_CHANGING: (
        "the model folder is being written; ask again",
        "模型文件夹正在写入，请稍后重试",
    ),
    BackendErrorCode.NO_TRAINING: (
        "start the server with --annotations FOLDER or --train-command",
        "请以 --annotations 或 --train-command 启动服务",
    ),
    BackendErrorCode.TRAINING_NOT_STARTED: (
        "the command could not be started; see --train-command",
        "训练命令无法启动，请检查 --train-command",
    ),
    BackendErrorCode.INTERNAL: ("see the server's log and report it to the project", "请查看服务日志并向项目反馈"),
}


class BackendError(Exception):
    """A request, task, model or training that cannot be served.

    Args:
        code: Which kind of failure.
        detail: What was found, in a few words; may be empty.
    """

    def __init__(self, code: BackendErrorCode, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(self.message)

    @property
    def status(self) -> int:
        """The HTTP status that it is answered with."""
        return _STATUS.get(self.code, 400)

    @property
    def message(self) -> str:
        english, chinese = _REMEDIES[self.code]
        found = f" ({self.detail})" if self.detail else ""
        return f"{self.code.value}{found}: {english}; {chinese}"

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code.value, "message": self.message}
