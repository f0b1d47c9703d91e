"""The simulated loop's points as JSON, a table and a chart; several runs, of a seed each, together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evaluation.bootstrap import compare
from evaluation.metrics import Counts, total
from training.loop_simulation import Point, Strategy

Runs = Sequence[Sequence[Point]]

_WIDTH, _HEIGHT = 520, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 16, 48
_MOST_TICKS = 6
_COLOURS = {Strategy.UNCERTAIN: "#0b6e4f", Strategy.RANDOM: "#b5541c"}
_NAMES = {Strategy.UNCERTAIN: "uncertain first 不确定优先", Strategy.RANDOM: "at random 随机"}


@dataclass(frozen=True, slots=True)
class Mean:
    """The runs' points of one strategy and round together; `low` and `high` are the worst and best F1 of a run."""

    round: int
    documents: float
    facts: float
    corrected: float
    f1: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Gain:
    """What a strategy bought: points of F1 over the first model, and facts corrected for them."""

    points: float
    corrected: float

    @property
    def price(self) -> float | None:
        """Facts corrected per point; `None` where nothing was gained."""
        return self.corrected / self.points if self.points > 0 else None


def curve(runs: Runs, strategy: Strategy) -> list[Mean]:
    """A strategy's means, round by round, the first models' at the head."""
    rounds = sorted({point.round for run in runs for point in run})
    return [_mean(number, _points(runs, strategy, number)) for number in rounds]


def gain(runs: Runs, strategy: Strategy) -> Gain:
    """Of a strategy's last models."""
    first, *_, last = curve(runs, strategy)
    return Gain(100 * (last.f1 - first.f1), last.corrected)


def corrected_for(runs: Runs, strategy: Strategy, f1: float) -> float | None:
    """Facts corrected until a strategy's curve, straight between its points, first has the score; `None`: never."""
    line = curve(runs, strategy)
    if line[0].f1 >= f1:
        return line[0].corrected
    for before, after in pairwise(line):
        if after.f1 >= f1:
            share = (f1 - before.f1) / (after.f1 - before.f1)
            return before.corrected + share * (after.corrected - before.corrected)
    return None


def result(settings: Mapping[str, Any], runs: Mapping[int, Sequence[Point]]) -> dict[str, Any]:
    """Everything, as JSON takes it; `runs` are by their seeds."""
    all_runs = list(runs.values())
    rounds = sorted({point.round for run in all_runs for point in run} - {0})
    return {
        "settings": dict(settings),
        "runs": {
            str(seed): [{**point.to_dict(), "f1": round(point.f1, 5)} for point in run]
            for seed, run in runs.items()
        },
        "curves": {
            strategy.value: [asdict(mean) for mean in curve(all_runs, strategy)] for strategy in Strategy
        },
        "summary": {strategy.value: _summary(all_runs, strategy) for strategy in Strategy},
        "difference": [_difference(all_runs, number) for number in rounds],
    }


def table(runs: Runs) -> str:
    """The rounds in Markdown, and what each strategy bought. F1 is a mean with the worst and best run's."""
    names = " | ".join(f"{name}: documents | facts corrected | F1" for name in Strategy)
    lines = [f"| Round | {names} | Difference |", "|---" * (2 + 3 * len(Strategy)) + "|"]
    for means in zip(*(curve(runs, strategy) for strategy in Strategy), strict=True):
        number = means[0].round
        cells = [f"{m.documents:.0f} | {m.corrected:,.0f} | {_percent(m)}" for m in means]
        lines.append(f"| {number} | {' | '.join(cells)} | {_difference_text(runs, number)} |")
    lines += ["", "| Strategy | points of F1 gained | facts corrected per point |", "|---|---|---|"]
    for strategy in Strategy:
        bought = gain(runs, strategy)
        price = "—" if bought.price is None else f"{bought.price:.0f}"
        lines.append(f"| {strategy} | {bought.points:+.1f} | {price} |")
    return "\n".join(lines) + "\n"


def chart(runs: Runs) -> str:
    """F1 against facts corrected, as SVG."""
    means = [mean for strategy in Strategy for mean in curve(runs, strategy)]
    scores = [100 * mean.f1 for mean in means]
    y_step = _step(max(scores) - min(scores))
    y_low = y_step * (min(scores) // y_step)
    y_high = y_step * -(-max(scores) // y_step)
    most = max(mean.corrected for mean in means)
    x_step = _step(most)
    x_high = x_step * -(-most // x_step)

    def x(corrected: float) -> float:
        return round(_LEFT + corrected / max(x_high, 1) * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(score: float) -> float:
        share = (score - y_low) / max(y_high - y_low, 1)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)

    lines = [
        {
            "name": _NAMES[strategy],
            "colour": _COLOURS[strategy],
            "points": [(x(mean.corrected), y(100 * mean.f1)) for mean in curve(runs, strategy)],
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


def _points(runs: Runs, strategy: Strategy, number: int) -> list[Point]:
    return [p for run in runs for p in run if p.round == number and p.strategy in (None, strategy)]


def _mean(number: int, points: Sequence[Point]) -> Mean:
    scores = [point.f1 for point in points]
    return Mean(
        number,
        fmean(point.documents for point in points),
        fmean(point.facts for point in points),
        fmean(point.corrected for point in points),
        fmean(scores),
        min(scores),
        max(scores),
    )


def _summary(runs: Runs, strategy: Strategy) -> dict[str, Any]:
    bought = gain(runs, strategy)
    # The lowest of the strategies' last scores is one that every curve reaches.
    common = min(curve(runs, other)[-1].f1 for other in Strategy)
    needed = corrected_for(runs, strategy, common)
    return {
        "points": round(bought.points, 3),
        "corrected": round(bought.corrected, 1),
        "corrected_per_point": None if bought.price is None else round(bought.price, 1),
        "common_f1": round(common, 5),
        "corrected_for_common_f1": None if needed is None else round(needed),
    }


def _difference(runs: Runs, number: int) -> dict[str, Any]:
    """Uncertain first minus random after a round, and a paired test over the development documents.

    A document's counts are those of all runs together; what another seed would change is told by the runs alone.
    """
    random, uncertain = (
        _points(runs, strategy, number) for strategy in (Strategy.RANDOM, Strategy.UNCERTAIN)
    )
    names = list(random[0].counts)
    found = compare(_summed(random, names), _summed(uncertain, names))
    return {
        "round": number,
        "by_run": [round(u.f1 - r.f1, 5) for r, u in zip(random, uncertain, strict=True)],
        "f1": found.difference,
        "interval": [found.interval.low, found.interval.high] if found.interval else None,
        "p_value": found.p_value,
    }


def _summed(points: Sequence[Point], names: Sequence[str]) -> list[Counts]:
    return [total(point.counts[name] for point in points) for name in names]


def _difference_text(runs: Runs, number: int) -> str:
    if not number:
        return ""
    found = _difference(runs, number)
    low, high = found["interval"] or (found["f1"], found["f1"])
    return f"{100 * found['f1']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def _percent(mean: Mean) -> str:
    between = f" ({100 * mean.low:.1f}–{100 * mean.high:.1f})" if mean.low < mean.high else ""
    return f"{100 * mean.f1:.1f}{between}"
