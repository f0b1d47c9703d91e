"""The annotated corpus's training narratives as raw text for pre-training, a paragraph a line, bare of labels.

    python -m training.narratives CORPUS/narratives.txt
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from annotations.splits import CORPUS_FOLDER, Split, load_split


def narrative_lines(folder: Path = CORPUS_FOLDER) -> Iterator[str]:
    """Paragraphs and headings of each training document, its own line breaks joined, and an empty line after it."""
    for document in load_split(Split.TRAIN, folder):
        for block in document.blocks:
            text = document.text[block.start : block.end].replace("\n", "")
            if text and block.kind in ("paragraph", "heading"):
                yield text
        yield ""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="text file in the folder of the raw text")
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER, help="annotated corpus with splits.toml")
    options = parser.parse_args(arguments)
    with options.output.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in narrative_lines(options.corpus))


if __name__ == "__main__":
    main()
