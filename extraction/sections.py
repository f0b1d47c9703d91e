"""The six sections of a report and its front matter, whatever the heading's form.

The order and names are those of 国办公开办函〔2021〕30号 and 〔2019〕60号; reports before 2019 name the same
matters in other words and orders.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from extraction.document import Document, Span
from extraction.forms.definitions import load_definitions, normalise_label
from extraction.running_text import RunningParagraph, running_text
from extraction.traditional import simplified

SectionKind = Literal["overview", "proactive", "requests", "review", "problems", "other", "front"]

_NUMERALS = {numeral: value for value, numeral in enumerate("一二三四五六七八九十", 1)}
# Capital numerals and Kangxi radicals, letter for letter.
_PLAIN_NUMERALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾⼀⼆⼋⼗", "一二三四五六七八九十一二八十")
_STYLES = (
    ("chinese", re.compile(r"第?([一二三四五六七八九十]{1,2})\s*(?:部分|章)?\s*[、.．，,:：\s]\s*")),
    ("bracket", re.compile(r"[（(【\[〔]([一二三四五六七八九十]{1,2})[）)】\]〕]\s*[、.．]?\s*")),
    ("arabic", re.compile(r"([1-9]|10)\s*[、.．]\s*(?!\d)")),
    ("bare", re.compile(r"()")),
)
_KINDS: tuple[tuple[SectionKind, re.Pattern[str]], ...] = (
    ("problems", re.compile(
        r"(?:存在|主要|不足).{0,12}(?:问题|不足|困难)|问题.{0,4}(?:和|及|与).{0,6}改进|改进(?:情况|措施)|下一步|工作打算"
    )),
    ("other", re.compile(
        r"(?:其他|其它|另).{0,4}(?:需要|需|应).{0,4}(?:报告|说明)|其他(?:有关)?事项"
        r"|需要?(?:报告|说明)的(?:其他|其它)?事项|附(?:表|件|录)|(?:重要|有关)?事项说明"
    )),
    ("review", re.compile(r"行政复议|行政诉讼|复议.{0,6}诉讼|申诉")),
    ("requests", re.compile(r"收到和处理|依申请公开|申请公开|公开申请|收费(?:及|和|与|情况)|申请(?:办理|处理)")),
    ("proactive", re.compile(r"主动公开|公开(?:政府)?信息(?:的)?情况|重点领域|解读|回应")),
    ("overview", re.compile(
        r"总体情况|总体状况|基本情况|概述|概况|整体情况|工作情况|综述|总体工作|组织领导|推进情况"
    )),
)  # fmt: skip
_BARE_HEADING = re.compile(
    r"总体情况|概述|(?:行政机关)?主动公开政府信息(?:的)?情况|(?:行政机关)?收到和处理政府信息公开申请(?:的)?情况"
    r"|.{0,14}行政复议.{0,6}行政诉讼.{0,8}情况|(?:政府信息公开工作)?存在的(?:主要)?问题.{0,8}改进(?:情况|措施)"
    r"|其他需要报告的事项"
)
_LONGEST_HEADING = 45
_FEWEST_UNKNOWN = 3  # numbered headings in a row that are sections whatever they speak of


@dataclass(frozen=True, slots=True)
class Section:
    """A section from its heading on; `title` is the heading as printed, empty for front matter."""

    kind: SectionKind
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Heading:
    style: str
    ordinal: int
    kind: SectionKind | None
    title: str
    start: int
    end: int


def section_kind(heading: str) -> SectionKind | None:
    """What a heading's words speak of, or `None`."""
    compact = re.sub(r"\s+", "", simplified(heading))
    for words in (re.sub(r"[（(][^（）()]*[）)]\Z", "", compact), compact):
        kind = next((kind for kind, pattern in _KINDS if pattern.search(words)), None)
        if kind:
            return kind
    return None


def _ordinal(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral)
    if len(numeral) == 2 and numeral[0] == "十":
        return 10 + _NUMERALS[numeral[1]]
    return _NUMERALS.get(numeral, 0)


def _heading(paragraph: RunningParagraph) -> _Heading | None:
    text = paragraph.text.strip()
    for style, pattern in _STYLES:
        match = pattern.match(text.translate(_PLAIN_NUMERALS) if style in {"chinese", "bracket"} else text)
        if not match:
            continue
        rest = text[match.end() :]
        cut = re.search(r"[。：:；;]", rest)
        title = rest[: cut.start()] if cut else rest
        if not title or len(title) > _LONGEST_HEADING or _reads_on(title, cut is not None, len(rest)):
            return None
        if _is_form_row(title):
            return None
        if style == "bare" and not _BARE_HEADING.fullmatch(
            re.sub(r"\s+|\A[一二三四五六七八九十\d]", "", simplified(title))
        ):
            return None
        end = match.end() + len(title)
        span = paragraph.span(0, min(end, len(paragraph.text)))
        return _Heading(style, _ordinal(match[1]), section_kind(title), text[:end].strip(), span.start, span.end)
    return None


@cache
def _form_rows() -> tuple[frozenset[str], tuple[str, ...]]:
    """The labels of the forms' rows: all that have figures, and those whose beginning is no section's name.

    A row of several figures is long and its own; one of a single figure begins as sections are named (主动公开…).
    """
    rows = [row for entry in load_definitions() for row in entry.rows if row.columns]
    wide = (label for row in rows if len(row.columns) > 1 for label in row.labels)
    return frozenset(label for row in rows for label in row.labels), (*wide, "本年度办理结果")


def _is_form_row(title: str) -> bool:
    """Whether the words are a numbered row of a form (一、本年新收…), perhaps cut by a line break."""
    words = normalise_label(title)
    whole, wide = _form_rows()
    return len(words) >= 4 and (words in whole or any(row.startswith(words) for row in wide))


def _reads_on(title: str, cut: bool, length: int) -> bool:
    """Whether the words are a sentence of prose rather than a heading."""
    if cut and length > len(title) + 1 and (len(title) > 24 or re.search(r"[，,]", title)):
        return True
    return bool(re.search(r"[，,].*[，,]|\d{2,}\s*[件条次]", title))


def _runs(headings: Sequence[_Heading]) -> list[list[_Heading]]:
    """Stretches of rising ordinals."""
    runs: list[list[_Heading]] = []
    for heading in headings:
        if runs and heading.ordinal > runs[-1][-1].ordinal:
            runs[-1].append(heading)
        else:
            runs.append([heading])
    return runs


def _is_contents_list(run: Sequence[_Heading]) -> bool:
    return len(run) >= 3 and all(later.start - earlier.end < 20 for earlier, later in pairwise(run))


@dataclass(frozen=True, slots=True)
class _Chain:
    """Headings of rising numbers, told from their last; `name` is the section that the last names outright."""

    last: int
    ordinal: int
    name: SectionKind | None
    weight: float
    before: _Chain | None

    def members(self) -> set[int]:
        chain: _Chain | None = self
        found = set()
        while chain:
            found.add(chain.last)
            chain = chain.before
        return found

    def may_precede(self, ordinal: int, name: SectionKind | None) -> bool:
        misnumbered = ordinal == self.ordinal and name and self.name and name != self.name
        return ordinal > self.ordinal or bool(misnumbered)


def _without_nested(headings: Sequence[_Heading]) -> list[_Heading]:
    """The headings without those of lists inside a section that are numbered in the sections' own style.

    Kept are the sections' own names and the heaviest chain of rising numbers through them.
    """
    names = [heading.kind if _is_whole_name(heading) else None for heading in headings]
    best: dict[tuple[int, SectionKind | None], _Chain] = {}
    for index, (heading, name) in enumerate(zip(headings, names, strict=True)):
        weight = 3.0 if name else 1.0 if heading.kind else 0.3
        before = max(
            (chain for chain in best.values() if chain.may_precede(heading.ordinal, name)),
            key=lambda chain: chain.weight,
            default=None,
        )
        chain = _Chain(index, heading.ordinal, name, weight + (before.weight if before else 0.0), before)
        known = best.get((heading.ordinal, name))
        if known is None or chain.weight > known.weight:
            best[heading.ordinal, name] = chain
    members = max(best.values(), key=lambda chain: chain.weight).members() if best else set()
    if len({names[index] for index in members} - {None}) < _FEWEST_UNKNOWN:
        return list(headings)
    return [heading for index, heading in enumerate(headings) if index in members or names[index]]


def _top_level(headings: Sequence[_Heading]) -> list[_Heading]:
    """The headings of the style that names the most different matters; stray ones of others fill its gaps."""
    best: list[_Heading] = []
    best_score = 0
    for style, _ in _STYLES:
        own = [heading for heading in headings if heading.style == style]
        if style != "bare":
            runs = [run for run in _runs(own) if not _is_contents_list(run)]
            own = _without_nested([heading for run in runs for heading in run])
        known = [heading for heading in own if heading.kind]
        score = len({heading.kind for heading in known})
        if score > best_score:
            best, best_score = own, score
    if not best:
        chinese = [heading for heading in headings if heading.style == "chinese"]
        return chinese if len(_runs(chinese)) == 1 and len(chinese) >= _FEWEST_UNKNOWN else []
    style = best[0].style
    missing = {"overview", "proactive", "requests", "review", "problems", "other"} - {
        heading.kind for heading in best
    }
    for heading in headings:
        other_style = heading.style != style and (heading.style != "bracket" or _is_whole_name(heading))
        if heading.kind in missing and other_style and _fills_gap(heading, best):
            best = [*best, heading]
            missing.discard(heading.kind)
    return sorted(best, key=lambda heading: heading.start)


def _is_whole_name(heading: _Heading) -> bool:
    """Whether a heading is a section's own name and nothing else, not a sub-heading on the matter."""
    words = re.sub(r"\s+", "", simplified(heading.title.translate(_PLAIN_NUMERALS)))
    words = re.sub(r"\A(?:第?[一二三四五六七八九十\d]{1,2}(?:部分|章)?[、.．，,:：]?|[（(【\[〔].{1,2}[）)】\]〕])", "", words)
    return bool(_BARE_HEADING.fullmatch(words))


def _fills_gap(heading: _Heading, top: Sequence[_Heading]) -> bool:
    """Whether a stray heading's number is the one that is missing where it stands."""
    if not _BARE_HEADING.search(re.sub(r"\s+", "", simplified(heading.title))):
        return False
    before = [other for other in top if other.start < heading.start]
    after = [other for other in top if other.start > heading.start]
    if heading.style == "bare":
        return True
    low = before[-1].ordinal if before else 0
    high = after[0].ordinal if after else 99
    return low < heading.ordinal < high


def find_sections(document: Document, regions: Sequence[Span] = ()) -> list[Section]:
    """The report's sections in reading order, the front matter first; they cover the whole text.

    Args:
        document: The report.
        regions: Ranges of forms, whose rows (一、本年新收…) are no headings.
    """
    headings = [found for paragraph in running_text(document, regions) if (found := _heading(paragraph))]
    top = _top_level(headings)
    end = len(document.text)
    if not top:
        return [Section("front", "", 0, end)] if end else []
    sections = [Section("front", "", 0, top[0].start)] if top[0].start > 0 else []
    for number, heading in enumerate(top):
        stop = top[number + 1].start if number + 1 < len(top) else end
        sections.append(Section(heading.kind or "other", heading.title, heading.start, stop))
    return sections
