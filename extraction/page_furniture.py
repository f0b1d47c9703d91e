"""What pages print around their text, told by its words: page numbers, neighbouring articles, the site's owner."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.numbering import NUMERAL, POINT

# The site's owner and its links.
FOOT_LINE = re.compile(r"(?:主办|承办|主管|协办)(?:单位)?[:：](?!\s*[\d０-９一二三四五六七八九十百两]+\s*[件项个场次])|关于我们|联系我们|网站声明")
RELATED_HEADING = re.compile(
    r"[\[【]?(?:相关(?:文章|信息|新闻|链接|文件|解读|阅读|稿件|政策)|推荐阅读|友情链接)[】\]]?[:：]?"
)
SITE_LINE = re.compile(
    r"^[\[【]?(?:上|下)一(?:篇|条)|版权所有|copyright|[a-z\u4e00-\u9fff]ICP[备证]|公网安备|网站标识码|技术支持[:：](?!\s*\d)"
    r"|您是第.{1,14}位"
    r"|^\d+篇原创内容|\d+位朋友关注",  # an account's card in a messenger
    re.IGNORECASE,
)
# An enumerated line is the author's, whatever it speaks of (（三）推进无障碍浏览).
_ENUMERATED = re.compile(rf"\s*(?:{POINT})")
_PAGE = rf"\d{{1,4}}|{NUMERAL}"
# A page number that is no figure of a form or a sentence: — 3 —, 第3页 共5页, Page 3 of 5.
MARKED_PAGE_NUMBER = re.compile(
    r"[-—–―－─‐~～·•]+\s*\d{1,4}\s*[-—–―－─‐~～·•]+"
    rf"|第\s*(?:{_PAGE})\s*页(?:\s*[,，/／]?\s*共\s*(?:{_PAGE})\s*页)?"
    r"|(?:page|PAGE|Page)\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?"
)
# One that its place alone tells from a figure: 3, 3/5.
BARE_PAGE_NUMBER = re.compile(r"(\d{1,4})(?:\s*[/／]\s*\d{1,4})?")
LONGEST_LINE = 150
_DIGITS = re.compile(r"\d+")
SENTENCE_END = re.compile(r"[。；！？]\s*$")


def tail_start(lines: Sequence[str], first: int) -> int:
    """The number of the line at which a page goes on behind its article; the number of lines where it does not.

    A line that stands before that heading, too, is printed at the foot of every page: the article goes on behind it.

    Args:
        lines: The page's lines, or paragraphs.
        first: The number of the article's last heading.
    """
    before = {_DIGITS.sub("", line) for line in lines[:first]}
    return next(
        (n for n in range(first + 1, len(lines)) if _begins_tail(lines[n]) and _DIGITS.sub("", lines[n]) not in before),
        len(lines),
    )


def is_site_line(line: str) -> bool:
    """Whether a line is the site's wherever it stands: a link to the next article, a licence, a counter."""
    return may_be_furniture(line) and SITE_LINE.search(line.strip()) is not None


def _begins_tail(line: str) -> bool:
    words = line.strip()
    return is_site_line(line) or (
        may_be_furniture(line) and bool(RELATED_HEADING.fullmatch(words) or FOOT_LINE.match(words))
    )


def may_be_furniture(line: str) -> bool:
    """Whether a line is short, no sentence, and no point of a list."""
    return len(line.strip()) <= LONGEST_LINE and not (SENTENCE_END.search(line) or _ENUMERATED.match(line))
