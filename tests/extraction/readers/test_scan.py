"""Scans and images. The scan is examples/qingshi-2023.html printed, laid askew, soiled and copied in black and white."""

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from pdf_paper import HEIGHT, WIDTH, Paper
from PIL import Image as Picture
from reportlab.lib.utils import ImageReader

from evaluation.synthetic.document_writers import pdf_file
from evaluation.synthetic.printed import SyntheticReport, form_keys, report_blocks
from extraction.errors import ErrorCode, ReadError
from extraction.forms.extract import extract_forms
from extraction.forms.model import FormCell
from extraction.pipeline import extract_bytes, extract_file
from extraction.readers import image, pdf
from extraction.readers.scans import recognition
from extraction.readers.scans.angle import levelled, skew
from extraction.readers.scans.recognition import Letter, TextLine
from extraction.readers.scans.rules import find_bars, ink_mask, without_rules
from extraction.readers.scans.seals import without_seals
from extraction.report import FailedReport, Report

SCAN = Path(__file__).parent / "scans" / "qingshi-2023.pdf"
EXAMPLE = Path(__file__).parents[3] / "examples" / "qingshi-2023.html"
DPI = 200


def report_of(result: Report | FailedReport) -> Report:
    assert isinstance(result, Report), result.error.message
    return result


def cells_of(report: Report) -> dict[tuple[str, str, str], FormCell]:
    return {(form.form, cell.row, cell.column): cell for form in report.forms for cell in form.cells}


def page_of_scan(index: int, dpi: float = DPI) -> recognition.Image:
    page = pypdfium2.PdfDocument(SCAN)[index]
    return np.ascontiguousarray(page.render(scale=dpi / 72).to_numpy()[:, :, :3])


def encoded(page: recognition.Image, kind: str) -> bytes:
    return cv2.imencode(f".{kind}", page)[1].tobytes()


@pytest.fixture(scope="module")
def scanned() -> Report:
    return report_of(extract_file(SCAN, use_model=False))


def test_a_scanned_pdf_gives_the_cells_of_the_page_that_was_printed(scanned: Report) -> None:
    printed = cells_of(report_of(extract_file(EXAMPLE, use_model=False)))
    found = cells_of(scanned)
    assert {key: cell.value for key, cell in found.items()} == {key: cell.value for key, cell in printed.items()}
    assert all(scanned.text[cell.start : cell.end] == cell.text for cell in found.values())
    assert found["requests", "new_received", "total"].page == 2


def test_a_scanned_pdf_says_that_its_pages_were_recognised(scanned: Report) -> None:
    assert [found.message for found in scanned.findings if found.rule == "source.recognised"] == [
        "pages 1–5 are images: their text was recognised, figures may be misread"
    ]
    assert (scanned.source.format, scanned.source.pages) == ("pdf", 5)


def test_doubt_of_the_recogniser_reaches_cells_and_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubtful(page: recognition.Image) -> list[TextLine]:
        line = [Letter(letter, 100 + 20 * at, 100, 120 + 20 * at, 124, 0.5) for at, letter in enumerate("收到申请7件。")]
        return [TextLine(tuple(line), 100, 100, 260, 124, 0.5)]

    monkeypatch.setattr("extraction.readers.scans.page.recognise", doubtful)
    document = image.read(encoded(np.full((1200, 900, 3), 255, np.uint8), "png"), "page.png")
    assert document.text.strip() == "收到申请7件。"
    assert document.certainty(document.paragraphs[0].pieces[0]) == 0.5


@pytest.mark.parametrize(("turns", "kind"), [(0, "jpg"), (1, "png"), (2, "png"), (3, "png")])
def test_an_image_is_read_however_it_lies(turns: int, kind: str) -> None:
    page = np.ascontiguousarray(np.rot90(page_of_scan(1, 150), turns))
    report = report_of(extract_bytes(encoded(page, kind), f"page.{kind}", use_model=False))
    found = cells_of(report)
    row = [found["requests", "new_received", column].value for column in ("natural_person", "commercial", "total")]
    assert row == [12, 3, 15]
    assert (report.source.format, report.source.pages) == ("image", 1)


def test_a_long_screenshot_is_cut_into_pages_between_its_lines() -> None:
    page = page_of_scan(0, 100)
    long = np.vstack([page, page_of_scan(1, 100)])
    report = report_of(extract_bytes(encoded(long, "png"), "screenshot.png", use_model=False))
    assert report.source.pages == 2
    assert report.metadata.title == "青石区行政审批局2023年政府信息公开工作年度报告"
    assert cells_of(report)["requests", "new_received", "total"].value == 15


def test_pages_without_a_text_layer_are_read_beside_those_with_one() -> None:
    paper = Paper()
    for _ in range(3):
        paper.text(80, 100, "Readable text of an ordinary page, long enough to count.")
        paper.turn_page()
    picture = Picture.fromarray(page_of_scan(1, 150)[:, :, ::-1])
    paper.canvas.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)
    document = pdf.read(paper.data(), "mixed.pdf")
    assert document.scanned_pages == (4,)
    assert "本年新收政府信息公开申请数量" in document.text


def test_without_the_recogniser_an_unread_page_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: False)
    with pytest.raises(ReadError) as caught:
        pdf.read(SCAN.read_bytes(), "scan.pdf")
    assert caught.value.code is ErrorCode.SCAN
    assert "nianbao[ocr]" in caught.value.message
    with pytest.raises(ReadError) as caught:
        image.read(encoded(page_of_scan(1, 50), "png"), "page.png")
    assert caught.value.code is ErrorCode.IMAGE
    paper = Paper()
    paper.text(80, 100, "Readable text of an ordinary page, long enough to count.")
    paper.turn_page()
    paper.canvas.drawImage(ImageReader(io.BytesIO(b"P5 8 8 255\n" + bytes(64))), 0, 0, WIDTH, HEIGHT)
    assert pdf.read(paper.data(), "mixed.pdf").unread_pages == (2,)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(500), ErrorCode.UNSUPPORTED),
        (encoded(np.full((900, 700, 3), 255, np.uint8), "png")[:-60], ErrorCode.CORRUPT),
        (encoded(np.full((900, 700, 3), 255, np.uint8), "png"), ErrorCode.NO_TEXT),
        (encoded(np.zeros((1, 1, 3), np.uint8), "png"), ErrorCode.NO_TEXT),
        (encoded(np.zeros((3, 4000, 3), np.uint8), "bmp"), ErrorCode.NO_TEXT),
    ],
)
def test_images_that_cannot_be_read_have_a_code(data: bytes, code: ErrorCode) -> None:
    with pytest.raises(ReadError) as caught:
        image.read(data, "picture")
    assert caught.value.code is code


def test_an_image_of_absurd_size_is_refused_before_it_is_unpacked() -> None:
    header = bytearray(encoded(np.zeros((1, 1, 3), np.uint8), "bmp"))
    header[18:26] = (60_000).to_bytes(4, "little") * 2
    with pytest.raises(ReadError) as caught:
        image.read(bytes(header), "bomb.bmp")
    assert caught.value.code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize("angle", [-2.3, -0.4, 0.0, 1.7])
def test_a_page_laid_askew_is_levelled(angle: float) -> None:
    page = np.full((1400, 1000, 3), 255, np.uint8)
    for y in range(150, 1250, 50):
        cv2.line(page, (120, y), (880, y), (0, 0, 0), 3)
    turn = cv2.getRotationMatrix2D((500, 700), -angle, 1.0)
    askew = cv2.warpAffine(page, turn, (1000, 1400), borderValue=(255, 255, 255))
    assert skew(askew) == pytest.approx(angle, abs=0.15)
    assert skew(levelled(askew)) == pytest.approx(0, abs=0.1)


def drawn_table() -> recognition.Image:
    page = np.full((800, 1000, 3), 255, np.uint8)
    for y in (200, 300, 400):
        cv2.line(page, (100, y), (900, y), (60, 60, 60), 2)
    for x in (100, 500, 900):
        cv2.line(page, (x, 200), (x, 400), (60, 60, 60), 2)
    return page


def test_rules_are_found_and_strokes_of_text_are_none() -> None:
    page = drawn_table()
    cv2.line(page, (150, 250), (260, 250), (0, 0, 0), 3)
    word = TextLine((), 140, 235, 280, 268, 1.0)
    horizontal, vertical = find_bars(ink_mask(page, DPI), [word], DPI)
    assert sorted(round(bar.top, -1) for bar in horizontal) == [200, 300, 400]
    assert sorted(round(bar.x0, -1) for bar in vertical) == [100, 500, 900]
    assert find_bars(ink_mask(without_rules(page, ink_mask(page, DPI), DPI), DPI), [word], DPI) == ([], [])


def test_a_faded_border_is_told_by_the_rules_that_end_together() -> None:
    page = drawn_table()
    for x in (300, 700):
        cv2.line(page, (x, 200), (x, 400), (60, 60, 60), 2)
    page[396:404] = 255
    horizontal, _ = find_bars(ink_mask(page, DPI), [], DPI)
    assert sorted(round(bar.top, -1) for bar in horizontal) == [200, 300, 400]


def test_a_seal_pales_and_the_print_below_it_and_other_red_print_stay() -> None:
    page = np.full((800, 800, 3), 255, np.uint8)
    cv2.putText(page, "1234", (350, 420), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 4)
    cv2.putText(page, "RED TITLE OF A LETTER", (60, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (40, 40, 220), 4)
    seal = np.full_like(page, 255)
    cv2.circle(seal, (400, 400), 150, (60, 60, 230), 10)
    stamped = np.minimum(page, seal)
    cleaned = without_seals(stamped, DPI)
    assert not ink_mask(cleaned, DPI)[250:300, 300:500].any()
    assert (ink_mask(cleaned, DPI)[370:430, 340:480] > 0).sum() == pytest.approx(
        (ink_mask(page, DPI)[370:430, 340:480] > 0).sum(), rel=0.05
    )
    assert (cleaned[:200] == stamped[:200]).all()


def test_a_blank_of_a_scan_is_less_sure_than_one_of_print() -> None:
    values = {key: "" if key[1] == "carried_in" else "0" for key in form_keys("2021")}
    data = pdf_file(report_blocks(SyntheticReport("青禾县统计局", 2022, "2021", values, {})))
    printed = pdf.read(data, "report.pdf")
    scanned = replace(printed, scanned_pages=tuple(range(1, (printed.pages or 0) + 1)))
    blank, doubtful = (
        next(form.cell("carried_in", "other") for form in extract_forms(document) if form.form == "requests")
        for document in (printed, scanned)
    )
    assert (blank.value, doubtful.value) == (None, None)
    assert doubtful.confidence < blank.confidence
