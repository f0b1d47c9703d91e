"""The checker refuses what the guide forbids, and passes the whole corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.checker import catalogue_codes, check_files, main

CORPUS = Path(__file__).parents[2] / "annotations" / "corpus"
HEAD = "@id x\n@body 青禾县\n@level county\n@sector 统计\n@year 2020\n"
GOOD = "{a1:发布}{i1:公告}{n1:40条}，{z1:未收取}{i2:处理费}。\n: n1 40 条 pub.notice i1 a1\n: z1 0 - app.fee i2\n"


def problems(body: str, tmp_path: Path, head: str = HEAD) -> list[str]:
    path = tmp_path / "x.txt"
    path.write_text(head + body, encoding="utf-8")
    return check_files([path], catalogue_codes())[0]


def test_a_sound_document_passes(tmp_path: Path) -> None:
    assert problems(GOOD, tmp_path) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (GOOD.replace("pub.notice", "pub.notices"), "unknown code pub.notices"),
        ("{i1:公告}{n1:40条}。\n: n1 40 条 pub.notice\n", "neither item nor action"),
        ("{i1:公告}{n1:40条}。\n", "has no fact"),
        ("{i1:公告}{i2:通知}{n1:40条}。\n: n1 40 条 pub.notice i1\n", "'通知' is linked to no fact"),
        (GOOD.replace(": n1 40 条", ": n1 41 条"), "written 41 条, read 40 条"),
        (GOOD.replace(": z1 0 -", ": z1 1 -"), "ZERO cue with the value 1"),
        ("{i1:收费}{m1:3万元}。\n: m1 3 万元 - i1\n", "MONEY with the unit 万元"),
        ("{i1:比例}{p1:3%}。\n: p1 3 件 - i1\n", "PERCENT with the unit 件"),
        ("{i1:公告}{n1:40条}。\n: n1 40 条 - i1 ~余\n", "approximation 余 is not in the span"),
        ("{i1:公告}{n1:40条}，{n2:3条}。\n: n1 40 条 - i1 ^n2\n: n2 3 条 - i1 ^n1\n", "circular"),
        ("{i1:公告}{n1:40条\n", "not closed"),
    ],
)
def test_every_rule_is_enforced(body: str, message: str, tmp_path: Path) -> None:
    assert any(message in problem for problem in problems(body, tmp_path)), problems(body, tmp_path)


def test_metadata_must_be_there(tmp_path: Path) -> None:
    assert any("@year is missing" in problem for problem in problems(GOOD, tmp_path, HEAD.replace("@year 2020\n", "")))


def test_the_whole_corpus_passes(capsys: pytest.CaptureFixture[str]) -> None:
    status = main([str(path) for path in sorted(CORPUS.glob("*.txt"))])
    assert status == 0, capsys.readouterr().out[-2000:]
