"""DOCX as a person sees it. All documents are invented and built here."""

from __future__ import annotations

import io
import random
import time
import zipfile

import pytest
from docx import Document as WordDocument
from layout import grid, lines
from word_package import NAMESPACES, OFFICE, STRICT, W, p, package, r, read, relationships, tbl, tc

from extraction.errors import ErrorCode, ReadError
from extraction.readers import docx
from extraction.readers.number_formats import format_number


class TestText:
    def test_paragraphs_and_tables_in_document_order(self) -> None:
        word = WordDocument()
        word.add_heading("青禾县2023年度报告", 1)
        word.add_paragraph("一、总体情况")
        table = word.add_table(2, 2)
        for index, cell in enumerate(table.rows[0].cells + table.rows[1].cells):
            cell.text = str(index)
        word.add_paragraph("六、其他")
        buffer = io.BytesIO()
        word.save(buffer)
        document = docx.read(buffer.getvalue(), "a.docx")
        assert lines(document) == ["青禾县2023年度报告", "一、总体情况", "六、其他"]
        assert [paragraph.heading for paragraph in document.paragraphs] == [True, False, False]
        assert document.tables[0].start > document.paragraphs[1].end
        assert document.tables[0].end < document.paragraphs[2].start
        assert document.format == "docx"

    def test_runs_join_and_special_characters_are_rendered(self) -> None:
        run = (
            f"<w:p>{r('新收')}{r('２３')}<w:r><w:noBreakHyphen/><w:t>6</w:t><w:softHyphen/><w:t>件</w:t><w:tab/>"
            '<w:sym w:font="Wingdings" w:char="F0FE"/><w:lastRenderedPageBreak/></w:r>'
            "<w:bookmarkStart w:id='1' w:name='x'/><w:proofErr w:type='x'/>"
            f"<w:hyperlink>{r('甲')}</w:hyperlink><w:smartTag>{r('乙')}</w:smartTag>"
            f"<w:sdt><w:sdtContent>{r('丙')}</w:sdtContent></w:sdt><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></w:p>"
        )
        assert lines(read(run)) == ["新收２３-6件\t☑甲乙丙x"]

    def test_revisions_are_accepted(self) -> None:
        body = (
            f"<w:p>{r('留')}<w:ins>{r('增')}</w:ins><w:del><w:r><w:delText>删</w:delText></w:r>{r('删')}</w:del>"
            f"<w:moveFrom>{r('移')}</w:moveFrom><w:moveTo>{r('到')}</w:moveTo></w:p>"
            f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{r('前')}</w:p>{p('后')}"
        )
        assert lines(read(body)) == ["留增到", "前后"]

    def test_earlier_properties_in_tracked_changes_do_not_count(self) -> None:
        change = "<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>"
        assert lines(read(f"<w:p>{r('见', change)}</w:p>")) == ["见"]

    def test_hidden_text_is_left_out_also_through_styles(self) -> None:
        styles = (
            '<w:style w:type="character" w:styleId="h"><w:name w:val="h"/><w:rPr><w:vanish/></w:rPr></w:style>'
            '<w:style w:type="character" w:styleId="h2"><w:name w:val="h2"/><w:basedOn w:val="h"/></w:style>'
            '<w:style w:type="paragraph" w:styleId="hp"><w:name w:val="hp"/><w:rPr><w:vanish/></w:rPr></w:style>'
        )
        runs = (
            r("甲")
            + r("密", "<w:vanish/>")
            + r("乙", "<w:vanish w:val='0'/>")
            + r("密", "<w:rStyle w:val='h2'/>")
        )
        body = f"<w:p>{runs}</w:p>" + p("密", '<w:pStyle w:val="hp"/>')
        assert lines(read(body, styles=styles)) == ["甲乙"]

    def test_of_fields_only_the_result_is_seen(self) -> None:
        def char(kind: str) -> str:
            return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

        body = (
            f"<w:p>{r('第')}{char('begin')}<w:r><w:instrText>PAGE</w:instrText><w:t>码</w:t></w:r>{char('separate')}"
            f"{r('3')}{char('end')}{r('页')}<w:fldSimple w:instr='DATE'>{r('今')}</w:fldSimple></w:p>"
        )
        assert lines(read(body)) == ["第3页今"]

    def test_a_text_box_is_read_once_after_its_paragraph(self) -> None:
        box = f"<w:txbxContent>{p('框内')}</w:txbxContent>"
        body = (
            f"<w:p>{r('正文')}<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}"
            f"</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict>"
            f"</mc:Fallback></mc:AlternateContent></w:r></w:p>"
            f"<w:p><w:r><w:pict><v:textbox>{box.replace('框内', '旧框')}</v:textbox></w:pict></w:r></w:p>"
        )
        assert lines(read(body)) == ["正文", "框内", "旧框"]

    def test_content_controls_and_placeholders(self) -> None:
        body = (
            f"<w:sdt><w:sdtPr/><w:sdtContent>{p('块')}</w:sdtContent></w:sdt>"
            f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{p('单击此处')}</w:sdtContent></w:sdt>"
        )
        assert lines(read(body)) == ["块"]

    def test_notes_follow_and_comments_are_left_out(self) -> None:
        notes = (
            f"<w:footnotes {NAMESPACES}><w:footnote w:type='separator'>{p('线')}</w:footnote>"
            f"<w:footnote w:id='2'>{p('脚注')}</w:footnote></w:footnotes>"
        )
        body = (
            f"<w:p>{r('正文')}<w:r><w:footnoteReference w:id='2'/><w:commentReference w:id='1'/></w:r></w:p>"
        )
        comments = f"<w:comments {NAMESPACES}><w:comment>{p('批注')}</w:comment></w:comments>"
        assert lines(read(body, word__footnotes_x=notes, word__comments_x=comments)) == ["正文", "脚注"]

    def test_line_breaks_part_paragraphs_after_sentences(self) -> None:
        body = f"<w:p>{r('第一句。')}<w:r><w:br/></w:r>{r('第二句未')}<w:r><w:br/></w:r>{r('完。')}<w:r><w:br w:type='page'/></w:r></w:p>"
        document = read(body)
        assert lines(document) == ["第一句。", "第二句未完。"]

    def test_headings_by_style_name_and_outline_level(self) -> None:
        styles = (
            '<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/></w:style>'
            '<w:style w:type="paragraph" w:styleId="x"><w:name w:val="自定"/><w:basedOn w:val="2"/></w:style>'
        )
        body = (
            p("甲", '<w:pStyle w:val="x"/>')
            + p("乙", '<w:outlineLvl w:val="0"/>')
            + p("丙", '<w:outlineLvl w:val="9"/>')
        )
        assert [paragraph.heading for paragraph in read(body, styles=styles).paragraphs] == [
            True,
            True,
            False,
        ]

    def test_title_property_only_where_it_names_a_report(self) -> None:
        for title, expected in (
            ("青禾县2023年年度报告", "青禾县2023年年度报告"),
            ("关于召开会议的通知", None),
        ):
            core = (
                '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
                f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></cp:coreProperties>'
            )
            document = read(p("正文"), docProps__core_x=core)
            assert document.title == expected
            assert document.published is None

    def test_strict_namespaces(self) -> None:
        document = f"<w:document {NAMESPACES}><w:body>{p('严格')}</w:body></w:document>".replace(W, STRICT)
        rels = relationships({"officeDocument": "word/document.xml"}).replace(
            OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships"
        )
        parts = {"word__document_x": document, "_rels__.rels": rels}
        assert lines(read("", **parts)) == ["严格"]


def numbered(text: str, level: int = 0, number: int = 1) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def level(index: int, number_format: str, text: str, extra: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>{extra}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


class TestNumbering:
    LEVELS = (
        level(0, "chineseCountingThousand", "%1、") + level(1, "chineseCounting", "（%2）") + level(2, "decimal", "%3.")
        + level(3, "decimal", "%1.%4", "<w:isLgl/>") + level(4, "bullet", "\uf0b7")
    )  # fmt: skip
    NUMBERING = (
        f'<w:abstractNum w:abstractNumId="7">{LEVELS}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/>'
        "</w:lvlOverride></w:num>"
    )

    def test_headings_that_exist_only_as_automatic_numbers(self) -> None:
        body = (
            numbered("总体情况") + numbered("主动公开", 1) + numbered("公开", 1) + numbered("细目", 2)
            + numbered("主动公开政府信息情况") + numbered("重新起算", 1) + numbered("合法", 3) + numbered("点", 4)
            + numbered("另起", 0, 2)
        )  # fmt: skip
        assert lines(read(body, numbering=self.NUMBERING)) == [
            "一、总体情况", "（一）主动公开", "（二）公开", "1. 细目", "二、主动公开政府信息情况", "（一）重新起算",
            "2.1 合法", "点", "五、另起",
        ]  # fmt: skip

    def test_numbers_through_styles_and_their_removal(self) -> None:
        styles = (
            '<w:style w:type="paragraph" w:styleId="a"><w:name w:val="a"/><w:pPr><w:numPr><w:numId w:val="1"/>'
            '</w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="b"><w:name w:val="b"/>'
            '<w:basedOn w:val="a"/></w:style>'
        )
        body = (
            p("甲", '<w:pStyle w:val="b"/>')
            + p("乙", '<w:pStyle w:val="b"/><w:numPr><w:numId w:val="0"/></w:numPr>')
            + p("丙", '<w:pStyle w:val="a"/>')
        )
        assert lines(read(body, styles=styles, numbering=self.NUMBERING)) == ["一、甲", "乙", "二、丙"]

    def test_numbers_inside_cells(self) -> None:
        table = tbl(tc(numbered("新收")) + tc("1"), tc(numbered("结转")) + tc("2"))
        assert [cell[4] for cell in grid(read(table, numbering=self.NUMBERING))] == [
            "一、新收",
            "1",
            "二、结转",
            "2",
        ]

    @pytest.mark.parametrize(
        ("number", "number_format", "text"),
        [
            (10, "chineseCounting", "十"), (12, "chineseCountingThousand", "十二"), (20, "japaneseCounting", "二十"),
            (105, "chineseCountingThousand", "一百零五"), (110, "chineseCountingThousand", "一百一十"),
            (10, "ideographDigital", "一〇"), (3, "chineseLegalSimplified", "叁"), (3, "decimalEnclosedCircle", "③"),
            (3, "decimalFullWidth", "３"), (28, "lowerLetter", "bb"), (4, "upperRoman", "IV"), (2, "ideographTraditional", "乙"),
            (4, "ideographEnclosedCircle", "㈣"), (7, "unheardOf", "7"), (7, "none", ""), (10**9, "lowerRoman", "1000000000"),
        ],
    )  # fmt: skip
    def test_formats(self, number: int, number_format: str, text: str) -> None:
        assert format_number(number, number_format) == text


class TestTables:
    def test_merged_cells(self) -> None:
        table = tbl(
            tc("申请人", '<w:vMerge w:val="restart"/>') + tc("法人", '<w:gridSpan w:val="2"/>'),
            tc("", "<w:vMerge/>") + tc("企业") + tc("其他"),
            tc("新收") + tc("1") + tc(""),
        )
        assert grid(read(table)) == [
            (0, 2, 0, 1, "申请人"), (0, 1, 1, 3, "法人"), (1, 2, 1, 2, "企业"), (1, 2, 2, 3, "其他"),
            (2, 3, 0, 1, "新收"), (2, 3, 1, 2, "1"), (2, 3, 2, 3, ""),
        ]  # fmt: skip

    def test_rows_that_begin_late_and_a_stray_continuation(self) -> None:
        table = tbl(
            tc("甲") + tc("乙") + tc("丙"),
            f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{tc("丁")}{tc("戊", "<w:vMerge/>")}</w:tr>',
        )
        assert grid(read(table))[3:] == [(1, 2, 1, 2, "丁"), (1, 2, 2, 3, "戊")]

    def test_legacy_sideways_merge(self) -> None:
        table = tbl(
            tc("甲", '<w:hMerge w:val="restart"/>') + tc("", '<w:hMerge w:val="continue"/>') + tc("乙"),
            tc("1") + tc("2") + tc("3"),
        )
        assert grid(read(table))[:2] == [(0, 1, 0, 2, "甲"), (0, 1, 2, 3, "乙")]

    def test_deleted_and_hidden_rows_and_deleted_cells(self) -> None:
        table = tbl(
            tc("甲") + tc("1"),
            f"<w:tr><w:trPr><w:del/></w:trPr>{tc('删')}{tc('9')}</w:tr>",
            f"<w:tr><w:trPr><w:hidden/></w:trPr>{tc('隐')}{tc('9')}</w:tr>",
            tc("乙") + tc("旧", "<w:cellDel/>") + tc("2"),
        )
        assert [cell[4] for cell in grid(read(table))] == ["甲", "1", "乙", "2"]

    def test_rows_and_cells_in_content_controls(self) -> None:
        row = f"<w:tr><w:sdt><w:sdtContent>{tc('甲')}</w:sdtContent></w:sdt>{tc('1')}</w:tr>"
        table = f"<w:tbl><w:sdt><w:sdtContent>{row}</w:sdtContent></w:sdt>{row}</w:tbl>"
        assert [cell[4] for cell in grid(read(table))] == ["甲", "1"] * 2

    def test_cell_paragraphs_are_lines(self) -> None:
        assert grid(read(tbl(tc(p("商业") + p("企业")) + tc(p("１２") + p("")))))[0][4] == "商业\n企业"

    def test_layout_tables_are_unpacked(self) -> None:
        inner = tbl(tc("规章") + tc("1"), tc("许可") + tc("2"))
        document = read(tbl(tc(p("一、总体情况") + inner + p("说明"))))
        assert lines(document) == ["一、总体情况", "说明"]
        assert (document.tables[0].n_rows, document.tables[0].n_cols) == (2, 2)

    def test_an_inner_table_follows_its_outer_table(self) -> None:
        inner = tbl(tc("子") + tc("7"))
        rows = [tc(f"行{i}") + tc(str(i)) + tc("0") for i in range(6)]
        document = read(tbl(*rows, tc(p("末") + inner + p("")) + tc("1") + tc("2")))
        assert [(t.n_rows, t.n_cols) for t in document.tables] == [(7, 3), (1, 2)]
        assert not document.joins

    def test_a_form_cut_into_tables_is_joined_across_blank_paragraphs_only(self) -> None:
        part = tbl(tc("甲") + tc("1"), tc("乙") + tc("2"))
        document = read(part + p("") + part + p("续") + part)
        assert len(document.tables) == 3
        assert [join.fragments for join in document.joins] == [(0, 1)]


class TestRefused:
    @pytest.mark.parametrize(
        ("parts", "code"),
        [
            ({"word__document_x": "<w:document"}, ErrorCode.CORRUPT),
            ({"word__document_x": f"<w:document {NAMESPACES}/>"}, ErrorCode.CORRUPT),
            ({"_rels__.rels": relationships({"officeDocument": "word/none.xml"})}, ErrorCode.CORRUPT),
            ({"word__document_x": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, ErrorCode.XML_ENTITIES),
            ({"word__styles_x": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'}, ErrorCode.XML_ENTITIES),
            ({"word__document_x": "<a>" * 100_000}, ErrorCode.CORRUPT),
        ],
    )
    def test_broken_or_hostile_parts(self, parts: dict[str, str], code: ErrorCode) -> None:
        with pytest.raises(ReadError) as caught:
            read(p("x"), **parts)
        assert caught.value.code is code

    def test_a_utf_16_part_cannot_smuggle_entities(self) -> None:
        content = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(
            "utf-16"
        )
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("word/document.xml", content)
        with pytest.raises(ReadError) as caught:
            docx.read(buffer.getvalue(), "a.docx")
        assert caught.value.code is ErrorCode.XML_ENTITIES

    def test_documents_of_pictures_or_foreign_parts_alone(self) -> None:
        for body, code in (
            ("<w:p><w:r><w:drawing/></w:r></w:p>", ErrorCode.SCAN),
            ("<w:p/><w:altChunk/>", ErrorCode.UNSUPPORTED),
        ):
            with pytest.raises(ReadError) as caught:
                read(body)
            assert caught.value.code is code

    def test_zip_bomb(self) -> None:
        with pytest.raises(ReadError) as caught:
            read(p("x"), word__media__a=" " * (70 << 20))
        assert caught.value.code is ErrorCode.ZIP_BOMB

    def test_damaged_files_give_a_document_or_a_coded_error(self) -> None:
        table = tbl(
            tc("甲", '<w:vMerge w:val="restart"/>') + tc("1", '<w:gridSpan w:val="2"/>'),
            tc("", "<w:vMerge/>"),
        )
        data = package(numbered("总体情况") + table + p("正文"), numbering=TestNumbering.NUMBERING)
        generator = random.Random(11)
        started = time.process_time()
        for round_number in range(300):
            damaged = bytearray(data[: generator.randrange(len(data))] if round_number % 5 == 0 else data)
            for _ in range(generator.randrange(1, 6) if damaged else 0):
                damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            read_damaged(bytes(damaged))
        assert time.process_time() - started < 5

    def test_damaged_xml_gives_a_document_or_a_coded_error(self) -> None:
        table = tbl(
            tc("甲", '<w:vMerge w:val="restart"/>') + tc("1", '<w:gridSpan w:val="2"/>'),
            tc("", "<w:vMerge/>"),
        )
        body = numbered("总体情况") + table + p("正文")
        generator = random.Random(13)
        for _ in range(150):
            damaged = list(body)
            for _ in range(generator.randrange(1, 4)):
                damaged[generator.randrange(len(damaged))] = generator.choice("0123456789-abcdw:")
            read_damaged(package("".join(damaged), numbering=TestNumbering.NUMBERING))


def read_damaged(data: bytes) -> None:
    try:
        document = docx.read(data, "damaged.docx")
    except ReadError:
        return
    for table in document.tables:
        assert all(cell.start <= cell.end <= len(document.text) for cell in table.cells)


def test_nested_tables_to_the_parser_limit() -> None:
    body = p("底")
    for _ in range(70):
        body = tbl(tc(body))
    assert lines(read(body)) == ["底"]
