"""HTML tables: which cells are a table's own, whether it holds data, and their places on the grid."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain, groupby, takewhile

from lxml import etree

from extraction.document import RawCell
from extraction.readers.grid import CellShape, SpanCell, is_layout, lay_out
from extraction.readers.html_flow import LineFlow, several_cells
from extraction.readers.html_tree import SKIPPED_TAGS, Visibility

MAX_ROW_SPAN = 65_534
_SECTIONS = frozenset({"thead", "tbody", "tfoot"})
_CELLS = frozenset({"td", "th"})
_STRUCTURE = frozenset({"tr", *_SECTIONS, *_CELLS})
_UNSEEN = frozenset({"col", "colgroup"})
_TEXT_BOXES = frozenset({"text", "number"})
_SPAN = re.compile(r"\s*(\d{1,9})")
_INVISIBLE_CELL = re.compile(r"visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(slots=True)
class OwnRows:
    """A table's own cells (those of inner tables left out), and what stands in it outside of any cell."""

    groups: list[list[list[etree._Element]]] = field(default_factory=list)
    loose: list[etree._Element] = field(default_factory=list)

    @property
    def rows(self) -> list[list[etree._Element]]:
        return list(chain.from_iterable(self.groups))


@dataclass(slots=True)
class DataTable:
    """A table read as data: `before` are its caption and stray lines, `inner` the tables in its cells."""

    cells: list[RawCell]
    link_chars: int
    before: list[str]
    inner: list[etree._Element]


def read_table(table: etree._Element, visibility: Visibility) -> DataTable | None:
    """The table's cells, or `None` where it only lays out the page."""
    own = own_rows(table, visibility)
    rows = own.rows
    if table.get("role") == "presentation" or max((len(row) for row in rows), default=0) <= 1:
        return None
    nested = {cell for row in rows for cell in row if any(several_cells(t) for t in cell.iter("table"))}
    if nested and is_layout([[_rough_shape(cell, cell in nested) for cell in row] for row in rows]):
        return None
    texts: dict[etree._Element, str] = {}
    outside = LineFlow(visibility)
    for element in own.loose:
        outside.walk(element)
    inner = outside.nested
    link_chars = 0
    for row in rows:
        for cell in row:
            flow = LineFlow(visibility)
            flow.walk(cell)
            texts[cell] = "\n".join(flow.lines) or _typed_in(cell, visibility)
            inner += flow.nested
            link_chars += flow.link_chars
    if is_layout([[CellShape(len(texts[cell])) for cell in row] for row in rows]):
        return None
    groups = [[[_span_cell(cell, texts[cell]) for cell in row] for row in group] for group in own.groups]
    return DataTable(lay_out(groups), link_chars, outside.lines, inner)


def _typed_in(cell: etree._Element, visibility: Visibility) -> str:
    """What stands in the one box for text of a cell that holds nothing else: forms filled in on the page."""
    if cell.find(".//table") is not None:
        return ""
    boxes = [box for box in cell.iter("input") if (box.get("type") or "text").strip().lower() in _TEXT_BOXES]
    if len(boxes) != 1:
        return ""
    inside = takewhile(lambda element: element is not cell, chain(boxes, boxes[0].iterancestors()))
    return "" if any(map(visibility.hidden, inside)) else (boxes[0].get("value") or "").strip()


def own_rows(table: etree._Element, visibility: Visibility) -> OwnRows:
    """Rows by row group in the order they are shown; markup that browsers tolerate is tolerated."""
    own = OwnRows()
    tagged: list[tuple[etree._Element, bool, list[etree._Element]]] = []  # (row group, is a foot, row)
    stack = [iter(table)]
    groups = [table]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            groups.pop()
            continue
        tag = child.tag
        if tag in _UNSEEN or tag in SKIPPED_TAGS or (visibility.hidden(child) and tag not in _CELLS):
            continue
        if tag == "tr":
            tagged.append((groups[-1], groups[-1].tag == "tfoot", _own_cells(child, visibility, own.loose)))
        elif tag in _CELLS:
            # Cells without a row: browsers put neighbours into one.
            previous = child.getprevious()
            if tagged and previous is not None and previous.tag in _CELLS:
                tagged[-1][2].append(child)
            else:
                tagged.append((groups[-1], groups[-1].tag == "tfoot", [child]))
        elif tag in _SECTIONS:
            stack.append(iter(child))
            groups.append(child)
        elif tag != "table" and _holds_structure(child):
            stack.append(iter(child))
            groups.append(groups[-1])
        else:
            own.loose.append(child)
    for foot in (False, True):
        for _, members in groupby(
            (entry for entry in tagged if entry[1] is foot), key=lambda entry: entry[0]
        ):
            own.groups.append([row for _, _, row in members])
    return own


def _own_cells(
    row: etree._Element, visibility: Visibility, loose: list[etree._Element]
) -> list[etree._Element]:
    cells: list[etree._Element] = []
    stack = [iter(row)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag in _CELLS:
            # An invisible cell keeps its place, one that is not displayed does not.
            if not visibility.hidden(child) or _INVISIBLE_CELL.search(child.get("style") or ""):
                cells.append(child)
        elif child.tag in SKIPPED_TAGS or visibility.hidden(child):
            continue
        elif child.tag != "table" and _holds_structure(child):
            stack.append(iter(child))
        else:
            loose.append(child)
    return cells


def _holds_structure(wrapper: etree._Element) -> bool:
    """Whether a stray `<form>` or the like between table, row and cell wraps parts of the table."""
    return any(child.tag in _STRUCTURE for child in wrapper)


def _rough_shape(cell: etree._Element, nested: bool) -> CellShape:
    return CellShape(0 if nested else len("".join(map(str, cell.itertext())).strip()), nested)


def _span_cell(cell: etree._Element, text: str) -> SpanCell:
    return SpanCell(text, min(_span(cell, "rowspan"), MAX_ROW_SPAN), max(_span(cell, "colspan"), 1))


def _span(cell: etree._Element, attribute: str) -> int:
    """HTML's rules for parsing non-negative integers; 1 where they fail."""
    value = cell.get(attribute)
    found = _SPAN.match(value) if value else None
    return int(found.group(1)) if found else 1
