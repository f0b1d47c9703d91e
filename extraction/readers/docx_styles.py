"""What a reader needs of Word's styles: headings, hidden text and list numbers, inherited."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from extraction.readers.wordprocessing import child, integer, toggle, value, w

_HEADING_NAME = re.compile(r"(?:heading|标题)\s*[1-9]|title|标题", re.IGNORECASE)
_BODY_LEVEL = 9
_MAX_CHAIN = 20


@dataclass(frozen=True, slots=True)
class _Style:
    based_on: str | None
    name: str
    outline: int | None
    hidden: bool | None
    number: str | None
    level: int | None


@dataclass(slots=True)
class Styles:
    """The styles part; an absent one has no styles."""

    _styles: dict[str, _Style] = field(default_factory=dict)
    default_paragraph: str | None = None

    @classmethod
    def parse(cls, root: etree._Element | None) -> Styles:
        styles = cls()
        for element in root.iter(w("style")) if root is not None else ():
            identifier = element.get(w("styleId")) or ""
            properties = child(element, "pPr")
            numbering = child(properties, "numPr")
            outline = value(properties, "outlineLvl")
            level = value(numbering, "ilvl")
            styles._styles[identifier] = _Style(
                value(element, "basedOn"),
                value(element, "name") or "",
                integer(outline, _BODY_LEVEL) if outline is not None else None,
                toggle(child(element, "rPr"), "vanish"),
                value(numbering, "numId"),
                integer(level, 0) if level is not None else None,
            )
            if element.get(w("type")) == "paragraph" and element.get(w("default")) in ("1", "true", "on"):
                styles.default_paragraph = identifier
        return styles

    def _chain(self, identifier: str | None) -> list[_Style]:
        """The style and what it is based on, nearest first; rings are cut."""
        chain: list[_Style] = []
        while identifier in self._styles and len(chain) < _MAX_CHAIN:
            chain.append(self._styles[identifier])
            identifier = chain[-1].based_on
        return chain

    def heading(self, identifier: str | None) -> bool:
        chain = self._chain(identifier)
        if any(_HEADING_NAME.fullmatch(style.name.strip()) for style in chain):
            return True
        outline = next((style.outline for style in chain if style.outline is not None), _BODY_LEVEL)
        return outline < _BODY_LEVEL

    def hidden(self, identifier: str | None) -> bool | None:
        return next((style.hidden for style in self._chain(identifier) if style.hidden is not None), None)

    def numbering(self, identifier: str | None) -> tuple[str, int | None] | None:
        """(numId, level or `None`) of the nearest style that numbers its paragraphs."""
        chain = self._chain(identifier)
        number = next((style.number for style in chain if style.number is not None), None)
        level = next((style.level for style in chain if style.level is not None), None)
        return (number, level) if number is not None else None
