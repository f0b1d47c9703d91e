"""Reports outside the repository: where they are, joined with their standoff and detached again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from annotations import detach as detach_command
from annotations import join as join_command
from annotations.corpus_format import load_corpus
from annotations.gold_format import GoldCell, GoldError, GoldReport, read_gold, text_sha256, write_gold
from annotations.sources import ReportSource, SourcesError, SourceState, file_state, load_sources, text_state
from annotations.standoff import annotated_document
from extraction.readers.dispatch import read_document

TEXT = """\

青禾县司法局2021年政府信息公开工作年度报告

一、总体情况
2021年，全局紧紧围绕司法行政中心工作，坚持以公开为常态、不公开为例外，不断扩大公开范围，发布通知
公告32条，政府信息公开工作平稳有序，没有发生因信息公开工作不到位而引起的投诉，群众的满意程度有所提高，
干部的公开意识进一步增强。

@联系方式见门户网站

三、收到和处理政府信息公开申请情况
项目\t自然人\t总计
予以公开\t1\t1
未收到申请。

"""


def source(tmp_path: Path, data: bytes = TEXT.encode()) -> ReportSource:
    (tmp_path / "qinghe.txt").write_bytes(data)
    return ReportSource(
        "qinghe", "青禾县司法局", "qinghe.txt", hashlib.sha256(data).hexdigest(), text_sha256(TEXT), True
    )


def write_sources(folder: Path, *sources: ReportSource) -> Path:
    rows = [
        f'[[report]]\nid = "{s.id}"\npublisher = "{s.publisher}"\nfile = "{s.file}"\nsha256 = "{s.sha256}"\n'
        f'sha256_text = "{s.sha256_text}"\nexternal = {str(s.external).lower()}\n'
        for s in sources
    ]
    path = folder / "sources.toml"
    path.write_text("".join(rows), encoding="utf-8")
    return path


def test_the_projects_own_table_is_in_order() -> None:
    sources = load_sources()
    assert all(len(s.sha256) == len(s.sha256_text) == 64 for s in sources)
    assert all(Path(s.file).stem == s.id and not Path(s.file).is_absolute() for s in sources)


def test_sources_are_read_back_and_refused_out_of_format(tmp_path: Path) -> None:
    one = source(tmp_path)
    assert load_sources(write_sources(tmp_path, one)) == [one]
    with pytest.raises(SourcesError, match="qinghe"):
        load_sources(write_sources(tmp_path, one, one))
    path = tmp_path / "sources.toml"
    for text, message in (("[[report]]\nid = 'a'", "missing"), ("[[report", "sources.toml"), ("report = 1", "array")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SourcesError, match=message):
            load_sources(path)


def test_a_report_is_used_only_with_its_own_file_and_text(tmp_path: Path) -> None:
    one = source(tmp_path)
    assert text_state(one, tmp_path) is SourceState.AT_HAND
    assert file_state(one, tmp_path / "elsewhere") is SourceState.MISSING
    (tmp_path / "qinghe.txt").write_bytes(b"another")
    assert file_state(one, tmp_path) is SourceState.OTHER_FILE
    changed = source(tmp_path, TEXT.encode() + b"!")
    assert text_state(changed, tmp_path) is SourceState.OTHER_TEXT


def test_the_line_format_loses_no_character_of_a_report(tmp_path: Path) -> None:
    document = read_document(TEXT.encode(), "qinghe.txt")
    joined = annotated_document("qinghe", document, None)
    assert joined.text == document.text == TEXT
    assert not any(document.text[block.start : block.end].startswith("@") for block in joined.blocks)


def run_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ReportSource, Path]:
    one = source(tmp_path)
    for module in (join_command, detach_command):
        monkeypatch.setattr(module, "load_sources", lambda: [one])
    (tmp_path / "gold").mkdir()
    out = tmp_path / "out"
    assert join_command.main([str(out), "--reports", str(tmp_path)]) == 0
    return one, out / "qinghe.txt"


def test_a_joined_report_is_annotated_and_detached_and_joined_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, file = run_join(tmp_path, monkeypatch)
    lines = file.read_text(encoding="utf-8").split("\n")
    at = next(number for number, line in enumerate(lines) if "32条" in line)
    lines[at] = lines[at].replace("发布通知\\n公告32条", "{a1:发布}{i1:通知\\n公告}{n1:32条}")
    assert "{i1:通知\\n公告}" in lines[at], "the broken line is one paragraph"
    lines.insert(at + 1, ": n1 32 条 pub.notice i1 a1")
    file.write_text("\n".join(lines), encoding="utf-8")
    arguments = [str(file), "--reports", str(tmp_path), "--gold", str(tmp_path / "gold")]
    assert detach_command.main(arguments) == 0
    gold = read_gold(tmp_path / "gold" / "qinghe.json")
    assert gold.facts is not None
    assert [(gold.spans[f.value_span].start, f.value, f.code) for f in gold.facts] == [
        (TEXT.index("32条"), 32, "pub.notice")
    ]
    assert {section.kind for section in gold.sections} >= {"overview", "requests"}
    annotated = load_corpus(file)[0]
    again = join_command.join(one, tmp_path, tmp_path / "gold")
    file.write_text(again, encoding="utf-8")
    assert load_corpus(file)[0].facts == annotated.facts


def test_detaching_keeps_the_cells_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, file = run_join(tmp_path, monkeypatch)
    cell = GoldCell("requests", "2021", None, "granted", "total", None, 0, 0)
    known = GoldReport("qinghe", one.sha256_text, cells=(cell,))
    write_gold(known, tmp_path / "gold")
    assert detach_command.main([str(file), "--reports", str(tmp_path), "--gold", str(tmp_path / "gold")]) == 0
    gold = read_gold(tmp_path / "gold" / "qinghe.json")
    assert (gold.cells, gold.facts) == ((cell,), ())


def test_an_edited_text_is_refused_with_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, file = run_join(tmp_path, monkeypatch)
    file.write_text(file.read_text(encoding="utf-8").replace("32条", "33条"), encoding="utf-8")
    assert detach_command.main([str(file), "--reports", str(tmp_path), "--gold", str(tmp_path)]) == 1
    assert "'3条" in capsys.readouterr().out


def test_gold_of_another_text_is_not_joined(tmp_path: Path) -> None:
    write_gold(GoldReport("qinghe", "0" * 64, facts=()), tmp_path)
    with pytest.raises(GoldError, match="is not the annotated one"):
        join_command.join(source(tmp_path), tmp_path, tmp_path)


def test_real_sentences_are_not_written_into_the_repository(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        join_command.main([str(Path(join_command.__file__).parent / "corpus")])
    assert "inside the repository" in capsys.readouterr().err
