"""The project's labelling interface: made from the guide's labels and the catalogue, read back, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from annotations.label_studio import names
from annotations.label_studio.errors import LabelStudioError
from extraction.narrative.catalogue import Catalogue
from models.labels import LABELS, VALUE_LABELS

GUIDE = Path(__file__).parent.parent / "guide.zh-CN.md"
_VALUES = ",".join(label for label in LABELS if label in VALUE_LABELS)
# Relations are drawn between the lines.
_ROOMY = ".roomy div, .roomy span { line-height: 2.5 !important; }"
_TEXT_FIELDS = {
    names.VALUE: ("值", "如 521；留空则由程序从原文读出"),
    names.UNIT: ("单位", "如 项、件、%；留空则照原文"),
    names.APPROXIMATE: ("约数", "如 余、近、超过；没有就留空"),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an interface lets annotators say.

    Attributes:
        labels: Of spans, as they are in the data.
        codes: The taxonomy's leaves with the way to them.
        relations: Their names.
        controls: The kind of result that each control gives, by its name.
    """

    labels: frozenset[str] = frozenset()
    codes: frozenset[tuple[str, ...]] = frozenset()
    relations: frozenset[str] = frozenset()
    controls: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.labels or self.codes or self.relations or self.controls)


def labelling_config(catalogue: Catalogue) -> str:
    """The interface's XML: text and labels on the left, the report, its findings and the value's fields beside."""
    root = Element("View", style="display: grid; grid-template-columns: minmax(0, 1fr) 20em; gap: 1em")
    SubElement(root, "Style").text = _ROOMY
    left = SubElement(root, "View")
    relations = SubElement(left, "Relations", choice="single")
    for name in names.RELATION_OF.values():
        SubElement(relations, "Relation", value=name)
    labels = SubElement(left, "Labels", name=names.LABEL, toName=names.TEXT, choice="single")
    for style in names.STYLES:
        SubElement(
            labels,
            "Label",
            value=style.caption,
            alias=style.label,
            background=style.colour,
            hotkey=style.hotkey,
        )
    room = SubElement(left, "View", className="roomy")
    SubElement(room, "Text", name=names.TEXT, value=f"${names.TEXT}", granularity="symbol")
    right = SubElement(
        root, "View", style="position: sticky; top: 0; max-height: 90vh; overflow: hidden auto"
    )
    _add_value_fields(right, catalogue)
    SubElement(right, "Header", value="报告", size="5")
    SubElement(right, "Table", name=names.REPORT, value=f"${names.REPORT}")
    SubElement(right, "Header", value="程序的检查", size="5")
    SubElement(right, "Table", name=names.FINDINGS, value=f"${names.FINDINGS}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode")


def _add_value_fields(parent: Element, catalogue: Catalogue) -> None:
    """The code and the texts of the value that is selected; hidden while none is."""
    fields = SubElement(
        parent, "View", visibleWhen="region-selected", whenTagName=names.LABEL, whenLabelValue=_VALUES
    )
    SubElement(fields, "Header", value="编码", size="5")
    taxonomy = SubElement(
        fields, "Taxonomy", name=names.CODE, toName=names.TEXT, perRegion="true", whenLabelValue=_VALUES,
        leafsOnly="true", maxUsages="1", minWidth="17em", dropdownWidth="26em", placeholder="选择或输入名称、代码",
    )  # fmt: skip
    _add_codes(taxonomy, catalogue)
    for control, (caption, placeholder) in _TEXT_FIELDS.items():
        SubElement(fields, "Header", value=caption, size="5")
        SubElement(
            fields, "TextArea", name=control, toName=names.TEXT, perRegion="true", whenLabelValue=_VALUES,
            editable="true", transcription="true", maxSubmissions="1", rows="1", placeholder=placeholder,
        )  # fmt: skip


def _add_codes(taxonomy: Element, catalogue: Catalogue) -> None:
    families: dict[str, Element] = {}
    for family, caption in names.FAMILIES.items():
        families[family] = SubElement(taxonomy, "Choice", value=caption, alias=family)
    for indicator in catalogue.values():
        family = names.family_of(indicator.code)
        if family not in families:  # A user's own.
            families[family] = SubElement(taxonomy, "Choice", value=family, alias=family)
        SubElement(
            families[family], "Choice", value=f"{indicator.name_zh} {indicator.code}", alias=indicator.code,
            hint=indicator.definition,
        )  # fmt: skip


def vocabulary_of(config: str) -> Vocabulary:
    """What an interface lets annotators say.

    Raises:
        LabelStudioError: Where it is no XML.
    """
    try:
        root = ElementTree.fromstring(config)
    except ElementTree.ParseError as error:
        raise LabelStudioError(f"the project's labelling configuration is no XML: {error}") from error
    labels, relations, codes = set(), set(), set()
    controls: dict[str, str] = {}
    for element in root.iter():
        if "toName" in element.attrib:
            controls[element.get("name", "")] = element.tag.lower()
        if element.tag == "Label":
            labels.add(_value(element))
        elif element.tag == "Relation":
            relations.add(_value(element))
        elif element.tag == "Taxonomy":
            codes |= set(_leaves(element, ()))
    return Vocabulary(frozenset(labels), frozenset(codes), frozenset(relations), controls)


def _value(element: Element) -> str:
    return element.get("alias") or element.get("value") or ""


def _leaves(element: Element, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    children = element.findall("Choice")
    if not children:
        return [path] if path else []
    return [leaf for child in children for leaf in _leaves(child, (*path, _value(child)))]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that one of two interfaces lets annotators say and the other does not."""

    kind: str
    name: str
    only_in_project: bool

    def __str__(self) -> str:
        where = "only in the project 仅项目有" if self.only_in_project else "missing in the project 项目缺少"
        return f"{self.kind} {self.name}: {where}"


def differences(project: Vocabulary, ours: Vocabulary) -> list[Difference]:
    """How a project's vocabulary differs from ours, in a fixed order."""
    pairs = {
        "label 标签": (project.labels, ours.labels),
        "relation 关系": (project.relations, ours.relations),
        "code 编码": (_joined(project), _joined(ours)),
        "control 控件": (_controls(project), _controls(ours)),
    }
    return [
        Difference(kind, name, only_in_project=name in theirs)
        for kind, (theirs, own) in pairs.items()
        for name in sorted(theirs ^ own)
    ]


def _joined(vocabulary: Vocabulary) -> frozenset[str]:
    return frozenset("/".join(path) for path in vocabulary.codes)


def _controls(vocabulary: Vocabulary) -> frozenset[str]:
    return frozenset(f"{kind} {name}" for name, kind in vocabulary.controls.items())


def is_same_interface(one: str, other: str) -> bool:
    """Whether two configurations are the same XML, whatever its layout and the order of attributes."""
    return ElementTree.canonicalize(one, strip_text=True) == ElementTree.canonicalize(other, strip_text=True)


def instructions(guide: Path = GUIDE) -> str:
    """The guide as the HTML that annotators can open beside the text.

    Raises:
        OSError: Where the guide cannot be read.
    """
    # Imported when it is called: no other command waits for it.
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").enable("table").render(guide.read_text(encoding="utf-8")))
