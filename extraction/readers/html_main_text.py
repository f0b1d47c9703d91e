"""The report on a page, told from menus, side columns, share bars and footers.

Three steps: descend from the page's root to the smallest container that loses no prose and no mark of a
report; drop containers named after page furniture unless they hold prose; drop furniture lines, at the
edges generously, inside only where a whole line is unmistakable. Where in doubt the text is kept: a stray
menu line costs nothing, a lost form costs the report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extraction.page_furniture import (
    FOOT_LINE,
    LONGEST_LINE,
    RELATED_HEADING,
    SENTENCE_END,
    is_site_line,
    may_be_furniture,
)
from extraction.readers.html_page import Page, PageBlock

# Containers in which Chinese content systems print an article's body.
_BODY = re.compile(
    r"(?:^|[\s_-])(?:ucap-?content|zoom|trs_editor(?:_view)?|trs_ueditor|custom_unionstyle|con_?text|ivs_content"
    r"|pages_content|article_?content|content_?text|xl_content|bt_content|v_news_content|wp_articlecontent"
    r"|xxgk_?(?:content|detail|text)|zwgk_?content|detail_?(?:content|text|con)|info_?(?:content|con)"
    r"|news_?content(?:_?text)?|printarea|artcon|nr_?con)(?:$|\s)"
)
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navi|navigation|menu|menus|submenu|crumbs?|bread_?crumbs?|position|location|dqwz|weizhi"
    r"|footer|foot|copyright|header|head|top|topbar|toolbar|tools?|tool_?box|sidebar|side|aside|left_?nav"
    r"|share|share_?box|bdshare\w*|bdsharebuttonbox|social|qr_?code|qr_?container|ewm|erweima|sao\w*|print|dayin"
    r"|related|relevant|xg\w{0,4}|recommend|pager?|pagination|search|login|banner|logo|ads?|links?|yqlj"
    r"|friend_?links?|contentinfo|accessibility|wza)(?:$|[\s_-])"
)
_LEAVES = frozenset({
    "p", "li", "dd", "dt", "pre", "h1", "h2", "h3", "h4", "h5", "h6",
})  # fmt: skip
_FURNITURE_TAGS = frozenset({"nav", "footer", "aside", "menu", "dir"})
_LINE = re.compile(
    r"扫一?扫.{0,8}(?:打开|手机|微信|关注|分享|查看)|分享(?:到|至)|(?:现在|当前|所在|的)位置[:：]|当前位置"
    r"|(?:字号|字体|字体大小)[:：]?\s*[\[【（(]?\s*[大小默特]|(?:浏览|访问|点击|阅读)(?:次数|量|数)[:：]"
    r"|责任编辑[:：]|[\[【]?(?:打印|关闭|收藏)(?:本页|本文|窗口|页面|此页)|加入收藏|设为首页"
    r"|^[\[【|/\s]*(?:(?:打印|关闭|收藏|分享|返回顶部|返回|首页|下载|大|中|小|TOP|登录|注册|语音播报|纠错"
    r"|网站地图|无障碍(?:浏览|阅读)?|长者(?:模式|版)|关怀(?:模式|版)|适老(?:模式|版)|网站支持IPv6)[\[【】\]|/\s]*)+$",
    re.IGNORECASE,
)
# Lines that a report may end with too: they go only with a footer that is known by another line.
_CONTACT_LINE = re.compile(r"(?:联系|值班|客服|举报)?电话[:：]|(?:地址|邮编|邮箱|传真)[:：]")
_META_LINE = re.compile(
    r"(?:发布|公开|更新|生成|成文|发文|公布|发稿|录入)(?:时间|日期)|来源[:：]|作者[:：]|索\s*引\s*号"
    r"|发文字号|文\s*号[:：]|主题(?:分类|词)|发布(?:机构|单位)|公开(?:方式|范围|形式)|有\s*效\s*性|^(?:日期|时间)[:：]"
)
_ATTACHMENT = re.compile(r"附件|\.(?:docx?|pdf|xlsx?|wps|ofd|zip|rar)\b|下载", re.IGNORECASE)
_SECTION_MARK = re.compile(
    r"^(?:[一二三四五六七八九十]{1,2}|\d)[、．.]?(?:总体情况|概述|主动公开|收到和处理|(?:因)?政府信息公开.{0,14}(?:复议|诉讼)"
    r"|(?:政府信息)?依申请公开|存在的?(?:主要)?(?:问题|不足)|其他需要(?:报告|说明)|(?:主要)?问题.{0,4}改进)"
)
_FORM_MARK = re.compile(
    r"行政规范性文件|现行有效|结转下年度|本年新收|行政许可|行政处罚|行政复议|主动公开政府信息数|依申请公开信息目录数"
)
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"\s+")
_PROSE = re.compile(r"[。；，]")
_MIN_PROSE = 20


@dataclass(slots=True)
class _Measure:
    """What a container holds: characters outside of links, blocks of prose, marks of a report."""

    weight: int = 0
    prose: int = 0
    marks: int = 0


def main_blocks(page: Page) -> list[PageBlock]:
    """The blocks of the report itself, in reading order."""
    plain = [_measure(block) for block in page.blocks]
    furniture = _furniture(page, _total(page, plain))
    kept = [
        (block, measure)
        for block, measure in zip(page.blocks, plain, strict=True)
        if not furniture[block.container]
    ]
    blocks = [block for block, _ in kept]
    totals = _total(page, [measure for _, measure in kept], blocks)
    inside = _below(page, _root(page, totals, furniture))
    return _trimmed([block for block in blocks if inside[block.container]])


def _measure(block: PageBlock) -> _Measure:
    """A block's own measure; nothing where it is links or furniture."""
    if _is_furniture_line(block) or _is_links(block):
        return _Measure()
    text = block.text
    if block.cells is not None:
        mark = bool(_FORM_MARK.search(text)) or len(_DIGIT.findall(text)) >= 10
        return _Measure(len(text), 1, int(mark and not _META_LINE.search(text)))
    prose = len(text) - block.link_chars >= _MIN_PROSE and bool(_PROSE.search(text))
    heading = len(text) < 60 and bool(_SECTION_MARK.match(_SPACE.sub("", text)))
    return _Measure(max(0, len(text) - block.link_chars), int(prose), int(heading))


def _total(page: Page, measures: list[_Measure], blocks: list[PageBlock] | None = None) -> list[_Measure]:
    """Measures of whole containers, from those of their blocks."""
    totals = [_Measure() for _ in page.parents]
    for block, measure in zip(blocks if blocks is not None else page.blocks, measures, strict=True):
        own = totals[block.container]
        own.weight += measure.weight
        own.prose += measure.prose
        own.marks += measure.marks
    for index in range(len(totals) - 1, 0, -1):
        parent, own = totals[page.parents[index]], totals[index]
        parent.weight += own.weight
        parent.prose += own.prose
        parent.marks += own.marks
    return totals


def _furniture(page: Page, totals: list[_Measure]) -> list[bool]:
    """Which containers are page furniture by name and hold neither marks nor more than a line of prose.

    Names say nothing inside an article's body, where authors paste them along with the text.
    """
    flags = [False] * len(page.parents)
    in_body = [False] * len(page.parents)
    for index in range(1, len(flags)):
        tag, _, names = page.labels[index].partition(" ")
        parent = page.parents[index]
        in_body[index] = in_body[parent] or bool(_BODY.search(names))
        named = tag in _FURNITURE_TAGS or (tag not in _LEAVES and bool(_FURNITURE.search(names)))
        light = totals[index].marks == 0 and totals[index].prose <= 1 and totals[index].weight < 300
        flags[index] = flags[parent] or (named and light and not in_body[index])
    return flags


def _root(page: Page, totals: list[_Measure], furniture: list[bool]) -> int:
    """The container that holds the report: a known article body with every mark, else the innermost one
    outside of which there is no prose and no mark."""
    everything = totals[0]
    for index, label in enumerate(page.labels):
        own = totals[index]
        if (
            _BODY.search(label)
            and not furniture[index]
            and own.weight
            and own.marks == everything.marks
            and (everything.marks or own.prose == everything.prose)
            and own.weight * 5 >= everything.weight * 2
        ):
            return index
    return _innermost(page, totals, {block.container for block in page.blocks if block.cells is not None})


def _innermost(page: Page, totals: list[_Measure], tables: set[int]) -> int:
    children: dict[int, list[int]] = {}
    for index in range(1, len(page.parents)):
        if index not in tables and page.labels[index].partition(" ")[0] not in _LEAVES:
            children.setdefault(page.parents[index], []).append(index)
    root = 0
    while totals[root].prose:
        own = totals[root]
        for child in children.get(root, []):
            held = totals[child]
            if held.prose == own.prose and held.marks == own.marks and held.weight * 2 >= own.weight:
                root = child
                break
        else:
            break
    return root


def _below(page: Page, root: int) -> list[bool]:
    inside = [False] * len(page.parents)
    inside[root] = True
    for index in range(root + 1, len(inside)):
        inside[index] = inside[page.parents[index]]
    return inside


def _is_links(block: PageBlock) -> bool:
    return bool(block.text) and block.link_chars * 5 >= len(_SPACE.sub("", block.text)) * 4


def _is_furniture_line(block: PageBlock) -> bool:
    text = block.text.strip()
    if block.cells is not None or not may_be_furniture(text):
        return False
    return _LINE.search(text) is not None or is_site_line(text)


def _is_head_line(block: PageBlock) -> bool:
    if block.cells is not None:
        return "索引号" in _SPACE.sub("", block.text)
    if _is_links(block) and not _ATTACHMENT.search(block.text):
        return True
    if len(block.text) > LONGEST_LINE or SENTENCE_END.search(block.text):
        return False
    return bool(_META_LINE.search(block.text))


def _is_foot_line(block: PageBlock) -> bool:
    text = block.text.strip()
    if block.cells is not None or SENTENCE_END.search(text):
        return _is_links(block)
    if _is_links(block) and not _ATTACHMENT.search(text):
        return True
    return bool(RELATED_HEADING.fullmatch(text)) or (len(text) <= LONGEST_LINE and bool(FOOT_LINE.search(text)))


def _is_contact_line(block: PageBlock) -> bool:
    return block.cells is None and len(block.text) <= LONGEST_LINE and bool(_CONTACT_LINE.search(block.text))


def _foot_start(blocks: list[PageBlock], first: int) -> int:
    """Where the page's footer begins after block `first`; the number of blocks where it has none."""
    start = last = len(blocks)
    while last > first + 1:
        block = blocks[last - 1]
        if _is_foot_line(block) or _is_furniture_line(block):
            start = last - 1
        elif not _is_contact_line(block):
            break
        last -= 1
    return start


def _trimmed(blocks: list[PageBlock]) -> list[PageBlock]:
    """Without metadata lines before the report, its footer, furniture lines, and runs of links."""
    first = next((index for index, block in enumerate(blocks) if _is_body(block)), None)
    if first is None:
        return [block for block in blocks if not _is_furniture_line(block)]
    head = [block for block in blocks[:first] if not _is_head_line(block)]
    body = blocks[first : _foot_start(blocks, first)]
    return [block for block in head + _without_link_runs(body) if not _is_furniture_line(block)]


def _is_body(block: PageBlock) -> bool:
    if _is_head_line(block):
        return False
    measure = _measure(block)
    return block.cells is not None or measure.prose + measure.marks > 0


def _without_link_runs(blocks: list[PageBlock]) -> list[PageBlock]:
    """Three link lines in a row are a menu."""
    kept: list[PageBlock] = []
    run: list[PageBlock] = []
    for block in blocks:
        if block.cells is None and _is_links(block) and not _ATTACHMENT.search(block.text):
            run.append(block)
            continue
        if len(run) < 3:
            kept += run
        run = []
        kept.append(block)
    return kept + (run if len(run) < 3 else [])
