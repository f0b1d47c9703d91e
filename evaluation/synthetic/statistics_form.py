"""The statistics form of 2014 to 2018 as it is printed, and the reports that it is annexed to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evaluation.synthetic.printed import Block, PrintedTable, SyntheticReport, Values, definition
from extraction.forms.definitions import RowDefinition

HEADINGS_2014 = {
    "overview": "一、概述",
    "proactive": "二、主动公开政府信息情况",
    "requests": "三、依申请公开政府信息情况",
    "review": "四、政府信息公开申请行政复议、提起行政诉讼情况",
    "problems": "五、存在的主要问题及改进措施",
    "other": "六、其他需要报告的事项",
}
_UNITS = {  # by the longest beginning of a row's id
    "proactive": "条", "proactive.normative_issued": "件", "responses": "次", "responses.interpretations": "篇",
    "requests": "件", "review": "件", "litigation": "件", "complaints": "件", "fees": "万元", "institution": "个",
    "institution.staff": "人", "institution.budget": "万元", "training": "次", "training.participants": "人次",
}  # fmt: skip
_NOTES = {
    "proactive.total": "（不同渠道和方式公开相同信息计1条）",
    "responses.topics": "（不同方式回应同一热点或舆情计1次）",
    "institution.staff.full_time": "（不包括政府公报及政府网站工作人员数）",
    "institution.budget": "（不包括用于政府公报编辑管理及政府网站建设维护等方面的经费）",
}
_NUMBERING = re.compile(r"（[一二三四五六七八九十]+）|\d\.|其中：")


@dataclass(frozen=True, slots=True)
class StatisticsLayout:
    """How a report prints the form.

    `heads` name the columns in order, of which "unit", "code", "serial" and "figure" stand beside the indicator's
    name ("name"). `no_unit` is what a head prints in the unit's cell; `notes` prints the notes in parentheses;
    `numbered` the rows' numbering below the first level.
    """

    heads: tuple[tuple[str, str], ...]
    no_unit: str = ""
    notes: bool = True
    numbered: bool = True


LAYOUTS = {
    "units": StatisticsLayout((("name", "统计指标"), ("unit", "单位"), ("figure", "统计数")), no_unit="——"),
    "units_other_words": StatisticsLayout(
        (("name", "指标名称"), ("unit", "计量单位"), ("figure", "数量")), notes=False, numbered=False
    ),
    "codes": StatisticsLayout(
        (("name", "指标名称"), ("unit", "计量单位"), ("code", "代码"), ("figure", "数量")), notes=False
    ),
    "serials": StatisticsLayout((("serial", "序号"), ("name", "统计指标"), ("unit", "单位"), ("figure", "统计数"))),
    "units_behind": StatisticsLayout((("name", "项目"), ("figure", "数量"), ("unit", "单位")), notes=False),
    "no_units": StatisticsLayout((("name", "指标"), ("figure", "数值"))),
}


def unit_of_row(id_: str) -> str:
    """The unit that the form prints beside a row."""
    return _UNITS[max((start for start in _UNITS if (id_ + ".").startswith(start + ".")), key=len)]


def statistics_table(
    values: Values, layout: StatisticsLayout = LAYOUTS["units"], *, drop: str | None = None, extra: str | None = None
) -> PrintedTable:
    """The form as one table.

    Args:
        values: Printed values.
        layout: Its columns and their heads.
        drop: A row id to leave out.
        extra: A label of a local row to add behind the requests received by letter, filled with 9.
    """
    body: list[RowDefinition | None] = []
    for row in definition("statistics", "2014").rows:
        if row.id != drop and not row.local:
            body.append(row)
        if extra and row.id == "requests.received.letter":
            body.append(None)
    table = PrintedTable(1 + len(body), len(layout.heads), label_width=40)
    for column, (_, head) in enumerate(layout.heads):
        table.add(0, column, head)
    numbered = 0
    for line, entry in enumerate(body, 1):
        figured = entry is None or bool(entry.columns)
        numbered += figured
        texts = {
            "name": _label(entry, layout) if entry else extra or "",
            "unit": layout.no_unit if not figured else unit_of_row(entry.id) if entry else "件",
            "code": f"{numbered:02}" if figured else "",
            "serial": str(numbered) if figured else "",
            "figure": "9" if entry is None else values.get(("statistics", entry.id, "count"), ""),
        }
        for column, (kind, _) in enumerate(layout.heads):
            table.add(line, column, texts[kind], value=kind in {"code", "figure"})
    return table


def _label(row: RowDefinition, layout: StatisticsLayout) -> str:
    label = row.zh if layout.numbered else _NUMBERING.sub("", row.zh, count=1)
    return label + (_NOTES.get(row.id, "") if layout.notes else "")


def statistics_blocks(report: SyntheticReport, table: PrintedTable | None = None) -> list[Block]:
    """A report of 2014 to 2018: its sections in running text, the form behind the signature."""
    blocks: list[Block] = [report.title, *report.paragraphs.get("front", [])]
    for kind, heading in HEADINGS_2014.items():
        blocks += [heading, *report.paragraphs.get(kind, [])]
    if report.signed:
        blocks += [report.agency, report.signed]
    blocks += ["政府信息公开情况统计表", f"（{report.year}年度）", f"填报单位：{report.agency}"]
    blocks.append(table or statistics_table(report.values))
    return blocks
