"""One report from bytes to the contract; whatever is wrong with an input has a code, a name and a mend."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.synthetic.document_writers import DOCUMENT_WRITERS, html_page
from evaluation.synthetic.printed import SyntheticReport, form_keys, report_blocks
from evaluation.synthetic.text_writers import TEXT_WRITERS
from extraction.errors import REMEDIES, ErrorCode
from extraction.pipeline import extract_bytes, extract_file
from extraction.report import FailedReport, Report

EXAMPLES = Path(__file__).parents[2] / "examples"
BLOCKS = report_blocks(
    SyntheticReport(
        "松陵区水务局", 2022, "2021", dict.fromkeys(form_keys("2021"), "0"),
        {"overview": ["全年公开信息263条，办结率98.5％。"], "requests": ["没有收到政府信息公开申请。"]},
    )
)  # fmt: skip
INPUTS = {name: writer(BLOCKS) for name, writer in DOCUMENT_WRITERS.items()} | {
    name: writer(BLOCKS).encode() for name, writer in TEXT_WRITERS.items()
}
WORD_97 = (Path(__file__).parent / "readers" / "words" / "forms-2014.doc").read_bytes()
FORMATS = {"html": "html", "docx": "docx", "pdf": "pdf", "pipe_rows": "markdown"}


def code_of(data: bytes, name: str = "input.pdf") -> ErrorCode:
    result = extract_bytes(data, name)
    assert isinstance(result, FailedReport), name
    assert name in result.error.message
    assert REMEDIES[result.error.code][0] in result.error.message
    assert REMEDIES[result.error.code][1] in result.error.message
    return result.error.code


@pytest.mark.parametrize("name", INPUTS)
def test_the_contract_holds_in_every_format(name: str) -> None:
    result = extract_bytes(INPUTS[name], f"wrong-suffix-{name}.bin")
    assert isinstance(result, Report)
    data = json.loads(json.dumps(result.to_dict(), ensure_ascii=False))
    assert data["schema_version"] == 1
    assert data["source"]["format"] == FORMATS.get(name, "text")
    assert len(data["source"]["sha256"]) == 64
    assert data["report"] == {
        "agency": "松陵区水务局", "year": 2022, "title": "松陵区水务局2022年政府信息公开工作年度报告",
        "published": None, "edition": "2021",
    }  # fmt: skip
    assert [section["kind"] for section in data["sections"]] == [
        "front", "overview", "proactive", "requests", "review", "problems", "other",
    ]  # fmt: skip
    assert [(fact["value"], fact["unit"], fact["section"]) for fact in data["facts"]] == [
        (263, "条", "overview"), (98.5, "%", "overview"), (0, None, "requests"),
    ]  # fmt: skip
    for fact in data["facts"]:
        assert data["text"][fact["start"] : fact["end"]] == fact["text"]
    assert sum(len(form["cells"]) for form in data["forms"]) == 200
    for form in data["forms"]:
        for cell in form["cells"]:
            assert data["text"][cell["start"] : cell["end"]] == cell["text"]
            assert 0 <= cell["confidence"] <= 1
    for section in data["sections"][1:]:
        assert data["text"][section["start"] :].startswith(section["title"])


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*-20*")), ids=lambda path: path.name)
def test_the_example_reports_are_read_whole(path: Path) -> None:
    result = extract_file(path)
    assert isinstance(result, Report)
    assert result.metadata.agency
    assert result.metadata.year == int(path.stem[-4:])
    forms = ["statistics"] if result.metadata.year < 2019 else ["proactive", "requests", "review"]
    assert [form.form for form in result.forms] == forms
    errors = [finding for finding in result.findings if finding.severity == "error"]
    assert len(errors) == (1 if path.suffix == ".html" else 0)


def test_a_report_without_forms_is_extracted_all_the_same() -> None:
    text = "青禾镇2009年政府信息公开工作年度报告\n一、概述\n共主动公开政府信息36条。\n二、依申请公开情况\n收到申请1件。\n"
    result = extract_bytes(text.encode(), "old.txt")
    assert isinstance(result, Report)
    assert result.forms == []
    assert (result.metadata.year, result.edition) == (2009, None)
    assert result.findings == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.EMPTY),
        (b"   \n \t ", ErrorCode.EMPTY),
        (INPUTS["pdf"][:400], ErrorCode.TRUNCATED),
        (INPUTS["docx"][:900], ErrorCode.TRUNCATED),
        (WORD_97.replace(b"\xec\xa5", b"\xdc\xa5", 1), ErrorCode.LEGACY_DOC),
        (WORD_97[:9000], ErrorCode.TRUNCATED),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), ErrorCode.UNSUPPORTED),
        (b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1>nginx</body></html>",
         ErrorCode.HTML_ERROR_PAGE),
        ("<html><head><title>登录</title></head><body><form>用户名<input> 密码<input type=password></form></body></html>".encode(),
         None),
        ("<html><body><ul>" + "<li><a href='/a'>政策文件</a></li>" * 40 + b"</ul></body></html>".decode(), None),
        ("食堂本周供应包子五百个，面条三百碗，稀饭二百份，欢迎品尝，数量有限，先到先得。" * 5, ErrorCode.NOT_A_REPORT),
        ("7" * 5000, ErrorCode.TOO_MANY_DIGITS),
    ],
)  # fmt: skip
def test_bad_input_has_a_code_and_a_mend(data: bytes | str, code: ErrorCode | None) -> None:
    raw = data.encode() if isinstance(data, str) else data
    found = code_of(raw)
    assert found is code or (code is None and found in {ErrorCode.NOT_A_REPORT, ErrorCode.HTML_ERROR_PAGE})


def test_a_hundred_megabytes_of_digits_are_refused_in_bounded_time() -> None:
    started = time.process_time()
    assert code_of(b"1234567890" * 10_000_000, "digits.txt") in {ErrorCode.TOO_LARGE, ErrorCode.TOO_MANY_DIGITS}
    assert time.process_time() - started < 20


def test_a_zip_bomb_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * 80_000_000)
    assert code_of(buffer.getvalue(), "bomb.docx") is ErrorCode.ZIP_BOMB


def test_xml_entities_are_refused() -> None:
    buffer = io.BytesIO()
    bomb = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>'
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", bomb)
    assert code_of(buffer.getvalue(), "entities.docx") is ErrorCode.XML_ENTITIES


def test_a_missing_file_and_a_folder_are_named() -> None:
    for path in (Path("no-such-file.html"), Path(".")):
        result = extract_file(path)
        assert isinstance(result, FailedReport)
        assert result.error.code is ErrorCode.NOT_FOUND


@settings(max_examples=40)
@given(data=st.data())
def test_damaged_files_give_a_report_or_a_coded_error(data: st.DataObject) -> None:
    original = INPUTS[data.draw(st.sampled_from(["html", "docx", "pdf", "tab_rows", "cell_per_line"]))]
    damaged = bytearray(original[: data.draw(st.integers(0, len(original)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(damaged) - 1)), max_size=8)):
        if damaged:
            damaged[place] = data.draw(st.integers(0, 255))
    result = extract_bytes(bytes(damaged), "damaged")
    if isinstance(result, FailedReport):
        assert result.error.code is not ErrorCode.INTERNAL, result.error.message
    json.dumps(result.to_dict(), ensure_ascii=False)


def test_gb18030_pages_are_read() -> None:
    result = extract_bytes(html_page(BLOCKS, encoding="gb18030"), "gb.html")
    assert isinstance(result, Report)
    assert result.metadata.agency == "松陵区水务局"
