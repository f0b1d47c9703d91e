"""Who reports, for which year, under which title, and when it was published."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.document import Document, Span
from extraction.running_text import running_text
from extraction.sections import Section
from extraction.traditional import simplified

_CHINESE_DIGITS = str.maketrans("〇○０Ｏ零一二三四五六七八九１２３４５６７８９", "0000012345678" + "9123456789")
_YEAR = re.compile(r"((?:19|20)\s*\d\s*\d|[二２][〇○零０ＯO][〇○零０一二三][〇○零一二三四五六七八九０-９])\s*年")
_YEAR_ALONE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")  # a title's, without its 年
_REPORT = re.compile(r"信\s*息\s*公\s*开|[政校厂院警村狱]\s*务\s*公\s*开")
_SCHOOL_YEAR = re.compile(r"((?:19|20)\d\d)\s*(?:年)?[—\-－–~至]{1,2}\s*((?:19|20)\d\d)\s*(?:学)?年(?:度)?")
_REPORT_END = re.compile(r"年\s*度\s*(?:工\s*作\s*)?报\s*告|年\s*报|工\s*作\s*报\s*告|报\s*告")
# What a report is about, unless it is the name of an office (政务公开办公室).
_TOPIC = r"(?:政府信息公开|[政校厂院警村狱]务公开|信息公开)(?!(?:工作)?(?:领导小组)?(?:办公室|中心|科|处室|处(?!理)|办(?!理|结|法)))"
_NAMES_TOPIC = re.compile(_TOPIC)
_TITLE_TAIL = re.compile(
    rf"(?:关于)?(?:的)?{_TOPIC}(?:的)?(?:工作)?(?:情况)?(?:的)?"
    r"(?:年度|年)?(?:工作)?(?:情况)?(?:的)?(?:报告|年报|总结)?.*\Z"
)
# A year however it is set: 2023年度, （2023年）, 【2023】年, 2023 alone.
_YEAR_MARK = re.compile(
    rf"[（(【\[〔]?\s*(?:{_YEAR.pattern}|(?<!\d)(?:19|20)\d\d(?!\d)[）)】\]〕]?\s*年?)(?:年?度)?\s*[）)】\]〕]?(?:年?度)?"
)
_BODY_BEHIND = re.compile(r"(?:报告|年报)[（(]([^（）()\d]{2,30}[局府办室委厅院会队站所校处镇乡区县市省部署])[）)]\Z")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_LONGEST_LINE, _LONGEST_TITLE = 60, 80
_PUBLISHED = re.compile(
    r"(?:发布|发文|公开|成文|印发|生成|更新)?(?:日期|时间)\s*[:：]\s*((?:19|20)\d\d)\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})"
)
_PUBLISHED_FIRST = re.compile(
    r"(?:发布|公开)(?:日期|时间)\s*[:：]\s*((?:19|20)\d\d)\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})"
)
# A date that opens a short line of the page's head: 2024-01-12 10:11 来源：…, （2024年1月12日）.
_DATE_LINE = re.compile(
    r"[（(\[【]?\s*((?:19|20)\d\d)\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})\s*日?\s*(?:\d{1,2}[:：]\d\d(?:[:：]\d\d)?)?\s*"
    r"(?:[）)\]】]?\s*\Z|(?:信息)?来源|作者|发布|浏览|点击|阅读|字[号体]|【)"
)
_SIGNED_CHINESE = re.compile(
    r"([二２][〇○零０ＯO][〇○零一二三四五六七八九]{2})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日\s*\Z"
)
_SIGNED = re.compile(r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*\Z")
_PERIOD = re.compile(r"((?:19|20)\d\d)\s*年\s*1\s*月\s*1\s*日.{0,6}(?:至|到|—|-|－|~)")
_SOURCE = re.compile(r"(?:来源|发布机构|公开机构|发布单位)\s*[:：]\s*([\u4e00-\u9fff（）()]{3,30})")


@dataclass(frozen=True, slots=True)
class Metadata:
    """`None` where the report does not say. `published` is an ISO date."""

    agency: str | None
    year: int | None
    title: str | None
    published: str | None


def _compact(text: str) -> str:
    """Blanks dropped, save between ASCII letters."""
    return re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", text)


def _year_in(text: str) -> int | None:
    span = _SCHOOL_YEAR.search(text)
    if span:
        return int(span[2])
    match = _YEAR.search(text) or _YEAR_ALONE.search(text)
    if not match:
        return None
    digits = re.sub(r"\s+", "", match[1]).translate(_CHINESE_DIGITS).replace("O", "0")
    return int(digits) if digits.isdigit() else None


def _is_title(text: str) -> bool:
    text = simplified(text)
    return (
        len(text) <= _LONGEST_TITLE
        and bool(_REPORT.search(text))
        and bool(_REPORT_END.search(text))
        and not re.search(r"[。；]|编制本|如下|根据|按照|依据|[:：]", text)
    )


def _find_title(document: Document, sections: Sequence[Section]) -> str | None:
    """The first stretch of up to three short paragraphs before the first section that reads as a title."""
    stop = next((section.start for section in sections if section.kind != "front"), len(document.text))
    front = [
        _compact(paragraph.text)
        for paragraph in running_text(document)
        if paragraph.paragraph.start < min(stop, 3000)
    ]
    best: str | None = None
    for index in range(len(front)):
        for size in (1, 2, 3):
            stretch = front[index : index + size]
            if any(len(line) > _LONGEST_LINE for line in stretch):
                continue
            joined = "".join(stretch)
            if _is_title(joined) and (best is None or _title_merit(joined) > _title_merit(best)):
                best = joined
    if best is None and document.title and _REPORT.search(document.title):
        best = _compact(re.split(r"[-_|—]{1,2}", document.title)[0])
    return best


def _title_merit(title: str) -> tuple[bool, bool, int]:
    agency = _agency_in(title)
    return (bool(agency), _year_in(title) is not None, -len(title))


def _agency_in(title: str) -> str | None:
    """The body that a title names, as printed."""
    folded = simplified(title).translate(_WIDE_DIGITS)
    body = _body_of(folded)
    place = folded.find(body) if body else -1
    return title[place : place + len(body)] if body and place >= 0 else body


def _body_of(title: str) -> str | None:
    text = _YEAR_MARK.sub("", _SCHOOL_YEAR.sub("", title))
    text = re.sub(r"\A(?:年度?)?(?:关于|标题[:：]?)", "", text)
    text = _TITLE_TAIL.sub("", text)
    text = re.sub(r"\A年度|年度\Z", "", text).strip("《》“”\"-—_　 ")
    if 2 <= len(text) <= 40 and not _NAMES_TOPIC.search(text):
        return text
    behind = _BODY_BEHIND.search(title)
    return behind[1] if behind else None


def _signature(document: Document, regions: Sequence[Span]) -> tuple[str | None, str | None]:
    """The body and ISO date signed at the end of the text; a form may be annexed behind it."""
    tail = [_compact(paragraph.text) for paragraph in list(running_text(document, regions))[-8:]]
    for index in range(len(tail) - 1, -1, -1):
        match = _SIGNED.search(tail[index]) or _SIGNED_CHINESE.search(tail[index])
        if match:
            body = tail[index][: match.start()] or (tail[index - 1] if index else "")
            is_body = 3 <= len(body) <= 25 and not re.search(r"[，。；：、\d]", body)
            return (body if is_body else None), _iso(match)
    return None, None


def _iso(match: re.Match[str]) -> str | None:
    year, month, day = (_number(part) for part in match.groups()[:3])
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else None


def _number(text: str) -> int:
    """A number in digits, or in Chinese as dates write it: 二〇二四, 十二, 三十一."""
    if text.isdecimal():
        return int(text)
    if "十" in text:
        tens, units = text.split("十")
        return 10 * _number(tens or "一") + (_number(units) if units else 0)
    return int(text.translate(_CHINESE_DIGITS).replace("O", "0"))


def _publication(document: Document, sections: Sequence[Section]) -> str | None:
    """A dated line of the page's head or foot; dates in the body are other things' dates."""
    stop = next((section.start for section in sections if section.kind != "front"), 1500)
    head = document.text[: min(stop, 3000)] + "\n" + document.text[-300:]
    match = _PUBLISHED_FIRST.search(head) or _PUBLISHED.search(head)
    if match:
        return _iso(match)
    lines = (line.strip() for line in document.text[: min(stop, 3000)].split("\n"))
    dated = next((found for line in lines if len(line) <= 60 and (found := _DATE_LINE.match(line))), None)
    return _iso(dated) if dated else None


def _year_of_body(document: Document, sections: Sequence[Section]) -> int | None:
    """The year that the statistics are for, else the one that the first sections speak of most."""
    match = _PERIOD.search(document.text[:3000])
    if match:
        return int(match[1])
    start = next((section.start for section in sections if section.kind != "front"), 0)
    years = Counter(
        int(year) for year in re.findall(r"((?:19|20)\d\d)\s*年", document.text[start : start + 3000])
    )
    return years.most_common(1)[0][0] if years else None


def find_metadata(document: Document, sections: Sequence[Section], regions: Sequence[Span] = ()) -> Metadata:
    """The report's own statements; the title first, the signature and the body where it is silent.

    Args:
        document: The report.
        sections: Its sections.
        regions: Ranges of forms.
    """
    title = _find_title(document, sections)
    signed_body, signed_date = _signature(document, regions)
    agency = _agency_in(title) if title else None
    if agency is None:
        source = _SOURCE.search(document.text[:3000])
        agency = signed_body or (source[1] if source else None)
    year = _year_in(title.translate(_WIDE_DIGITS)) if title else None
    return Metadata(
        agency,
        year or _year_of_body(document, sections),
        title,
        _publication(document, sections) or document.published or signed_date,
    )
