"""The labelling interface holds the guide's labels and the catalogue's codes, and differences are named."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from annotations.corpus_format import LABEL_LETTERS
from annotations.label_studio import names
from annotations.label_studio.config import (
    differences,
    instructions,
    is_same_interface,
    labelling_config,
    vocabulary_of,
)
from annotations.label_studio.errors import LabelStudioError
from extraction.narrative.catalogue import load_catalogue
from models.labels import LABELS

CONFIG = labelling_config(load_catalogue())


def test_every_label_has_caption_colour_and_the_guide_s_letter() -> None:
    labels = ElementTree.fromstring(CONFIG).findall(".//Label")
    assert [label.get("alias") for label in labels] == list(LABELS)
    assert {label.get("hotkey"): label.get("alias") for label in labels} == LABEL_LETTERS
    assert len({label.get("background") for label in labels}) == len(LABELS)
    assert all("\u4e00" <= (label.get("value") or "")[0] <= "\u9fff" for label in labels)


def test_every_code_is_offered_once_by_name_and_code() -> None:
    catalogue = load_catalogue()
    vocabulary = vocabulary_of(CONFIG)
    assert {path[-1] for path in vocabulary.codes} == set(catalogue)
    assert all(path == (names.family_of(path[-1]), path[-1]) for path in vocabulary.codes)
    captions = [choice.get("value") or "" for choice in ElementTree.fromstring(CONFIG).iter("Choice")]
    assert "政务服务事项 svc.items" in captions
    assert vocabulary.labels == set(LABELS)
    assert vocabulary.relations == set(names.RELATION_OF.values())
    assert vocabulary.controls == {
        "label": "labels", "code": "taxonomy", "value": "textarea", "unit": "textarea", "approximate": "textarea",
    }  # fmt: skip


def test_a_user_s_own_code_gets_a_family(tmp_path: Path) -> None:
    entry = (
        '[codes."school.pupils"]\nname_zh = "学生"\nname_en = "Pupils"\ndefinition = "学生数。"\nunit = "人"\n'
        'kind = "count"\nwordings = ["学生"]\n'
    )
    path = tmp_path / "own.toml"
    path.write_text(entry, encoding="utf-8")
    vocabulary = vocabulary_of(labelling_config(load_catalogue(path)))
    assert ("school", "school.pupils") in vocabulary.codes


def test_differences_are_named_one_by_one() -> None:
    ours = vocabulary_of(CONFIG)
    changed = (
        CONFIG.replace('alias="COUNT"', 'alias="NUMBER"')
        .replace('alias="svc.items"', 'alias="svc.old"')
        .replace('<Relation value="上级"', '<Relation value="上位"')
        .replace('<TextArea name="unit"', '<TextArea name="measure"')
    )
    assert [str(difference) for difference in differences(vocabulary_of(changed), ours)] == [
        "label 标签 COUNT: missing in the project 项目缺少",
        "label 标签 NUMBER: only in the project 仅项目有",
        "relation 关系 上位: only in the project 仅项目有",
        "relation 关系 上级: missing in the project 项目缺少",
        "code 编码 svc/svc.items: missing in the project 项目缺少",
        "code 编码 svc/svc.old: only in the project 仅项目有",
        "control 控件 textarea measure: only in the project 仅项目有",
        "control 控件 textarea unit: missing in the project 项目缺少",
    ]
    assert differences(ours, ours) == []


def test_looks_are_no_difference() -> None:
    recoloured = CONFIG.replace("#1f77b4", "#000000").replace('value="数量"', 'value="计数"')
    assert differences(vocabulary_of(recoloured), vocabulary_of(CONFIG)) == []
    assert not is_same_interface(recoloured, CONFIG)
    reindented = CONFIG.replace("\n", "\n  ").replace(" />", "/>")
    assert is_same_interface(reindented, CONFIG)


def test_an_empty_or_broken_interface() -> None:
    assert vocabulary_of("<View></View>").is_empty
    with pytest.raises(LabelStudioError, match="no XML"):
        vocabulary_of("<View>")


def test_the_guide_is_the_instructions() -> None:
    page = instructions()
    assert "<h1>标注指南" in page
    assert "<table>" in page
    assert "<td><code>COUNT</code></td>" in page
