"""Invented reports as DOCX, and how the .doc files in `words/` were made from them.

`PYTHONPATH=. python tests/extraction/readers/word_reports.py` has LibreOffice (`soffice`) convert each of them, and
`examples/yunxiu-2022.docx`, into the format of Word 97.
"""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from docx import Document as new_document
from docx.document import Document as WordDocument
from docx.enum.section import WD_SECTION
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from evaluation.synthetic.document_writers import word_file
from evaluation.synthetic.printed import (
    PrintedTable,
    SyntheticReport,
    Values,
    form_keys,
    proactive_tables,
    report_blocks,
    requests_table,
    stack,
)
from evaluation.synthetic.statistics_form import statistics_blocks

WORDS = Path(__file__).parent / "words"
EXAMPLES = Path(__file__).parents[3] / "examples"
_FOOTNOTES = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>'
    '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>统计口径见附件。</w:t></w:r></w:p></w:footnote>'
)


def numbered(edition: str) -> Values:
    """A different number in every cell, so that any shift shows; every fifth is blank."""
    return {
        key: "" if place % 5 == 4 else str(101 + 7 * place) for place, key in enumerate(form_keys(edition))
    }


def forms_report(edition: str, year: int) -> bytes:
    """All forms of an edition with merged cells of many shapes."""
    report = SyntheticReport(
        "岚岫县水务局", year, edition, numbered(edition),
        {"front": ["统计期限自1月1日起至12月31日止。"], "overview": ["全年主动公开信息263条，办结率98.5％。"]},
        f"{year + 1}年1月8日",
    )  # fmt: skip
    return word_file(statistics_blocks(report) if edition == "2014" else report_blocks(report))


def requests_report() -> bytes:
    """The form with the most merged cells, made by a program of its own."""
    word = new_document()
    word.add_paragraph("岚岫县林业局2021年政府信息公开工作年度报告")
    word.add_paragraph("三、收到和处理政府信息公开申请情况")
    _add_table(word, requests_table("2021", numbered("2021")))
    return _saved(word)


def marked_report() -> bytes:
    """A report with all that Word keeps in a text without showing it, and with tables in tables."""
    word = new_document()
    word.core_properties.title = "岚岫县林业局2021年政府信息公开工作年度报告"
    word.add_heading("岚岫县林业局2021年政府信息公开工作年度报告", 1)
    _define_numbers(word)
    _number(word.add_heading("总体情况", 2))
    _add_marked_paragraphs(word)
    word.add_section(WD_SECTION.NEW_PAGE)
    _number(word.add_heading("主动公开政府信息情况", 2))
    form = _add_table(word, stack(proactive_tables("2021", numbered("2021"))))
    _insert(form.rows[1]._tr.get_or_add_trPr(), "<w:cantSplit/>")
    deleted = form.add_row()
    for cell in deleted.cells:
        _mark(cell.paragraphs[0], "del", "作废")
    _insert(deleted._tr.get_or_add_trPr(), '<w:del w:id="91" w:author="a" w:date="2022-01-01T00:00:00Z"/>')
    word.add_heading("六、其他需要报告的事项", 2)
    _add_nested_tables(word)
    word.add_paragraph("特此报告。")
    return _saved(word)


def _define_numbers(word: WordDocument) -> None:
    """List 90, which prints 一、 and so on before its paragraphs."""
    numbering = word.part.numbering_part.element
    level = '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="%1、"/></w:lvl>'
    numbering.insert(
        0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{level}</w:abstractNum>')
    )
    _insert(numbering, '<w:num w:numId="90"><w:abstractNumId w:val="90"/></w:num>')


def _number(paragraph: Paragraph) -> None:
    _insert(paragraph._p.get_or_add_pPr(), '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="90"/></w:numPr>')


def _add_marked_paragraphs(word: WordDocument) -> None:
    text = word.add_paragraph("全年主动公开信息")
    _mark(text, "del", "812")
    _mark(text, "ins", "815")
    text.add_run("条，")
    text.add_run("内部掌握9999条，").font.hidden = True
    text.add_run("详见")
    for xml in (
        '<w:fldChar w:fldCharType="begin"/>', '<w:instrText> HYPERLINK "http://example.invalid/7777" </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>', "<w:t>县政府门户网站</w:t>", '<w:fldChar w:fldCharType="end"/>',
    ):  # fmt: skip
        _insert(text._p, f"<w:r>{xml}</w:r>")
    _insert(text._p, '<w:r><w:footnoteReference w:id="2"/></w:r>')
    text.add_run("，电话0000\u00a01234")
    _insert(text._p, "<w:r><w:noBreakHyphen/></w:r>")
    text.add_run("56。")
    _insert(text._p, '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>')
    text.add_run("已公开\U00020089件。")
    _add_footnotes(word)
    first = word.add_paragraph("共受理申请27件，")
    properties = first._p.get_or_add_pPr()
    _insert(properties, '<w:rPr><w:del w:id="92" w:author="a" w:date="2022-01-01T00:00:00Z"/></w:rPr>')
    word.add_paragraph("答复26件。").add_run().add_break()
    word.paragraphs[-1].add_run("English 12.5% “quoted”.")
    hidden = word.styles.add_style("Internal", 1)
    hidden.font.hidden = True
    word.add_paragraph("内部段落8888条。", style=hidden)


def _add_nested_tables(word: WordDocument) -> None:
    outer = word.add_table(7, 3, style="Table Grid")
    for place, cell in enumerate(cell for row in outer.rows for cell in row.cells):
        cell.text = f"格{place}"
    inner = outer.cell(6, 0).add_table(2, 2)
    inner.cell(0, 0).merge(inner.cell(0, 1)).text = "子目"
    inner.cell(1, 0).text, inner.cell(1, 1).text = "护林员", "31"
    outer.cell(6, 0).add_paragraph("说明")
    outer.cell(2, 1).merge(outer.cell(3, 2)).text = "合并"
    for row in outer.rows[4:6]:  # edges dragged a little off those of the other rows
        row.cells[0].width = Cm(4.9)


def _add_table(word: WordDocument, printed: PrintedTable) -> Table:
    table = word.add_table(printed.n_rows, printed.n_cols, style="Table Grid")
    grid: list[list[_Cell]] = [list(row.cells) for row in table.rows]
    for cell in printed.cells:
        corner = grid[cell.row_end - 1][cell.col_end - 1]
        grid[cell.row][cell.col].merge(corner).text = cell.text
    return table


def _mark(paragraph: Paragraph, kind: str, text: str) -> None:
    """Adds a tracked insertion or deletion."""
    tag = "delText" if kind == "del" else "t"
    _insert(
        paragraph._p,
        f'<w:{kind} w:id="90" w:author="a" w:date="2022-01-01T00:00:00Z"><w:r><w:{tag}>{text}</w:{tag}></w:r></w:{kind}>',
    )


def _insert(parent: BaseOxmlElement, xml: str) -> None:
    """Appends an element given without its namespace declaration."""
    end = re.search(r"[ />]", xml)
    assert end is not None
    parent.append(parse_xml(f"{xml[: end.start()]} {nsdecls('w')}{xml[end.start() :]}"))


def _add_footnotes(word: WordDocument) -> None:
    blob = f"<w:footnotes {nsdecls('w')}>{_FOOTNOTES}</w:footnotes>".encode()
    part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, blob, word.part.package)
    word.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


def _saved(word: WordDocument) -> bytes:
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


SOURCES: dict[str, Callable[[], bytes]] = {
    "yunxiu-2022": (EXAMPLES / "yunxiu-2022.docx").read_bytes,
    "forms-2014": lambda: forms_report("2014", 2016),
    "forms-2019": lambda: forms_report("2019", 2020),
    "forms-2021": lambda: forms_report("2021", 2023),
    "requests": requests_report,
    "marked": marked_report,
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, source in SOURCES.items():
            (Path(folder) / f"{name}.docx").write_bytes(source())
        files = [str(Path(folder) / f"{name}.docx") for name in SOURCES]
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "doc:MS Word 97", "--outdir", str(WORDS)]
        subprocess.run([*command, *files], check=True)


if __name__ == "__main__":
    main()
