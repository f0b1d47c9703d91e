"""A walk over the HTML tree that yields what a person reads, block by block.

Iterative throughout: pages nest to any depth.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from extraction.readers.characters import visible
from extraction.readers.html_tree import SKIPPED_TAGS, Visibility, display, keeps_space

BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
})  # fmt: skip
HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

# Stand-ins for characters that outlive the collapsing of white space.
_BREAK = "\x0b"
_KEPT_TAB = "\x1f"
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\u2018-\u201d\u2014\u2026"
# CSS Text 3, 4.1.3: a line break of the source between wide characters is no space.
_SOURCE_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t]*[\n\r][ \t\n\r\f]*(?=[{_WIDE}])")
_WHITE = re.compile(r"[ \t\n\r\f]+")
_AROUND_BREAK = re.compile(rf" *{_BREAK}")

# What a started element needs undone at its end.
_SKIP, _BLOCK, _LINK, _PRE, _HEADING = 1, 2, 4, 8, 16


@dataclass(slots=True)
class Flow:
    """Collects paragraphs. Subclasses say what becomes of a paragraph and of a table."""

    visibility: Visibility
    _buffer: list[str] = field(default_factory=list)
    _kinds: list[int] = field(default_factory=list)
    _link_depth: int = 0
    _link_chars: int = 0
    _pre_depth: int = 0
    _heading_depth: int = 0
    later: deque[etree._Element] = field(default_factory=deque)
    """Elements to walk as soon as the table that holds them has been read."""
    _suspended: list[tuple[etree._Element, etree._Element]] = field(default_factory=list)

    def on_paragraph(self, text: str, link_chars: int, heading: bool) -> None:
        raise NotImplementedError

    def on_table(self, table: etree._Element) -> bool:
        """Whether the table has been read whole, so that its cells are not walked."""
        raise NotImplementedError

    def on_open(self, element: etree._Element) -> None:
        """A block element begins."""

    def on_close(self) -> None:
        """A block element ends."""

    def walk(self, root: etree._Element) -> None:
        node = root
        while True:
            if self._enter(node) and len(node):
                node = node[0]
                continue
            while True:
                if self.later and node.tag == "table":
                    self._suspended.append((root, node))
                    root = node = self.later.popleft()
                    break
                self._leave(node)
                if node is root:
                    self._flush()
                    if not self._suspended:
                        return
                    root, node = self._suspended.pop()
                    continue
                if node.tail:
                    self._text(node.tail)
                following = node.getnext()
                if following is not None:
                    node = following
                    break
                parent = node.getparent()
                assert parent is not None
                node = parent

    @property
    def inside_table(self) -> bool:
        return bool(self._suspended)

    def _enter(self, element: etree._Element) -> bool:
        tag = element.tag
        if not isinstance(tag, str) or tag in SKIPPED_TAGS or self.visibility.hidden(element):
            self._kinds.append(_SKIP)
            return False
        if tag == "br":
            self._buffer.append(_BREAK)
            self._kinds.append(0)
            return False
        kind = self._kind(element, tag)
        if kind & _BLOCK:
            self._flush()
            if tag == "table" and self.on_table(element):
                self._kinds.append(_SKIP)
                return False
            self.on_open(element)
        self._kinds.append(kind)
        if kind:
            self._link_depth += bool(kind & _LINK)
            self._heading_depth += bool(kind & _HEADING)
            self._pre_depth += bool(kind & _PRE)
        if element.text:
            self._text(element.text)
        return True

    def _kind(self, element: etree._Element, tag: str) -> int:
        kind = _BLOCK if tag in BLOCK_TAGS else _LINK if tag == "a" else 0
        if tag in HEADING_TAGS:
            kind |= _HEADING
        if tag == "pre":
            kind |= _PRE
        style = element.get("style")
        if style:
            if keeps_space(style):
                kind |= _PRE
            shown_as = display(style)
            if shown_as == "block":
                kind |= _BLOCK
            elif shown_as == "inline" and tag != "table":
                kind &= ~_BLOCK
        return kind

    def _leave(self, element: etree._Element) -> None:
        kind = self._kinds.pop()
        if not kind:
            return
        if kind & _BLOCK:
            self._flush()
            self.on_close()
        self._link_depth -= bool(kind & _LINK)
        self._heading_depth -= bool(kind & _HEADING)
        self._pre_depth -= bool(kind & _PRE)

    def _text(self, text: str) -> None:
        if self._pre_depth:
            text = text.replace("\r\n", "\n").replace("\n", _BREAK)
            text = text.replace("\t", _KEPT_TAB).replace(" ", "\xa0")
        self._buffer.append(text)
        if self._link_depth:
            self._link_chars += len(text.strip())

    def _flush(self) -> None:
        if not self._buffer:
            return
        raw = "".join(self._buffer)
        link_chars, self._link_chars = self._link_chars, 0
        self._buffer.clear()
        if not raw.isspace():
            text = collapse(raw)
            if text.strip():
                self.on_paragraph(text, link_chars, self._heading_depth > 0)


def collapse(raw: str) -> str:
    """White space as browsers collapse it; `\\n` for line breaks, no-break spaces as plain ones."""
    text = raw
    if "\n" in raw or "\r" in raw:
        text = _SOURCE_BREAK.sub("", raw)
    text = _WHITE.sub(" ", text)
    if _BREAK in text:
        text = _AROUND_BREAK.sub("\n", text)
    return visible(text).replace(_KEPT_TAB, "\t")


class LineFlow(Flow):
    """The lines of one table cell. Tables of several cells in it are set aside, not read into its text."""

    __slots__ = ("lines", "link_chars", "nested")

    def __init__(self, visibility: Visibility) -> None:
        super().__init__(visibility)
        self.lines: list[str] = []
        self.link_chars = 0
        self.nested: list[etree._Element] = []

    def on_paragraph(self, text: str, link_chars: int, heading: bool) -> None:
        self.lines.append(text)
        self.link_chars += link_chars

    def on_table(self, table: etree._Element) -> bool:
        if not several_cells(table):
            return False
        self.nested.append(table)
        return True


def several_cells(table: etree._Element) -> bool:
    cells: Iterator[etree._Element] = table.iter("td", "th")
    next(cells, None)
    return next(cells, None) is not None
