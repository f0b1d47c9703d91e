"""The text of a Word paragraph as a person sees it: revisions accepted, hidden text and codes left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from extraction.readers.characters import visible
from extraction.readers.docx_styles import Styles
from extraction.readers.word_lists import Numbering
from extraction.readers.wordprocessing import child, integer, mc, members, toggle, val, value, w

_RUN, _TEXT, _RUBY = w("r"), w("t"), w("ruby")
_BREAK, _SYMBOL, _FIELD, _CONTENT_CONTROL = w("br"), w("sym"), w("fldChar"), w("sdt")
_ALTERNATE, _TEXT_BOX, _PARAGRAPH = mc("AlternateContent"), w("txbxContent"), w("p")
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FIXED = {w("tab"): "\t", w("cr"): "\n", w("noBreakHyphen"): "-", w("ptab"): "\t"}
_DRAWINGS = frozenset({w("drawing"), w("pict"), w("object")})
# Deleted or moved away, ruby glosses, and properties, which may hold earlier revisions of themselves.
_DROPPED = frozenset(
    w(name) for name in ("del", "moveFrom", "rt", "pPr", "rPr", "sdtPr", "sdtEndPr", "fldData")
)
# Ticks and boxes of the symbol fonts that Word's menus offer; other glyphs of those fonts are decoration.
_SYMBOLS = {
    ("wingdings", 0xA8): "□", ("wingdings", 0x6F): "□", ("wingdings", 0x71): "□", ("wingdings", 0xFE): "☑",
    ("wingdings", 0xFD): "☒", ("wingdings", 0xFC): "✓", ("wingdings", 0xFB): "✗", ("wingdings", 0xE0): "→",
    ("wingdings 2", 0x52): "☑", ("wingdings 2", 0x50): "✓", ("wingdings 2", 0x53): "☒",
    ("wingdings 2", 0xA3): "□", ("symbol", 0xB1): "±", ("symbol", 0xB3): "≥", ("symbol", 0xA3): "≤", ("symbol", 0xB4): "×",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParagraphText:
    """A paragraph's visible text without its number, the text boxes anchored in it, and its style's effect.

    `mark_deleted`: the paragraph runs on into the next one. `mark_hidden`: a paragraph without visible text
    leaves no trace, not even its number.
    """

    text: str
    boxes: list[etree._Element]
    heading: bool
    mark_deleted: bool
    mark_hidden: bool


@dataclass(slots=True)
class TextReader:
    """Reads paragraphs in document order: fields and list numbers run on from one to the next."""

    styles: Styles
    numbering: Numbering
    _fields: list[bool] = field(default_factory=list)  # for each open field: whether its result has begun

    def paragraph(self, paragraph: etree._Element) -> ParagraphText:
        properties = members(child(paragraph, "pPr"))
        style = val(properties.get(w("pStyle"))) or self.styles.default_paragraph
        mark = properties.get(w("rPr"))
        hidden = bool(self.styles.hidden(style))
        parts: list[str] = []
        boxes: list[etree._Element] = []
        for run in _inline(paragraph):
            if run.tag == _FIELD:
                self._field(run)
            elif run.tag == _MATH_TEXT:
                parts.append(run.text or "")
            else:
                self._run(run, hidden, parts, boxes)
        mark_hidden = toggle(mark, "vanish")
        outline = val(properties.get(w("outlineLvl")))
        return ParagraphText(
            visible("".join(parts)),
            boxes,
            self.styles.heading(style) if outline is None else integer(outline, 9) < 9,
            child(mark, "del") is not None,
            hidden if mark_hidden is None else mark_hidden,
        )

    def label(self, paragraph: etree._Element) -> str:
        """The automatic number printed before the paragraph; counts it."""
        properties = members(child(paragraph, "pPr"))
        direct = properties.get(w("numPr"))
        style = val(properties.get(w("pStyle"))) or self.styles.default_paragraph
        inherited = self.styles.numbering(style)
        number = value(direct, "numId") or (inherited[0] if inherited else None)
        if number is None or number == "0":
            return ""
        level = value(direct, "ilvl")
        if level is not None:
            return self.numbering.label(number, integer(level, 0))
        tied = inherited[1] if inherited and inherited[1] is not None else None
        return self.numbering.label(
            number, tied if tied is not None else self.numbering.level_of_style(number, style)
        )

    def _field(self, character: etree._Element) -> None:
        kind = character.get(w("fldCharType"))
        if kind == "begin":
            self._fields.append(False)
        elif kind == "separate" and self._fields:
            self._fields[-1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _run(
        self, run: etree._Element, paragraph_hidden: bool, parts: list[str], boxes: list[etree._Element]
    ) -> None:
        hidden = self._run_hidden(child(run, "rPr"), paragraph_hidden)
        for part in _seen(run):
            tag = part.tag
            if tag == _FIELD:
                self._field(part)
            elif hidden or not all(self._fields):
                continue
            elif tag == _TEXT:
                parts.append(part.text or "")
            elif tag == _BREAK:
                if part.get(w("type")) in (None, "textWrapping"):
                    parts.append("\n")
            elif tag in _FIXED:
                parts.append(_FIXED[tag])
            elif tag == _SYMBOL:
                parts.append(_symbol(part))
            elif tag in _DRAWINGS:
                boxes += _text_boxes(part)
            elif tag == _RUBY:
                base = child(part, "rubyBase")
                parts += [text.text or "" for text in base.iter(_TEXT)] if base is not None else []

    def _run_hidden(self, properties: etree._Element | None, paragraph_hidden: bool) -> bool:
        if properties is None:
            return paragraph_hidden
        direct = toggle(properties, "vanish")
        if direct is not None:
            return direct
        style = value(properties, "rStyle")
        by_style = self.styles.hidden(style) if style else None
        return paragraph_hidden if by_style is None else by_style


def _seen(parent: etree._Element) -> Iterator[etree._Element]:
    """Children, with the first choice of each compatibility alternative in its place."""
    for element in parent:
        if element.tag == _ALTERNATE:
            yield from chosen(element)
        else:
            yield element


def chosen(alternate: etree._Element) -> list[etree._Element]:
    """The content that a current Word shows; the fallback repeats it for older programs."""
    choice = alternate.find(mc("Choice"))
    if choice is None:
        choice = alternate.find(mc("Fallback"))
    return list(choice) if choice is not None else []


def is_placeholder(control: etree._Element) -> bool:
    """Whether a content control shows only its prompt (单击此处输入文字)."""
    return bool(toggle(child(control, "sdtPr"), "showingPlcHdr"))


def _inline(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Runs, stray field characters and formula texts of a paragraph, whatever wraps them."""
    stack: list[Iterator[etree._Element]] = [iter(paragraph)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in (_RUN, _FIELD, _MATH_TEXT):
            yield element
        elif element.tag == _ALTERNATE:
            stack.append(iter(chosen(element)))
        elif element.tag in _DROPPED or element.tag == _PARAGRAPH:
            continue
        elif element.tag != _CONTENT_CONTROL or not is_placeholder(element):
            stack.append(iter(element))


def _text_boxes(drawing: etree._Element) -> list[etree._Element]:
    """Outermost text boxes of a drawing; those of an alternative's fallback repeat its choice."""
    boxes: list[etree._Element] = []
    stack = [drawing]
    while stack:
        element = stack.pop()
        if element.tag == _TEXT_BOX:
            boxes.append(element)
        else:
            stack.extend(reversed(list(_seen(element))))
    return boxes


def _symbol(element: etree._Element) -> str:
    try:
        code = int(element.get(w("char")) or "", 16)
    except ValueError:
        return ""
    return symbol(element.get(w("font")) or "", code)


def symbol(font: str, code: int) -> str:
    """The character that glyph `code` of a font shows; nothing for decoration."""
    known = _SYMBOLS.get((font.lower(), code & 0xFF))
    return known or (chr(code) if 0x20 <= code < 0xD800 else "")
