"""What the reader needs of a Word 97–2003 file's styles and fonts: headings, hidden text, symbol fonts."""

from __future__ import annotations

from dataclasses import dataclass, field

from extraction.readers.doc_container import part, u16
from extraction.readers.doc_properties import modifiers

CHARACTER_HIDDEN, OUTLINE_LEVEL = 0x083C, 0x2640  # sprmCFVanish, sprmPOutLvl
LIST, LIST_LEVEL = 0x460B, 0x260A  # sprmPIlfo, sprmPIlvl
_PARAGRAPH, _CHARACTER = 1, 2
_HEADINGS = range(1, 10)  # identifiers of the built-in styles “heading 1” to “heading 9”, and their indices
_TITLE = 62
BODY_LEVEL = 9
_NO_STYLE = 0xFFF
_MAX_CHAIN = 20
_FONT_NAME = 39  # [MS-DOC] 2.9.82 FFN: bytes before the name, its size byte not counted


@dataclass(frozen=True, slots=True)
class _Style:
    builtin: int
    based_on: int
    outline: int | None = None
    hidden: bool | None = None
    list: int | None = None
    list_level: int | None = None


@dataclass(slots=True)
class Styles:
    """The style sheet by style index; an absent one has no styles."""

    _styles: dict[int, _Style] = field(default_factory=dict)

    @classmethod
    def parse(cls, stsh: bytes) -> Styles:
        """[MS-DOC] 2.9.136 LPStshi, 2.9.274 Stshif, 2.9.135 LPStd.

        Raises:
            Damaged: where a style reaches beyond the sheet.
        """
        styles = cls()
        if not stsh:
            return styles
        head = u16(stsh, 0)
        count, base = u16(stsh, 2), u16(stsh, 4)
        at = 2 + head
        for index in range(count):
            size = u16(stsh, at)
            if size:
                styles._styles[index] = _style(part(stsh, at + 2, size), base)
            at += 2 + size + size % 2  # [MS-DOC] 2.9.135 LPStd: stored on even bytes
        return styles

    def _chain(self, index: int) -> list[_Style]:
        """The style and what it is based on, nearest first; rings are cut."""
        chain: list[_Style] = []
        while index in self._styles and len(chain) < _MAX_CHAIN:
            chain.append(self._styles[index])
            index = chain[-1].based_on
        return chain

    def heading(self, index: int) -> bool:
        chain = self._chain(index)
        if index in _HEADINGS or any(
            style.builtin in _HEADINGS or style.builtin == _TITLE for style in chain
        ):
            return True
        return next((style.outline for style in chain if style.outline is not None), BODY_LEVEL) < BODY_LEVEL

    def hidden(self, index: int) -> bool | None:
        return next((style.hidden for style in self._chain(index) if style.hidden is not None), None)

    def numbering(self, index: int) -> tuple[int, int | None] | None:
        """(list, level or `None`) of the nearest style that numbers its paragraphs."""
        chain = self._chain(index)
        number = next((style.list for style in chain if style.list is not None), None)
        level = next((style.list_level for style in chain if style.list_level is not None), None)
        return (number, level) if number is not None else None


def _style(std: bytes, base: int) -> _Style:
    builtin, kind, sets = u16(std, 0) & 0xFFF, u16(std, 2), u16(std, 4) & 0xF
    based_on = kind >> 4 if kind >> 4 != _NO_STYLE else -1
    kind &= 0xF
    at = base + 2 + 2 * u16(std, base) + 2  # the name: its length, its letters, a zero
    paragraph: dict[int, bytes] = {}
    character: dict[int, bytes] = {}
    for number in range(sets if kind in (_PARAGRAPH, _CHARACTER) else 0):
        at += at % 2
        if at + 2 > len(std):
            break
        upx = part(std, at + 2, u16(std, at))
        at += 2 + len(upx)
        if kind == _PARAGRAPH and number == 0:
            paragraph = dict(modifiers(upx[2:]))  # after the style's own index
        elif number == kind % 2:  # a paragraph style's second set, a character style's first
            character = dict(modifiers(upx))
    vanish = character.get(CHARACTER_HIDDEN, b"\x80")[0]
    return _Style(
        builtin,
        based_on,
        paragraph[OUTLINE_LEVEL][0] if OUTLINE_LEVEL in paragraph else None,
        None if vanish == 0x80 else vanish in (0x01, 0x81),
        u16(paragraph[LIST], 0) if LIST in paragraph else None,
        paragraph[LIST_LEVEL][0] if LIST_LEVEL in paragraph else None,
    )


def font_names(sttb: bytes) -> list[str]:
    """The fonts in order ([MS-DOC] 2.9.286 SttbfFfn, 2.9.82 FFN), as many as can be read: ticks and boxes alone
    depend on them."""
    names: list[str] = []
    at = 4
    while at < len(sttb):
        font = sttb[at + 1 : at + 1 + sttb[at]]
        at += 1 + sttb[at]
        names.append(font[_FONT_NAME:].decode("utf-16-le", "replace").partition("\0")[0])
    return names
