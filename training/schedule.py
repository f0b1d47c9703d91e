"""What pre-training and fine-tuning share: the rate's course over a budget of time, due times, and a tidy stop."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

_MINUTE = 60.0


def learning_rate(progress: float, *, peak: float, warmup: float) -> float:
    """Linear rise over the share `warmup` of the run, then linear fall to nought at its end."""
    return peak * max(0.0, min(progress / warmup, (1 - progress) / (1 - warmup)))


class Stopwatch:
    """Tells when something that happens every so many minutes is due."""

    def __init__(self, minutes: float, now: float) -> None:
        self._interval, self._last = minutes * _MINUTE, now

    def due(self, now: float) -> bool:
        if now - self._last < self._interval:
            return False
        self._last = now
        return True


def stop_on_signals() -> Callable[[], bool]:
    """Catch SIGTERM and SIGINT from here on; the function returned says whether one has come."""
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        received.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return lambda: bool(received)
