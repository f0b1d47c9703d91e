"""Checks inside the forms: sums and identities, counts that are no counts, magnitudes, blanks, absences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from decimal import Decimal

from extraction.checks.findings import Finding, finding
from extraction.document import Span
from extraction.forms.definitions import FormDefinition, definitions_of
from extraction.forms.model import Form, FormCell
from extraction.sections import Section

_DOUBTFUL = 0.8
_FEE_LIMIT = Decimal(100_000)  # 万元: a thousand million yuan
_COUNT_LIMITS = {"requests": Decimal(200_000), "review": Decimal(20_000)}
_FORM_OF_SECTION = {"proactive": "proactive", "requests": "requests", "review": "review"}
_FIRST_YEAR_OF_FORMS = 2019


def definition_of(form: Form) -> FormDefinition:
    """The definition that a form was read with."""
    editions = definitions_of(form.form)
    return next((entry for entry in editions if entry.edition == form.edition), editions[0])


def _span(cell: FormCell) -> Span:
    return Span(cell.start, cell.end)


def check_form(form: Form) -> Iterator[Finding]:
    """All findings inside one form."""
    definition = definition_of(form)
    yield from _check_relations(form, definition)
    yield from _check_bounds(form, definition)
    yield from _check_values(form, definition)
    yield from _check_blanks(form, definition)
    doubtful = [cell for cell in form.cells if cell.confidence < _DOUBTFUL]
    if doubtful:
        yield finding("form.doubtful", [_span(cell) for cell in doubtful], {"count": str(len(doubtful))})


def _check_relations(form: Form, definition: FormDefinition) -> Iterator[Finding]:
    not_assessable: Counter[str] = Counter()
    evidence: list[Span] = []
    for rule, names, left, right in _relations(form, definition):
        cells = [cell for cell in (*left, *right) if cell]
        blank = [cell for cell in cells if cell.value is None]
        if len(cells) < len(left) + len(right) or blank:
            not_assessable[rule] += 1
            evidence.extend(_span(cell) for cell in blank)
            continue
        expected = sum((cell.value for cell in left if cell and cell.value), Decimal(0))
        actual = sum((cell.value for cell in right if cell and cell.value), Decimal(0))
        if expected != actual:
            yield finding(rule, [_span(cell) for cell in cells], names, expected=expected, actual=actual)
    if not_assessable and any(cell.value is not None for cell in form.cells):
        yield finding(
            "form.not_assessable",
            sorted(set(evidence), key=lambda span: span.start),
            {"relations": ", ".join(sorted(not_assessable)), "count": str(not_assessable.total())},
        )


Relation = tuple[str, dict[str, str], list[FormCell | None], list[FormCell | None]]


def _relations(form: Form, definition: FormDefinition) -> Iterator[Relation]:
    """Every relation of the form as (rule, names, members that are added, members that state the sum)."""
    cells = {(cell.row, cell.column): cell for cell in form.cells}
    rows = [row for row in definition.rows if row.columns and not row.merged]
    merged = {row.id for row in definition.rows if row.merged}
    for relation in definition.sums:
        for line in rows if relation.over == "columns" else definition.columns:
            by_row = relation.over == "columns"
            names = _names_of(definition, line.id if by_row else relation.total, relation.total if by_row else line.id)
            keys = [(line.id, part) if by_row else (part, line.id) for part in relation.parts]
            total = (line.id, relation.total) if by_row else (relation.total, line.id)
            if relation.over == "columns" and total not in cells:
                continue
            members = [cells.get(key) for key in _printed_parts(keys, cells, merged)]
            yield relation.id, names, members, [cells.get(total)]
    for balance in definition.balances:
        for column in definition.columns:
            names = {"column": column.en, "column_zh": column.zh}
            left = [cells.get((row, column.id)) for row in balance.left]
            right = [cells.get((row, column.id)) for row in balance.right]
            yield balance.id, names, left, right


def _check_bounds(form: Form, definition: FormDefinition) -> Iterator[Finding]:
    """Parts that exceed the whole that they are told of."""
    for bound in definition.bounds:
        row = definition.row(bound.part)
        for column in row.columns:
            whole, part = form.cell(bound.whole, column), form.cell(bound.part, column)
            if whole and part and whole.value is not None and part.value is not None and part.value > whole.value:
                outer = definition.row(bound.whole)
                names = {"row": row.en, "row_zh": row.zh, "whole": outer.en, "whole_zh": outer.zh}
                spans = [_span(whole), _span(part)]
                yield finding(bound.id, spans, names, expected=whole.value, actual=part.value)


def _names_of(definition: FormDefinition, row_id: str, column_id: str) -> dict[str, str]:
    """A row's and a column's names for a rule's templates."""
    row, column = definition.row(row_id), definition.column(column_id)
    return {"row": row.en, "row_zh": row.zh, "column": column.en, "column_zh": column.zh}


def _printed_parts(
    keys: Sequence[tuple[str, str]], cells: dict[tuple[str, str], FormCell], merged: Container[str]
) -> list[tuple[str, str]]:
    """The parts of a sum; a group printed as one merged row (`denied`) stands for its parts."""
    parts: list[tuple[str, str]] = []
    for row, column in keys:
        group = (row.split(".")[0], column)
        if (row, column) not in cells and group in cells and group[0] in merged:
            if group not in parts:
                parts.append(group)
        else:
            parts.append((row, column))
    return parts


def _check_values(form: Form, definition: FormDefinition) -> Iterator[Finding]:
    for cell in form.cells:
        if cell.value is None:
            continue
        names = _names_of(definition, cell.row, cell.column)
        if definition.is_money(cell.row, cell.column):
            if cell.unit == "万元" and abs(cell.value) >= _FEE_LIMIT:
                yield finding("form.fee_magnitude", [_span(cell)], names, actual=cell.value)
        elif cell.value != cell.value.to_integral_value() or (cell.value < 0 and cell.column != "items_change"):
            yield finding("form.integer", [_span(cell)], names, actual=cell.value)
        elif cell.value >= _COUNT_LIMITS.get(form.form, Decimal(10) ** 9):
            yield finding("form.count_magnitude", [_span(cell)], names, actual=cell.value)
    if form.form == "proactive" and form.edition == "2019":
        yield from _check_2019_pairs(form, definition)


def _check_2019_pairs(form: Form, definition: FormDefinition) -> Iterator[Finding]:
    for row in definition.rows:
        names = {"row": row.en, "row_zh": row.zh}
        before, change = form.cell(row.id, "items_last_year"), form.cell(row.id, "items_change")
        left = before.value if before else None
        added = change.value if change else None
        if before and change and left is not None and added is not None and left + added < 0:
            spans = [_span(before), _span(change)]
            yield finding("proactive.change", spans, names, expected=left, actual=added)
        new, total = form.cell(row.id, "newly_public"), form.cell(row.id, "total_public")
        if new and total and new.value is not None and total.value is not None and new.value > total.value:
            spans = [_span(new), _span(total)]
            yield finding("proactive.public_total", spans, names, expected=total.value, actual=new.value)


def _check_blanks(form: Form, definition: FormDefinition) -> Iterator[Finding]:
    blank = [cell for cell in form.cells if cell.value is None]
    if blank and len(blank) < len(form.cells):
        evidence = [_span(cell) for cell in blank]
        counts = {"count": str(len(blank)), "of": str(len(form.cells))}
        yield finding("form.blank_among_filled", evidence, counts)
    printed = {cell.row for cell in form.cells}
    merged = {row.id for row in definition.rows if row.merged} & printed
    missing = [
        row
        for row in definition.rows
        if row.columns and not row.merged and not row.local
        and row.id not in printed and row.id.split(".")[0] not in merged
    ]  # fmt: skip
    if missing:
        names = {"rows": ", ".join(row.id for row in missing), "rows_zh": "、".join(row.zh for row in missing)}
        yield finding("form.rows_missing", form.regions[:1], names)


def check_absent_forms(
    forms: Sequence[Form], sections: Sequence[Section], year: int | None
) -> Iterator[Finding]:
    """Forms that are missing though their section stands, in reports of years that have forms."""
    if year is None or year < _FIRST_YEAR_OF_FORMS:
        return
    printed = {form.form for form in forms}
    seen: set[str] = set()
    for section in sections:
        form = _FORM_OF_SECTION.get(section.kind)
        if form and form not in printed and form not in seen:
            seen.add(form)
            definition = definitions_of(form)[0]
            title = Span(section.start, section.start + len(section.title))
            names = {"form": definition.name_en, "form_zh": definition.name_zh}
            yield finding("form.missing", [title], names)
