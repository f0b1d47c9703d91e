"""Alignment of printed rows with a form's rows: by label and order, never by counting numbers.

A local alignment in the manner of Smith and Waterman (1981): rows of the source may be skipped (extra local
rows, other forms in between), rows of the form may be skipped (not printed), order is kept. A missing,
misspelt or added row therefore shifts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from extraction.forms.columns import matching_column
from extraction.forms.definitions import FormDefinition, RowDefinition, load_definitions, normalise_label
from extraction.forms.labels import label_similarity, row_similarity, trailing_similarity
from extraction.forms.source_rows import SourceRow

_SKIP_FOREIGN = 0.02  # a row of another form, or a local one
_SKIP_OWN = 0.3  # a row that this form prints: passing over it would mix two printings of the form
_SKIP_DEFINED = 0.01
_LIKE = 0.72  # likeness from which a label alone decides
_FAINT = 0.3  # likeness that suffices between two rows that are sure
_BLANK_FACTOR = 0.5  # a row without any value, which may be a heading
_FEWEST_OF_ONE = 3  # rows of a form of one column


@dataclass(frozen=True, slots=True)
class RowMatch:
    """A printed row read as a row of the form; `likeness` (0..1) of its label."""

    source: SourceRow
    row: RowDefinition
    likeness: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """One printed form: its matched rows in order, the rows in between that the form does not have."""

    definition: FormDefinition
    matches: tuple[RowMatch, ...]
    unmatched: tuple[SourceRow, ...]
    score: float

    @property
    def start(self) -> int:
        return self.matches[0].source.start

    @property
    def end(self) -> int:
        return self.matches[-1].source.end


def likeness(source: SourceRow, row: RowDefinition) -> float:
    """How sure the printed label is this row's (0..1), its group's head considered."""
    best = _label_likeness(source, row.labels)
    if source.group and row.group and best >= _LIKE:
        group = normalise_label(source.group)
        if group and normalise_label(row.group) not in group and _names_other_group(group, row.group):
            best *= 0.6
    return best


def _label_likeness(source: SourceRow, labels: tuple[str, ...]) -> float:
    best = label_similarity(source.label, labels) if source.label else 0.0
    if source.before or (source.label and not normalise_label(source.label)):  # a number alone: （一） 26
        best = max(best, trailing_similarity(source.before, source.after, labels))
    return best


def _names_other_group(printed: str, own: str) -> bool:
    return any(
        row.group and row.group != own and row.group in printed and row.group != "本年度办理结果"
        for definition in load_definitions()
        for row in definition.rows
    )


def _count_factor(source: SourceRow, row: RowDefinition, definition: FormDefinition) -> float:
    """How well the number (and the heads) of the values fit the row's columns."""
    expected, found = len(row.columns), len(source.values)
    if not expected:
        return 1.0 if source.is_blank else 0.0
    if not found:
        return _BLANK_FACTOR
    headed = [value for value in source.values if value.heads]
    if headed:
        matched = {matching_column(value, row, definition) for value in headed} - {None}
        if len(matched) == expected:
            return 1.0
        if not matched and definition.form == "proactive":
            return 0.4
    if found == expected:
        return 1.0 if expected > 1 or source.table is not None else 0.95
    if source.blanks_visible and found > expected:
        return 0.9
    return 0.75


def _weight(source: SourceRow, row: RowDefinition, definition: FormDefinition) -> tuple[float, float]:
    like = likeness(source, row)
    if like < _FAINT:
        return 0.0, like
    factor = _count_factor(source, row, definition)
    if like >= _LIKE:
        return like * factor, like
    if like >= _FAINT and factor == 1.0 and not row.merged and len(row.columns) == len(source.values) >= 5:
        return 0.2 * like, like
    return 0.0, like


def _weights(source: SourceRow, definition: FormDefinition) -> list[tuple[float, float]]:
    """The weight and likeness of a printed row as each row of the form.

    A row of one figure has nothing but its label to tell it: it is out where the printed label is as much
    another row's, or more (政务微信公开…数 is no slip for 政务微博公开…数).
    """
    weights = [_weight(source, row, definition) for row in definition.rows]
    possible = [(row, like) for row, (weight, like) in zip(definition.rows, weights, strict=True) if weight]
    if len(possible) < 2 or all(len(row.columns) > 1 for row, _ in possible):
        return weights
    claims = [(row, _claim(source, row, like)) for row, like in possible]
    for index, row in enumerate(definition.rows):
        weight, like = weights[index]
        if weight and len(row.columns) == 1:
            own = _claim(source, row, like)
            rivals = (claim for other, claim in claims if not set(other.labels) & set(row.labels))
            if max(rivals, default=(0.0, 0)) >= own:
                weights[index] = (0.0, like)
    return weights


def _claim(source: SourceRow, row: RowDefinition, like: float) -> tuple[float, int]:
    """How strongly a row lays claim to a printed label: its likeness, then how much of the print it explains."""
    fitting = (len(label) for label in row.labels if _label_likeness(source, (label,)) >= like)
    return round(like, 2), max(fitting, default=0)


def merge_torn_rows(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Puts together a table's row that a page break tore: one half has the values, the other more label."""
    merged: list[SourceRow] = []
    for row in rows:
        previous = merged[-1] if merged else None
        if (
            previous
            and row.table is not None
            and previous.table == row.table
            and len(row.values) > 1
            and (row.is_blank != previous.is_blank)
            and row.label
            and _best_likeness(previous.label + row.label)
            > max(_best_likeness(previous.label), _best_likeness(row.label), 0.8)
        ):
            values = row.values if previous.is_blank else previous.values
            label = previous.label + row.label
            merged[-1] = replace(
                previous, label=label, values=values, end=row.end, group=previous.group or row.group
            )
        else:
            merged.append(row)
    return merged


def _best_likeness(label: str) -> float:
    return max(
        (row_similarity(label, row) for definition in load_definitions() for row in definition.rows),
        default=0.0,
    )


def align(rows: Sequence[SourceRow], definition: FormDefinition) -> list[Alignment]:
    """All non-overlapping readings of the form in the rows, in reading order.

    Of a form of one column, whose rows are told by their labels alone, stray rows are no reading.
    """
    least = _FEWEST_OF_ONE * _BLANK_FACTOR * _LIKE if len(definition.columns) == 1 else 0.0
    weights = [_weights(row, definition) for row in rows]
    found: list[Alignment] = []
    stretches = [(0, len(rows))]
    while stretches:
        low, high = stretches.pop()
        best = _best_path(weights, low, high)
        if best is None:
            continue
        pairs, score = best
        if score < least:
            continue
        found.append(_alignment(rows, definition, pairs, weights, score))
        stretches += [(low, pairs[0][0]), (pairs[-1][0] + 1, high)]
    return sorted(found, key=lambda alignment: alignment.start)


def _alignment(
    rows: Sequence[SourceRow],
    definition: FormDefinition,
    pairs: Sequence[tuple[int, int]],
    weights: Sequence[Sequence[tuple[float, float]]],
    score: float,
) -> Alignment:
    matches = [RowMatch(rows[i], definition.rows[j], weights[i][j][1]) for i, j in pairs]
    details = {match.row.id.split(".")[0] for match in matches if "." in match.row.id}
    # A group printed with its rows is a head (blank) or a local subtotal, not the group's merged row.
    kept = [match for match in matches if not (match.row.merged and match.row.id in details)]
    used = {id(match.source) for match in kept}
    inside = rows[pairs[0][0] : pairs[-1][0] + 1]
    return Alignment(definition, tuple(kept), tuple(row for row in inside if id(row) not in used), score)


def _best_path(
    weights: Sequence[Sequence[tuple[float, float]]], low: int, high: int
) -> tuple[list[tuple[int, int]], float] | None:
    """The best local alignment of the source rows `low:high`: its (source, defined) pairs and its score."""
    if not any(weight > 0 for row in weights[low:high] for weight, _ in row):
        return None
    width = len(weights[low])
    score = [[0.0] * (width + 1)]
    step = [[""] * (width + 1)]
    top, place = 0.0, (0, 0)
    for i in range(low, high):
        above, line, moves = score[-1], [0.0], [""]
        skip = _SKIP_OWN if max(weight for weight, _ in weights[i]) >= _LIKE else _SKIP_FOREIGN
        for j in range(width):
            best, move = 0.0, ""
            if above[j + 1] - skip > best:
                best, move = above[j + 1] - skip, "source"
            if line[j] - _SKIP_DEFINED > best:
                best, move = line[j] - _SKIP_DEFINED, "defined"
            weight = weights[i][j][0]
            if weight > 0 and above[j] + weight > best:
                best, move = above[j] + weight, "match"
            line.append(best)
            moves.append(move)
            if best > top:
                top, place = best, (len(score), j + 1)
        score.append(line)
        step.append(moves)
    pairs: list[tuple[int, int]] = []
    i, j = place
    while i and j and step[i][j]:
        move = step[i][j]
        if move == "match":
            pairs.append((low + i - 1, j - 1))
        i -= move in ("match", "source")
        j -= move in ("match", "defined")
    pairs.reverse()
    return (pairs, top) if pairs else None
