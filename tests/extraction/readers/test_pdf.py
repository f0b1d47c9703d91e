"""Paragraphs, running matter and refusals of the PDF reader, on reports drawn here."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_paper import (
    FONT,
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    Cell,
    Paper,
    assert_nothing_lost,
    cells_of,
    damaged,
    edges,
    proactive_form,
    quick,
    ruled,
    wrapped,
    write_cells,
)
from reportlab.lib.colors import grey, lightgrey, white
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader

from extraction.document import Table
from extraction.errors import ErrorCode, ReadError
from extraction.readers import pdf

SYLLABLES = (
    "本市坚持依法公开政府信息不断完善平台建设加强监督保障各部门认真落实条例要求全年办理申请答复群众满意"
)


def invented_paragraphs(numbers: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        words = (
            numbers.choice([*SYLLABLES, "，", "2024年", "12.5%", "（一类）"])
            for _ in range(numbers.randrange(15, 150))
        )
        yield numbers.choice(SYLLABLES) + "".join(words).rstrip("，") + "。"


def type_paragraphs(paper: Paper, texts: Sequence[str], *, size: float = 12, foot: str = "- {} -") -> None:
    """Indented paragraphs set to full lines over as many pages as they need, with page numbers."""
    page, y = 1, 90.0
    for text in texts:
        first, *rest = wrapped("　　" + text, RIGHT - LEFT, size)
        for line in [first, *rest]:
            if y > 760:
                paper.centred(WIDTH / 2, 800, foot.format(page), 10)
                paper.turn_page()
                page, y = page + 1, 90.0
            paper.text(LEFT, y, line, size)
            y += 1.8 * size
    paper.centred(WIDTH / 2, 800, foot.format(page), 10)


@given(st.randoms(use_true_random=True), st.sampled_from(["- {} -", "— {} —", "第{}页", "{}"]))
@quick
def test_hard_line_breaks_are_joined_into_the_paragraphs_as_written(
    numbers: random.Random, foot: str
) -> None:
    texts = list(invented_paragraphs(numbers, 16))
    paper = Paper()
    type_paragraphs(paper, texts, foot=foot)
    document = assert_nothing_lost(paper, paper.data())
    assert [document.quote(paragraph) for paragraph in document.paragraphs] == texts
    assert document.pages is not None
    assert document.pages > 1
    pages = [paragraph.page or 0 for paragraph in document.paragraphs]
    assert pages == sorted(pages)
    assert pages[0] == 1


def test_headings_stand_alone_and_tables_interleave_with_text() -> None:
    paper = Paper()
    paper.centred(WIDTH / 2, 90, "清平县人民政府", 22)
    paper.centred(WIDTH / 2, 120, "2023年政府信息公开工作年度报告", 22)
    paper.text(LEFT + 24, 170, "一、总体情况")
    body = wrapped("　　" + "本县依法公开信息。" * 14, RIGHT - LEFT, 12)
    for row, line in enumerate(body):
        paper.text(LEFT, 195 + 22 * row, line)
    xs, ys, cells = proactive_form(lambda: "3")
    ys = [y + 180 for y in ys]
    paper.text(LEFT + 24, 300, "二、主动公开政府信息情况")
    ruled(paper, xs, ys, cells)
    write_cells(paper, xs, ys, cells)
    paper.text(LEFT + 24, 540, "三、其他需要报告的事项")
    paper.text(LEFT + 24, 562, "无其他需要报告的事项。")
    document = assert_nothing_lost(paper, paper.data())
    blocks = sorted([*document.paragraphs, *document.tables], key=lambda block: block.start)
    assert [None if isinstance(b, Table) else document.quote(b) for b in blocks] == [
        "清平县人民政府2023年政府信息公开工作年度报告", "一、总体情况", "本县依法公开信息。" * 14,
        "二、主动公开政府信息情况", None, "三、其他需要报告的事项", "无其他需要报告的事项。",
    ]  # fmt: skip
    headings = [document.quote(paragraph)[:2] for paragraph in document.paragraphs if paragraph.heading]
    assert headings == ["清平", "一、", "二、", "三、"]


def test_words_keep_their_blanks_and_broken_addresses_do_not_gain_any() -> None:
    paper = Paper()
    english = "　　The office published open data at the end of the year and answered all the requests in"
    lines = [
        english,
        "time，网址为https://www.qingping.example/open/annual/reports/and/tables/of/",
        "2023/index.html，全年共办理12件。",
    ]
    for row, line in enumerate(lines):
        paper.text(LEFT, 100 + 22 * row, line)
    for row in range(8):
        paper.text(LEFT, 166 + 22 * row, wrapped("另一段" * 40, RIGHT - LEFT, 12)[0])
    document = assert_nothing_lost(paper, paper.data())
    text = document.quote(document.paragraphs[0])
    assert "answered all the requests in time，" in text
    assert "https://www.qingping.example/open/annual/reports/and/tables/of/2023/index.html，全年" in text


def test_running_heads_watermarks_and_hidden_text_are_not_read() -> None:
    paper = Paper()
    texts = list(invented_paragraphs(random.Random(3), 2))
    for page in range(3):
        paper.text(LEFT, 40, "清平县政府信息公开年报", 9)
        paper.canvas.saveState()
        paper.canvas.translate(200, 300)
        paper.canvas.rotate(45)
        paper.canvas.setFillColor(lightgrey)
        paper.canvas.setFont(FONT, 60)
        paper.canvas.drawString(0, 0, "内部资料")
        paper.drawn.update("内部资料")
        paper.canvas.restoreState()
        for row, line in enumerate(wrapped("　　" + texts[page % 2], RIGHT - LEFT, 12)):
            paper.text(LEFT, 120 + 22 * row, line)
        paper.text(LEFT, 400, "一眼看不见的白字", colour=white)
        paper.drawn.subtract("一眼看不见的白字")
        paper.turn_page()
    document = assert_nothing_lost(paper, paper.data())
    assert [document.quote(paragraph) for paragraph in document.paragraphs] == [texts[0], texts[1], texts[0]]


def test_white_letters_on_a_dark_head_row_are_read() -> None:
    paper = Paper()
    xs, ys = edges(100, [120] * 3), edges(100, [30] * 3)
    cells: list[Cell] = [(r, r + 1, c, c + 1, "") for r in range(3) for c in range(3)]
    paper.box(xs[0], ys[0], xs[-1], ys[1], fill=grey)
    ruled(paper, xs, ys, cells)
    for col in range(3):
        paper.text(xs[col] + 20, 118, f"表头甲乙{col}", colour=white)
        paper.text(xs[col] + 20, 148, f"{col}10")
    document = assert_nothing_lost(paper, paper.data())
    assert [text for *_, text in cells_of(document, document.tables[0])][:6] == [
        "表头甲乙0", "表头甲乙1", "表头甲乙2", "010", "110", "210"
    ]  # fmt: skip


def mapped_pdf(codes: Sequence[int]) -> bytes:
    """A page whose letters A, B, … are mapped to the given characters by a ToUnicode table."""
    letters = "".join(chr(65 + index) for index in range(len(codes)))
    rows = "\n".join(f"<{65 + i:02x}> <{code:04x}>" for i, code in enumerate(codes))
    table = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapType 2 def 1 begincodespacerange <00> <ff> "
        f"endcodespacerange {len(codes)} beginbfchar\n{rows}\nendbfchar endcmap end"
    )
    page = f"BT /F 20 Tf 50 500 Td ({letters}) Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(page)}>>stream\n{page}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
        f"<</Length {len(table)}>>stream\n{table}\nendstream",
    ]
    body, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(f"{len(body):010} 00000 n \n")
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = f"xref\n0 7\n0000000000 65535 f \n{''.join(places)}trailer\n<</Root 1 0 R/Size 7>>\n"
    return f"{body}{table}startxref\n{len(body)}\n%%EOF".encode("ascii")


def test_radicals_that_stand_for_characters_are_read_as_printed() -> None:
    codes = [0x2F06, 0x2F08, 0x2ED3, 0x2ED4, 0x2F3E, 0x2F2F, *range(0x4E00, 0x4E0F)]
    document = pdf.read(mapped_pdf(codes), "radicals.pdf")
    assert document.text.startswith("二人长门户工")


# Refusals ------------------------------------------------------------------------------------------------


def a_report(encrypt: StandardEncryption | None = None) -> bytes:
    paper = Paper(encrypt)
    xs, ys, cells = proactive_form(lambda: "12")
    ruled(paper, xs, ys, cells)
    write_cells(paper, xs, ys, cells)
    type_paragraphs(paper, list(invented_paragraphs(random.Random(1), 3)))
    return paper.data()


def scanned(pages: int) -> bytes:
    paper = Paper()
    image = io.BytesIO(b"P5 8 8 255\n" + bytes(64))
    for _ in range(pages):
        paper.canvas.drawImage(ImageReader(image), 0, 0, WIDTH, HEIGHT)
        paper.text(500, 820, "12")
        paper.turn_page()
    return paper.data()


def code_of(data: bytes) -> ErrorCode:
    with pytest.raises(ReadError) as caught:
        pdf.read(data, "report.pdf")
    assert "report.pdf" in caught.value.message
    return caught.value.code


def test_unreadable_files_are_named_for_what_they_are() -> None:
    report = a_report()
    assert code_of(b"") is ErrorCode.EMPTY
    assert code_of(b"<html>404</html>") is ErrorCode.CORRUPT
    assert code_of(b"%PDF-1.7\n" + b"\x00" * 500 + b"%%EOF") is ErrorCode.CORRUPT
    assert code_of(report[: len(report) // 2]) is ErrorCode.TRUNCATED
    assert code_of(a_report(StandardEncryption("secret", "owner"))) is ErrorCode.ENCRYPTED
    assert code_of(scanned(3)) is ErrorCode.NO_TEXT


def test_scans_are_named_where_the_recogniser_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extraction.readers.scans.recognition.is_installed", lambda: False)
    assert code_of(scanned(3)) is ErrorCode.SCAN
    assert code_of(mapped_pdf([0xE000 + index for index in range(26)])) is ErrorCode.SCAN


def test_letters_without_a_meaning_are_recognised_from_their_shapes() -> None:
    document = pdf.read(mapped_pdf([0xE000 + index for index in range(26)]), "report.pdf")
    assert document.text.strip() == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_a_file_locked_only_against_changes_is_read() -> None:
    locked = a_report(StandardEncryption("", "owner", canModify=0))
    assert pdf.read(locked, "locked.pdf").text == pdf.read(a_report(), "open.pdf").text


def test_a_damaged_content_stream_is_refused_rather_than_read_in_part() -> None:
    page = b"BT /F 20 Tf 50 500 Td (ABCDEFGH) Tj ET " * 40
    packed = bytearray(zlib.compress(page))
    packed[len(packed) // 2] ^= 0x55
    stream = b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream endobj\n" % (len(packed), packed)
    whole = mapped_pdf(range(0x4E00, 0x4E08))
    assert pdf.read(whole, "whole.pdf").pages == 1
    assert code_of(whole[:9] + stream + whole[9:]) is ErrorCode.CORRUPT


def test_too_many_pages_or_characters_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    report = a_report()
    monkeypatch.setattr(pdf, "MAX_CHARS", 50)
    assert code_of(report) is ErrorCode.TOO_LARGE
    monkeypatch.setattr(pdf, "MAX_PAGES", 0)
    assert code_of(report) is ErrorCode.TOO_LARGE


def test_a_content_stream_that_unpacks_to_hundreds_of_megabytes_is_refused() -> None:
    packer = zlib.compressobj(1)
    block = packer.compress(b"0 0 m " * 200_000)
    packed = block + b"".join(packer.compress(b"0 0 m " * 200_000) for _ in range(225)) + packer.flush()
    head = b"%PDF-1.4\n4 0 obj<</Filter/FlateDecode/Length 1>>stream\n"
    assert code_of(head + packed + b"\nendstream endobj\nstartxref\n0\n%%EOF") is ErrorCode.TOO_LARGE


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_damaged_bytes_give_a_document_or_a_read_error(data: st.DataObject) -> None:
    with suppress(ReadError):
        assert pdf.read(damaged(a_report(), data), "damaged.pdf").pages
