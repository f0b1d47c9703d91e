"""Legacy Word files. Those in `words/` are invented reports that LibreOffice saved in the format of Word 97, made by
`word_reports.py`, which also builds the DOCX files that they are compared with; what LibreOffice does not write is
put together here."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layout import grid, lines
from word_reports import SOURCES, WORDS, numbered

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.pipeline import extract_bytes
from extraction.readers import doc, doc_numbering, docx
from extraction.readers.blocks import Block, ParagraphBlock, TableBlock
from extraction.readers.dispatch import read_document
from extraction.readers.doc_container import Damaged
from extraction.readers.doc_pieces import Piece, PieceTable, characters, read_pieces
from extraction.readers.doc_properties import DataStream, PropertyRuns, character_runs, modifiers
from extraction.readers.doc_styles import Styles
from extraction.readers.doc_tables import DocParagraph, Ending, RowFormat, blocks, row_format
from extraction.readers.doc_text import TextSource
from extraction.readers.word_lists import Numbering
from extraction.report import Report

FILES = {name: (WORDS / f"{name}.doc").read_bytes() for name in SOURCES}
FORMS = {"forms-2014": ("2014", 58), "forms-2019": ("2019", 198), "forms-2021": ("2021", 200)}
FIB = FILES["marked"].index(b"\xec\xa5")


def report_of(data: bytes, name: str) -> Report:
    result = extract_bytes(data, name, use_model=False)
    assert isinstance(result, Report)
    return result


def cells_of(report: Report) -> dict[tuple[str, str, str, str], tuple[Decimal | None, str, str | None]]:
    return {
        (form.form, form.edition, cell.row, cell.column): (cell.value, cell.text, cell.unit)
        for form in report.forms
        for cell in form.cells
    }


def code_of(data: bytes) -> ErrorCode:
    with pytest.raises(ReadError) as caught:
        read_document(data, "a.doc")
    return caught.value.code


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    return data[:offset] + value + data[offset + len(value) :]


class TestReports:
    @pytest.mark.parametrize("name", SOURCES)
    def test_the_same_cells_and_facts_as_from_docx(self, name: str) -> None:
        old, new = report_of(FILES[name], "a.doc"), report_of(SOURCES[name](), "a.docx")
        assert old.to_dict()["source"]["format"] == "doc"
        assert cells_of(old) == cells_of(new)
        assert [(fact.code, fact.value, fact.unit, fact.text) for fact in old.facts] == [
            (fact.code, fact.value, fact.unit, fact.text) for fact in new.facts
        ]

    @pytest.mark.parametrize(("name", "edition", "count"), [(name, *form) for name, form in FORMS.items()])
    def test_every_cell_has_its_figure_and_blanks_stay_null(self, name: str, edition: str, count: int) -> None:
        printed = {key: Decimal(text) if text else None for key, text in numbered(edition).items()}
        found = {(form, row, column): cell[0] for (form, _, row, column), cell in cells_of(report_of(FILES[name], "a")).items()}
        assert found == printed
        assert len(found) == count
        assert None in found.values()

    @pytest.mark.parametrize("name", ["forms-2014", "forms-2019", "forms-2021", "requests"])
    def test_the_same_text_and_grids_as_from_docx(self, name: str) -> None:
        old, new = doc.read(FILES[name], "a.doc"), docx.read(SOURCES[name](), "a.docx")
        assert old.text == new.text
        assert old.tables == new.tables

    def test_tables_that_touch_are_one(self) -> None:
        document = doc.read(FILES["yunxiu-2022"], "a.doc")
        assert [(table.n_rows, table.n_cols) for table in document.tables] == [(14, 4), (28, 10), (4, 15)]


class TestMarkedText:
    document = doc.read(FILES["marked"], "marked.doc")

    def test_what_a_person_sees(self) -> None:
        assert lines(self.document) == [
            "岚岫县林业局2021年政府信息公开工作年度报告", "一、总体情况",
            "全年主动公开信息815条，详见县政府门户网站，电话0000 1234-56。☑已公开\U00020089件。",
            "共受理申请27件，答复26件。", "English 12.5% “quoted”.", "二、主动公开政府信息情况",
            "六、其他需要报告的事项", "特此报告。",
        ]  # fmt: skip

    def test_what_nobody_sees_is_gone(self) -> None:
        for hidden in ("812", "9999", "8888", "7777", "HYPERLINK", "作废", "统计口径"):
            assert hidden not in self.document.text

    def test_headings(self) -> None:
        headings = [line for line, par in zip(lines(self.document), self.document.paragraphs, strict=True) if par.heading]
        assert [heading[:2] for heading in headings] == ["岚岫", "一、", "二、", "六、"]

    def test_inner_tables_follow_their_outer_table(self) -> None:
        docx_document = docx.read(SOURCES["marked"](), "a.docx")
        for index in (1, 2):
            assert grid(self.document, index) == grid(docx_document, index)
        assert grid(self.document, 2) == [(0, 1, 0, 2, "子目"), (1, 2, 0, 1, "护林员"), (1, 2, 1, 2, "31")]

    def test_title_property_only_where_it_names_a_report(self) -> None:
        assert self.document.title == "岚岫县林业局2021年政府信息公开工作年度报告"
        other = FILES["marked"].replace("年度报告".encode(), "年度模板".encode())
        assert doc.read(other, "a.doc").title is None


def source(
    text: str,
    paragraphs: Sequence[tuple[str, bytes]] = (),
    runs: Sequence[tuple[str, bytes]] = (),
    piece_modifiers: bytes = b"",
) -> list[DocParagraph]:
    """Paragraphs of a text in one piece; formatting is given for the place of each first word."""
    word = text.encode("utf-16-le")
    units = len(word) // 2

    def placed(formats: Sequence[tuple[str, bytes]], head: bytes = b"") -> PropertyRuns:
        starts = [2 * text.index(words) for words, _ in formats]
        ends = [start + 2 * len(words) for start, (words, _) in zip(starts, formats, strict=True)]
        return PropertyRuns(starts, ends, [head + grpprl for _, grpprl in formats])

    pieces = PieceTable.of([Piece(0, units, 0, 2, piece_modifiers)])
    return list(
        TextSource(
            word, pieces, placed(paragraphs, b"\0\0"), placed(runs), frozenset({text.find("\x0c节") + 1}), Styles(),
            ["Arial", "Wingdings"], DataStream(b""), Numbering(),
        ).read()
    )  # fmt: skip


class TestText:
    def test_of_nested_fields_only_results_are_seen(self) -> None:
        text = "甲\x13 A \x13B\x14旧\x15\x14新\x13 C \x14果\x15\x15乙\x13 XE \x15丙\r"
        assert [paragraph.text for paragraph in source(text)] == ["甲新果乙丙"]

    def test_stray_field_marks_hide_nothing(self) -> None:
        assert [paragraph.text for paragraph in source("甲\x15乙\x14丙\x13丁\r戊\r")] == ["甲乙丙丁", "戊"]

    def test_pictures_notes_and_soft_hyphens_go_hyphens_and_breaks_stay(self) -> None:
        assert source("1\x012\x023\x054\x085\x1e6\x1f7\u00a08\x0b9\t0\r")[0].text == "12345-67 8\n9\t0"

    def test_page_breaks_part_no_paragraph_but_sections_do(self) -> None:
        assert [paragraph.text for paragraph in source("甲\x0c乙\x0c节\r")] == ["甲乙", "节"]

    def test_symbols_by_font(self) -> None:
        runs = [("(", struct.pack("<HHH", 0x6A09, 1, 0xF0FE)), ("\uf0a8", struct.pack("<HH", 0x4A4F, 1))]
        assert source("是(否\uf0a8\r", runs=runs)[0].text == "是☑否□"
        assert [par.text for par in source("甲\r(乙\r", runs=[("\r(", runs[0][1])])] == ["甲", "☑乙"]

    def test_hidden_and_deleted_by_run_and_by_piece(self) -> None:
        runs = [("密", b"\x3c\x08\x01"), ("删", b"\x00\x08\x01"), ("显", b"\x3c\x08\x00")]
        assert source("甲密删显\r", runs=runs)[0].text == "甲显"
        assert source("甲\r", piece_modifiers=b"\x00\x08\x01")[0].text == ""

    def test_a_last_paragraph_without_its_mark(self) -> None:
        assert [paragraph.text for paragraph in source("甲\r乙")] == ["甲", "乙"]

    def test_outline_levels(self) -> None:
        outline = [("甲\r", b"\x40\x26\x00"), ("乙\r", b"\x40\x26\x09")]
        assert [paragraph.heading for paragraph in source("甲\r乙\r", outline)] == [True, False]

    def test_compressed_pieces_and_piece_formatting(self) -> None:
        word = "甲".encode("utf-16-le") + b"\x93A\x94"
        deleted, compressed = 0x41 << 1 | 1 << 8, 0x4000_0000 | 2 * 2
        plc = struct.pack("<3I", 0, 1, 4) + struct.pack("<HIH", 0, 0, deleted) + struct.pack("<HIH", 0, compressed, 1)
        clx = b"\x01\x03\x00\x3c\x08\x01" + b"\x02" + struct.pack("<I", len(plc)) + plc
        pieces = read_pieces(clx, word, 4)
        assert "".join(characters(piece, word) for piece in pieces) == "甲“A”"
        assert [list(modifiers(piece.grpprl)) for piece in pieces] == [[(0x0800, b"\x01")], [(0x083C, b"\x01")]]

    @pytest.mark.parametrize(
        "plc",
        [
            struct.pack("<2I", 0, 3) + struct.pack("<HIH", 0, 0, 0),  # fewer characters than the text has
            struct.pack("<2I", 0, 4) + struct.pack("<HIH", 0, 900, 0),  # outside the stream
            struct.pack("<2I", 0, 4) + struct.pack("<HIH", 0, 0, 9),  # formatted by a list that is not there
            struct.pack("<3I", 0, 3, 2) + struct.pack("<HIH", 0, 0, 0) * 2,
            struct.pack("<3I", 1, 2, 4) + struct.pack("<HIH", 0, 0, 0) * 2,
        ],
    )
    def test_piece_tables_that_contradict_themselves(self, plc: bytes) -> None:
        with pytest.raises(Damaged):
            read_pieces(b"\x02" + struct.pack("<I", len(plc)) + plc, bytes(16), 4)

    def test_a_page_of_formatting_ends_where_the_next_takes_over(self) -> None:
        def page(bounds: Sequence[int], grpprl: bytes) -> bytes:
            count = len(bounds) - 1
            head = struct.pack(f"<{count + 1}I", *bounds) + bytes([250]) * count
            return head.ljust(500, b"\0") + (bytes([len(grpprl)]) + grpprl).ljust(11, b"\0") + bytes([count])

        word = bytes(512) + page((100, 110, 130), b"\x3c\x08\x01") + page((115, 125, 140), b"\x3c\x08\x00")
        runs = character_runs(word, struct.pack("<3I2I", 100, 120, 140, 1, 2))
        assert (runs.starts, runs.ends) == ([100, 110, 120, 125], [110, 120, 125, 140])
        assert (runs.at(119), runs.at(121), runs.at(140)) == (b"\x3c\x08\x01", b"\x3c\x08\x00", b"")
        for plc in (struct.pack("<2II", 100, 140, 3), struct.pack("<3I2I", 120, 100, 140, 1, 2)):
            with pytest.raises(Damaged):
                character_runs(word, plc)

    def test_formatting_kept_in_the_data_stream(self) -> None:
        table = struct.pack("<H", 3) + b"\x17\x24\x01"
        huge = struct.pack("<HHI", 6 + 3, 0x646B, 0) + b"\x16\x24\x01"
        data = DataStream(table + huge)
        found = list(data.expanded(struct.pack("<HI", 0x6646, len(table))))
        assert found == [(0x2417, b"\x01"), (0x2416, b"\x01")]
        with pytest.raises(Damaged):
            list(data.expanded(struct.pack("<HI", 0x6646, 999)))
        ring = DataStream(struct.pack("<HHI", 6, 0x6646, 0))
        with pytest.raises(Damaged):
            list(ring.expanded(struct.pack("<HI", 0x6646, 0)))


def par(text: str, ending: Ending = "paragraph", depth: int = 1, row: RowFormat | None = None,
        deleted: bool = False) -> DocParagraph:  # fmt: skip
    return DocParagraph(text, False, depth, ending, deleted, False, row)


def row_of(cells: Sequence[str], edges: Sequence[int], flags: Sequence[int] = (), depth: int = 1) -> list[DocParagraph]:
    """A row with its definition ([MS-DOC] 2.9.321)."""
    definition = struct.pack(f"<B{len(edges)}h", len(edges) - 1, *edges)
    definition += b"".join(struct.pack("<H18x", flag) for flag in flags)
    end = par("", "row", depth, row_format([(0xD608, definition)]))
    return [*(par(cell, "cell", depth) for cell in cells), end]


def cells_in(found: Sequence[Block]) -> list[tuple[int, int, int, int, str]]:
    tables = [block for block in found if isinstance(block, TableBlock)]
    return [(c.row_start, c.row_end, c.col_start, c.col_end, c.text) for c in tables[0].cells]


def level(number_format: int, template: str, *, start: int = 1, flags: int = 0, follow: int = 2, restart: int = 0) -> bytes:
    head = struct.pack("<iBB9xB8xBBBB", start, number_format, flags, follow, 0, 0, restart, 0)
    return head + struct.pack("<H", len(template)) + template.encode("utf-16-le")


class TestNumbering:
    def test_lists_with_levels_and_changes(self) -> None:
        simple = struct.pack("<ii18xBB", 7, 0, 1, 0)
        outline = struct.pack("<ii9hBB", 8, 0, -1, 21, *[-1] * 7, 0, 0)
        heads = struct.pack("<H", 2) + simple + outline
        levels = [level(39, "\0、"), level(37, "（\0）"), level(0, "\0.\1", flags=4, follow=0), *[level(23, "·")] * 7]
        uses = struct.pack("<I", 3) + b"".join(struct.pack("<I8xBBBB", list_, n, 0, 0, 0) for list_, n in ((7, 0), (8, 1), (8, 1)))
        uses += bytes(4)
        uses += bytes(4) + struct.pack("<II", 5, 0x10)
        uses += bytes(4) + struct.pack("<II", 1, 0x21) + level(30, "\1")
        table = heads + b"".join(levels) + uses
        numbering = doc_numbering.parse(table, (0, len(heads)), (len(table) - len(uses), len(uses)))
        places = [("1", 0), ("1", 0), ("2", 0), ("2", 1), ("2", 1), ("3", 1), ("2", 2), ("9", 0)]
        assert [numbering.label(*place) for place in places] == ["一、", "二、", "（五）", "5.1 ", "5.2 ", "丙", "", ""]
        assert numbering.level_of_style("2", "21") == 1

    def test_a_list_cut_off(self) -> None:
        heads = struct.pack("<H", 1) + struct.pack("<ii18xBB", 7, 0, 1, 0)
        for rest in (b"", level(0, "\0")[:-1], level(0, "长" * 300)):
            with pytest.raises(Damaged):
                doc_numbering.parse(heads + rest, (0, len(heads)), (0, 4))


class TestTables:
    def test_rows_on_one_grid_though_their_edges_differ_a_little(self) -> None:
        rows = row_of("甲乙丙", (-108, 1000, 2000, 3000)) + row_of("丁戊", (0, 1980, 3040)) + row_of("己", (1012, 2990))
        assert cells_in(blocks(rows))[3:] == [(1, 2, 0, 2, "丁"), (1, 2, 2, 3, "戊"), (2, 3, 1, 3, "己")]

    def test_edges_of_one_row_stay_apart(self) -> None:
        rows = row_of("甲乙丙", (0, 1000, 1040, 2000)) + row_of("丁戊", (0, 1000, 2000))
        assert [cell[2:4] for cell in cells_in(blocks(rows))] == [(0, 1), (1, 2), (2, 3), (0, 1), (1, 3)]

    def test_vertical_merges(self) -> None:
        rows = row_of("甲1", (0, 900, 1800), (0x60, 0)) + row_of(["", "2"], (2, 903, 1800), (0x20, 0))
        assert cells_in(blocks(rows)) == [(0, 2, 0, 1, "甲"), (0, 1, 1, 2, "1"), (1, 2, 1, 2, "2")]

    @pytest.mark.parametrize(("first", "merged"), [(1, 2), (2, 1), (3, 1)])
    def test_sideways_merges_as_either_description_has_them(self, first: int, merged: int) -> None:
        flags = (first, merged, first, merged, 0)
        rows = row_of(["甲", "", "乙", "", "丙"], range(0, 6000, 1000), flags) + row_of("12345", range(0, 6000, 1000))
        assert [cell[2:] for cell in cells_in(blocks(rows))[:3]] == [(0, 2, "甲"), (2, 4, "乙"), (4, 5, "丙")]

    def test_a_row_built_by_modifiers(self) -> None:
        format_ = row_format(
            [
                (0x9602, struct.pack("<h", 108)), (0x9601, struct.pack("<h", 0)),
                (0x7621, struct.pack("<BBh", 0, 3, 1000)), (0x7621, struct.pack("<BBh", 4, 1, 500)),
                (0x7623, struct.pack("<BBh", 0, 1, 700)), (0x5622, b"\x01\x02"), (0x5624, b"\x01\x03"),
                (0xD62B, b"\x00\x03"),
            ]
        )  # fmt: skip
        assert format_.edges == (-108, 592, 1592, 2092, 2592)
        assert format_.first == (True, True, False, True)
        assert format_.merges == ("restart", None, None, None)

    def test_more_cells_than_the_definition_and_a_row_without_its_mark(self) -> None:
        rows = row_of("甲乙丙", (0, 1000, 2000)) + row_of("丁戊己", (0, 1000, 2000, 3000)) + [par("庚", "cell"), par("辛")]
        assert [cell[4] for cell in cells_in(blocks(rows))] == list("甲乙丙丁戊己庚辛")

    def test_deleted_rows_and_marks(self) -> None:
        edges = (0, 1000, 2000)
        gone = [*row_of(["", ""], edges)[:-1], par("", "row", deleted=True)]
        kept = [*row_of("丙4", edges)[:-1], par("", "row", deleted=True)]
        runs_on = [par("前", deleted=True), par("后", "cell"), *row_of("x", edges)[1:]]
        found = blocks([*row_of("甲1", edges), *gone, *kept, *runs_on])
        assert [cell[4] for cell in cells_in(found)] == ["甲", "1", "丙", "4", "前后"]

    def test_tables_in_tables(self) -> None:
        inner = row_of("子7", (0, 500, 900), depth=2)
        rows = [paragraph for line in ("甲1a", "乙2b", "丙3c", "丁4d") for paragraph in row_of(line, (0, 900, 1800, 2700))]
        rows += [*inner, par("末", "cell"), *row_of("5e", (0, 900, 1800, 2700))]
        found = blocks([par("前", depth=0), *rows, par("后", depth=0)])
        assert [type(block) for block in found] == [ParagraphBlock, TableBlock, TableBlock, ParagraphBlock]
        assert cells_in(found)[-3][4] == "末"
        assert cells_in([found[2]]) == [(0, 1, 0, 1, "子"), (0, 1, 1, 2, "7")]

    def test_a_deleted_mark_before_a_table_or_at_the_end(self) -> None:
        found = blocks([par("前", depth=0, deleted=True), *row_of("甲1", (0, 1, 2)), par("后", depth=0, deleted=True)])
        assert [block.text for block in found if isinstance(block, ParagraphBlock)] == ["前", "后"]
        assert isinstance(found[1], TableBlock)

    def test_absurd_depths(self) -> None:
        with pytest.raises(Damaged):
            blocks([par("甲", depth=0x7FFF_FFFF)])


class TestRefused:
    def test_older_versions_are_told_to_be_saved_anew(self) -> None:
        assert code_of(patched(FILES["marked"], FIB + 2, b"\x68\x00")) is ErrorCode.LEGACY_DOC
        assert code_of(patched(FILES["marked"], FIB, b"\xdc\xa5\x65\x00")) is ErrorCode.LEGACY_DOC

    def test_a_password(self) -> None:
        flags = FILES["marked"][FIB + 0x0B] | 0x01
        assert code_of(patched(FILES["marked"], FIB + 0x0B, bytes((flags,)))) is ErrorCode.ENCRYPTED

    def test_other_compound_files(self) -> None:
        names = "WordDocument".encode("utf-16-le"), "Workbook\0\0\0\0".encode("utf-16-le")
        workbook = FILES["marked"].replace(*names)
        assert code_of(workbook) is ErrorCode.UNSUPPORTED
        with pytest.raises(ReadError) as caught:
            doc.read(workbook, "a.xls")
        assert caught.value.code is ErrorCode.UNSUPPORTED

    def test_pictures_alone(self) -> None:
        text = FILES["marked"][FIB + 2048 : FIB + 2048 + 2 * 39]
        assert text.decode("utf-16-le").startswith("岚岫县")
        data = patched(FILES["marked"], FIB + 0x4C, struct.pack("<I", 2))
        assert code_of(patched(data, FIB + 2048, "\x01\r".encode("utf-16-le"))) is ErrorCode.SCAN

    @pytest.mark.parametrize("offset", [0x4C, 0x98, 0xFA, 0xFE, 0x102, 0x106, 0x1A2, 0x1A6, 0x2E2, 0x2E6, 0x2EA, 0x2EE])
    def test_absurd_counts_and_offsets(self, offset: int) -> None:
        for value in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\xff\x00"):
            assert code_of(patched(FILES["marked"], FIB + offset, value)) is ErrorCode.CORRUPT

    @pytest.mark.parametrize("offset", [0x1E, 0x20, 0x2C, 0x40, 0x48])
    def test_absurd_counts_of_the_compound_file(self, offset: int) -> None:
        assert code_of(patched(FILES["marked"], offset, b"\xff\xff\xff\x7f")) is ErrorCode.CORRUPT

    @pytest.mark.parametrize("name", ["marked", "forms-2014"])
    def test_truncated_files(self, name: str) -> None:
        data = FILES[name]
        for part in range(1, 50):
            assert code_of(data[: len(data) * part // 50]) in {ErrorCode.TRUNCATED, ErrorCode.CORRUPT}

    @settings(max_examples=150, derandomize=True, deadline=None)
    @given(st.sampled_from(["marked", "forms-2014"]), st.randoms(use_true_random=False))
    def test_damaged_files_give_a_document_or_a_coded_error(self, name: str, generator: random.Random) -> None:
        damaged = bytearray(FILES[name])
        first, last = generator.choice([(8, 512), (FIB, FIB + 1024), (8, len(damaged)), (len(damaged) // 2, len(damaged))])
        for _ in range(generator.randrange(1, 30)):
            damaged[generator.randrange(first, last)] = generator.choice([0, 0xFF, generator.randrange(256)])
        started = time.process_time()
        try:
            document = read_document(bytes(damaged), "damaged.doc")
        except ReadError:
            return
        assert time.process_time() - started < 5
        assert_consistent(document)


def assert_consistent(document: Document) -> None:
    for table in document.tables:
        assert all(cell.start <= cell.end <= len(document.text) for cell in table.cells)
        places = [
            (row, column)
            for cell in table.cells
            for row in range(cell.row_start, cell.row_end)
            for column in range(cell.col_start, cell.col_end)
        ]
        assert len(places) == len(set(places))
