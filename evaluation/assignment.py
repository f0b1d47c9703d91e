"""One-to-one pairing that no order of the inputs can change the worth of.

Maximum weight bipartite matching by the Hungarian method with potentials (Kuhn 1955; Munkres 1957), O(n³) in
the size of a connected component, which is a handful here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

Pair = tuple[int, int]


def best_pairs(weights: Mapping[Pair, int]) -> list[Pair]:
    """The most pairs that can be made and, among those, the pairs of the greatest total weight.

    Args:
        weights: The pairs (left, right) that may be made, with non-negative weights.

    Returns:
        The pairs, ordered by their left member. Ties go to the smaller indices' favour in a fixed way, so
        callers who want independence from an input order number the members by their content.
    """
    pairs: list[Pair] = []
    for component in _components(weights):
        pairs.extend(_solve({pair: weights[pair] for pair in component}))
    return sorted(pairs)


def _components(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """The pairs by connected component of the bipartite graph."""
    root: dict[tuple[str, int], tuple[str, int]] = {}

    def find(node: tuple[str, int]) -> tuple[str, int]:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for left, right in sorted(pairs):
        root[find(("right", right))] = find(("left", left))
    components: dict[tuple[str, int], list[Pair]] = defaultdict(list)
    for left, right in sorted(pairs):
        components[find(("left", left))].append((left, right))
    return list(components.values())


def _solve(weights: Mapping[Pair, int]) -> list[Pair]:
    lefts = sorted({left for left, _ in weights})
    rights = sorted({right for _, right in weights})
    if len(lefts) > len(rights):
        return [(left, right) for right, left in _solve({(r, le): w for (le, r), w in weights.items()})]
    # An edge outweighs all the preferences together, so that the number of pairs comes first.
    edge = 1 + max(weights.values()) * len(lefts)
    costs = [[-(edge + weights[le, r]) if (le, r) in weights else 0 for r in rights] for le in lefts]
    chosen = [(lefts[row], rights[column]) for row, column in _hungarian(costs)]
    return [pair for pair in chosen if pair in weights]


def _hungarian(costs: list[list[int]]) -> list[Pair]:
    """Assigns every row a column of its own at the least total cost; no more rows than columns.

    Rows are added one by one; each time the cheapest augmenting path is found by Dijkstra's method over
    reduced costs. Index 0 of the 1-based arrays is the sentinel column that holds the row being added.
    """
    n_rows, n_columns = len(costs), len(costs[0])
    row_potential = [0] * (n_rows + 1)
    column_potential = [0] * (n_columns + 1)
    row_of = [0] * (n_columns + 1)
    for added in range(1, n_rows + 1):
        row_of[0] = added
        column = 0
        slack: list[int | None] = [None] * (n_columns + 1)
        came_from = [0] * (n_columns + 1)
        visited = [False] * (n_columns + 1)
        while row_of[column]:
            visited[column] = True
            row, nearest, step = row_of[column], 0, None
            for other in range(1, n_columns + 1):
                if visited[other]:
                    continue
                reduced = costs[row - 1][other - 1] - row_potential[row] - column_potential[other]
                known = slack[other]
                if known is None or reduced < known:
                    slack[other] = known = reduced
                    came_from[other] = column
                if step is None or known < step:
                    step, nearest = known, other
            assert step is not None
            for other in range(n_columns + 1):
                if visited[other]:
                    row_potential[row_of[other]] += step
                    column_potential[other] -= step
                elif (held := slack[other]) is not None:
                    slack[other] = held - step
            column = nearest
        while column:
            row_of[column] = row_of[came_from[column]]
            column = came_from[column]
    return sorted((row_of[column] - 1, column - 1) for column in range(1, n_columns + 1) if row_of[column])
