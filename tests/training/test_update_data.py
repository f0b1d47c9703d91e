"""What an update may learn from."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.corpus_format import CorpusError, parse_corpus
from annotations.gold_format import gold_from_document, write_gold
from training.update_data import (
    RefusalReason,
    UpdateData,
    UpdateError,
    annotators,
    digest_of,
    load_update_data,
    text_files,
)

CODES = ("pub.total", "pub.notice")
PARAGRAPH = (
    "{{t1:2021年}}，我局在门户网站和政务大厅{{a1:公开}}{{i1:政府信息}}{{n1:{n}条}}，其余情况见各章所述。"
)
FACT = ": n1 {n} 条 {code} i1 a1 t1"
SOURCES = """[[report]]
id = "real-1"
publisher = "真溪区司法局"
file = "real-1.txt"
sha256 = "0"
sha256_text = "0"
external = true
"""


def document(
    name: str, body: str, n: int, *, code: str = "pub.total", opening: str = "", head: str = ""
) -> str:
    paragraph, fact = PARAGRAPH.format(n=n), FACT.format(n=n, code=code)
    return f"@id {name}\n@body {body}\n{head}## 一、总体情况\n{opening}{paragraph}\n{fact}\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(
        document("a-1", "青禾县医保局", 11) + document("a-2", "青禾县档案馆", 12), encoding="utf-8"
    )
    (folder / "dev.txt").write_text(document("dev-1", "白石县民政局", 21), encoding="utf-8")
    (folder / "test.txt").write_text(document("test-1", "望舒县教育局", 31), encoding="utf-8")
    (folder / "splits.toml").write_text('development = ["dev.txt"]\ntest = ["test.txt"]\n')
    return folder


def load(tmp_path: Path, corpus: Path, *documents: str) -> UpdateData:
    annotations = tmp_path / "annotations"
    annotations.mkdir(exist_ok=True)
    for number, text in enumerate(documents):
        (annotations / f"{number}.txt").write_text(text, encoding="utf-8")
    sources = tmp_path / "sources.toml"
    sources.write_text(SOURCES, encoding="utf-8")
    return load_update_data(annotations, corpus, tmp_path / "gold", sources, CODES)


def test_annotations_join_the_training_split_and_take_a_corpus_documents_place(
    tmp_path: Path, corpus: Path
) -> None:
    again = document("a-1", "青禾县医保局", 13)
    same_text = document("other-name", "青禾县档案馆", 12)
    data = load(tmp_path, corpus, again, same_text, document("new-1", "丰乐县水利局", 41))
    assert [d.id for d in data.train] == ["a-1", "other-name", "new-1"]
    assert data.replaced == ["a-1", "a-2"]
    assert data.refused == []
    assert [d.id for d in data.development] == ["dev-1"]


def test_held_out_bodies_texts_and_passages_are_refused_by_name(tmp_path: Path, corpus: Path) -> None:
    (gold,) = parse_corpus(document("real-1", "-", 51).splitlines())
    (tmp_path / "gold").mkdir()
    write_gold(gold_from_document(gold), tmp_path / "gold")
    data = load(
        tmp_path, corpus,
        document("body", "望舒县 教育局", 61),
        document("text", "无名县水利局", 21),
        document("passage", "丰乐县水利局", 31, opening="本年度工作总体平稳有序。\n"),
        document("gold-text", "无名县水利局", 51),
        document("gold-body", "真溪区司法局", 62),
        document("good", "丰乐县水利局", 63),
    )  # fmt: skip
    assert [(r.document, r.reason) for r in data.refused] == [
        ("body", RefusalReason.BODY),
        ("text", RefusalReason.TEXT),
        ("passage", RefusalReason.PASSAGE),
        ("gold-text", RefusalReason.TEXT),
        ("gold-body", RefusalReason.BODY),
    ]
    assert data.refused[0].detail == "望舒县教育局, test"
    assert data.refused[3].detail == "gold"
    assert [d.id for d in data.train] == ["a-1", "a-2", "good"]


def test_a_text_without_facts_and_a_text_that_comes_twice_teach_nothing(tmp_path: Path, corpus: Path) -> None:
    empty = "@id empty\n@body 丰乐县水利局\n本年度未标注的文字。\n"
    data = load(
        tmp_path, corpus, empty, document("one", "丰乐县水利局", 63), document("two", "丰乐县水利局", 63)
    )
    assert [(r.document, r.reason, r.detail) for r in data.refused] == [
        ("empty", RefusalReason.NO_FACTS, ""),
        ("two", RefusalReason.TWICE, "one"),
    ]


def test_a_code_that_the_catalogue_lacks_is_named(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(UpdateError, match=r"new-1: '63条' has the code pub\.unheard_of"):
        load(tmp_path, corpus, document("new-1", "丰乐县水利局", 63, code="pub.unheard_of"))


def test_nothing_to_learn_from_is_an_error_that_says_why(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(UpdateError, match=r"leak: its body is held out / .* \(望舒县教育局, test\)"):
        load(tmp_path, corpus, document("leak", "望舒县教育局", 61))
    (tmp_path / "annotations" / "0.txt").unlink()
    with pytest.raises(UpdateError, match="no annotation to learn from"):
        load(tmp_path, corpus)


def test_a_corpus_without_a_test_split_cannot_decide(tmp_path: Path, corpus: Path) -> None:
    (corpus / "splits.toml").write_text('development = ["dev.txt"]\n')
    with pytest.raises(UpdateError, match="no test documents"):
        load(tmp_path, corpus, document("new-1", "丰乐县水利局", 41))


def test_a_file_out_of_format_is_named(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(CorpusError, match=r"0\.txt:1"):
        load(tmp_path, corpus, "no head\n")


def test_every_annotator_of_a_document_is_named(tmp_path: Path, corpus: Path) -> None:
    data = load(
        tmp_path, corpus,
        document("x", "甲县水利局", 41, head="@annotator 王、李\n"),
        document("y", "乙县水利局", 42, head="@annotator 李\n"),
        document("z", "丙县水利局", 43),
    )  # fmt: skip
    assert data.annotators == {"unknown": 1, "李": 2, "王": 1}
    assert annotators(data.accepted[0]) == ["王", "李"]


def test_a_digest_tells_contents_and_names_apart(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    first = digest_of(text_files(tmp_path))
    assert digest_of(reversed(text_files(tmp_path))) == first
    (tmp_path / "b.txt").rename(tmp_path / "c.txt")
    assert digest_of(text_files(tmp_path)) != first
