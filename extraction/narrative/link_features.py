"""A paragraph and its spans as the link network reads them: tokens, and what lies between a value and a span."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from models.labels import LABELS, VALUE_LABELS, LabelledSpan
from models.link_network import CHARACTER_ROWS, LinkInput

Integers = NDArray[np.int64]

_MARKS = ("。！？", "；;", "，,", "、", "（(", "）)", "：:")
_SENTENCE, _SEMICOLON, _COMMA, _LISTING, _OPENING, _CLOSING, _COLON = range(len(LABELS), len(LABELS) + len(_MARKS))
_TEXT = len(LABELS) + len(_MARKS)
_COUNTED_MARKS = ((_SENTENCE, 4), (_SEMICOLON, 3), (_COMMA, 4), (_LISTING, 4), (_COLON, 3))
_IS_VALUE = np.array([label in VALUE_LABELS for label in LABELS])
_VALUES = np.flatnonzero(_IS_VALUE)
_LONGEST_CODE = 65536
_BLANKS = [ord(blank) for blank in " \t\n\r\u3000\xa0"]
Quantity = tuple[Decimal, str | None]


def _tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each character its kind as a mark, and the character that stands for it: digits alike, widths alike."""
    kinds = np.full(_LONGEST_CODE, _TEXT, dtype=np.int64)
    plain = np.arange(_LONGEST_CODE, dtype=np.int64)
    plain[0xFF01:0xFF5F] -= 0xFEE0
    plain[ord("0") : ord("9") + 1] = ord("0")
    plain[0xFF10:0xFF1A] = ord("0")
    for number, marks in enumerate(_MARKS):
        for mark in marks:
            kinds[ord(mark)] = len(LABELS) + number
    return kinds, plain


_KINDS, _PLAIN = _tables()


def link_input(
    text: str, spans: Sequence[LabelledSpan], quantities: Sequence[Quantity | None]
) -> LinkInput:
    """The paragraph for the network.

    Args:
        text: The paragraph.
        spans: Its spans, in order, not overlapping.
        quantities: The number and unit of each span; `None` where it is no value or none can be read.
    """
    codes = np.minimum(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32), _LONGEST_CODE - 1).astype(np.int64)
    labels = np.array([LABELS.index(span.label) for span in spans], dtype=np.int64)
    kinds, owners = _KINDS[codes], np.full(len(codes), -1, dtype=np.int64)
    is_blank = np.isin(codes, _BLANKS)
    for number, span in enumerate(spans):
        kinds[span.start : span.end] = labels[number]
        owners[span.start : span.end] = number
        is_blank[span.start] = False
    starts = _token_starts(kinds, owners, is_blank)
    token_kinds = kinds[starts]
    places = np.searchsorted(starts, [span.start for span in spans])
    characters, edges = _hashed(_PLAIN[codes], starts)
    characters[is_blank] = 0
    values = np.array([n for n, quantity in enumerate(quantities) if quantity is not None], dtype=np.int64)
    sentences = np.cumsum(token_kinds == _SENTENCE) - (token_kinds == _SENTENCE)
    lengths = np.diff([*starts, len(codes)])
    depth = _depth(token_kinds)
    closed = _closed(depth, places[values], places)
    return LinkInput(
        characters, starts, edges,
        _token_rows(token_kinds, lengths, depth, sentences, places, quantities),
        sentences, places, labels, values,
        _pair_rows(token_kinds, starts, depth, closed, places, labels, values, quantities),
        closed,
    )  # fmt: skip


def _token_starts(kinds: Integers, owners: Integers, is_blank: NDArray[np.bool_]) -> Integers:
    """Where tokens begin: at another span or kind, and at each mark. Blanks belong to what stands before them."""
    before = np.maximum.accumulate(np.where(is_blank, 0, np.arange(len(kinds))))
    kinds, owners = kinds[before], owners[before]
    is_mark = (kinds >= len(LABELS)) & (kinds < _TEXT) & ~is_blank
    is_start = np.ones(len(kinds), dtype=bool)
    is_start[1:] = is_mark[1:] | (kinds[1:] != kinds[:-1]) | (owners[1:] != owners[:-1])
    return np.flatnonzero(is_start)


def _hashed(codes: Integers, starts: Integers) -> tuple[Integers, Integers]:
    """Rows of the character table: each character and each pair inside a token; a token's first and last pair."""
    ends = np.append(starts[1:], len(codes)) - 1
    following = np.append(codes[1:], 0)
    following[ends] = 0
    pairs = (codes * 40503 + following * 30011) & 0x7FFFFFFF
    rows = CHARACTER_ROWS - 1
    single = 1 + (codes * 2654435761 >> 7) % rows
    double = 1 + (pairs * 2246822519 >> 9) % rows
    first = 1 + (pairs[starts] * 3266489917 >> 8) % rows
    last = 1 + (pairs[np.maximum(starts, ends - 1)] * 668265263 >> 6) % rows
    return np.stack([single, double], 1), np.stack([first, last], 1)


def _depth(kinds: Integers) -> Integers:
    """How many parentheses are open at each token; marks belong to what is inside them."""
    change = (kinds == _OPENING).astype(np.int64) - np.append(0, kinds[:-1] == _CLOSING)
    depth = np.cumsum(change)
    return np.asarray(np.clip(depth - np.minimum(np.minimum.accumulate(depth), 0), 0, 3), dtype=np.int64)


def _logarithmic(sizes: Integers, most: int) -> Integers:
    """0, 1, 2, 3, 4–5, 6–7, 8–11 …: buckets that grow."""
    grown = 2 * np.log2(np.maximum(sizes, 1) / 4) + 4
    return np.minimum(np.where(sizes < 4, sizes, grown.astype(np.int64)), most)


def _token_rows(
    kinds: Integers, lengths: Integers, depth: Integers, sentences: Integers, places: Integers,
    quantities: Sequence[Quantity | None],
) -> Integers:  # fmt: skip
    magnitude, unit = np.zeros_like(kinds), np.zeros_like(kinds)
    for place, quantity in zip(places.tolist(), quantities, strict=True):
        if quantity is not None:
            number, name = quantity
            magnitude[place] = 1 + min(7, max(0, number.adjusted() + 1)) if number else 9
            unit[place] = 1 + (sum(map(ord, name)) % 63 if name else 63)
    first_in_sentence = np.append(True, kinds[:-1] == _SENTENCE).astype(np.int64)
    first_in_clause = np.append(True, np.isin(kinds[:-1], (_COMMA, _SEMICOLON, _SENTENCE))).astype(np.int64)
    columns = (
        (kinds, 17), (_logarithmic(lengths, 11), 12), (depth, 4), (np.minimum(sentences, 3), 4),
        (first_in_sentence * 2 + first_in_clause, 4), (magnitude, 10), (unit, 65),
    )  # fmt: skip
    return _stacked(columns)


def _stacked(columns: Sequence[tuple[Integers, int]]) -> Integers:
    """Columns of numbers below their limits as rows of one table, one behind the other."""
    offsets = np.cumsum([0, *(limit for _, limit in columns[:-1])])
    return np.stack([column + offset for (column, _), offset in zip(columns, offsets, strict=True)], -1)


def _pair_rows(
    kinds: Integers, starts: Integers, depth: Integers, closed: NDArray[np.bool_], places: Integers,
    labels: Integers, values: Integers, quantities: Sequence[Quantity | None],
) -> Integers:  # fmt: skip
    v, s = places[values][:, None], places[None, :]
    low, high = np.minimum(v, s), np.maximum(v, s)
    side = (s > v).astype(np.int64)
    total = np.zeros((len(kinds) + 1, _TEXT + 1), dtype=np.int64)
    np.cumsum(kinds[:, None] == np.arange(_TEXT + 1), axis=0, out=total[1:])
    between = total[high] - total[np.minimum(low + 1, high)]
    same = np.take_along_axis(between, np.broadcast_to(labels[None, :, None], (*high.shape, 1)), axis=2)[..., 0]
    columns = (
        (side * 14 + _logarithmic(high - low, 13), 28),
        (side * 4 + np.minimum(same, 3), 8),
        (side * 4 + np.minimum(between[..., _VALUES].sum(axis=-1), 3), 8),
        *((np.minimum(between[..., mark], most - 1), most) for mark, most in _COUNTED_MARKS),
        (closed * 3 + np.sign(depth[v] - depth[s]) + 1, 6),
        (_in_series(places, labels, values), 5),
        (_number_relation(values, quantities), 14),
        (_logarithmic(np.abs(starts[s] - starts[v]) // 2, 15), 16),
    )
    return _stacked(columns)


def _closed(depth: Integers, values: Integers, spans: Integers) -> NDArray[np.bool_]:
    """Whether a parenthesis around a span (column) closes before a value (row), or the value's before the span."""
    lowest = [_lowest_from(depth, int(place))[spans] for place in values]
    return np.array(lowest, dtype=np.int64).reshape(len(values), len(spans)) < depth[spans]


def _lowest_from(depth: Integers, place: int) -> Integers:
    """The least depth between a place and every token."""
    left = np.minimum.accumulate(depth[: place + 1][::-1])[::-1]
    return np.concatenate([left, np.minimum.accumulate(depth[place:])[1:]])


def _in_series(places: Integers, labels: Integers, values: Integers) -> Integers:
    """Whether value and span are the n-th of two series next to each other, as 甲、乙分别为1、2.

    0 no series, 1 n-th of series of one length, 2 another one, 3 n-th from the end of series of other lengths, 4 not.
    """
    classes = np.where(_IS_VALUE[labels], -1, labels)
    new = np.ones(len(labels), dtype=np.int64)
    new[1:] = (classes[1:] != classes[:-1]) | (np.diff(places) > 4)
    run = np.cumsum(new) - 1
    length = np.bincount(run, minlength=len(run))[run]
    rank = np.arange(len(run)) - np.flatnonzero(new)[run]
    gap = run[values][:, None] - run[None, :]
    near = (gap >= 1) & (gap <= 2) & (length[values][:, None] > 1) & (length[None, :] > 1)
    alike = length[values][:, None] == length[None, :]
    from_end = (length - rank)[values][:, None] == (length - rank)[None, :]
    return np.where(near, np.where(alike, 2 - from_end, 4 - from_end), 0)


def _number_relation(values: Integers, quantities: Sequence[Quantity | None]) -> Integers:
    """For spans that are values: less, equal or more than the value, in its unit or another; sums to it or not."""
    numbers = np.array([float(q[0]) if q else np.nan for q in quantities])
    units = [q[1] if q else None for q in quantities]
    known = np.array([q is not None for q in quantities], dtype=bool)
    identity = {unit: number for number, unit in enumerate(dict.fromkeys(units))}
    unit = np.array([identity[u] for u in units], dtype=np.int64)
    alike = unit[values][:, None] == unit[None, :]
    relation = np.sign(np.nan_to_num(numbers[None, :] - numbers[values][:, None])).astype(np.int64) + 1
    summed = _summed(numbers, unit, values)
    return np.where(known[None, :], 1 + np.where(alike, 3, 0) + relation + np.where(summed, 6, 0), 0)


def _summed(numbers: NDArray[np.float64], unit: Integers, values: Integers) -> NDArray[np.bool_]:
    """Whether a run of values behind the span, in its unit, this value among them, adds up to the span's number.

    *Shape:* (values, spans)
    """
    found = np.zeros((len(values), len(numbers)), dtype=bool)
    rank = {int(span): index for index, span in enumerate(values)}
    ordered = [int(span) for span in values]
    for index, total in enumerate(ordered):
        if not numbers[total] > 1:
            continue
        behind = [span for span in ordered[index + 1 : index + 25] if unit[span] == unit[total]]
        for first in range(min(4, len(behind))):
            sums = np.cumsum(numbers[behind[first:]])
            last = int(np.searchsorted(sums, numbers[total]))
            if 1 <= last < len(sums) and sums[last] == numbers[total]:
                for span in behind[first : first + last + 1]:
                    found[rank[span], total] = True
                break
    return found
