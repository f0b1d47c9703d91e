"""Pages that a server sends in place of a report: errors, logins, redirects, bot checks."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from extraction.readers.encoding import declared_encoding, decode
from extraction.readers.html_tree import SKIPPED_TAGS, MarkupTooLarge, parse

MAX_BYTES = 1 << 18
_SHORT = 800
_VERY_SHORT = 120
_STATUS = r"(?:4(?:0[0-9]|1[0-8]|2[0-9]|51)|5(?:0[0-8]|2[0-9]))"
_REASONS = (
    r"not found|forbidden|bad gateway|bad request|unauthorized|gateway time-?out|service (?:temporarily )?unavailable"
    r"|internal server error|access denied|request blocked|too many requests|moved permanently|object moved"
    r"|just a moment|(?:页面|网页|文件|内容|资源|地址|信息|文章)(?:已经?|或)?"
    r"(?:不存在|未找到|找不到|被删除|已?删除|已?失效|已?下线|无法访问|走丢)"
    r"|找不到(?:该|此|您|页面|网页|文件|服务器)|无法(?:访问|找到|显示)(?:该|此|您|本|页面|网页)"
    r"|(?:拒绝|禁止|限制)(?:了?您的?)?访问|访问(?:被拒绝|受限|过于频繁|异常|出错)"
    r"|(?:系统|服务器?)(?:繁忙|错误|异常|维护|内部错误|出错|暂停)|没有(?:访问)?权限|无权(?:限)?访问"
    r"|(?:出错|错误)(?:了|啦|页面|提示)|您(?:访问|请求|查找)的(?:页面|资源|内容|网页|文件|链接|地址)"
    r"|安全(?:验证|检查|拦截)|人机(?:验证|识别)|请(?:开启|启用)\s*javascript|enable javascript"
    r"|正在跳转|自动跳转"
)
_ERROR = re.compile(
    rf"(?<!\d){_STATUS}(?!\d)\s*(?:[-–—:：]\s*)?(?:error|错误|页面|{_REASONS}|$)|{_REASONS}", re.IGNORECASE
)
_TITLE_ERROR = re.compile(
    rf"^\W*(?:http\s*(?:status)?\s*)?{_STATUS}(?!\d)|{_REASONS}|^\W*error\b", re.IGNORECASE
)
_LOGIN = re.compile(r"登录|登陆|log\s?in|sign in|统一身份认证", re.IGNORECASE)
_REDIRECT = re.compile(r"\blocation(?:\.href|\.replace|\.assign)?\s*[=(]", re.IGNORECASE)
_REPORT = re.compile(r"[一1]\s*[、．.]\s*(?:总体情况|概述)|年度?\s*(?:工作)?\s*(?:年度)?\s*报告")
_CARRIERS = ("iframe", "embed", "object", "frame")


def error_in_page(data: bytes, head: str) -> str | None:
    """What kind of error page this is, or `None` where it may hold a report; `head` is its decoded start."""
    if len(data) > MAX_BYTES:
        return None
    text = head if len(data) <= len(head) else decode(data, declared_encoding(data))
    try:
        root = parse(text)
    except MarkupTooLarge:
        return None
    if root is None:
        return None
    element = next(root.iter("title"), None)
    title = " ".join(str(part) for part in element.itertext()).strip() if element is not None else ""
    body = _visible_start(root)
    if _REPORT.search(body) or _REPORT.search(title):
        return None
    if _TITLE_ERROR.search(title):
        return f"titled “{title[:60]}”"
    if len(body) > _SHORT:
        return None
    if found := _ERROR.search(body):
        return f"it says “{found.group()[:60].strip()}”"
    if any((field.get("type") or "").lower() == "password" for field in root.iter("input")):
        return "a login page"
    if len(body) <= _VERY_SHORT and not any(True for _ in root.iter(*_CARRIERS)):
        return _bare_page(root, title, body)
    return None


def _bare_page(root: etree._Element, title: str, body: str) -> str | None:
    """A page of next to no text: a redirect or a login that a script builds."""
    refreshes = any((meta.get("http-equiv") or "").lower() == "refresh" for meta in root.iter("meta"))
    scripts = "\n".join(script.text or "" for script in root.iter("script"))
    if refreshes or _REDIRECT.search(scripts):
        return "a page that only redirects"
    return "a login page" if _LOGIN.search(title) and not body else None


def error_in_text(head: str) -> str | None:
    """The same for a bare text such as `404 page not found`."""
    text = head.strip()
    if len(text) > 300 or _REPORT.search(text):
        return None
    found = _TITLE_ERROR.match(text) or _ERROR.search(text)
    return f"it says “{found.group()[:60].strip()}”" if found else None


def _visible_start(root: etree._Element) -> str:
    """The page's text, as far as it takes to know that it is not short."""
    parts: list[str] = []
    length = 0
    for element in islice(root.iter("*"), 20_000):
        for text in (element.text if element.tag not in SKIPPED_TAGS else None, element.tail):
            if text and not text.isspace():
                parts.append(text.strip())
                length += len(parts[-1])
        if length > _SHORT:
            break
    return " ".join(parts)
