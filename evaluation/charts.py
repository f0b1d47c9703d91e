"""Geometry of the page's charts, in SVG user units; the template draws it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.reliability import CoveragePoint, Reliability

WIDTH, HEIGHT = 320, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 20, 12, 40


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis at `at` with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bin: its column from the axis up to the accuracy, and the point of its mean confidence."""

    x: float
    width: float
    top: float
    point_x: float
    title: str


@dataclass(frozen=True, slots=True)
class Axes:
    """The plot's frame and ticks."""

    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class ReliabilityChart:
    """Accuracy over confidence; on the diagonal a confidence means what it says."""

    axes: Axes
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class CoverageChart:
    """Precision over the share of answers kept, as a polyline's points."""

    axes: Axes
    points: str


def _x(share: float) -> float:
    return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _axes(y_low: float) -> Axes:
    """The frame with five steps a side; the vertical axis begins at `y_low`."""
    steps = [step / 5 for step in range(6)]
    return Axes(
        _x(0), _x(1), _y(1), _y(0),
        tuple(Tick(_x(step), f"{step:.0%}") for step in steps),
        tuple(Tick(_y(step), f"{y_low + step * (1 - y_low):.0%}") for step in steps),
    )  # fmt: skip


def reliability_chart(curve: Reliability) -> ReliabilityChart:
    bars = tuple(
        Bar(
            _x(b.low), round(_x(b.high) - _x(b.low), 1), _y(b.accuracy), _x(b.mean_confidence),
            f"{b.low:.1f}–{b.high:.1f}: n = {b.count}, {b.mean_confidence:.3f} → {b.accuracy:.3f}",
        )
        for b in curve.bins
    )  # fmt: skip
    return ReliabilityChart(_axes(0.0), bars)


def coverage_chart(points: Sequence[CoveragePoint]) -> CoverageChart:
    """The vertical axis begins at a multiple of 5 % below the lowest precision, since the top is what matters."""
    lowest = min(point.precision for point in points)
    y_low = max(0.0, min(0.95, math.floor(lowest * 20) / 20))
    line = [(0.0, points[0].precision), *((p.coverage, p.precision) for p in points)]
    drawn = " ".join(f"{_x(cover)},{_y((prec - y_low) / (1 - y_low))}" for cover, prec in line)
    return CoverageChart(_axes(y_low), drawn)
