"""Formats told from bytes, encodings, and what is refused with which code."""

from __future__ import annotations

import contextlib
import io
import random
import time
import zipfile
from typing import get_args

import pytest
from docx import Document as WordDocument
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.document import Format
from extraction.errors import ErrorCode, ReadError
from extraction.readers.encoding import declared_encoding, decode
from extraction.readers.sniff import detect

REPORT = "青禾县数据局2023年政府信息公开工作年度报告\n\n一、总体情况\n\n全年主动公开政府信息三百余条。\n"
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def stream(name: str) -> bytes:
    return OLE2 + name.encode("utf-16-le") + bytes(64)


def word() -> bytes:
    buffer = io.BytesIO()
    WordDocument().save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7\n1 0 obj<<>>endobj", "pdf"),
        (b"\r\n\xef\xbb\xbfWarning: x in y.php\n%PDF-1.4\n%\xe2\xe3\n1 0 obj\n<<>>", "pdf"),
        (stream("WordDocument"), "doc"),
        (zipped({"OFD.xml": b"<a/>", "Doc_0/Document.xml": b"<a/>"}), "ofd"),
        (zipped({"[Content_Types].xml": b"", "word/document.xml": b""}), "docx"),
        (word(), "docx"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "image"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image"),
        (b"GIF89a" + bytes(20), "image"),
        (b"II*\x00" + bytes(20), "image"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + bytes(40), "image"),
        (b"BM is no bitmap but the start of a text", "text"),
        (REPORT.encode(), "text"),
        (REPORT.encode("gb18030"), "text"),
        (REPORT.encode("utf-16"), "text"),
        (f"# {REPORT}\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n".encode(), "markdown"),
        (f"## {REPORT}\n<table><tr><td>1</td></tr></table>".encode(), "markdown"),
        (f"\ufeff<!-- x --><!DOCTYPE html><html><body><p>{REPORT}</p></body></html>".encode(), "html"),
        (f"<html xmlns:o='urn:schemas-microsoft-com:office:office'><body>{REPORT}".encode("gbk"), "html"),
        (f"<?xml version='1.0'?><html><body>{REPORT}</body></html>".encode(), "html"),
        (f"<div><p>{REPORT}</p></div>".encode(), "html"),
        (f"<html><body>{REPORT}</body></html>".encode("utf-16"), "html"),
    ],
)
def test_format_from_bytes_whatever_the_name(data: bytes, expected: str) -> None:
    for name in ("a.pdf", "a.doc", "a.docx", "a.html", "a"):
        assert detect(data, name) == expected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.EMPTY),
        (b" \r\n\x00\x00", ErrorCode.EMPTY),
        (stream("EncryptedPackage"), ErrorCode.ENCRYPTED),
        (stream("Workbook"), ErrorCode.UNSUPPORTED),
        (OLE2, ErrorCode.UNSUPPORTED),
        (zipped({"xl/workbook.xml": b""}), ErrorCode.UNSUPPORTED),
        (zipped({"a.docx": b"", "b.docx": b""}), ErrorCode.UNSUPPORTED),
        (b"{\\rtf1\\ansi 123}", ErrorCode.UNSUPPORTED),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\n", ErrorCode.UNSUPPORTED),
        (
            b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>',
            ErrorCode.UNSUPPORTED,
        ),
        (b"Rar!\x1a\x07\x01\x00" + bytes(20), ErrorCode.UNSUPPORTED),
        (bytes(range(256)) * 20, ErrorCode.UNKNOWN_FORMAT),
        (word()[:3000], ErrorCode.TRUNCATED),
        (zipped({"word/document.xml": b"0" * (80 << 20)}), ErrorCode.ZIP_BOMB),
    ],
)
def test_what_is_refused(data: bytes, code: ErrorCode) -> None:
    with pytest.raises(ReadError) as caught:
        detect(data, "report.docx")
    assert caught.value.code is code
    assert "report.docx" in str(caught.value)


def test_a_password_protected_zip_is_named_as_such() -> None:
    data = bytearray(zipped({"word/document.xml": b"x"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ReadError) as caught:
        detect(bytes(data), "a.docx")
    assert caught.value.code is ErrorCode.ENCRYPTED


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1><hr>nginx</body></html>",
        "<html><title>502 Bad Gateway</title><body></body></html>",
        "<html><head><title>青禾县人民政府</title></head><body><p>您访问的页面不存在或已删除！</p></body></html>",
        "<html><body><h2>403</h2><p>拒绝访问</p></body></html>",
        "<html><head><title>统一身份认证</title></head><body><form><input name=u><input type=password></form></body></html>",
        "<html><head><meta http-equiv=refresh content='0;url=/login'></head><body></body></html>",
        "<html><body><script>window.location.href='/sso/login?back='+x</script></body></html>",
        "<html><head><title>安全验证</title><script>var a=1;</script></head><body>请开启JavaScript后访问</body></html>",
        "404 page not found\n",
    ],
)
def test_error_pages_in_place_of_a_report(page: str) -> None:
    with pytest.raises(ReadError) as caught:
        detect(page.encode(), "report.pdf")
    assert caught.value.code is ErrorCode.HTML_ERROR_PAGE


@pytest.mark.parametrize(
    "page",
    [
        f"<html><title>年报</title><body><p>{REPORT}</p><a href=/login>登录</a></body></html>",
        "<html><title>青禾县2023年政府信息公开工作年度报告</title><body><a href=a.pdf>附件下载</a></body></html>",
        "<html><body><iframe src=report.pdf></iframe><script>location.hash</script></body></html>",
        f"<html><body><p>一、总体情况</p><p>系统异常情况404件。</p><p>{REPORT * 30}</p></body></html>",
    ],
)
def test_pages_that_may_hold_a_report_pass(page: str) -> None:
    assert detect(page.encode(), "a.html") == "html"


@settings(max_examples=200, deadline=1000)
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-", b"<html>", b"\xff\xfe", OLE2[:8]])
)
def test_any_bytes_give_a_format_or_a_coded_error(data: bytes, prefix: bytes) -> None:
    try:
        assert detect(prefix + data, "x") in get_args(Format)
    except ReadError as refused:
        code = refused.code
    else:
        return
    assert code in ErrorCode
    assert code is not ErrorCode.INTERNAL


@pytest.mark.parametrize(
    "unit", [b"1234567890", b"|", b"<script", b"![", b"<!--", b"**a", b"\n# ", b"PK\x05\x06", b"- | "]
)
def test_large_monotonous_inputs_take_bounded_time(unit: bytes) -> None:
    data = unit * ((8 << 20) // len(unit))
    started = time.process_time()
    with contextlib.suppress(ReadError):
        detect(data, "big.txt")
    assert time.process_time() - started < 3


class TestDecode:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le"])
    @pytest.mark.parametrize("declared", [None, "gb2312", "utf-8", "iso-8859-1", "no-such-encoding"])
    def test_bytes_decide_and_not_the_declaration(self, encoding: str, declared: str | None) -> None:
        text = "<html><body>" + REPORT * 3
        assert decode(text.encode(encoding), declared) == text

    def test_broken_bytes_do_not_overturn_an_encoding(self) -> None:
        for encoding in ("utf-8", "gb18030"):
            data = bytearray((REPORT * 50).encode(encoding))
            data[500:501] = b"\xff"
            text = decode(bytes(data))
            assert text.count("一、总体情况") >= 49

    def test_text_cut_within_a_character(self) -> None:
        assert decode("公开信息".encode()[:-1]) == "公开信"
        assert decode("公开信息工作".encode("gb18030")[:-1]).startswith("公开信息工")

    def test_declared_big5_is_weighed_against_gb18030(self) -> None:
        text = "政府資訊公開年度報告，主動公開的資訊。" * 5
        assert decode(text.encode("big5"), "big5") == text
        assert decode((REPORT * 2).encode("gbk"), "big5") == REPORT * 2

    def test_declarations_are_found_in_pages_and_xml(self) -> None:
        assert declared_encoding(b'<meta charset="GBK">') == "GBK"
        assert declared_encoding(b"<?xml version='1.0' encoding='utf-8'?>") == "utf-8"
        assert declared_encoding(b'<meta http-equiv=x content="text/html; charset=gb2312">') == "gb2312"
        assert declared_encoding(b"<p>none</p>") is None

    def test_random_bytes_always_decode(self) -> None:
        generator = random.Random(3)
        for _ in range(20):
            assert isinstance(decode(generator.randbytes(300)), str)
