"""Coded errors of asking a language model. No message ever holds the key."""

from __future__ import annotations

from enum import StrEnum


class LlmErrorCode(StrEnum):
    """Stable identifiers; they appear as `error.code` in the lines of `annotate suggest`."""

    SETTINGS = "llm_settings"
    KEY_REFUSED = "llm_key_refused"
    NOT_FOUND = "llm_not_found"
    QUOTA = "llm_quota"
    RATE_LIMITED = "llm_rate_limited"
    TIMEOUT = "llm_timeout"
    UNREACHABLE = "llm_unreachable"
    SERVER = "llm_server_error"
    PROTOCOL = "llm_protocol"
    REQUEST_REFUSED = "llm_request_refused"
    NO_ANSWER = "llm_no_answer"


REMEDIES: dict[LlmErrorCode, tuple[str, str]] = {
    LlmErrorCode.SETTINGS: ("see `nianbao annotate suggest --help`", "见 `nianbao annotate suggest --help`"),
    LlmErrorCode.KEY_REFUSED: (
        "set NIANBAO_LLM_KEY to a key that this server accepts",
        "请在环境变量 NIANBAO_LLM_KEY 中设置该服务认可的密钥",
    ),
    LlmErrorCode.NOT_FOUND: (
        "check the address (it usually ends in /v1) and the model's name (NIANBAO_LLM_URL, NIANBAO_LLM_MODEL)",
        "请检查地址（通常以 /v1 结尾）与模型名（NIANBAO_LLM_URL、NIANBAO_LLM_MODEL）",
    ),
    LlmErrorCode.QUOTA: (
        "the account's quota is used up; answers so far are cached, run again later",
        "账户额度已用完；已得的答复均已缓存，稍后重跑即可",
    ),
    LlmErrorCode.RATE_LIMITED: (
        "ask for less at a time (--jobs) or run again later; answers so far are cached",
        "请减小并发（--jobs）或稍后重跑；已得的答复均已缓存",
    ),
    LlmErrorCode.TIMEOUT: (
        "raise --timeout or take a faster model; answers so far are cached",
        "请增大 --timeout 或换用更快的模型；已得的答复均已缓存",
    ),
    LlmErrorCode.UNREACHABLE: (
        "is the server running at NIANBAO_LLM_URL? Answers so far are cached",
        "请确认 NIANBAO_LLM_URL 处的服务已启动；已得的答复均已缓存",
    ),
    LlmErrorCode.SERVER: (
        "the server failed again and again; answers so far are cached, run again later",
        "服务端持续出错；已得的答复均已缓存，稍后重跑即可",
    ),
    LlmErrorCode.PROTOCOL: (
        "the answer is no chat completion; does the address speak the OpenAI chat interface?",
        "答复不是 chat completion；请确认该地址提供 OpenAI 对话接口",
    ),
    LlmErrorCode.REQUEST_REFUSED: (
        "the server refuses the request in every form that is known",
        "服务端拒绝了各种形式的请求",
    ),
    LlmErrorCode.NO_ANSWER: (
        "none of the answers could be used; take a model that follows the format",
        "没有一份答复可用；请换用能遵循格式的模型",
    ),
}


class LlmError(Exception):
    """The model could not be asked, or gave nothing that can be used.

    Args:
        code: Which kind of failure.
        detail: What was found, in a few words, the key taken out; may be empty.
    """

    def __init__(self, code: LlmErrorCode, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(self.message)

    @property
    def message(self) -> str:
        english, chinese = REMEDIES[self.code]
        found = f" ({self.detail})" if self.detail else ""
        return f"{self.code.value}{found}: {english}; {chinese}"
