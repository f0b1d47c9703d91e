"""Checks of the forms against the same figures in the running text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from extraction.checks.arithmetic import YUAN
from extraction.checks.findings import Finding, finding
from extraction.document import Document, Span
from extraction.forms.model import Form
from extraction.running_text import RunningParagraph, running_text
from extraction.sections import Section

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")
_FIGURE_OR_NONE = re.compile(r"\d|未|没有|无")
_YEAR = re.compile(r"((?:19|20)\d\d)年")
_SENTENCE_END = re.compile(r"[。！？]")
# Words of the sentence before a figure which say that it is not the year's whole: a part of the year, several
# years, a part of the bodies or of the cases, a mean, a difference.
_OTHER_SCOPE = re.compile(
    r"以来|累计|[上下]半年|季度|截[至止](?:\d{4}年)?(?:1[01]|[1-9])月|每[月天日]|平均|单[日月]|近[两二三四五\d]+年|分别"
    r"|(?:各[县区市乡镇]|各部门|各街道).{0,4}(?:共|收到|受理)|[^，,。]本级(?:共|收到|受理)|中[，,]|其中|比[^，,。；;]{0,6}(?:[，,][^，,。；;]{0,14})?[多少增减]"
)
_PART_AFTER = re.compile(
    r"[（(](?:不?含|不?包括|除)|中[，,]|的(?:单位|部门|机关|镇|街道|有)|(?:，)?(?:均|全部|都)?(?:为|系|是)上(?:一)?年"
    r"|[，,、][^。；;]{0,20}?(?:其中|涉及|属于?)?[^。，,；;均]{0,8}信息公开[^。，,；;\d]{0,8}\d"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A figure's unmistakable wording in the text and, for each form that states it, the cells whose sum does."""

    id: str
    name_en: str
    name_zh: str
    cells: Mapping[str, tuple[tuple[str, str], ...]]
    pattern: re.Pattern[str]
    context: re.Pattern[str]
    exclude: re.Pattern[str]
    sections: tuple[str, ...]
    outside: re.Pattern[str]
    nil: re.Pattern[str] | None


@cache
def load_statements() -> tuple[Statement, ...]:
    """The statements of `text_statements.toml`."""
    with (Path(__file__).parent / "text_statements.toml").open("rb") as file:
        entries = tomllib.load(file)["statements"]
    return tuple(
        Statement(
            entry["id"], entry["name_en"], entry["name_zh"],
            {
                form: tuple((row, column) for row, _, column in (cell.rpartition(".") for cell in cells))
                for form, cells in entry["cells"].items()
            },
            re.compile(entry["pattern"]), re.compile(entry["context"]), re.compile(entry["exclude"]),
            tuple(entry.get("sections", ())), re.compile(entry.get("outside", "")),
            re.compile(entry["nil"]) if "nil" in entry else None,
        )
        for entry in entries
    )  # fmt: skip


def check_text_against_forms(
    document: Document, forms: Sequence[Form], sections: Sequence[Section], year: int | None
) -> Iterator[Finding]:
    """A finding for every figure that text and form state differently.

    Figures that the text gives for another year than the report's are left alone.

    Documents that print a form more than once (two years, two bodies) are left alone: the text does not say
    which of them it speaks of.
    """
    by_kind: dict[str, list[Form]] = {}
    for form in forms:
        by_kind.setdefault(form.form, []).append(form)
    single = {kind: found[0] for kind, found in by_kind.items() if len(found) == 1}
    regions = [region for form in forms for region in form.regions]
    for paragraph in running_text(document, regions) if single else ():
        if not _FIGURE_OR_NONE.search(paragraph.text):
            continue
        kind = next((part.kind for part in sections if part.start <= paragraph.paragraph.start < part.end), None)
        if kind in {"problems", "front"}:
            continue
        text = _Squeezed(paragraph)
        for statement in load_statements():
            if not statement.sections or kind in statement.sections:
                for stating in (single[name] for name in statement.cells if name in single):
                    yield from _compare(text, statement, stating, year, kind)


class _Squeezed:
    """A paragraph without white space, its digits narrow."""

    def __init__(self, paragraph: RunningParagraph) -> None:
        self._paragraph = paragraph
        self.text = "".join(paragraph.text.translate(_FULL_WIDTH).split())

    def span(self, start: int, end: int) -> Span:
        """Where a range of the squeezed text stands in the document."""
        places = [match.start() for match in re.finditer(r"\S", self._paragraph.text)]
        return self._paragraph.span(places[start], places[end - 1] + 1)


def _compare(
    text: _Squeezed, statement: Statement, form: Form, year: int | None, section: str | None
) -> Iterator[Finding]:
    cells = [form.cell(row, column) for row, column in statement.cells[form.form]]
    printed = [cell for cell in cells if cell is not None and cell.value is not None]
    if len(printed) < len(cells):
        return
    form_value = sum((cell.value for cell in printed if cell.value), Decimal(0))
    for match, stated, stated_unit in _figures(text.text, statement):
        if not _speaks_of_it(text.text, match, statement, year, section):
            continue
        expected, actual = _same_unit(form_value, printed[0].unit, stated, stated_unit)
        if expected == actual:
            continue
        stated_at = text.span(match.start(1), match.end("unit")) if match.re.groups else text.span(*match.span())
        evidence = [stated_at, *(Span(cell.start, cell.end) for cell in printed)]
        unit = "元" if stated_unit in YUAN else stated_unit
        names = {"name": statement.name_en, "name_zh": statement.name_zh, "unit": unit}
        yield finding("text.form", evidence, names, expected=expected, actual=actual)


def _figures(text: str, statement: Statement) -> Iterator[tuple[re.Match[str], Decimal, str]]:
    """Each match of a statement with its figure and unit; none at all (未收到…申请) is nought."""
    for match in statement.pattern.finditer(text):
        yield match, Decimal(match[1].replace(",", "")), match["unit"]
    if statement.nil is not None:
        for match in statement.nil.finditer(text):
            yield match, Decimal(0), "件"


def _speaks_of_it(
    text: str, match: re.Match[str], statement: Statement, year: int | None, section: str | None
) -> bool:
    """Whether the words around a match leave no doubt that the form's figure of the form's year is meant."""
    sentence = _sentence_around(text, match.start(), match.end())
    clause = re.split(r"[，,、]", text[max(0, match.start() - 6) : match.start()])[-1]
    if not statement.context.search(sentence) or statement.exclude.search(clause + match[0]):
        return False
    if section != "requests" and not statement.outside.search(sentence):
        return False
    if tells_of_a_part(text[: match.start()], match[0]) or _PART_AFTER.match(text, match.end()):
        return False
    named_year = last_year_named(text[: match.start()])
    return year is None or named_year is None or named_year == year


def tells_of_a_part(before: str, statement: str = "") -> bool:
    """Whether the words before a figure, with the statement itself, say that it is not the year's whole."""
    sentence = re.split(r"[。！？；;]", before)[-1]
    return _OTHER_SCOPE.search(_last_clauses(sentence) + statement) is not None


def _last_clauses(before: str) -> str:
    """The clause that leads up to a figure, with the one before it where that holds no figure of its own."""
    *rest, last = re.split(r"(?<=[，,])", before)
    goes_on = rest and (rest[-1][-2:-1] == "中" or not re.search(r"\d[件条个宗]", rest[-1]))
    return rest[-1] + last if goes_on else last


def last_year_named(before: str) -> int | None:
    """The year named last in the sentence that leads up to a figure."""
    years = _YEAR.findall(_SENTENCE_END.split(before)[-1])
    return int(years[-1]) if years else None


def _sentence_around(text: str, start: int, end: int) -> str:
    begin = max((match.end() for match in _SENTENCE_END.finditer(text, 0, start)), default=0)
    stop = _SENTENCE_END.search(text, end)
    return text[begin : stop.start() if stop else len(text)]


def _same_unit(
    form_value: Decimal, form_unit: str | None, stated: Decimal, stated_unit: str
) -> tuple[Decimal, Decimal]:
    """Both in 元 where they are money with different units (a form without unit is read as the text's)."""
    if stated_unit in YUAN and form_unit in YUAN and form_unit != stated_unit:
        return form_value * YUAN[form_unit or "元"], stated * YUAN[stated_unit]
    return form_value, stated
