"""HTML text to an lxml tree, within limits, and which of its elements a person sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

MAX_TAGS = 1_000_000
MAX_CELLS = 200_000
MAX_ATTRIBUTES = 2_000

_INTERNAL_SUBSET = re.compile(r"<!DOCTYPE[^>\[]{0,500}\[[^\]]{0,20000}\]\s*>", re.IGNORECASE)
_TAG = re.compile(r"""<[a-zA-Z](?:[^"'>]++|"[^"]*+"|'[^']*+')*+""")
_VALUE = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'>]++)""")
_ATTRIBUTE = re.compile(r"[\s\"'/][^\s=\"'/]")
_BRACE = re.compile(r"[{}]")
_SIMPLE_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]*)?([.#][\w-]+)", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|mso-element\s*:\s*comment",
    re.IGNORECASE,
)
_SPACE_KEPT = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_DISPLAY = re.compile(r"display\s*:\s*(inline|block|table|flex|list-item)", re.IGNORECASE)
_ICON_TAGS = frozenset({"i", "em", "span", "b"})
# A tracked deletion in Word's own HTML export; a plain <s> is struck through but seen.
_DELETION_CLASSES = frozenset({"msodel", "msocommentreference", "msocommenttext"})

SKIPPED_TAGS = frozenset({
    "script", "style", "template", "noscript", "noframes", "head", "title", "iframe", "object",
    "embed", "applet", "audio", "video", "canvas", "map", "select", "datalist", "textarea", "button",
    "input", "xml", "del", "rt", "rp", "svg", "w:worddocument", "w:latentstyles",
    "o:officedocumentsettings", "o:documentproperties", "x:excelworkbook",
})  # fmt: skip


class MarkupTooLarge(ValueError):
    """More elements or nesting than any report has."""


def parse(text: str) -> etree._Element | None:
    """The root element, or `None` for a text without any; comments and processing instructions are dropped.

    Raises:
        MarkupTooLarge: over `MAX_TAGS`, `MAX_CELLS`, `MAX_ATTRIBUTES` or the parser's nesting limit.
    """
    if text.count("<") > 2 * MAX_TAGS:
        raise MarkupTooLarge(f"more than {MAX_TAGS:,} elements")
    if text.count("<td") + text.count("<TD") + text.count("<th") > MAX_CELLS:
        raise MarkupTooLarge(f"more than {MAX_CELLS:,} table cells")
    # The parser's time grows with the square of an element's attributes.
    for tag in _TAG.finditer(text):
        long = tag.end() - tag.start() > MAX_ATTRIBUTES
        if long and len(_ATTRIBUTE.findall(_VALUE.sub(" ", tag.group()))) > MAX_ATTRIBUTES:
            raise MarkupTooLarge(f"an element with more than {MAX_ATTRIBUTES:,} attributes")
    head = _INTERNAL_SUBSET.sub("", text[:65_536])
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, recover=True, huge_tree=True, no_network=True
    )
    data = (head + text[65_536:]).replace("\x00", "").encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    # The parser stops at its nesting limit; what follows would be lost without a word.
    if any("depth" in entry.message for entry in parser.error_log.filter_from_fatals()):
        raise MarkupTooLarge("elements nested too deep")
    return root


class Visibility:
    """Which elements are shown, from attributes, inline styles and the page's simple style rules."""

    def __init__(self, root: etree._Element) -> None:
        self._selectors = _hiding_selectors(root)
        self._hiding_styles: dict[str, bool] = {}

    def hidden(self, element: etree._Element) -> bool:
        attributes = element.attrib
        if not attributes:
            return False
        style = attributes.get("style")
        if style:
            verdict = self._hiding_styles.get(style)
            if verdict is None:
                verdict = self._hiding_styles[style] = bool(_HIDING.search(style))
            if verdict:
                return True
        if "hidden" in attributes:
            return True
        names = attributes.get("class")
        if names and self._hidden_class(names):
            return True
        if attributes.get("aria-hidden") == "true" and element.tag in _ICON_TAGS:
            return len(element) == 0 and len((element.text or "").strip()) < 3
        return bool(self._selectors) and f"#{attributes.get('id')}" in self._selectors

    def _hidden_class(self, names: str) -> bool:
        if names.lower() in _DELETION_CLASSES:
            return True
        return bool(self._selectors) and any(f".{name}" in self._selectors for name in names.split())


def keeps_space(style: str) -> bool:
    return "pace" in style and bool(_SPACE_KEPT.search(style))


def display(style: str) -> str | None:
    """`inline` or `block` where an inline style overrides the element's own display."""
    found = _DISPLAY.search(style) if "isplay" in style else None
    if found is None:
        return None
    return "inline" if found.group(1).lower() == "inline" else "block"


def _hiding_selectors(root: etree._Element) -> frozenset[str]:
    """Class and id selectors that hide outright."""
    found: set[str] = set()
    for element in root.iter("style"):
        css = element.text or ""
        if "none" not in css or element.get("media", "all") not in ("all", "screen"):
            continue
        for selectors, body in _top_level_rules(css):
            if not _HIDING.search(body):
                continue
            for selector in selectors.split(","):
                simple = _SIMPLE_SELECTOR.fullmatch(selector.strip())
                if simple:
                    found.add(simple.group(1))
    return frozenset(found)


def _top_level_rules(css: str) -> Iterator[tuple[str, str]]:
    """(selectors, declarations) outside of at-rules: media blocks are for print or phones."""
    depth, start, opened = 0, 0, 0
    for brace in _BRACE.finditer(css):
        if brace.group() == "{":
            depth += 1
            if depth == 1:
                opened = brace.start()
        elif depth:
            depth -= 1
            if depth == 0:
                selectors = css[start:opened].strip()
                if not selectors.startswith("@"):
                    yield selectors, css[opened + 1 : brace.start()]
                start = brace.end()
