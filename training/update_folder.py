"""The model in use and what lies beside it: the run in progress, the models before, the record of updates.

Beside `models/released` it is `models/released-history`: `run/` (removed at the end), `previous/` with a folder for
each model that was replaced, and `updates.jsonl`. A replacement is written beside the model, flushed to the disk
and exchanged with it in one step, so that whoever opens the folder finds one model or the other. Where the system
cannot exchange folders (neither Linux nor macOS), the name stands for nothing between two renames.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.export import CHECKSUMS
from training.update_data import UpdateError
from training.update_record import ModelState, UpdateRecord

_CARD = "MODEL_CARD.md"
_AT_CWD, _EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of linux/fs.h; RENAME_SWAP of macOS is 2, too
_UNABLE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The folder of the model in use, by its real path."""

    path: Path

    @property
    def history(self) -> Path:
        return self.path.with_name(f"{self.path.name}-history")

    @property
    def run(self) -> Path:
        return self.history / "run"

    @property
    def updates(self) -> Path:
        return self.history / "updates.jsonl"

    @property
    def _pending(self) -> Path:
        return self.history / "pending.json"

    @property
    def _incoming(self) -> Path:
        return self.path.with_name(f".{self.path.name}-incoming")

    def previous(self, name: str) -> Path:
        return self.history / "previous" / name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second update off; where the system has no `flock`, it does not.

        Raises:
            UpdateError: Another update of this model is running.
        """
        self.history.mkdir(parents=True, exist_ok=True)
        with (self.history / "lock").open("w") as file:
            try:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except ImportError:
                pass
            except OSError:
                raise UpdateError(f"{self.path}: another update is running / 另一次更新正在进行") from None
            yield

    def state(self) -> ModelState:
        return model_state(self.path)

    def replace(self, release: Path, record: UpdateRecord) -> None:
        """Puts the release in place of the model, which goes to `previous/`, and writes the record.

        Once the release lies beside the model, `settle` can finish what a killed process began.
        """
        remove(self._incoming)
        copy_flushed(release, self._incoming)
        write_flushed(self._pending, json.dumps(record.to_dict(), ensure_ascii=False))
        self.settle()

    def settle(self) -> UpdateRecord | None:
        """Finishes a replacement that was decided; `None` where there is none, or another model came between."""
        if not self._pending.exists():
            remove(self._incoming)
            return None
        record = UpdateRecord.from_dict(json.loads(self._pending.read_text(encoding="utf-8")))
        outgoing = self.previous(record.previous or record.id)
        outgoing.parent.mkdir(parents=True, exist_ok=True)
        if self._incoming.exists() and model_state(self._incoming).digest == record.after.digest:
            if not self.path.exists():
                self._incoming.rename(self.path)  # killed between the two renames
            elif self.state().digest != record.before.digest:
                self._drop_pending()
                return None
            elif not exchanged(self._incoming, self.path):
                self.path.rename(outgoing)
                self._incoming.rename(self.path)
            flush_folder(self.path.parent)
        if self._incoming.exists():
            self._incoming.rename(outgoing)
        self.append(record)
        self._drop_pending()
        return record

    def append(self, record: UpdateRecord) -> None:
        """Adds the record's line to `updates.jsonl`, once."""
        known = self.updates.read_text(encoding="utf-8") if self.updates.exists() else ""
        if any(json.loads(line)["id"] == record.id for line in known.splitlines()):
            return
        line = json.dumps(record.to_dict(), ensure_ascii=False)
        # As a whole, so that a process killed while writing leaves no half line.
        write_flushed(self.updates, f"{known}{line}\n")

    def _drop_pending(self) -> None:
        remove(self._incoming)
        self._pending.unlink(missing_ok=True)
        remove(self.run)


def model_state(folder: Path) -> ModelState:
    """The checksums of a model's files, and one of them all. The card is not part of the model.

    Raises:
        UpdateError: There is no such folder.
    """
    if not folder.is_dir():
        raise UpdateError(f"{folder}: no such model folder / 模型文件夹不存在")
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in (CHECKSUMS, _CARD)
    }
    whole = hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in files.items()).encode())
    return ModelState(whole.hexdigest(), files)


def exchanged(first: Path, second: Path) -> bool:
    """Swaps two folders in one step; `False`, with nothing done, where the system cannot.

    Raises:
        OSError: It can, and failed.
    """
    library: Any = ctypes.CDLL(None, use_errno=True) if sys.platform != "win32" else None
    one, two = os.fsencode(first), os.fsencode(second)
    if hasattr(library, "renameat2"):
        status = library.renameat2(_AT_CWD, one, _AT_CWD, two, _EXCHANGE)
    elif hasattr(library, "renamex_np"):
        status = library.renamex_np(one, two, _EXCHANGE)
    else:
        return False
    number = ctypes.get_errno()
    if status and number not in _UNABLE:
        raise OSError(number, os.strerror(number), str(first), None, str(second))
    return bool(status == 0)


def copy_flushed(source: Path, target: Path) -> None:
    """Copies a folder's files and waits until they are on the disk."""
    target.mkdir(parents=True)
    for path in source.iterdir():
        if path.is_file():
            shutil.copyfile(path, target / path.name)
            with (target / path.name).open("rb") as file:
                os.fsync(file.fileno())
    flush_folder(target)


def write_flushed(path: Path, text: str) -> None:
    """Writes a file beside and renames it, flushed, so that it is there whole or not at all."""
    beside = path.with_name(f"{path.name}.partial")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Waits until a folder's names are on the disk; Windows does that by itself."""
    if sys.platform != "win32":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def remove(folder: Path) -> None:
    """Removes a folder if it is there."""
    if folder.exists():
        shutil.rmtree(folder)
