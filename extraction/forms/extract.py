"""From a document to its forms: rows are aligned with every edition, the best readings that do not overlap
are kept, values are put into columns, and the sums that hold or fail move the confidence (never a value)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from extraction.document import Document, Span
from extraction.forms.align import Alignment, RowMatch, align, merge_torn_rows
from extraction.forms.columns import (
    Placed,
    layout_columns,
    matching_column,
    padded_at_end,
    place_values,
    without_serials,
)
from extraction.forms.confidence import adjust_by_sums, base_confidence
from extraction.forms.definitions import (
    ColumnDefinition,
    FormDefinition,
    RowDefinition,
    definitions_of,
    normalise_label,
)
from extraction.forms.line_rows import line_rows
from extraction.forms.model import ExtraCell, ExtraRow, Form, FormCell
from extraction.forms.review import find_review_heads, read_review
from extraction.forms.series import series_of
from extraction.forms.source_rows import SourceRow, SourceValue
from extraction.forms.table_rows import table_rows
from extraction.forms.values import CellKind

_ALIGNED = ("proactive", "requests", "statistics")  # forms that are told row by row; reviews are read after them
_STRONG = 0.85
_FEWEST_NAMED, _FEWEST_WHOLE = 5, 0.6  # rows of a form of one column, and how much of a stretch they must be
_BLANK_REVIEW = 0.8  # confidence of an empty review form told from its heads alone
_BLANK_ON_SCAN = 0.9
_UNPLACED = 0.3  # confidence of its blanks where it prints figures that could not be placed
_HEAD_CONTEXT = 500  # characters before the first row in which an edition's column heads are looked for
_FEWEST_BARE = 5  # labels without any value that make a form: an empty template
_CAPTION_CONTEXT, _LONGEST_CAPTION = 200, 40
_YEAR = re.compile(r"(20\d\d)\s*年")
_CAPTION_YEAR = re.compile(r"(?<=\s)[（(](20\d\d)\s*年度?[）)](?=\s)")  # on a line that holds a whole report
_DATE = re.compile(r"\s*20\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*\Z")  # a signature's, not a form's year
_MONEY_IN_HEAD = re.compile(r"金\s*额\s*[（(]\s*(?:单\s*位\s*[:：]?\s*)?(万\s*元|元)")
_MONEY_IN_CAPTION = re.compile(r"单位\s*[:：]?\s*(?:件|项|个)[、，,/／和及 ]\s*(万元|元)")
_UNIT_IN_HEADING = re.compile(r"单位\s*[:：]?\s*(万元|元|件|项|个|条|次)")


def extract_forms(document: Document) -> list[Form]:
    """All forms that the document prints, in reading order.

    A form that is not printed is absent; a printed form without values gives cells with `None`.
    """
    printed = sorted((*line_rows(document), *table_rows(document)), key=lambda row: row.start)
    rows = merge_torn_rows(printed)
    chosen = _choose(document, rows)
    taken = {id(match.source) for alignment in chosen for match in alignment.matches}
    forms = [form for alignment in chosen for form in _forms_of(document, alignment, taken)]
    rest = [row for row in rows if id(row) not in taken]
    forms.sort(key=lambda form: form.regions[0].start)
    forms.extend(_reviews(document, rest, forms))
    forms.sort(key=lambda form: form.regions[0].start)
    return forms


def _choose(document: Document, rows: Sequence[SourceRow]) -> list[Alignment]:
    candidates: list[tuple[float, Alignment]] = []
    printed = normalise_label(document.text)
    for form in _ALIGNED:
        for definition in definitions_of(form):
            if not _may_be_printed(printed, definition):
                continue
            for alignment in align(rows, definition):
                heads = _heads_found(document, alignment)
                if _is_credible(document, alignment, heads):
                    candidates.append((alignment.score + heads, alignment))
    candidates.sort(key=lambda candidate: -candidate[0])
    chosen: list[Alignment] = []
    for _, candidate in candidates:
        used = {id(match.source) for other in chosen for match in other.matches}
        rival = any(
            other.definition.form == candidate.definition.form and _overlap(other, candidate)
            for other in chosen
        )
        if not rival and not any(id(match.source) in used for match in candidate.matches):
            chosen.append(candidate)
    return chosen


def _may_be_printed(printed: str, definition: FormDefinition) -> bool:
    """Whether a form of one column has enough of its rows' names in the document's characters to look for it."""
    if len(definition.columns) > 1:
        return True
    named = sum(any(label in printed for label in row.labels) for row in definition.rows if row.columns)
    return named >= _FEWEST_NAMED


def _overlap(left: Alignment, right: Alignment) -> bool:
    return left.start < right.end and right.start < left.end


def _context(document: Document, alignment: Alignment) -> str:
    return normalise_label(document.text[max(0, alignment.start - _HEAD_CONTEXT) : alignment.end])


def _heads_found(document: Document, alignment: Alignment) -> float:
    """How many of the edition's own column heads stand near the rows (each counts)."""
    context = _context(document, alignment)
    return float(
        sum(
            any(label in context for label in column.labels if len(label) >= 3)
            for column in alignment.definition.columns
        )
    )


def _is_credible(document: Document, alignment: Alignment, heads: float) -> bool:
    """Whether the rows are the form's and not a local table or prose that shares a few of its names."""
    strong = sum(match.likeness >= _STRONG and bool(match.row.columns) for match in alignment.matches)
    if strong < _FEWEST_BARE and not any(match.source.values for match in alignment.matches):
        return False  # column heads read as rows
    if len(alignment.definition.columns) == 1:
        return strong >= _FEWEST_NAMED and strong >= _FEWEST_WHOLE * _rows_spanned(alignment)
    if alignment.definition.form == "requests":
        return strong >= 3 or (strong >= 2 and heads >= 3) or any(map(_is_unmistakable, alignment.matches))
    named = any(heading in _context(document, alignment) for heading in alignment.definition.heading)
    return (heads >= 1 and strong >= 2) or (strong == 1 and heads >= 2) or (named and strong >= 3)


def _rows_spanned(alignment: Alignment) -> int:
    """How many rows stand between the first and the last that are read: the form's, or those of the print.

    Older tables and local ones have some names in common with a form of one column, but few of those in between.
    """
    rows = alignment.definition.rows
    first, last = (rows.index(alignment.matches[place].row) for place in (0, -1))
    defined = sum(bool(row.columns) and not row.local for row in rows[first : last + 1])
    foreign = sum(bool(row.values) and not row.is_blank for row in alignment.unmatched)
    return max(defined, len(alignment.matches) + foreign)


def _is_unmistakable(match: RowMatch) -> bool:
    """A long label, letter for letter, with exactly its seven values: an excerpt's one row suffices."""
    exact = match.likeness >= 0.97 and len(match.row.labels[0]) >= 8
    return exact and len(match.source.values) == len(match.row.columns)


def _forms_of(document: Document, alignment: Alignment, taken: set[int]) -> Iterator[Form]:
    """The form, or one for each of its series where it has one column and prints several."""
    foreign = tuple(row for row in alignment.unmatched if id(row) not in taken)
    alignment = replace(alignment, unmatched=foreign)
    if len(alignment.definition.columns) > 1:
        yield _build(document, alignment)
        return
    for series, year in series_of(_without_running_numbers(alignment)):
        form = _build(document, series)
        form.year = year or form.year
        yield form


def _build(document: Document, alignment: Alignment) -> Form:
    definition = alignment.definition
    matches = [match for match in alignment.matches if match.row.columns]
    layouts = {
        columns: layout_columns(
            [match.source for match in matches if match.row.columns == columns], len(columns)
        )
        for columns in {match.row.columns for match in matches}
    }
    padding_behind = padded_at_end([(match.source, len(match.row.columns)) for match in matches])
    whole = Counter(match.row.columns for match in matches if len(match.source.values) >= len(match.row.columns))
    cells: list[FormCell] = []
    units = _column_units(document, alignment)
    for match in matches:
        placed = place_values(
            match.source, match.row, definition, layouts[match.row.columns], padding_behind=padding_behind,
            torn=whole[match.row.columns] > 0,
        )  # fmt: skip
        for column in match.row.columns:
            cells.append(
                _cell(document, match, match.row, definition.column(column), placed[column], units[column])
            )
    cells = adjust_by_sums(definition, cells)
    start = alignment.start
    return Form(
        definition.form,
        definition.edition,
        _printed_year(document, start),
        cells,
        _extra_rows(document, alignment, padding_behind),
        _regions(document, alignment),
    )


def _without_running_numbers(alignment: Alignment) -> Alignment:
    """The alignment with the running numbers (代码, 序号) of a form of one column taken from its rows' values."""
    printed = sorted([*(match.source for match in alignment.matches), *alignment.unmatched], key=lambda row: row.start)
    plain = {id(row): bare for row, bare in zip(printed, without_serials(printed), strict=True)}
    matches = tuple(replace(match, source=plain[id(match.source)]) for match in alignment.matches)
    return replace(alignment, matches=matches, unmatched=tuple(plain[id(row)] for row in alignment.unmatched))


def _column_units(document: Document, alignment: Alignment) -> dict[str, str | None]:
    """Units that the form's headings print: 件数 in a head, or （单位：万元） in a head or above the form."""
    context = document.text[max(0, alignment.start - _HEAD_CONTEXT) : alignment.end]
    units: dict[str, str | None] = {}
    above = document.text[max(0, alignment.start - 120) : alignment.start]
    money = _MONEY_IN_HEAD.search(context) or _MONEY_IN_CAPTION.search(above)
    general = _UNIT_IN_HEADING.search(above)
    for column in alignment.definition.columns:
        unit = column.unit
        if column.id == "amount":
            unit = re.sub(r"\s", "", money[1]) if money else None
        elif alignment.definition.form == "requests" and general and not general[1].endswith("元"):
            unit = general[1]
        units[column.id] = unit
    return units


def _cell(
    document: Document,
    match: RowMatch,
    row: RowDefinition,
    column: ColumnDefinition,
    placed: Placed,
    unit: str | None,
) -> FormCell:
    value = placed.value
    unit = match.source.unit or unit
    if value is None:
        anchor = match.source.end
        confidence = base_confidence(match, placed)
        return FormCell(row.id, column.id, None, "", unit, confidence, anchor, anchor, None)
    reading = value.reading
    return FormCell(
        row.id,
        column.id,
        reading.number,
        document.text[value.start : value.end],
        (reading.unit if reading.kind is CellKind.NUMBER else None) or unit,
        base_confidence(match, placed) * _recognition(document, value),
        value.start,
        value.end,
        value.page,
    )


def _recognition(document: Document, value: SourceValue) -> float:
    """How surely a cell was recognised; in a blank of a scan a figure may have been passed over."""
    if value.start == value.end:
        return _BLANK_ON_SCAN if value.page in document.scanned_pages else 1.0
    return document.certainty(Span(value.start, value.end))


def _printed_year(document: Document, start: int) -> int | None:
    """The year of a form's caption: a short line close above it that is no sentence, or in parentheses of its own."""
    above = document.text[max(0, start - _CAPTION_CONTEXT) : start].split("\n")
    for line in reversed(above):
        years = _YEAR.findall(line) if len(line) <= _LONGEST_CAPTION else _CAPTION_YEAR.findall(line)
        if years and (len(line) > _LONGEST_CAPTION or not (_DATE.match(line) or re.search(r"[。，；,;]", line))):
            return int(years[-1])
    return None


def _extra_rows(document: Document, alignment: Alignment, padding_behind: bool) -> list[ExtraRow]:
    extras = []
    definition = alignment.definition
    fewest = min(2, len(definition.columns))  # a single figure beside a text is a row in a form of one column alone
    tables = {match.source.table for match in alignment.matches}
    for row in alignment.unmatched:
        if row.table not in tables or not row.values or not row.label or row.is_blank:
            continue
        if len(row.label) > 60 or (row.table is None and len(row.values) < fewest):
            continue
        extras.append(_extra_row(document, row, definition, padding_behind))
    return extras


def _extra_row(document: Document, row: SourceRow, definition: FormDefinition, padding_behind: bool) -> ExtraRow:
    """The row's values, under the form's columns where there are as many as in its widest row."""
    wide = max(definition.rows, key=lambda item: len(item.columns))
    if len(row.values) >= len(wide.columns):
        placed = place_values(row, wide, definition, padding_behind=padding_behind)
        values: list[tuple[str | None, SourceValue]] = [
            (column, place.value) for column, place in placed.items() if place.value
        ]
    else:
        values = [(matching_column(value, wide, definition), value) for value in row.values]
    cells = [
        ExtraCell(
            column,
            value.reading.number if value.reading.kind is CellKind.NUMBER else None,
            document.text[value.start : value.end],
            value.start,
            value.end,
        )
        for column, value in values
    ]
    return ExtraRow(row.label, tuple(cells))


def _regions(document: Document, alignment: Alignment) -> list[Span]:
    """The rows' own ranges, and the gaps between them where those hold nothing but the form."""
    return _row_regions(document, [match.source for match in alignment.matches] + list(alignment.unmatched))


def _row_regions(document: Document, rows: Sequence[SourceRow]) -> list[Span]:
    spans = sorted((row.start, row.end) for row in rows)
    regions: list[Span] = []
    for start, end in spans:
        last = regions[-1] if regions else None
        if last and "。" not in document.text[last.end : start] and start - last.end < 400:
            regions[-1] = replace(last, end=max(last.end, end))
        else:
            regions.append(Span(start, end))
    return regions


def _reviews(document: Document, rows: Sequence[SourceRow], others: Sequence[Form]) -> list[Form]:
    definition = definitions_of("review")[0]
    others = [form for form in others if form.form != "statistics"]  # which has its own rows for reviews
    forms: list[Form] = []
    remaining = list(rows)
    while (found := read_review(document, remaining, definition)) is not None:
        grid, used = found
        remaining = [row for row in remaining if row.start > used[-1].start]
        cells = []
        for row in definition.rows:
            for column in row.columns:
                placed = grid.get((row.id, column))
                if placed is None:
                    continue
                match = RowMatch(used[0], row, 1.0)
                cells.append(_cell(document, match, row, definition.column(column), placed, None))
        forms.append(
            Form(
                "review", _edition_near(others, used[0].start), _printed_year(document, used[0].start),
                adjust_by_sums(definition, cells), [], _row_regions(document, used),
            )
        )  # fmt: skip
    if not forms and (heads := find_review_heads(document)) is not None:
        span, has_figures = heads
        confidence = _UNPLACED if has_figures else _BLANK_REVIEW
        cells = [
            FormCell(row.id, column, None, "", None, confidence, span.end, span.end, None)
            for row in definition.rows
            for column in row.columns
        ]
        forms.append(Form("review", _edition_near(others, span.start), None, cells, [], [span]))
    return forms


def _edition_near(others: Sequence[Form], position: int) -> str:
    """The edition of the last requests form above, else of the nearest other form: all editions print the
    same review form."""
    if not others:
        return definitions_of("requests")[0].edition
    above = [form for form in others if form.form == "requests" and form.regions[0].start < position]
    if above:
        return above[-1].edition
    return min(others, key=lambda form: abs(form.regions[0].start - position)).edition
