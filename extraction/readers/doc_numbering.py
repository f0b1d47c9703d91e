"""List numbering as Word 97–2003 files store it."""

from __future__ import annotations

from extraction.readers.doc_container import Damaged, i16, part, u8, u16, u32
from extraction.readers.doc_properties import modifiers
from extraction.readers.doc_styles import CHARACTER_HIDDEN
from extraction.readers.word_lists import LEVELS, Level, ListUse, Numbering

_LIST_SIZE, _USE_SIZE, _LEVEL_SIZE = 28, 16, 28
_MAX_TEMPLATE = 255
_SIMPLE, _LEGAL, _OWN_RESTART = 0x01, 0x04, 0x08
_STARTS, _FORMATS = 0x10, 0x20
_SUFFIXES = {0: "tab", 1: "space"}
_NO_STYLE, _NO_PLACE = 0xFFF, 0xFFFF_FFFF
# Names by which DOCX knows the formats of [MS-OSHARED] 2.2.1.3 MSONFC; unlisted ones are printed as decimals.
_FORMATS_BY_CODE = {
    1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 10: "ideographDigital",
    11: "japaneseCounting", 14: "decimalFullWidth", 18: "decimalEnclosedCircle", 19: "decimalFullWidth2",
    22: "decimalZero", 23: "bullet", 26: "decimalEnclosedFullstop", 27: "decimalEnclosedParen",
    28: "decimalEnclosedCircleChinese", 29: "ideographEnclosedCircle", 30: "ideographTraditional",
    31: "ideographZodiac", 33: "taiwaneseCounting", 34: "ideographLegalTraditional",
    35: "taiwaneseCountingThousand", 36: "taiwaneseDigital", 37: "chineseCounting", 38: "chineseLegalSimplified",
    39: "chineseCountingThousand", 255: "none",
}  # fmt: skip


def parse(table: bytes, lists: tuple[int, int], uses: tuple[int, int]) -> Numbering:
    """The lists of the table stream, from the places of PlfLst and PlfLfo in it ([MS-DOC] 2.4.6.3).

    Raises:
        Damaged: where a list reaches beyond the stream.
    """
    if not lists[1] or not uses[1]:
        return Numbering()
    return Numbering(_lists(table, lists), _uses(part(table, *uses)))


def _lists(table: bytes, place: tuple[int, int]) -> dict[str, dict[int, Level]]:
    """[MS-DOC] PlfLst and LSTF: the lists' heads in the part itself, their levels after it."""
    heads = part(table, *place)
    at = place[0] + place[1]
    found: dict[str, dict[int, Level]] = {}
    for index in range(u16(heads, 0)):
        head = part(heads, 2 + _LIST_SIZE * index, _LIST_SIZE)
        levels: dict[int, Level] = {}
        for level in range(1 if head[26] & _SIMPLE else LEVELS):
            levels[level], at = _level(table, at, i16(head, 8 + 2 * level))
        found[str(u32(head, 0))] = levels
    return found


def _level(data: bytes, at: int, style: int) -> tuple[Level, int]:
    """[MS-DOC] LVL and LVLF: a level and where it ends. `style`: the paragraph style that the list ties to it."""
    head = part(data, at, _LEVEL_SIZE)
    flags, character_size, paragraph_size, restart = head[5], head[24], head[25], head[26]
    character_at = at + _LEVEL_SIZE + paragraph_size
    grpprl = part(data, character_at, character_size)
    hidden = any(operand[0] & 1 for sprm, operand in modifiers(grpprl) if sprm == CHARACTER_HIDDEN)
    text_at = character_at + character_size
    length = u16(data, text_at)
    if length > _MAX_TEMPLATE:
        raise Damaged(f"a list's number of {length} letters")
    template = part(data, text_at + 2, 2 * length).decode("utf-16-le", "replace")
    level = Level(
        min(u32(head, 0), 0x7FFF),
        _FORMATS_BY_CODE.get(head[4], "decimal"),
        "".join(f"%{ord(letter) + 1}" if ord(letter) < LEVELS else letter for letter in template),
        bool(flags & _LEGAL),
        _SUFFIXES.get(head[15], "nothing"),
        None if style & _NO_STYLE == _NO_STYLE else str(style),
        hidden,
        restart if flags & _OWN_RESTART else None,
    )
    return level, text_at + 2 + 2 * length


def _uses(data: bytes) -> dict[str, ListUse]:
    """[MS-DOC] PlfLfo, LFO, LFOData and LFOLVL: lists by the number that paragraphs name, and what is changed."""
    count = u32(data, 0)
    if count > len(data) // _USE_SIZE:
        raise Damaged(f"{count} lists in {len(data)} bytes")
    at = 4 + _USE_SIZE * count
    found: dict[str, ListUse] = {}
    for index in range(count):
        head = part(data, 4 + _USE_SIZE * index, _USE_SIZE)
        starts: dict[int, int] = {}
        replaced: dict[int, Level] = {}
        at += 4
        while (
            head[12] and u32(data, at) == _NO_PLACE
        ):  # some files have more of them than the one for each list
            at += 4
        for _ in range(head[12]):
            start, flags = u32(data, at), u8(data, at + 4)
            at += 8
            if flags & _STARTS:
                starts[flags & 0x0F] = min(start, 0x7FFF)
            if flags & _FORMATS:
                replaced[flags & 0x0F], at = _level(data, at, _NO_STYLE)
        found[str(index + 1)] = ListUse(str(u32(head, 0)), starts, replaced)
    return found
