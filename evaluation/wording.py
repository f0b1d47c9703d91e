"""The names that people read, Chinese and English."""

from __future__ import annotations

from evaluation.errors import Cause
from evaluation.metrics import Measure
from evaluation.report_result import Note

Names = tuple[str, str]

MEASURES: dict[Measure, Names] = {
    Measure.SPAN: ("片段（严格）", "Spans, exact"),
    Measure.SPAN_RELAXED: ("片段（重叠）", "Spans, overlapping"),
    Measure.FACT: ("事实（严格）", "Facts, strict"),
    Measure.FACT_LINKED: ("事实（含关联）", "Facts, linked"),
    Measure.CELL: ("表格单元格", "Form cells"),
    Measure.REPORT: ("整份报告", "Whole reports"),
}
CAUSES: dict[Cause, Names] = {
    Cause.MISSED: ("漏报", "Missed"),
    Cause.SPURIOUS: ("多报", "Spurious"),
    Cause.WRONG_CODE: ("指标代码错误", "Wrong code"),
    Cause.WRONG_VALUE: ("数值或单位错误", "Wrong value or unit"),
    Cause.WRONG_LINK: ("关联错误", "Wrong link"),
    Cause.WRONG_BOUNDARY: ("边界或措辞不同", "Boundary or wording"),
}
NOTES: dict[Note, Names] = {
    Note.MISSING: ("没有预测，全部计为漏报", "no prediction: all counted as missed"),
    Note.FAILED: ("未能读取，全部计为漏报", "could not be read: all counted as missed"),
    Note.OTHER_TEXT: (
        "预测所依据的文本与标注不同，正文事实全部计为漏报",
        "predicted on another text: the narrative counts as missed",
    ),
}
FIELDS: dict[str, Names] = {
    "value": ("数值", "value"),
    "unit": ("单位", "unit"),
    "code": ("代码", "code"),
    "item": ("事项", "item"),
    "action": ("动作", "action"),
    "scope": ("范围", "scope"),
    "period": ("时间", "period"),
    "channel": ("渠道", "channel"),
    "parent": ("所属", "parent"),
    "range": ("边界", "range"),
}
SECTIONS: dict[str | None, Names] = {
    "front": ("前言", "Front matter"),
    "overview": ("总体情况", "Overview"),
    "proactive": ("主动公开", "Proactive disclosure"),
    "requests": ("依申请公开", "Disclosure on request"),
    "review": ("复议诉讼", "Review and litigation"),
    "problems": ("问题与改进", "Problems and plans"),
    "other": ("其他事项", "Other matters"),
    None: ("章节不明", "Section unknown"),
}
LABELS: dict[str | None, Names] = {
    "COUNT": ("数量", "COUNT"),
    "PERCENT": ("比率", "PERCENT"),
    "MONEY": ("金额", "MONEY"),
    "ZERO": ("零值提示", "ZERO"),
    "ITEM": ("事项", "ITEM"),
    "ACTION": ("动作", "ACTION"),
    "SCOPE": ("范围", "SCOPE"),
    "PERIOD": ("时间", "PERIOD"),
    "CHANNEL": ("渠道", "CHANNEL"),
}
