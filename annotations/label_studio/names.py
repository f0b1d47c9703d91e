"""What the labelling interface's controls, labels and relations are called, in data and on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.corpus_format import LETTER_OF, ROLES

TEXT = "text"
LABEL, CODE, VALUE, UNIT, APPROXIMATE = "label", "code", "value", "unit", "approximate"
REPORT, FINDINGS = "report", "findings"
PARENT = "parent"


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """How a label looks; its key is the guide's letter, so that guide, files and screen agree."""

    label: str
    caption: str
    colour: str

    @property
    def hotkey(self) -> str:
        return LETTER_OF[self.label]


# Values are in cold colours, what they are linked to in warm and green ones.
STYLES = (
    LabelStyle("COUNT", "数量", "#1f77b4"),
    LabelStyle("PERCENT", "比率", "#0e9aa7"),
    LabelStyle("MONEY", "金额", "#3f51b5"),
    LabelStyle("ZERO", "为零", "#6c757d"),
    LabelStyle("ITEM", "名词", "#2e8b57"),
    LabelStyle("ACTION", "动作", "#d62728"),
    LabelStyle("SCOPE", "主体", "#8e44ad"),
    LabelStyle("PERIOD", "时间", "#b8860b"),
    LabelStyle("CHANNEL", "渠道", "#e377c2"),
)
CAPTION_OF = {style.label: style.caption for style in STYLES}

# A relation has one name, for the screen and the data alike: a short one, since it is drawn over the text.
RELATION_OF = {role: CAPTION_OF[label] for label, role in ROLES.items()} | {PARENT: "上级"}
ROLE_OF_RELATION = {name: role for role, name in RELATION_OF.items()}

# Codes are offered by family; the statutory powers are one family, as in the guide.
FAMILIES = {
    "pub": "主动公开",
    "app": "依申请公开",
    "legal": "复议、诉讼与监督",
    "svc": "政务服务",
    "power": "权力事项、许可、处罚、收费、采购",
    "reg": "互联网＋监管",
    "prop": "建议提案",
    "org": "组织与保障",
    "rel": "占比与增减",
}
_POWERS = frozenset({"permit", "penalty", "coercion", "fee", "procurement"})


def family_of(code: str) -> str:
    """The family that a code is offered in: its first part, or `power` for the statutory powers."""
    first = code.split(".", 1)[0]
    return "power" if first in _POWERS else first
