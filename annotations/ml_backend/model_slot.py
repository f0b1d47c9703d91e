"""The model that answers, and its replacement by a newer one in the same folder while requests go on."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from annotations.label_studio.tasks import model_version
from annotations.ml_backend.errors import BackendError, BackendErrorCode
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder
from extraction.narrative.learned_linker import linker_of
from extraction.narrative.reading import ModelReader, ParagraphReader
from models.runtime import CODE_HEAD, GRAPH, LABELS, ModelTagger

logger = logging.getLogger(__name__)

CHECKSUMS = "SHA256SUMS"
_NEEDED = (GRAPH, LABELS, CODE_HEAD, "tokenizer.json")
_CARD_SUFFIX = ".md"  # a model card may be written later without making it another model

Stamp = tuple[str, int, int, int, int]
Fingerprint = tuple[Stamp, ...]


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A reader, the version that its predictions bear, and the digests of the files that it was made of."""

    version: str
    digests: Mapping[str, str]
    reader: ParagraphReader


def file_digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of a model's files by their names; the card is none of them.

    Raises:
        BackendError: `no_model` where one that is needed is missing, `model_changing` where one is not as
            `SHA256SUMS` says.
    """
    try:
        names = [name for name, *_ in fingerprint(folder) if name != CHECKSUMS]
        digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    except OSError as error:
        raise BackendError(BackendErrorCode.MODEL_CHANGING, f"{folder}: {error}") from error
    for name in _NEEDED:
        if name not in digests:
            raise BackendError(BackendErrorCode.NO_MODEL, f"{folder / name} is missing")
    for name, expected in _checksums(folder).items():
        if not name.endswith(_CARD_SUFFIX) and digests.get(name) != expected:
            raise BackendError(BackendErrorCode.MODEL_CHANGING, f"{folder / name} is not as {CHECKSUMS} says")
    return digests


class ModelSlot:
    """Holds the model of a folder; a changed folder is loaded when the model is next asked for.

    While one thread loads a new model the others go on with the old one. A folder that is half written, or holds
    a broken model, leaves the old one in its place and is tried again when it has changed.

    Args:
        folder: What `training.export` writes.
        load: Makes a reader of the folder's model; ONNX Runtime with two threads by default.
    """

    def __init__(self, folder: Path, load: Callable[[Path], ParagraphReader] | None = None) -> None:
        self.folder = folder
        self.problem: BackendError | None = None
        self._load = load or load_reader
        self._loading = threading.Lock()
        self._model: LoadedModel | None = None
        self._seen: Fingerprint | None = None

    @property
    def loaded(self) -> LoadedModel | None:
        """The model that was used last, without a look at the folder."""
        return self._model

    def current(self) -> LoadedModel:
        """The folder's model, loaded anew where the folder has changed.

        Raises:
            BackendError: There is none yet, and the folder's cannot be loaded.
        """
        model = self._model
        if model is not None and fingerprint(self.folder) == self._seen:
            return model
        if model is None:
            with self._loading:
                return self._refreshed()
        # One thread loads the new model; the others do not wait for it.
        if not self._loading.acquire(blocking=False):
            return model
        try:
            return self._refreshed()
        finally:
            self._loading.release()

    def _refreshed(self) -> LoadedModel:
        found = fingerprint(self.folder)
        if self._model is not None and found == self._seen:
            return self._model
        try:
            model = self._loaded_from(found)
        except BackendError as error:
            self.problem = error
            if self._model is None:
                raise
            logger.error("the model stays %s: %s", self._model.version, error.message)
            # Not tried again, nor told again, until the folder changes once more.
            self._seen = found
            return self._model
        if self._model is not model:
            logger.info("model %s of %s is in use", model.version, self.folder)
        self._model, self._seen, self.problem = model, found, None
        return model

    def _loaded_from(self, found: Fingerprint) -> LoadedModel:
        digests = file_digests(self.folder)
        if self._model is not None and self._model.digests == digests:
            return self._model
        try:
            reader = self._load(self.folder)
        except Exception as error:  # ONNX Runtime raises types of its own
            detail = f"{self.folder}: {type(error).__name__}: {error}"[:300]
            raise BackendError(BackendErrorCode.MODEL_BROKEN, detail) from error
        version = model_version(self.folder)
        if fingerprint(self.folder) != found:
            raise BackendError(BackendErrorCode.MODEL_CHANGING, str(self.folder))
        return LoadedModel(version, digests, reader)


def fingerprint(folder: Path) -> Fingerprint:
    """What tells, without reading them, that a model's files were written, replaced, added or taken away."""
    stamps: list[Stamp] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return ()
    for entry in entries:
        try:
            status = entry.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and not entry.name.endswith(_CARD_SUFFIX):
            stamps.append((entry.name, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))
    return tuple(stamps)


def load_reader(folder: Path, *, threads: int = 2) -> ParagraphReader:
    """The folder's model with the catalogue; its linker where it has one, else the released one."""
    return ModelReader(ModelTagger(folder, threads=threads), CatalogueCoder(load_catalogue()), linker_of(folder))


def _checksums(folder: Path) -> dict[str, str]:
    """The digests that `SHA256SUMS` names, none where there is no such file."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BackendError(BackendErrorCode.MODEL_CHANGING, f"{folder / CHECKSUMS}: {error}") from error
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    return {pair[1].lstrip("*"): pair[0] for pair in pairs if len(pair) == 2}
