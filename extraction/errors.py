"""Coded errors for inputs that cannot be read. Every one names the input and says what to do."""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Stable identifiers; they appear in the output contract as `error.code`."""

    NOT_FOUND = "not_found"
    EMPTY = "empty_file"
    TOO_LARGE = "too_large"
    UNKNOWN_FORMAT = "unknown_format"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    ENCRYPTED = "encrypted"
    ZIP_BOMB = "zip_bomb"
    XML_ENTITIES = "xml_entities"
    LEGACY_DOC = "legacy_doc"
    IMAGE = "image_needs_ocr"
    SCAN = "scan_without_text"
    NO_TEXT = "no_text_recognised"
    UNSUPPORTED = "unsupported_format"
    HTML_ERROR_PAGE = "html_error_page"
    NOT_A_REPORT = "not_a_report"
    TOO_MANY_DIGITS = "no_prose"
    TIMEOUT = "timeout"
    INTERNAL = "internal"


REMEDIES: dict[ErrorCode, tuple[str, str]] = {
    ErrorCode.NOT_FOUND: ("check the path", "请检查文件路径"),
    ErrorCode.EMPTY: ("download the file again", "文件为空，请重新下载"),
    ErrorCode.TOO_LARGE: ("split the file or pass the report alone", "文件过大，请只提交报告本身"),
    ErrorCode.UNKNOWN_FORMAT: ("save the report as HTML, DOCX, PDF or text", "请另存为 HTML、DOCX、PDF 或文本"),
    ErrorCode.TRUNCATED: ("the file is incomplete; download it again", "文件不完整，请重新下载"),
    ErrorCode.CORRUPT: ("open it in its own program and save it again", "文件损坏，请用原软件打开后重新保存"),
    ErrorCode.ENCRYPTED: ("remove the password and try again", "文件已加密，请先去除密码"),
    ErrorCode.ZIP_BOMB: ("the archive unpacks to an absurd size; do not open it", "压缩内容异常庞大，已拒绝读取"),
    ErrorCode.XML_ENTITIES: ("the XML declares entities, which no report needs", "XML 含实体声明，已拒绝读取"),
    ErrorCode.LEGACY_DOC: (
        "a .doc of Word 95 or older: save it as .docx (Word, WPS or `soffice --convert-to docx`)",
        "Word 95 或更早版本的 .doc 文件，请用 Word/WPS 另存为 .docx",
    ),
    ErrorCode.IMAGE: (
        "an image: install the text recognition (pip install 'nianbao[ocr]') or pass its text",
        "图片文件，请安装文字识别组件（pip install 'nianbao[ocr]'）或提交文字版",
    ),
    ErrorCode.SCAN: (
        "a scan without a text layer: install the text recognition (pip install 'nianbao[ocr]') and pass it as PDF or "
        "image, or pass its text",
        "扫描件没有文字层，请安装文字识别组件（pip install 'nianbao[ocr]'）后以 PDF 或图片提交，或提交文字版",
    ),
    ErrorCode.NO_TEXT: (
        "no text was recognised in the image; scan the report anew or pass its text",
        "图片中未识别到文字，请重新扫描或提交文字版",
    ),
    ErrorCode.UNSUPPORTED: (
        "this format is not read yet; save it as HTML, DOCX, PDF or text",
        "暂不支持该格式，请另存为 HTML、DOCX、PDF 或文本",
    ),
    ErrorCode.HTML_ERROR_PAGE: ("a web server's error page; download the report again", "网站错误页，请重新下载报告"),
    ErrorCode.NOT_A_REPORT: (
        "none of a disclosure annual report's marks were found; pass the report itself",
        "未发现年度报告特征，请提交报告正文",
    ),
    ErrorCode.TOO_MANY_DIGITS: ("the file holds digits but no prose; pass the report itself", "文件只有数字没有文字"),
    ErrorCode.TIMEOUT: (
        "reading took too long and was stopped; save the report anew or pass its text",
        "读取超时已中止，请重新保存或改用文本",
    ),
    ErrorCode.INTERNAL: ("please report this file to the project", "程序内部错误，请向项目反馈"),
}


class ReadError(Exception):
    """An input that cannot be turned into a report.

    Args:
        code: Which kind of failure.
        name: The input's name as the user gave it.
        detail: What was found, in a few words; may be empty.
    """

    def __init__(self, code: ErrorCode, name: str, detail: str = "") -> None:
        self.code = code
        self.name = name
        self.detail = detail
        super().__init__(self.message)

    def __reduce__(self) -> tuple[type[ReadError], tuple[ErrorCode, str, str]]:
        # An exception is pickled by its message alone; this one must come back whole from a worker process.
        return type(self), (self.code, self.name, self.detail)

    @property
    def message(self) -> str:
        english, chinese = REMEDIES[self.code]
        found = f" ({self.detail})" if self.detail else ""
        return f"{self.name}: {self.code.value}{found}: {english}; {chinese}"
