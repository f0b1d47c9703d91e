"""One training at a time in a state folder, also across a restart of the server.

The lock is of the open file, which the training's process inherits: it is held until the last process that has the
file open has ended, be it the server or a training that has outlived it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_FILE = "training.lock"


@dataclass(slots=True)
class HeldLock:
    """A lock that is held; `descriptor` is given on to the training's process."""

    descriptor: int

    def release(self) -> None:
        """Gives this process's part up."""
        os.close(self.descriptor)


def acquire(folder: Path) -> HeldLock | None:
    """The lock of a state folder, or `None` where a training holds it.

    Raises:
        OSError: The lock's file cannot be written.
        ImportError: The system has no such locks (Windows).
    """
    import fcntl

    descriptor = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return HeldLock(descriptor)
