"""The OFD reader, on pages drawn here: as PDF and as OFD at once, or by hand where only OFD has the means."""

from __future__ import annotations

import io
import random
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from ofd_package import (
    MM,
    RESOURCES,
    SENTENCE,
    TwinPaper,
    assert_all_in_one_block,
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
    LEFT,
    RIGHT,
    STYLES,
    WIDTH,
    Style,
    cells_of,
    open_sided,
    ruled,
    wrapped,
    write_cells,
)

from extraction.document import Document
from extraction.errors import ErrorCode
from extraction.pipeline import extract_bytes
from extraction.readers import ofd, pdf
from extraction.readers.dispatch import read_document
from extraction.report import Report

SCAN = Path(__file__).parent / "scans" / "qingshi-2023.pdf"
LINE = "本县依法公开信息，全年办理申请，答复群众满意。"


def assert_same(paper: TwinPaper) -> Document:
    """The OFD gives what the PDF of the same drawing gives, and nothing is lost."""
    printed = pdf.read(paper.data(), "report.pdf")
    document = assert_all_in_one_block(paper.ofd(), "".join(paper.drawn.elements()))
    assert document.text == printed.text
    assert [cells_of(document, table) for table in document.tables] == [
        cells_of(printed, table) for table in printed.tables
    ]
    assert document.joins == printed.joins
    return document


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("form", FORMS)
def test_forms_have_the_cells_that_their_pdf_has(form: object, style: Style) -> None:
    numbers = random.Random(7)
    paper = TwinPaper()
    xs, ys, cells = form(lambda: str(numbers.randrange(3000)))  # type: ignore[operator]
    style(paper, xs, ys, cells)
    written = write_cells(paper, xs, ys, cells, 7)
    paper.turn_page()
    document = assert_same(paper)
    texts = [cell[4] for table in document.tables for cell in cells_of(document, table)]
    if style is not open_sided:  # a lone line between two rules is no cell
        assert texts == [cell[4] for cell in written]


def test_paragraphs_over_pages_are_those_of_the_pdf() -> None:
    paper = TwinPaper()
    numbers = random.Random(5)
    texts = [
        "".join(numbers.choices("市县依法公开平台建设监督保障各部门", k=length)) + "。"
        for length in (80, 200, 120, 300, 90)
    ]
    y = 90.0
    for number, paragraph in enumerate(texts):
        for line in wrapped("　　" + paragraph, RIGHT - LEFT, 12):
            paper.text(LEFT, y, line)
            y += 21.6
        if number == 2:
            paper.centred(WIDTH / 2, 800, "- 1 -", 10)
            paper.turn_page()
            y = 90.0
    paper.centred(WIDTH / 2, 800, "- 2 -", 10)
    paper.turn_page()
    document = assert_same(paper)
    assert [document.quote(paragraph) for paragraph in document.paragraphs] == texts
    assert document.pages == 2


def test_a_table_over_two_pages_is_joined() -> None:
    paper = TwinPaper()
    xs, ys, cells = FORMS[2](lambda: "5")
    upper, lower = [cell for cell in cells if cell[1] <= 4], [cell for cell in cells if cell[0] >= 4]
    for fragment in (upper, lower):
        ruled(paper, xs, ys, fragment)
        write_cells(paper, xs, ys, fragment)
        paper.turn_page()
    document = assert_same(paper)
    assert [join.fragments for join in document.joins] == [(0, 1)]


def test_templates_are_running_heads_and_page_numbers() -> None:
    template = layer(text(30, 12, "清平县政府信息公开年报", 3))
    bodies = ["一段甲" * 9, "二段乙" * 9, "三段丙" * 9]
    pages = [
        f'<ofd:Template TemplateID="7" ZOrder="Background"/>{layer(text(30, 60, body), text(100, 285, f"- {n} -"))}'
        for n, body in enumerate(bodies, 1)
    ]
    listed = '<ofd:TemplatePage ID="7" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
    data = package(pages, common=listed, Doc_0__Tpls__Tpl_0__Content_x=part("Page", template))
    drawn = "".join(bodies) + "清平县政府信息公开年报" * 3 + "- 1 -- 2 -- 3 -"
    document = assert_all_in_one_block(data, drawn)
    assert [document.quote(paragraph) for paragraph in document.paragraphs] == bodies


def test_a_form_whose_rules_stand_in_the_template_is_one_table() -> None:
    rules = [path(30, 50 + 10 * row, "M 0 0 L 90 0") for row in range(3)]
    rules += [path(30 + 30 * column, 50, "M 0 0 L 0 20") for column in range(4)]
    words = [text(34 + 30 * (n % 3), 57 + 10 * (n // 3), word) for n, word in enumerate("甲乙丙123")]
    page = f'<ofd:Template TemplateID="7"/>{layer(*words)}'
    listed = '<ofd:TemplatePage ID="7" BaseLoc="/Doc_0/tpl.XML"/>'
    document = read(page, common=listed, Doc_0__Tpl_x=part("Page", layer(*rules)))
    assert [cell[4] for cell in cells_of(document, document.tables[0])] == list("甲乙丙123")


def test_default_advances_fill_in_for_missing_and_short_deltas() -> None:
    document = read(
        layer(
            text(30, 40, SENTENCE),
            text(30, 60, SENTENCE, deltas='DeltaX="4 4"'),
            text(30, 80, LINE, deltas='DeltaX="g 999999999 4"'),
        )
    )
    assert document.text.split("\n")[:3] == [SENTENCE, SENTENCE, LINE]


def test_gaps_within_one_text_part_columns() -> None:
    rows = [text(30, 50 + 8 * row, "甲乙丙", deltas='DeltaX="g 2 30"') for row in range(4)]
    rows += [text(30, 100, SENTENCE)]
    content = ofd.read_content(package([layer(*rows)]), "report.ofd")
    assert max(char.x1 - char.x0 for char in content.pages[0].chars) < 12


def turned_clockwise(x: float, y: float, content: str) -> str:
    """A line that runs down the page, its letters on their right side."""
    code = f'<ofd:TextCode X="0" Y="0" DeltaX="g {len(content) - 1} 4">{content}</ofd:TextCode>'
    return (
        f'<ofd:TextObject ID="2" Size="4" Boundary="{x} {y} 9 9" CTM="0 1 -1 0 0 0">{code}</ofd:TextObject>'
    )


def test_a_page_that_lies_on_its_side_is_turned() -> None:
    lines = [turned_clockwise(180 - 8 * row, 30, LINE) for row in range(6)]
    content = ofd.read_content(package([layer(*lines)]), "report.ofd")
    page = content.pages[0]
    assert page.width > page.height
    assert {char.turn for char in page.chars} == {0}
    assert ofd.read(package([layer(*lines)]), "report.ofd").text.count(LINE) == 6


@pytest.mark.parametrize("deltas", ["", 'DeltaX="g 9 4"', 'DeltaY="g 9 4"'])
@pytest.mark.parametrize(("character", "turn"), [(0, 0), (90, 3), (180, 2), (270, 1)])
def test_directions_of_reading_and_of_letters(character: int, turn: int, deltas: str) -> None:
    column = text(
        190, 100, "竖排文字", attributes=f'ReadDirection="90" CharDirection="{character}"', deltas=deltas
    )
    lines = [text(20, 30 + 8 * row, SENTENCE) for row in range(5)]
    page = ofd.read_content(package([layer(*lines, column)]), "report.ofd").pages[0]
    letters = [char for char in page.chars if char.text in "竖排文字" and char.x0 > 180 / MM]
    assert "".join(char.text for char in letters) == "竖排文字"
    assert {char.turn for char in letters} == {turn}
    steps = [round((low.y - high.y) * MM) for high, low in pairwise(letters)]
    assert steps == [4, 4, 4]


def test_hidden_text_is_not_read() -> None:
    parameters = part(
        "Res",
        '<ofd:DrawParams><ofd:DrawParam ID="8"><ofd:FillColor Value="255 255 255"/></ofd:DrawParam>'
        '<ofd:DrawParam ID="9" Relative="8" LineWidth="1"/></ofd:DrawParams>',
    )
    hidden = ['Visible="false"', 'Alpha="0"', 'Fill="false"', 'DrawParam="8"', 'DrawParam="9"']
    objects = [text(30, 30 + 10 * row, "看不见的字", attributes=a) for row, a in enumerate(hidden)]
    objects.append(text(30, 120, "白纸黑字", inner='<ofd:FillColor Value="0"/>'))
    objects.append(text(30, 130, "白纸白字", inner='<ofd:FillColor Value="255"/>'))
    objects.append(text(30, 140, "透明的字", inner='<ofd:FillColor Value="0 0 0" Alpha="2"/>'))
    objects.append(text(30, 150, "四色无墨", inner='<ofd:FillColor Value="0 0 0 0"/>'))
    objects.append(path(28, 155, "M 0 0 L 90 0 L 90 9 L 0 9 C", attributes='Fill="true" Stroke="false"'))
    objects.append(text(30, 161, "黑底白字", inner='<ofd:FillColor Value="255 255 255"/>'))
    common = "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
    document = read(layer(*objects), common=common, Doc_0__PublicRes_x=parameters)
    assert document.text.split() == ["白纸黑字", "黑底白字"]


def test_annotations_and_seals_are_not_part_of_the_text() -> None:
    stamp = part(
        "PageAnnot", f"<ofd:Annot><ofd:Appearance>{text(60, 60, '印章之字')}</ofd:Appearance></ofd:Annot>"
    )
    document = read(layer(text(30, 60, SENTENCE)), Doc_0__Annots__Annot_0_x=stamp)
    assert document.text.strip() == SENTENCE


def test_glyphs_in_place_of_others_leave_the_characters() -> None:
    glyphs = '<ofd:CGTransform CodePosition="0" CodeCount="2" GlyphCount="2"><ofd:Glyphs>41 42</ofd:Glyphs></ofd:CGTransform>'
    page = layer(text(30, 60, SENTENCE, inner=glyphs))
    assert read(page).text.strip() == SENTENCE
    with_unknown = ofd.read_content(
        package([layer(text(30, 60, SENTENCE), text(30, 80, "", inner=glyphs))]), "report.ofd"
    )
    assert [char.text for char in with_unknown.pages[0].chars if char.y > 200] == ["\ufffd"] * 2


def test_blocks_and_drawings_used_again_are_read_where_they_stand() -> None:
    unit = f'<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="5">{layer(text(0, 4, "图中之字"))}'.replace(
        '<ofd:Layer ID="1" Type="Body">', "<ofd:PageBlock>"
    ).replace("</ofd:Layer>", "</ofd:PageBlock>")
    resources = part("Res", f"{unit}</ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>")
    used = '<ofd:CompositeObject ID="6" ResourceID="5" Boundary="30 80 50 10"/>'
    page = layer(
        f"<ofd:PageBlock><ofd:PageBlock>{text(30, 60, SENTENCE)}</ofd:PageBlock></ofd:PageBlock>", used
    )
    common = "<ofd:DocumentRes>/Doc_0/DocumentRes.xml</ofd:DocumentRes>"
    document = read(page, common=common, Doc_0__DocumentRes_x=resources)
    assert document.text.split() == [SENTENCE, "图中之字"]


def test_places_with_slashes_and_other_cases_and_namespaces_are_found() -> None:
    space = "http://www.example.org/layout"
    pages = '<ofd:Pages><ofd:Page ID="1" BaseLoc="\\Doc_0\\pages\\P.XML"/></ofd:Pages>'
    members: dict[str, str | bytes] = {
        "/ofd.XML": part(
            "OFD", "<ofd:DocBody><ofd:DocRoot>/doc_0/document.xml</ofd:DocRoot></ofd:DocBody>", "", space
        ),
        "Doc_0/Document.xml": part("Document", pages, "", space),
        "Doc_0/Pages/p.xml": part("Page", layer(text(30, 60, SENTENCE)), "", space),
    }
    assert read_document(zipped(members), "report.ofd").text.strip() == SENTENCE


def test_all_documents_of_a_package_are_read_in_order() -> None:
    body = "".join(
        f"<ofd:DocBody><ofd:DocRoot>Doc_{n}/Document.xml</ofd:DocRoot></ofd:DocBody>" for n in (0, 1)
    )
    second = part("Document", '<ofd:Pages><ofd:Page ID="1" BaseLoc="Content.xml"/></ofd:Pages>')
    document = read(
        layer(text(30, 60, SENTENCE)),
        OFD_x=part("OFD", body),
        Doc_1__Document_x=second,
        Doc_1__Content_x=part("Page", layer(text(30, 60, "附表一览"))),
    )
    assert (document.text.split(), document.pages) == ([SENTENCE, "附表一览"], 2)


@pytest.mark.parametrize(
    ("title", "expected"),
    [("清平县2023年年度报告.docx", "清平县2023年年度报告"), ("Microsoft Word - 1", None), ("", None)],
)
def test_the_title_is_kept_where_it_names_a_report(title: str, expected: str | None) -> None:
    assert read(layer(text(30, 60, SENTENCE)), info=f"<ofd:Title>{title}</ofd:Title>").title == expected


def test_a_report_goes_through_the_pipeline_as_ofd() -> None:
    paper = TwinPaper()
    paper.centred(WIDTH / 2, 90, "清平县教育局2023年政府信息公开工作年度报告", 18)
    paper.text(LEFT, 140, "　　一、总体情况")
    paper.text(LEFT, 170, "　　" + SENTENCE)
    paper.turn_page()
    report = extract_bytes(paper.ofd(), "report.ofd", use_model=False)
    assert isinstance(report, Report)
    assert (report.source.format, report.source.pages, report.metadata.year) == ("ofd", 1, 2023)


# Scans ---------------------------------------------------------------------------------------------------


def picture_page(*boxes: str) -> str:
    return layer(
        *(f'<ofd:ImageObject ID="3" ResourceID="{4 + n}" Boundary="{box}"/>' for n, box in enumerate(boxes))
    )




def test_pages_that_are_images_are_recognised_also_from_strips() -> None:
    scan = pypdfium2.PdfDocument(SCAN)[1].render(scale=150 / 72).to_pil().convert("RGB")
    half = scan.height // 2
    strips = {}
    for name, box, kind in (
        ("a.png", (0, 0, scan.width, half), "PNG"),
        ("b.jpg", (0, half, scan.width, scan.height), "JPEG"),
    ):
        file = io.BytesIO()
        scan.crop(box).save(file, kind)
        strips[f"Doc_0__Res__{name}"] = file.getvalue()
    split = 297 * half / scan.height
    page = picture_page(f"0 0 210 {split}", f"0 {split} 210 {297 - split}")
    document = read(
        layer(text(30, 60, SENTENCE)),
        page,
        common=RESOURCES,
        Doc_0__DocumentRes_x=media("a.png", "b.jpg"),
        **strips,
    )
    assert document.scanned_pages == (2,)
    assert "本年新收政府信息公开申请数量" in document.text


@pytest.mark.parametrize("content", [b"\x97JB2\r\n\x1a\n" + bytes(50), b""])
def test_images_that_cannot_be_decoded_leave_their_page_unread(content: bytes) -> None:
    pages = [layer(text(30, 60, SENTENCE)), picture_page("0 0 210 297")]
    parts = {"Doc_0__DocumentRes_x": media("a.jb2"), "Doc_0__Res__a.jb2": content}
    assert ofd.read(package(pages, common=RESOURCES, **parts), "report.ofd").unread_pages == (2,)  # type: ignore[arg-type]
    assert code_of(package(pages[1:], common=RESOURCES, **parts)) is ErrorCode.SCAN  # type: ignore[arg-type]


def test_scans_are_named_where_the_recogniser_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extraction.readers.scans.recognition.is_installed", lambda: False)
    assert code_of(package([picture_page("0 0 210 297")])) is ErrorCode.SCAN


# Refusals ------------------------------------------------------------------------------------------------
