"""OFD packages that are damaged, encrypted, too large or absurd."""

from __future__ import annotations

import io
import time
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ofd_package import (
    RESOURCES,
    SENTENCE,
    TwinPaper,
    code_of,
    layer,
    media,
    package,
    part,
    path,
    read,
    text,
    zipped,
)
from pdf_paper import (
    FORMS,
    damaged,
    ruled,
    write_cells,
)

from extraction.errors import ErrorCode, ReadError
from extraction.readers import ofd


def test_unreadable_packages_are_named_for_what_they_are() -> None:
    page = layer(text(30, 60, SENTENCE))
    whole = package([page])
    assert code_of(b"") is ErrorCode.EMPTY
    assert code_of(whole[: len(whole) // 2]) is ErrorCode.TRUNCATED
    assert code_of(package([page], OFD_x=bytes(range(128, 250)))) is ErrorCode.ENCRYPTED
    assert code_of(package([page], Encryptions_x=part("Encryptions", ""))) is ErrorCode.ENCRYPTED
    assert code_of(package([page], Doc_0__Document_x="")) is ErrorCode.CORRUPT
    assert code_of(package([page], Doc_0__Pages__Page_0__Content_x="")) is ErrorCode.CORRUPT
    assert code_of(package([page], OFD_x=part("OFD", ""))) is ErrorCode.CORRUPT
    assert code_of(package([])) is ErrorCode.CORRUPT


def test_too_many_pages_or_characters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    report = package([layer(text(30, 60, SENTENCE))] * 3)
    monkeypatch.setattr(ofd, "MAX_CHARS", 2 * len(SENTENCE))
    assert code_of(report) is ErrorCode.TOO_LARGE
    monkeypatch.setattr(ofd, "MAX_PAGES", 1)
    assert code_of(report) is ErrorCode.TOO_LARGE


def test_references_in_circles_and_absurd_numbers_are_bounded() -> None:
    unit = '<ofd:CompositeObject ResourceID="5" Boundary="0 0 9 9"/>' * 12
    resources = part(
        "Res",
        f'<ofd:CompositeGraphicUnit ID="5"><ofd:Content>{unit}</ofd:Content></ofd:CompositeGraphicUnit>'
        '<ofd:DrawParam ID="8" Relative="9"/><ofd:DrawParam ID="9" Relative="8"/>',
    )
    template = f'<ofd:Template TemplateID="7"/>{layer(text(30, 30, "模板中的字", attributes="DrawParam=" + chr(34) + "8" + chr(34)))}'
    broken = text(
        30, 90, SENTENCE, deltas='DeltaX="nan g -5 1e999 g x"', attributes='CTM="1e308 inf" HScale="0"'
    )
    page = f'<ofd:Template TemplateID="7"/>{layer(text(30, 60, SENTENCE), unit, broken, path(0, 0, "M L 1e400 C B 1 A"))}'
    listed = f'{RESOURCES}<ofd:TemplatePage ID="7" BaseLoc="Tpl.xml"/>'
    start = time.monotonic()
    document = read(page, common=listed, Doc_0__Tpl_x=part("Page", template), Doc_0__DocumentRes_x=resources)
    assert time.monotonic() - start < 5
    assert SENTENCE in document.text
    assert "模板中的字" in document.text


def test_time_grows_with_the_objects_of_a_layer_and_not_with_their_square() -> None:
    marks = [path(30, 80, "M 0 0 L 9 9")] * 20_000
    start = time.monotonic()
    assert read(layer(*marks, text(30, 60, SENTENCE))).text.strip() == SENTENCE
    assert time.monotonic() - start < 15


def a_report() -> bytes:
    paper = TwinPaper()
    xs, ys, cells = FORMS[2](lambda: "12")
    ruled(paper, xs, ys, cells)
    write_cells(paper, xs, ys, cells)
    paper.turn_page()
    return package(paper.pages, common=RESOURCES, Doc_0__DocumentRes_x=media("a.png"))


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_damaged_bytes_give_a_document_or_a_read_error(data: st.DataObject) -> None:
    with suppress(ReadError):
        assert ofd.read(damaged(a_report(), data), "damaged.ofd").pages


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_parts_give_a_document_or_a_read_error(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(a_report())) as archive:
        members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(members)))
    content = bytearray(members[name])  # type: ignore[arg-type]
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.sampled_from(b'0195-.eg "/ACQ'))
    with suppress(ReadError):
        assert ofd.read(zipped({**members, name: bytes(content)}), "damaged.ofd").pages
