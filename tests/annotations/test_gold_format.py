"""Standoff gold: written and read back, and refused where it cannot be right."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from annotations.corpus_format import parse_corpus
from annotations.gold_format import (
    GoldCell,
    GoldError,
    GoldReport,
    GoldSection,
    check_text,
    dump_gold,
    gold_from_document,
    load_gold,
    parse_gold,
    read_gold,
    write_gold,
)

LINES = """\
@id sample
{a1:发布}{i1:公告}{n1:近32条}，占{p1:66.67%}。
: n1 32 条 pub.notice i1 a1 ~近
: p1 66.67 % rel.share i1 ^n1
"""
CELLS = (
    GoldCell("requests", "2021", None, "granted", "total", None, 4, 4),
    GoldCell("proactive", "2021", 2021, "fees", "amount", Decimal("0.50"), 5, 9),
)
TEXT = "发布公告近32条，占66.67%。"


def gold() -> GoldReport:
    document = next(parse_corpus(LINES.splitlines()))
    return gold_from_document(document, cells=CELLS, sections=[GoldSection("overview", 0, 12)])


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = write_gold(gold(), tmp_path)
    assert path.name == "sample.json"
    assert read_gold(path) == gold()
    assert load_gold([tmp_path]) == [gold()]


def test_the_file_holds_no_text_but_what_codes_and_units_need() -> None:
    written = dump_gold(gold())
    assert "公告" not in written
    assert "发布" not in written


def test_nothing_annotated_is_told_from_nothing_there(tmp_path: Path) -> None:
    unannotated = GoldReport("a", "0" * 64)
    empty = GoldReport("a", "0" * 64, cells=(), facts=())
    assert read_gold(write_gold(unannotated, tmp_path)) == unannotated
    assert read_gold(write_gold(empty, tmp_path)) == empty


def test_a_change_of_one_cell_changes_one_line() -> None:
    changed = replace(gold(), cells=(replace(CELLS[0], value=Decimal(3)), CELLS[1]))
    before, after = dump_gold(gold()).splitlines(), dump_gold(changed).splitlines()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_offsets_belong_to_one_text() -> None:
    check_text(gold(), TEXT)
    with pytest.raises(GoldError, match="sample: the canonical text is not"):
        check_text(gold(), TEXT + "\n")
    with pytest.raises(GoldError, match="beyond"):
        check_text(replace(gold(), cells=(replace(CELLS[0], end=99),)), TEXT)


def broken(**changes: Any) -> dict[str, Any]:
    return json.loads(dump_gold(gold())) | changes  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "JSON object"),
        (broken(schema_version=2), "schema_version"),
        ({"schema_version": 1, "report": "a"}, "sha256_text"),
        (broken(spans=[[0, 2, "NUMBER"]], facts=[]), "unknown label"),
        (broken(spans=[[2, 2, "COUNT"]], facts=[]), "empty"),
        (broken(spans=[[0, 3, "COUNT"], [2, 4, "ITEM"]], facts=[]), "overlaps"),
        (broken(cells=[["requests", "2021"]]), "out of format"),
        (broken(cells=[["requests", "2021", None, "granted", "total", "three", 0, 1]]), "out of format"),
        (broken(facts=[{"value_span": 9, "value": "1"}]), "not one of"),
        (broken(facts=[{"value_span": 0, "value": "1"}]), "is a ACTION"),
        (broken(facts=[{"value_span": 2, "value": "1", "item": 0}]), "item 0"),
        (broken(facts=[{"value_span": 2, "value": "1", "parent": 0}]), "parent 0"),
        (broken(facts=[{"value_span": 2, "value": "1", "colour": 0}]), "colour"),
    ],
)
def test_what_cannot_be_right_is_refused(data: Any, message: str) -> None:
    with pytest.raises(GoldError, match=message):
        parse_gold(data)


def test_messages_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(GoldError, match=r"bad\.json"):
        read_gold(path)
    write_gold(gold(), tmp_path)
    (tmp_path / "sample2.json").write_text(dump_gold(gold()), encoding="utf-8")
    path.unlink()
    with pytest.raises(GoldError, match="annotated twice"):
        load_gold([tmp_path])
