"""How far a model's spans suffer when values are worded otherwise: approximate or bounded, or in Chinese numerals.

    python -m training.rewording_score models/released --split test

prints exact span F1 and the share of the values found, for the annotated narratives as they are and with as many
values as can be worded otherwise. The kind of test is that of Ribeiro et al. 2020 (arXiv:2005.04118): a change that
leaves the right answer known must not change the answer.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from annotations.corpus_format import AnnotatedDocument
from annotations.splits import CORPUS_FOLDER, Split, load_split
from extraction.narrative.reading import ParagraphReader
from models.labels import VALUE_LABELS
from training.augmentation import joined_lines
from training.example_edits import Edit, apply_edits
from training.number_wordings import approximated, in_chinese
from training.scoring import reader_of
from training.tagger_examples import Example, examples_of

Wording = Callable[[Example, Generator], list[Edit]]
WORDINGS: Mapping[str, Wording] = MappingProxyType({
    "as they are": lambda example, rng: [],
    "approximate": partial(approximated, share=1.0),
    "in Chinese": in_chinese,
})  # fmt: skip


class RewordingScore(NamedTuple):
    """Exact span F1, and the share of the annotated values that are found exactly, both 0..1."""

    span_f1: float
    values_found: float


def rewording_score(
    reader: ParagraphReader, documents: Sequence[AnnotatedDocument], wording: Wording, *, seed: int = 1
) -> RewordingScore:
    """What a reader finds of documents whose values are worded otherwise."""
    rng = np.random.default_rng(seed)
    right = found = annotated = values = values_found = 0
    for document in documents:
        # Readers join the lines of a paragraph; some of the corpus's have line breaks as printed.
        plain = [apply_edits(e, joined_lines(e, rng)) for e in examples_of(document).paragraphs if e.text]
        examples = [apply_edits(example, wording(example, rng)) for example in plain]
        for example, reading in zip(examples, reader.read([e.text for e in examples]), strict=True):
            gold, spans = set(example.spans), set(reading.spans)
            right, found, annotated = right + len(gold & spans), found + len(spans), annotated + len(gold)
            values += sum(span.label in VALUE_LABELS for span in gold)
            values_found += sum(span.label in VALUE_LABELS for span in gold & spans)
    return RewordingScore(2 * right / max(found + annotated, 1), values_found / max(values, 1))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="folder that `training.export` wrote")
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER)
    parser.add_argument("--split", type=Split, choices=list(Split), default=Split.TEST)
    options = parser.parse_args(arguments)
    documents = load_split(options.split, options.corpus)
    for model in options.models:
        reader = reader_of(model)
        for name, wording in WORDINGS.items():
            score = rewording_score(reader, documents, wording)
            print(f"{model}  values {name:12s} span F1 {100 * score.span_f1:.1f}  values found {100 * score.values_found:.1f}")


if __name__ == "__main__":
    main()
