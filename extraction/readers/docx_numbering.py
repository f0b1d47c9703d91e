"""List numbering as DOCX stores it."""

from __future__ import annotations

from lxml import etree

from extraction.readers.word_lists import Level, ListUse, Numbering
from extraction.readers.wordprocessing import child, integer, mc, toggle, value, w


def parse(root: etree._Element | None) -> Numbering:
    """The numbering part; an absent one has no lists."""
    if root is None:
        return Numbering()
    abstract: dict[str, dict[int, Level]] = {}
    links: dict[str, str] = {}
    style_links: dict[str, str] = {}
    for element in root.iter(w("abstractNum")):
        identifier = element.get(w("abstractNumId")) or ""
        abstract[identifier] = _levels(element)
        if target := value(element, "numStyleLink"):
            links[identifier] = target
        if target := value(element, "styleLink"):
            style_links[target] = identifier
    for identifier, target in links.items():
        if target in style_links:
            abstract[identifier] = abstract[style_links[target]]
    lists = {element.get(w("numId")) or "": _use(element) for element in root.iter(w("num"))}
    return Numbering(abstract, lists)


def _use(element: etree._Element) -> ListUse:
    starts = {
        integer(override.get(w("ilvl")), 0): integer(start, 1)
        for override in element.findall(w("lvlOverride"))
        if (start := value(override, "startOverride")) is not None
    }
    replaced: dict[int, Level] = {}
    for override in element.findall(w("lvlOverride")):
        replaced |= _levels(override)
    return ListUse(value(element, "abstractNumId") or "", starts, replaced)


def _levels(parent: etree._Element) -> dict[int, Level]:
    levels: dict[int, Level] = {}
    for element in parent.findall(w("lvl")):
        # Formats newer than the standard stand in an alternative with a standard fallback.
        choice = element.find(f"{mc('AlternateContent')}/{mc('Fallback')}")
        restart = value(element, "lvlRestart")
        levels[integer(element.get(w("ilvl")), 0)] = Level(
            integer(value(element, "start"), 1),
            value(element, "numFmt") or value(choice, "numFmt") or "decimal",
            value(element, "lvlText") or "",
            bool(toggle(element, "isLgl")),
            value(element, "suff") or "tab",
            value(element, "pStyle"),
            bool(toggle(child(element, "rPr"), "vanish")),
            integer(restart, 0) if restart is not None else None,
        )
    return levels
