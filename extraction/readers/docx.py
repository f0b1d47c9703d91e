"""DOCX, read from its XML: what the finished document shows, tracked changes accepted."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from extraction.document import Document
from extraction.errors import ErrorCode, ReadError
from extraction.readers import docx_numbering
from extraction.readers.archive_limits import Package, open_package
from extraction.readers.blocks import Block, ParagraphBlock, TableBlock, build
from extraction.readers.docx_styles import Styles
from extraction.readers.docx_text import TextReader, chosen, is_placeholder
from extraction.readers.grid import MAX_COLUMNS
from extraction.readers.report_title import report_title
from extraction.readers.word_tables import VerticalMerge, WordCell, table_blocks
from extraction.readers.wordprocessing import child, integer, mc, members, toggle, val, value, w

_PARAGRAPH, _TABLE, _ROW, _CELL, _CONTROL = w("p"), w("tbl"), w("tr"), w("tc"), w("sdt")
_ALTERNATE = mc("AlternateContent")
# Wrappers that stand around blocks, rows or cells without showing.
_WRAPPERS = frozenset(w(name) for name in ("sdtContent", "customXml", "smartTag", "ins", "moveTo"))
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"


@dataclass(slots=True)
class _GridRow:
    """A row's cells as (first column, end column, merge state, cell)."""

    cells: list[tuple[int, int, VerticalMerge | None, etree._Element]] = field(default_factory=list)


@dataclass(slots=True)
class _BlockReader:
    text: TextReader

    def blocks(self, container: etree._Element) -> list[Block]:
        """Paragraphs and tables of a body, cell, note or text box; recursion is bounded by the XML parser's
        nesting limit of 256."""
        found: list[Block] = []
        carried = ""
        for element in _members(container, (_PARAGRAPH, _TABLE)):
            if element.tag == _TABLE:
                found += self._table(element)
                continue
            content = self.text.paragraph(element)
            carried += content.text
            if content.mark_deleted:
                found += self._boxes(content.boxes)
                continue
            if carried.strip() or not content.mark_hidden:
                found.append(ParagraphBlock(self.text.label(element) + carried, content.heading))
            carried = ""
            found += self._boxes(content.boxes)
        if carried:
            found.append(ParagraphBlock(carried))
        return found

    def _boxes(self, boxes: list[etree._Element]) -> list[Block]:
        return [block for box in boxes for block in self.blocks(box)]

    def _table(self, table: etree._Element) -> list[Block]:
        rows = [
            [WordCell(start, end, merge, self.blocks(cell)) for start, end, merge, cell in row.cells]
            for row in map(_grid_row, _rows(table))
            if row.cells
        ]
        return table_blocks(rows)


def read(data: bytes, name: str) -> Document:
    """A Word document's body, its text boxes after the paragraph that anchors them, its notes at the end.

    Raises:
        ReadError: as `open_package` and `Package.xml`; `CORRUPT` where the document part is missing; `SCAN`
            and `UNSUPPORTED` where all there is are pictures or an embedded web page.
    """
    if not data:
        raise ReadError(ErrorCode.EMPTY, name)
    package = open_package(data, name)
    main = _main_part(package)
    root = package.xml(main)
    body = child(root, "body")
    if body is None:
        raise ReadError(ErrorCode.CORRUPT, name, f"{main} has no body")
    related = _relationships(package, main)
    reader = _BlockReader(
        TextReader(
            Styles.parse(_optional(package, related.get("styles"))),
            docx_numbering.parse(_optional(package, related.get("numbering"))),
        )
    )
    blocks = reader.blocks(body)
    for kind, tag in (("footnotes", "footnote"), ("endnotes", "endnote")):
        notes = _optional(package, related.get(kind))
        for note in notes.iter(w(tag)) if notes is not None else ():
            if note.get(w("type")) in (None, "normal"):
                blocks += reader.blocks(note)
    if not any(isinstance(block, TableBlock) or block.text.strip() for block in blocks):
        _refuse_textless(body, name)
    return build("docx", blocks, title=_title(package))


def _refuse_textless(body: etree._Element, name: str) -> None:
    """Says why a document without text has none, where that can be told."""
    if next(body.iter(w("altChunk")), None) is not None:
        raise ReadError(ErrorCode.UNSUPPORTED, name, "the text is embedded as a foreign part (altChunk)")
    if next(body.iter(w("drawing"), w("pict")), None) is not None:
        raise ReadError(ErrorCode.SCAN, name, "nothing but pictures")


def _members(container: etree._Element, tags: tuple[str, ...]) -> Iterator[etree._Element]:
    """Members of the wanted kinds in document order, taken out of whatever wraps them."""
    stack: list[Iterator[etree._Element]] = [iter(container)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in tags:
            yield element
        elif element.tag == _ALTERNATE:
            stack.append(iter(chosen(element)))
        elif element.tag in _WRAPPERS or (element.tag == _CONTROL and not is_placeholder(element)):
            stack.append(iter(element))


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for row in _members(table, (_ROW,)):
        properties = child(row, "trPr")
        deleted = child(properties, "del") is not None
        if not deleted and not toggle(properties, "hidden"):
            yield row


def _grid_row(row: etree._Element) -> _GridRow:
    placed = _GridRow()
    column = integer(value(child(row, "trPr"), "gridBefore"), 0, limit=MAX_COLUMNS)
    column = max(column, 0)
    for cell in _members(row, (_CELL,)):
        properties = members(child(cell, "tcPr"))
        if w("cellDel") in properties:
            continue
        end = column + max(1, integer(val(properties.get(w("gridSpan"))), 1, limit=MAX_COLUMNS))
        sideways = properties.get(w("hMerge"))
        if placed.cells and sideways is not None and val(sideways) != "restart":
            start, _, merge, first = placed.cells[-1]
            placed.cells[-1] = (start, end, merge, first)
            column = end
            continue
        if end > MAX_COLUMNS:
            break
        placed.cells.append((column, end, _vertical_merge(properties.get(w("vMerge"))), cell))
        column = end
    return placed


def _vertical_merge(merge: etree._Element | None) -> VerticalMerge | None:
    if merge is None:
        return None
    return "restart" if val(merge) == "restart" else "continue"


def _main_part(package: Package) -> str:
    related = _relationships(package, "")
    main = related.get("officeDocument", "word/document.xml")
    if main not in package:
        raise ReadError(ErrorCode.CORRUPT, package.name, f"the package lacks {main}")
    return main


def _relationships(package: Package, part: str) -> dict[str, str]:
    """Parts that `part` (the package itself for an empty name) refers to, by the last word of their type."""
    folder, base = posixpath.split(part)
    relations = posixpath.join(folder, "_rels", f"{base}.rels")
    targets: dict[str, str] = {}
    if relations not in package:
        return targets
    for element in package.xml(relations).iter(_RELATIONSHIP):
        target = element.get("Target") or ""
        kind = (element.get("Type") or "").rpartition("/")[2]
        if target and element.get("TargetMode") != "External":
            targets.setdefault(kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
    return targets


def _optional(package: Package, part: str | None) -> etree._Element | None:
    return package.xml(part) if part is not None and part in package else None


def _title(package: Package) -> str | None:
    root = _optional(package, "docProps/core.xml")
    title = root.findtext(_CORE_TITLE) if root is not None else None
    return report_title(title)
