"""Word's automatic list numbers, which are not in the text but are what a person reads before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from extraction.readers.number_formats import format_number
from extraction.readers.wordprocessing import child, integer, mc, toggle, value, w

_LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_NEEDS_SPACE = re.compile(r"[0-9A-Za-z.]$")


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    number_format: str
    text: str
    legal: bool
    suffix: str
    style: str | None
    hidden: bool
    restart: int | None


@dataclass(slots=True)
class Numbering:
    """The numbering part with its running counters: labels must be asked for in document order."""

    _abstract: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _lists: dict[str, tuple[str, dict[int, int], dict[int, _Level]]] = field(default_factory=dict)
    _counters: dict[str, list[int | None]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def parse(cls, root: etree._Element | None) -> Numbering:
        numbering = cls()
        if root is None:
            return numbering
        links: dict[str, str] = {}
        style_links: dict[str, str] = {}
        for element in root.iter(w("abstractNum")):
            identifier = element.get(w("abstractNumId")) or ""
            numbering._abstract[identifier] = _levels(element)
            if target := value(element, "numStyleLink"):
                links[identifier] = target
            if target := value(element, "styleLink"):
                style_links[target] = identifier
        for identifier, target in links.items():
            if target in style_links:
                numbering._abstract[identifier] = numbering._abstract[style_links[target]]
        for element in root.iter(w("num")):
            overrides = {
                integer(override.get(w("ilvl")), 0): integer(start, 1)
                for override in element.findall(w("lvlOverride"))
                if (start := value(override, "startOverride")) is not None
            }
            replaced: dict[int, _Level] = {}
            for override in element.findall(w("lvlOverride")):
                replaced |= _levels(override)
            abstract = value(element, "abstractNumId") or ""
            numbering._lists[element.get(w("numId")) or ""] = (abstract, overrides, replaced)
        return numbering

    def level_of_style(self, number: str, style: str | None) -> int:
        """The level that a list ties to a paragraph style; 0 where it ties none."""
        abstract, _, _ = self._lists.get(number, ("", {}, {}))
        levels = self._abstract.get(abstract, {})
        return next((index for index, level in levels.items() if style and level.style == style), 0)

    def label(self, number: str, index: int) -> str:
        """Counts one paragraph of list `number` at level `index` and gives the text printed before it."""
        entry = self._lists.get(number)
        if entry is None or not 0 <= index < _LEVELS:
            return ""
        abstract, overrides, replaced = entry
        levels = self._abstract.get(abstract, {}) | replaced
        level = levels.get(index)
        if level is None:
            return ""
        counters = self._counters.setdefault(abstract, [None] * _LEVELS)
        self._count(number, index, levels, counters, overrides)
        if level.hidden:
            return ""

        def number_at(found: re.Match[str]) -> str:
            return _number(int(found.group(1)) - 1, levels, counters, level.legal)

        text = _PRIVATE_USE.sub("", _PLACEHOLDER.sub(number_at, level.text))
        if level.number_format == "bullet" or not text.strip():
            return ""
        spaced = level.suffix == "space" or (level.suffix == "tab" and _NEEDS_SPACE.search(text))
        return text + " " if spaced else text

    def _count(
        self,
        number: str,
        index: int,
        levels: dict[int, _Level],
        counters: list[int | None],
        overrides: dict[int, int],
    ) -> None:
        for upper in range(index):
            if counters[upper] is None:
                counters[upper] = levels[upper].start if upper in levels else 1
        if index in overrides and (number, index) not in self._begun:
            counters[index] = overrides[index]
        else:
            current = counters[index]
            counters[index] = levels[index].start if current is None else current + 1
        self._begun.add((number, index))
        for lower in range(index + 1, _LEVELS):
            restart = levels[lower].restart if lower in levels else None
            # lvlRestart: 0 never restarts; n restarts after level n-1 and above only.
            if restart is None or (restart != 0 and index < restart):
                counters[lower] = None


def _number(index: int, levels: dict[int, _Level], counters: list[int | None], legal: bool) -> str:
    level, count = levels.get(index), counters[index]
    if level is None or count is None:
        return ""
    return format_number(count, "decimal" if legal else level.number_format)


def _levels(parent: etree._Element) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for element in parent.findall(w("lvl")):
        # Formats newer than the standard stand in an alternative with a standard fallback.
        choice = element.find(f"{mc('AlternateContent')}/{mc('Fallback')}")
        restart = value(element, "lvlRestart")
        levels[integer(element.get(w("ilvl")), 0)] = _Level(
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
