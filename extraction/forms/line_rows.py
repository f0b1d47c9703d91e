"""Rows of bare text: labels gather until values come, values until a label comes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import zip_longest

from extraction.document import Document
from extraction.forms.definitions import normalise_label
from extraction.forms.labels import (
    begins_like_label,
    ends_a_group_name,
    ends_with_row_label,
    goes_on_as_row_label,
    is_lone_figure_label,
    is_row_label,
    row_labels,
)
from extraction.forms.source_rows import SourceRow, SourceValue
from extraction.forms.values import CellKind, read_cell, strip_artifacts, unit_at_end, unit_of
from extraction.numbering import BRACKETED, POINT
from extraction.page_furniture import MARKED_PAGE_NUMBER

_SPACED = re.compile(r"\S+")
_RULE = re.compile(r"\s*(?:[-=+]{4,}\s*){2,}|\s*[-=+]{9,}\s*")  # between the rows of a table drawn with letters
_ENUMERATED = re.compile(r"\A[（(]?\d{1,2}[）)、.．]")
_DIGIT = re.compile(r"\d")
_LABEL_AND_FIGURE = re.compile(r"(.*[^\d.,，．\s])(\d[\d.,]*)")
_SENTENCE = re.compile(r"[。；!?？！]|https?://")
_BRACKETED = re.compile(r"[（(][^）)]*(?:[）)]|\Z)")
_COMMA = re.compile(r"[，,](?!\d)")
# A row of a form of one column that a report lists as a line: 1.当面申请数：3件。
_LISTED = re.compile(
    rf"\s*(?P<label>(?:(?:{POINT}|其中[：:])\s*)?(?:[^\s：:（(]|[（(][^）)]*[）)])+)(?<![\d.,，．])"
    r"(?:\s*[：:]\s*|……)?(?P<figure>\d[\d.,]*\s?\w{0,2})[。；;，,]?\s*"
)
_GROUP_CONTEXT = 4  # labels among which a merged head's first line is looked for
_PROSE_UNITS = "件项条个次万亿元年月日人家篇份户起宗％%"
_GOES_ON_AS_PROSE = re.compile(rf"\s*[{_PROSE_UNITS}，。、；)）]")
_IN_A_SENTENCE = re.compile(rf"[{_PROSE_UNITS}]{{1,2}}[，。、；,;）)]")  # 部分公开 74 件，
_GOES_ON_AS_LABEL = re.compile(rf"\s*(?!{BRACKETED})[（(]|\s*(?:指|含|区分)")
_LABEL_STARTS = re.compile(rf"{POINT}|第二十条")


class _RunKind(StrEnum):
    """What a run of a line is: label text, a value, or the unit between a label and its value."""

    TEXT = "text"
    VALUE = "value"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class _Run:
    kind: _RunKind
    start: int
    end: int


def line_rows(document: Document) -> list[SourceRow]:
    """The rows of a document's paragraphs that have values, or a known label and none, in reading order."""
    reader = _LineReader()
    lines = [
        (document.text[piece.start : piece.end], piece.start, paragraph.page)
        for paragraph in document.paragraphs
        for piece in paragraph.pieces
    ]
    for index, (line, start, page) in enumerate(lines):
        following = lines[index + 1][0] if index + 1 < len(lines) else ""
        reader.feed(line, start, page, following)
    reader.finish()
    return [
        replace(row, unread=not row.values and _has_unread(document, row, following))
        for row, following in zip_longest(reader.rows, reader.rows[1:])
    ]


def _has_unread(document: Document, row: SourceRow, following: SourceRow | None) -> bool:
    """Whether a row without values has figures in its label or behind it."""
    inside = _ENUMERATED.sub("", document.text[row.start : row.end].strip())
    return bool(_DIGIT.search(inside) or (following and _DIGIT.search(document.text, row.end, following.start)))


def _starts_label(text: str) -> bool:
    return _LABEL_STARTS.match(text) is not None or begins_like_label(text)


def _words(line: str) -> list[tuple[int, int]]:
    """The ranges of a line's words; a unit that stands apart from its number (`15 件`) belongs to it, unless another
    number is nearer (`1      件 15`: a running number, a unit, a figure)."""
    words: list[tuple[int, int]] = []
    matches = list(_SPACED.finditer(line))
    for match, following in zip_longest(matches, matches[1:]):
        start, end = words[-1] if words else (0, 0)
        nearer = following and following.start() - match.end() < match.start() - end and _is_bare_number(following[0])
        touching = _LABEL_AND_FIGURE.fullmatch(match[0])
        if words and unit_of(match[0]) and _is_bare_number(line[start:end]) and not nearer:
            words[-1] = (start, match.end())
        elif touching and is_row_label(touching[1]):
            middle = match.start() + touching.end(1)
            words += [(match.start(), middle), (middle, match.end())]
        else:
            words.append((match.start(), match.end()))
    return words


def _is_bare_number(word: str) -> bool:
    reading = read_cell(word)
    return reading.kind is CellKind.NUMBER and reading.unit is None


def _split_line(line: str, following: str) -> list[_Run]:
    """A line's runs of text (parted by two blanks), single values and units.

    Values are whole words; in mid-line they count only side by side or where a label ends before them or a new
    one follows them.
    """
    words = _words(line)
    accepted = _accepted_values(line, words)
    runs: list[_Run] = []
    for index, (start, end) in enumerate(words):
        if accepted[index]:
            runs.append(_Run(_RunKind.VALUE, start, end))
        elif _is_unit(line, words, accepted, index, following):
            runs.append(_Run(_RunKind.UNIT, start, end))
        elif runs and runs[-1].kind is _RunKind.TEXT and start - runs[-1].end < 2:
            runs[-1] = replace(runs[-1], end=end)
        else:
            runs.append(_Run(_RunKind.TEXT, start, end))
    return runs


def _accepted_values(line: str, words: Sequence[tuple[int, int]]) -> list[bool]:
    """For each word whether it is a value."""
    is_value = [read_cell(line[start:end]).kind is not CellKind.TEXT for start, end in words]
    accepted = list(is_value)
    index = len(words)
    while index > 0 and is_value[index - 1]:
        index -= 1
    opening = 0  # where the words since the last value begin
    for position in range(index):
        if is_value[position]:
            after = next(k for k in range(position, len(words)) if not is_value[k])
            several = (position > 1 and is_value[position - 1]) or is_value[position + 1]
            behind_unit = position > 0 and unit_of(line[slice(*words[position - 1])])
            label_end = words[position - 1][0] if behind_unit else words[position][0]
            named = ends_with_row_label(line[opening:label_end])
            is_prose = _IN_A_SENTENCE.match(line, words[after][0]) is not None
            accepted[position] = (
                position > 0 and not is_prose and (several or named or _starts_label(line[words[after][0] :]))
            )
            opening = words[position][1]
    return accepted


def _is_unit(
    line: str, words: Sequence[tuple[int, int]], accepted: Sequence[bool], index: int, following: str
) -> bool:
    """Whether a word is the unit of the row whose label stands before it, not that label's last letter."""
    start, end = words[index]
    if _whole_unit(line[start:end], following) is None or ends_with_row_label(line[:end]):
        return False
    last = index + 1 == len(words)
    return last or accepted[index + 1] or _starts_label(line[words[index + 1][0] :])


def _whole_unit(word: str, following: str) -> str | None:
    """The unit that a word is, or begins where the following line is its rest (万, 元)."""
    return (unit_of(word + following) if len(following) == 1 else None) or unit_of(word)


def _display_column(line: str, end: int) -> int:
    """The terminal column where `line[:end]` ends (wide characters take two)."""
    return end + sum(character > "\u2e7f" for character in line[:end])


class _LineReader:
    """Turns lines of bare text into rows."""

    def __init__(self) -> None:
        self.rows: list[SourceRow] = []
        self._labels: list[tuple[str, int]] = []
        self._values: list[SourceValue] = []
        self._unit: str | None = None
        self._end = 0

    def feed(self, line: str, start: int, page: int | None, following: str) -> None:
        if MARKED_PAGE_NUMBER.fullmatch(line.strip()):
            return
        if _RULE.fullmatch(line):
            self.close()
            return
        listed = _LISTED.fullmatch(line)
        if listed and is_lone_figure_label(listed["label"]):
            self._add_label(listed["label"], start + listed.start("label"))
            self._add_value(listed["figure"], start + listed.start("figure"), page, None)
            return
        runs = _split_line(line, following.strip())
        if _SENTENCE.search(line) or _is_prose(line, runs, following):
            self.close()
            self._drop_labels()
            return
        starts = [run.start for run in runs if run.kind is _RunKind.VALUE]
        laid_out = all(line[max(0, run_start - 2) : run_start].isspace() for run_start in starts)
        for run in runs:
            text = line[run.start : run.end]
            if run.kind is _RunKind.TEXT:
                self._add_label(text, start + run.start)
            elif run.kind is _RunKind.UNIT:
                self._add_unit(text, following.strip(), start + run.start)
            else:
                self._add_value(text, start + run.start, page, _display_column(line, run.end) if laid_out else None)

    def _add_label(self, text: str, start: int) -> None:
        if self._values:
            self.close()
        elif self._labels and (self._unit or is_row_label(self._labels[-1][0])):
            blank = [row.label for row in self.rows[-1:] if not row.values]
            if ends_a_group_name(text, [*blank, *(label for label, _ in self._labels[-_GROUP_CONTEXT:-1])]):
                return  # a merged head's second line beside a label of several
            if not (_GOES_ON_AS_LABEL.match(text) or goes_on_as_row_label(self._labels[-1][0], text)):
                self._flush(())
        self._labels.append((text, start))
        self._end = start + len(text)

    def _add_value(self, text: str, start: int, page: int | None, x: int | None) -> None:
        inner, end = strip_artifacts(text)
        self._values.append(SourceValue(start + inner, start + end, read_cell(text[inner:end]), page, x=x))
        self._end = start + len(text)

    def _add_unit(self, text: str, following: str, start: int) -> None:
        """A unit behind a label, or behind its value, is the row's; else it is a letter of a label."""
        printed = "".join(label for label, _ in self._labels[-12:])
        if not self._values and (not printed or ends_with_row_label(printed + text)):
            self._add_label(text, start)
            return
        self._unit = self._unit or _whole_unit(text, following)
        self._end = start + len(text)

    def close(self) -> None:
        """Ends the row that is being gathered."""
        if self._values:
            self._flush(tuple(self._values))
            self._values = []

    def finish(self) -> None:
        """Ends the text: a label without a value behind it is a blank row."""
        self.close()
        if self._labels and (self._unit or is_row_label(self._labels[-1][0])):
            self._flush(())

    def _drop_labels(self) -> None:
        if self._labels and self._unit:
            self._flush(())
        self._labels.clear()

    def _flush(self, values: tuple[SourceValue, ...]) -> None:
        texts = [text for text, _ in self._labels[-12:]]
        # A number begins a label; what stands before it is the rest of the label above, if its figure came first.
        opening = max((at for at, text in enumerate(texts) if _LABEL_STARTS.match(text.strip())), default=0)
        before = normalise_label("".join(texts[opening:]))
        if self.rows:
            self.rows[-1] = replace(self.rows[-1], after=normalise_label("".join(texts)))
        label, start = self._labels[-1] if self._labels else ("", values[0].start)
        unit = self._unit or unit_at_end(label)
        self.rows.append(
            SourceRow(label, values, start, self._end, before=before, blanks_visible=False, unit=unit)
        )
        self._labels, self._unit = [], None


def _is_prose(line: str, runs: Sequence[_Run], following: str) -> bool:
    labels = [line[run.start : run.end] for run in runs if run.kind is _RunKind.TEXT]
    n_values = sum(run.kind is _RunKind.VALUE for run in runs)
    if not n_values or not labels:
        return False
    if _COMMA.search(_BRACKETED.sub("", labels[0])) and normalise_label(labels[0])[-4:] not in _label_tails():
        return True
    apart = any(run.kind is not _RunKind.TEXT and line[max(0, run.start - 2) : run.start].isspace() for run in runs)
    if n_values > 1 or apart or unit_of(following):
        return False
    return _GOES_ON_AS_PROSE.match(following) is not None


@cache
def _label_tails() -> frozenset[str]:
    return frozenset(label[-4:] for label in row_labels())
