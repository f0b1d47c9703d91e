"""`python -m annotations.join OUT`: standoff and text joined to line-format files that a person can read.

A report whose narrative is not annotated yet is written without marks, ready to be annotated; `detach` makes
standoff of the file again. The output holds real reports' sentences, so it has to lie outside the repository.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from annotations.corpus_format import dump_document
from annotations.gold_format import GOLD_FOLDER, GoldError, read_gold
from annotations.sources import (
    DEFAULT_REPORTS,
    REPOSITORY,
    ReportSource,
    SourceState,
    file_state,
    load_sources,
)
from annotations.standoff import annotated_document
from extraction.errors import ReadError
from extraction.readers.dispatch import read_document


def join(source: ReportSource, reports: Path, gold_folder: Path = GOLD_FOLDER) -> str:
    """The line format of one report.

    Raises:
        GoldError: Where the gold is out of format or of another text.
        ReadError: Where the report cannot be read.
        OSError: Where its file is not at hand.
    """
    path = source.path(reports)
    document = read_document(path.read_bytes(), path.name)
    gold_path = gold_folder / f"{source.id}.json"
    gold = read_gold(gold_path) if gold_path.exists() else None
    joined = annotated_document(source.id, document, gold)
    joined.meta |= {"body": source.publisher}
    return dump_document(joined)


def main(arguments: list[str]) -> int:
    """Writes `OUT/<id>.txt` for every report at hand; status 1 where one could not be joined."""
    parser = argparse.ArgumentParser(prog="python -m annotations.join", description=__doc__)
    parser.add_argument("out", type=Path, help="a folder outside the repository")
    parser.add_argument("--reports", type=Path, default=DEFAULT_REPORTS, help="where the real reports lie")
    parser.add_argument("--gold", type=Path, default=GOLD_FOLDER, help="the folder of the standoff")
    parser.add_argument("--force", action="store_true", help="overwrite files that are there already")
    options = parser.parse_args(arguments)
    if options.out.resolve().is_relative_to(REPOSITORY):
        parser.error("OUT lies inside the repository, where no real report's sentence may be")
    options.out.mkdir(parents=True, exist_ok=True)
    failures = 0
    for source in load_sources():
        target = options.out / f"{source.id}.txt"
        if target.exists() and not options.force:
            print(f"{source.id}: {target} is there already (--force overwrites it)")
            continue
        state = file_state(source, options.reports)
        if state is not SourceState.AT_HAND:
            print(f"{source.id}: {state}")
            continue
        try:
            target.write_text(join(source, options.reports, options.gold), encoding="utf-8", newline="\n")
        except (GoldError, ReadError) as error:
            failures += 1
            print(f"{source.id}: {error}")
        else:
            print(f"{source.id}: written")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
