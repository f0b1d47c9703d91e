"""The simulated loop's points as JSON, a table and a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evaluation.bootstrap import compare, interval
from training.loop_simulation import Point, Strategy

_WIDTH, _HEIGHT = 520, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 16, 48
_MOST_TICKS = 6
_COLOURS = {Strategy.UNCERTAIN: "#0b6e4f", Strategy.RANDOM: "#b5541c"}
_NAMES = {Strategy.UNCERTAIN: "uncertain first 不确定优先", Strategy.RANDOM: "at random 随机"}


@dataclass(frozen=True, slots=True)
class Gain:
    """What a strategy bought: points of F1 over the first model, and facts corrected for each."""

    points: float
    corrected: int

    @property
    def price(self) -> float | None:
        """Facts corrected per point; `None` where nothing was gained."""
        return self.corrected / self.points if self.points > 0 else None


def curve(points: Sequence[Point], strategy: Strategy) -> list[Point]:
    """A strategy's points, the first model's at the head."""
    return [point for point in points if point.strategy in (None, strategy)]


def gain(points: Sequence[Point], strategy: Strategy) -> Gain:
    """Of a strategy's last model."""
    first, *_, last = curve(points, strategy)
    return Gain(100 * (last.f1 - first.f1), last.corrected)


def corrected_for(points: Sequence[Point], strategy: Strategy, f1: float) -> float | None:
    """Facts corrected until a strategy's curve, straight between its points, first has the score; `None`: never."""
    line = curve(points, strategy)
    for before, after in pairwise(line):
        if before.f1 >= f1:
            return before.corrected
        if after.f1 >= f1:
            share = (f1 - before.f1) / (after.f1 - before.f1)
            return before.corrected + share * (after.corrected - before.corrected)
    return line[-1].corrected if line[-1].f1 >= f1 else None


def result(settings: Mapping[str, Any], points: Sequence[Point]) -> dict[str, Any]:
    """Everything, as JSON takes it."""
    return {
        "settings": dict(settings),
        "points": [
            {**point.to_dict(), "f1": round(point.f1, 5), "interval": _interval(point)} for point in points
        ],
        "summary": {strategy.value: _summary(points, strategy) for strategy in Strategy},
        "difference": [_difference(points, number) for number in sorted({p.round for p in points} - {0})],
    }


def table(points: Sequence[Point]) -> str:
    """The rounds in Markdown, and what each strategy bought."""
    lines = [
        "| Round | " + " | ".join(f"{name}: documents | facts corrected | F1" for name in Strategy) + " |",
        "|---" * (1 + 3 * len(Strategy)) + "|",
    ]
    for number in sorted({point.round for point in points}):
        cells = [
            f"{point.documents} | {point.corrected} | {_percent(point)}"
            for strategy in Strategy
            for point in curve(points, strategy)
            if point.round == number
        ]
        lines.append(f"| {number} | {' | '.join(cells)} |")
    lines += ["", "| Strategy | points of F1 gained | facts corrected per point |", "|---|---|---|"]
    for strategy in Strategy:
        bought = gain(points, strategy)
        price = "—" if bought.price is None else f"{bought.price:.0f}"
        lines.append(f"| {strategy} | {bought.points:+.1f} | {price} |")
    return "\n".join(lines) + "\n"


def chart(points: Sequence[Point]) -> str:
    """F1 against facts corrected, as SVG."""
    scores = [100 * point.f1 for point in points]
    y_step = _step(max(scores) - min(scores))
    y_low = y_step * (min(scores) // y_step)
    y_high = y_step * -(-max(scores) // y_step)
    x_step = _step(max(point.corrected for point in points))
    x_high = x_step * -(-max(point.corrected for point in points) // x_step)

    def x(corrected: float) -> float:
        return round(_LEFT + corrected / max(x_high, 1) * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(score: float) -> float:
        return round(
            _HEIGHT - _BOTTOM - (score - y_low) / max(y_high - y_low, 1) * (_HEIGHT - _TOP - _BOTTOM), 1
        )

    lines = [
        {
            "name": _NAMES[strategy],
            "colour": _COLOURS[strategy],
            "points": [(x(point.corrected), y(100 * point.f1)) for point in curve(points, strategy)],
        }
        for strategy in Strategy
    ]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), undefined=StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    return environment.get_template("loop_curve.svg.j2").render(
        width=_WIDTH, height=_HEIGHT, left=_LEFT, right=_WIDTH - _RIGHT, top=_TOP, bottom=_HEIGHT - _BOTTOM,
        x_ticks=[(x(at), f"{at:,}") for at in _ticks(0, int(x_high), int(x_step))],
        y_ticks=[(y(at), f"{at}") for at in _ticks(int(y_low), int(y_high), int(y_step))],
        lines=lines,
    )  # fmt: skip


def _step(span: float) -> int:
    """A round distance of ticks."""
    step = 1
    for factor in (2, 2.5, 2) * 8:
        if span / step <= _MOST_TICKS:
            break
        step = int(step * factor)
    return step


def _ticks(low: int, high: int, step: int) -> range:
    return range(low, high + 1, step)


def _summary(points: Sequence[Point], strategy: Strategy) -> dict[str, Any]:
    bought = gain(points, strategy)
    # The lowest of the strategies' last scores is one that every curve reaches.
    common = min(curve(points, other)[-1].f1 for other in Strategy)
    needed = corrected_for(points, strategy, common)
    return {
        "points": round(bought.points, 3),
        "corrected": bought.corrected,
        "corrected_per_point": None if bought.price is None else round(bought.price, 1),
        "common_f1": round(common, 5),
        "corrected_for_common_f1": None if needed is None else round(needed),
    }


def _difference(points: Sequence[Point], number: int) -> dict[str, Any]:
    """Uncertain first minus random after a round, by a paired test over the development documents."""
    by_strategy = {point.strategy: point for point in points if point.round == number}
    random, uncertain = by_strategy[Strategy.RANDOM].counts, by_strategy[Strategy.UNCERTAIN].counts
    found = compare([random[name] for name in random], [uncertain[name] for name in random])
    return {
        "round": number,
        "f1": found.difference,
        "interval": [found.interval.low, found.interval.high] if found.interval else None,
        "p_value": found.p_value,
    }


def _interval(point: Point) -> list[float] | None:
    found = interval(list(point.counts.values()))
    return [round(found.low, 5), round(found.high, 5)] if found else None


def _percent(point: Point) -> str:
    found = interval(list(point.counts.values()))
    return f"{100 * point.f1:.1f}" + (f" ({100 * found.low:.1f}–{100 * found.high:.1f})" if found else "")
