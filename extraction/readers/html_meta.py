"""A page's own title and date of publication, from its metadata or as printed above the article."""

from __future__ import annotations

import re
from datetime import date

from lxml import etree

from extraction.readers.characters import visible
from extraction.readers.html_page import Page

# Names of <meta> elements in the order of trust, lower case, without punctuation (GB/T 34981-style heads,
# gov.cn, Open Graph, Dublin Core).
_TITLE_NAMES = ("articletitle", "ogtitle", "dctitle", "title")
_DATE_NAMES = (
    "pubdate", "publishdate", "firstpublishedtime", "publishedtime", "articlepublishedtime", "publishtime",
    "dcdate", "dcdateissued", "createdate", "lastmodifiedtime",
)  # fmt: skip
_DATE = re.compile(
    r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})|((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)"
)
_DAY = r"((?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2})"
_PUBLISHED = re.compile(rf"(?:发布|公布|公开|发稿|发表)(?:时间|日期)\s*[:：\n]\s*\[?\s*{_DAY}")
# Weaker: any other time or date in a short line, but those of other events.
_DATED = re.compile(rf"(?<!更新)(?<!成文)(?<!生成)(?<!落款)(?:时间|日期)\s*[:：\n]\s*\[?\s*{_DAY}")
_MAX_PUBLISHED, _MAX_DATED = 400, 100
_REPORT_TITLE = re.compile(r"年度?.{0,30}(?:报告|年报)|信息公开.{0,12}(?:报告|年报)")
_YEAR = re.compile(r"(?:19|20)\d\d|[二〇○零一三四五六七八九]{4}年")
_SITE_SEPARATOR = re.compile(r"\s*[_|｜]\s*|\s+[-–—]+\s+|-{2,}")
_NOT_NAME = re.compile(r"[^a-z]")
_SPACE = re.compile(r"\s+")


def metadata(root: etree._Element) -> dict[str, str]:
    """Contents of `<meta>` elements by lower-case letters of their names; the first of a name counts."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = _NOT_NAME.sub("", (element.get("name") or element.get("property") or "").lower())
        content = visible(element.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def title(root: etree._Element, meta: dict[str, str], page: Page) -> str | None:
    """The article's title: metadata, else what names a report and its year best among headings and the
    window's title, else the window title's first part."""
    if _TITLE_NAMES[0] in meta:
        return _tidy(meta[_TITLE_NAMES[0]])
    headings = [
        _joined(block.text)
        for block in page.blocks
        if block.heading and len(block.text) < 120 and block.link_chars == 0
    ]
    element = next(root.iter("title"), None)
    window = visible("".join(map(str, element.itertext()))) if element is not None else ""
    texts = [meta[name] for name in _TITLE_NAMES if name in meta] + [window]
    parts = [part for text in texts for part in _SITE_SEPARATOR.split(_tidy(text)) if part]
    candidates = [text for text in headings + parts if _REPORT_TITLE.search(text)]
    dated = [text for text in candidates if _YEAR.search(text)]
    return next(iter(dated + candidates + parts), None)


def published(meta: dict[str, str], page: Page, first_block: int) -> str | None:
    """ISO date of publication: metadata, else the printed one nearest to where the report begins."""
    for name in _DATE_NAMES:
        if name in meta and (day := iso_date(meta[name])):
            return day
    return _printed_date(page, first_block, _PUBLISHED, _MAX_PUBLISHED) or _printed_date(
        page, first_block, _DATED, _MAX_DATED
    )


def _printed_date(page: Page, first_block: int, pattern: re.Pattern[str], longest: int) -> str | None:
    printed = [
        (abs(index - first_block), day)
        for index, block in enumerate(page.blocks)
        if len(block.text) < longest
        and (found := pattern.search(block.text))
        and (day := iso_date(found.group(1)))
    ]
    return min(printed)[1] if printed else None


def iso_date(text: str) -> str | None:
    """The first date in `text` as YYYY-MM-DD; `None` where there is none or it is no day of the calendar."""
    found = _DATE.search(text)
    if found is None:
        return None
    year, month, day = (part for part in found.groups() if part is not None)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _tidy(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _joined(text: str) -> str:
    return "".join(line.strip() for line in text.split("\n"))
