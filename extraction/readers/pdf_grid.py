"""Rules of a page to grids of cells: pure geometry, near linear in the number of rules.

The steps are those of pdfplumber's lattice finder (edges, intersections, cells, tables), but cells come
from an elementary grid whose neighbours merge where no rule parts them, so that a missing rule widens a
cell instead of losing it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from extraction.readers.pdf_paths import Box, Rule

SNAP = 3.0  # rules this near are one edge (double rules, cells drawn one by one)
GAP = 4.0  # a break this short in a rule is none (dashes, joints)
STRIP = 6.0  # a strip between edges this narrow and without text is part of a double rule
OVERSHOOT = 10.0  # rules reaching this far beyond the last edge tell of a missing outer rule
COVER = 0.6  # the part of a boundary that a rule must cover to part two cells
SHORTEST = 4.0
MAX_RULES, MAX_PLACES = 3000, 20_000

Point = tuple[float, float]


class Place(NamedTuple):
    """A cell's half-open ranges in its grid."""

    row_start: int
    row_end: int
    col_start: int
    col_end: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Column edges `xs`, row edges `ys` (both rising) and cells that cover the grid without overlap."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    places: tuple[Place, ...]

    @property
    def box(self) -> Box:
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def spot(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the elementary grid at a point; `None` outside."""
        row, col = bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1
        if 0 <= row < len(self.ys) - 1 and 0 <= col < len(self.xs) - 1:
            return row, col
        return None

    def owners(self) -> list[list[int]]:
        """For each row and column of the elementary grid, the index of the cell that covers it."""
        found = [[0] * (len(self.xs) - 1) for _ in range(len(self.ys) - 1)]
        for index, place in enumerate(self.places):
            for row in found[place.row_start : place.row_end]:
                row[place.col_start : place.col_end] = [index] * (place.col_end - place.col_start)
        return found


def find_grids(
    horizontal: Iterable[Rule], vertical: Iterable[Rule], centres: Sequence[Point], *, snap: float = SNAP
) -> list[Grid]:
    """Grids made by rules that touch one another, those of a single cell included.

    Args:
        horizontal: Rules along x.
        vertical: Rules along y.
        centres: Centres of the page's characters sorted by y; they tell real columns from stray strips.
        snap: How near rules count as one edge.
    """
    grids = []
    heights = [y for _, y in centres]
    rows, columns = merge_rules(horizontal, gap=snap + 1), merge_rules(vertical, gap=snap + 1)
    for across, along in _components(rows, columns, snap):
        low = bisect_left(heights, min(min(rule.start for rule in along), across[0].at) - SNAP)
        high = bisect_right(heights, max(max(rule.end for rule in along), across[-1].at) + SNAP)
        left, right = min(rule.start for rule in across), max(rule.end for rule in across)
        near = [point for point in centres[low:high] if left - SNAP <= point[0] <= right + SNAP]
        grid = _grid(across, along, near, snap)
        if grid is not None:
            grids.append(grid)
    return grids


def merge_rules(rules: Iterable[Rule], *, gap: float = GAP) -> list[Rule]:
    """Joins rules on one line whose ends meet, and drops what stays shorter than any cell."""
    lines: list[list[Rule]] = []
    for rule in sorted(rules):
        if lines and rule.at - lines[-1][0].at <= 1.0:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    merged = []
    for line in lines:
        at = line[len(line) // 2].at
        for start, end in _union(((rule.start, rule.end) for rule in line), gap):
            if end - start >= SHORTEST:
                merged.append(Rule(at, start, end))
    if len(merged) > MAX_RULES:  # a drawing: the longest are the likeliest to be a table's
        merged = sorted(sorted(merged, key=lambda rule: rule.start - rule.end)[:MAX_RULES])
    return merged


def _union(ranges: Iterable[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


class _Sets:
    """Disjoint sets over 0…n-1 with path halving."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def find(self, item: int) -> int:
        parent = self._parent
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    def join(self, one: int, other: int) -> None:
        one, other = self.find(one), self.find(other)
        if one != other:
            self._parent[max(one, other)] = min(one, other)


def _components(
    horizontal: list[Rule], vertical: list[Rule], snap: float
) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups of rules that touch, each with rules in both directions and sorted by place."""
    touch = snap + 2  # dashed rules may end a dash short of the corner
    sets = _Sets(len(horizontal) + len(vertical))
    places = [rule.at for rule in vertical]
    for index, rule in enumerate(horizontal):
        low, high = bisect_left(places, rule.start - touch), bisect_right(places, rule.end + touch)
        for other in range(low, high):
            if vertical[other].start - touch <= rule.at <= vertical[other].end + touch:
                sets.join(index, len(horizontal) + other)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for index, rule in enumerate(horizontal):
        groups[sets.find(index)][0].append(rule)
    for index, rule in enumerate(vertical):
        groups[sets.find(len(horizontal) + index)][1].append(rule)
    return [group for group in groups.values() if group[0] and group[1]]


def _grid(across: list[Rule], along: list[Rule], near: list[Point], snap: float) -> Grid | None:
    """The grid of one component; `across` are its horizontal rules, `along` its vertical ones."""
    xs = _edges(along, across, sorted(x for x, _ in near), snap)
    ys = _edges(across, along, sorted(y for _, y in near), snap)
    if not (len(xs) > 1 and len(ys) > 1 and (len(xs) - 1) * (len(ys) - 1) <= MAX_PLACES):
        return None
    grid = _partition(across, along, xs, ys)
    if min(_narrowest(xs), _narrowest(ys)) >= STRIP:
        return grid
    written = {grid.places[owner] for owner in _owners_of(grid, near)}
    xs = _without_strips(xs, {place.col_start for place in written if place.col_end - place.col_start == 1})
    ys = _without_strips(ys, {place.row_start for place in written if place.row_end - place.row_start == 1})
    return _partition(across, along, xs, ys) if len(xs) > 1 and len(ys) > 1 else None


def _partition(across: list[Rule], along: list[Rule], xs: list[float], ys: list[float]) -> Grid:
    """Merges neighbours in the elementary grid that no rule parts."""
    n_rows, n_cols = len(ys) - 1, len(xs) - 1
    walls_right = _walls(along, xs, ys)  # [column edge][row]
    walls_below = _walls(across, ys, xs)  # [row edge][column]
    sets = _Sets(n_rows * n_cols)
    for row in range(n_rows):
        for col in range(n_cols):
            here = row * n_cols + col
            if col + 1 < n_cols and not walls_right[col + 1][row]:
                sets.join(here, here + 1)
            if row + 1 < n_rows and not walls_below[row + 1][col]:
                sets.join(here, here + n_cols)
    regions = [[sets.find(row * n_cols + col) for col in range(n_cols)] for row in range(n_rows)]
    return Grid(tuple(xs), tuple(ys), tuple(_rectangles(regions)))


def _narrowest(edges: list[float]) -> float:
    return min(other - one for one, other in pairwise(edges))


def _owners_of(grid: Grid, points: Iterable[Point]) -> set[int]:
    owners = grid.owners()
    spots = (grid.spot(x, y) for x, y in points)
    return {owners[spot[0]][spot[1]] for spot in spots if spot}


def _without_strips(edges: list[float], written: set[int]) -> list[float]:
    """Makes one edge of two that are near each other, unless something is written between them alone."""
    kept = edges[:1]
    for index, edge in enumerate(edges[1:]):
        if edge - kept[-1] >= STRIP or index in written:
            kept.append(edge)
        elif index == len(edges) - 2 and len(kept) > 1:
            kept[-1] = edge
    return kept


def _edges(rules: list[Rule], crossing: list[Rule], inside: list[float], snap: float) -> list[float]:
    """Places of `rules` snapped together, with missing outer edges put where the crossing rules end."""
    clusters: list[list[float]] = []
    for rule in sorted(rules):
        if clusters and rule.at - clusters[-1][0] <= snap:
            clusters[-1].append(rule.at)
        else:
            clusters.append([rule.at])
    edges = [sum(cluster) / len(cluster) for cluster in clusters]
    first, last = min(rule.start for rule in crossing), max(rule.end for rule in crossing)
    ends_first = sum(rule.start - first <= 2 * SNAP for rule in crossing)
    ends_last = sum(last - rule.end <= 2 * SNAP for rule in crossing)
    if edges[0] - first > OVERSHOOT and ends_first > 1 and _any_between(inside, first, edges[0]):
        edges.insert(0, first)
    if last - edges[-1] > OVERSHOOT and ends_last > 1 and _any_between(inside, edges[-1], last):
        edges.append(last)
    return edges


def _any_between(values: list[float], low: float, high: float) -> bool:
    return bisect_left(values, low) < bisect_right(values, high)


def _walls(rules: list[Rule], edges: list[float], crossing: list[float]) -> list[list[bool]]:
    """For each edge and each step between crossing edges, whether a rule runs along it."""
    lying: list[list[tuple[float, float]]] = [[] for _ in edges]
    for rule in rules:
        index = bisect_left(edges, rule.at)
        nearest = min(
            (i for i in (index - 1, index) if 0 <= i < len(edges)), key=lambda i: abs(edges[i] - rule.at)
        )
        if abs(edges[nearest] - rule.at) < STRIP + SNAP:
            lying[nearest].append((rule.start, rule.end))
    walls = []
    for ranges in lying:
        joined = _union(ranges, 0)
        row = []
        at = 0
        for low, high in pairwise(crossing):
            while at < len(joined) and joined[at][1] <= low:
                at += 1
            covered, look = 0.0, at
            while look < len(joined) and joined[look][0] < high:
                covered += min(joined[look][1], high) - max(joined[look][0], low)
                look += 1
            row.append(covered >= COVER * (high - low))
        walls.append(row)
    return walls


def _rectangles(regions: list[list[int]]) -> list[Place]:
    """Cuts regions into rectangles in reading order; a region that is one stays whole."""
    n_rows, n_cols = len(regions), len(regions[0])
    taken = [[False] * n_cols for _ in range(n_rows)]
    places = []
    for row in range(n_rows):
        for col in range(n_cols):
            if taken[row][col]:
                continue
            region = regions[row][col]
            right = col
            while right < n_cols and regions[row][right] == region and not taken[row][right]:
                right += 1
            below = row + 1
            while below < n_rows and all(
                regions[below][c] == region and not taken[below][c] for c in range(col, right)
            ):
                below += 1
            for r in range(row, below):
                taken[r][col:right] = [True] * (right - col)
            places.append(Place(row, below, col, right))
    return places
