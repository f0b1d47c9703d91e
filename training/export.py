"""Release a fine-tuned tagger: graph, tokenizer, labels with settings, checksums.

    python -m training.export RUN/best models/released --precision int8

`training.model_card` writes the card once the release has been scored.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotations.corpus_format import AnnotatedDocument
from annotations.splits import CORPUS_FOLDER, Split, load_split
from models.labels import TAGS
from models.link_network import LINK_WEIGHTS
from models.runtime import LABELS, RELEASED
from models.tagger import load_tagger
from training.calibrate import calibrated, write_settings
from training.onnx_graph import Precision, write_graph

CHECKSUMS = "SHA256SUMS"
MOST_BYTES = 25_000_000


def export(checkpoint: Path, folder: Path, precision: Precision, corpus: Path) -> None:
    """Write a release, calibrated on the corpus's development files.

    Raises:
        FileNotFoundError: The checkpoint holds no tagger.
        ValueError: The release would be over `MOST_BYTES`.
    """
    release(checkpoint, folder, precision, load_split(Split.DEVELOPMENT, corpus))


def release(
    checkpoint: Path, folder: Path, precision: Precision, documents: Sequence[AnnotatedDocument]
) -> None:
    """Write a release, calibrated on documents that it was not trained on; raises as `export`."""
    model, tokenizer = load_tagger(checkpoint)
    write_graph(model, folder, precision)
    tokenizer.save(folder)
    labels: dict[str, Any] = {
        "tags": TAGS, "codes": model.codes, "precision": precision.value, "architecture": model.architecture(),
        "settings": {},
    }  # fmt: skip
    (folder / LABELS).write_text(json.dumps(labels), encoding="utf-8")
    keep_link_weights(folder)
    write_settings(folder, calibrated(folder, documents))
    size = write_checksums(folder)
    if size > MOST_BYTES:
        raise ValueError(f"the release takes {size} bytes, more than {MOST_BYTES}; use --precision int8 or fp16")


def keep_link_weights(folder: Path) -> None:
    """The linker's weights do not depend on the tagger's: a folder without any gets those released with this program."""
    released = RELEASED / LINK_WEIGHTS
    if released.exists() and not (folder / LINK_WEIGHTS).exists():
        shutil.copyfile(released, folder / LINK_WEIGHTS)


def write_checksums(folder: Path) -> int:
    """Write `SHA256SUMS`, which `sha256sum --check` reads; returns the bytes of all files that it names."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != CHECKSUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
    return sum(path.stat().st_size for path in files)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="`best/` of a fine-tuning run")
    parser.add_argument("folder", type=Path, help="where to write the release")
    parser.add_argument("--precision", type=Precision, choices=list(Precision), default=Precision.INT8)
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER)
    options = parser.parse_args(arguments)
    export(options.checkpoint, options.folder, options.precision, options.corpus)


if __name__ == "__main__":
    main()
