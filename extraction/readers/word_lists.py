"""Word's automatic list numbers, which are not in the text but are what a person reads before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from extraction.readers.number_formats import format_number

LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_NEEDS_SPACE = re.compile(r"[0-9A-Za-z.]$")


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a list; `text` is its template, `%n` the number of level n."""

    start: int
    number_format: str
    text: str
    legal: bool
    suffix: str
    style: str | None
    hidden: bool
    restart: int | None


@dataclass(frozen=True, slots=True)
class ListUse:
    """A list as paragraphs refer to it: whose levels and counters it shares, and what it changes of them."""

    abstract: str
    starts: Mapping[int, int] = field(default_factory=dict)
    replaced: Mapping[int, Level] = field(default_factory=dict)


@dataclass(slots=True)
class Numbering:
    """A document's lists with their running counters: labels must be asked for in document order."""

    abstract: Mapping[str, Mapping[int, Level]] = field(default_factory=dict)
    lists: Mapping[str, ListUse] = field(default_factory=dict)
    _counters: dict[str, list[int | None]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def level_of_style(self, number: str, style: str | None) -> int:
        """The level that a list ties to a paragraph style; 0 where it ties none."""
        use = self.lists.get(number)
        levels = self.abstract.get(use.abstract, {}) if use else {}
        return next((index for index, level in levels.items() if style and level.style == style), 0)

    def label(self, number: str, index: int) -> str:
        """Counts one paragraph of list `number` at level `index` and gives the text printed before it."""
        use = self.lists.get(number)
        if use is None or not 0 <= index < LEVELS:
            return ""
        levels = {**self.abstract.get(use.abstract, {}), **use.replaced}
        level = levels.get(index)
        if level is None:
            return ""
        counters = self._counters.setdefault(use.abstract, [None] * LEVELS)
        self._count(number, index, levels, counters, use.starts)
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
        levels: Mapping[int, Level],
        counters: list[int | None],
        starts: Mapping[int, int],
    ) -> None:
        for upper in range(index):
            if counters[upper] is None:
                counters[upper] = levels[upper].start if upper in levels else 1
        if index in starts and (number, index) not in self._begun:
            counters[index] = starts[index]
        else:
            current = counters[index]
            counters[index] = levels[index].start if current is None else current + 1
        self._begun.add((number, index))
        for lower in range(index + 1, LEVELS):
            restart = levels[lower].restart if lower in levels else None
            # lvlRestart: 0 never restarts; n restarts after level n-1 and above only.
            if restart is None or (restart != 0 and index < restart):
                counters[lower] = None


def _number(index: int, levels: Mapping[int, Level], counters: list[int | None], legal: bool) -> str:
    level, count = levels.get(index), counters[index]
    if level is None or count is None:
        return ""
    return format_number(count, "decimal" if legal else level.number_format)
