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
from evaluation.metrics import Counts
from extraction.narrative.reading import ParagraphReader
from models.labels import VALUE_LABELS, LabelledSpan
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
    """Exact spans of all labels, and those of values among them."""

    spans: Counts
    values: Counts


def rewording_score(
    reader: ParagraphReader, documents: Sequence[AnnotatedDocument], wording: Wording, *, seed: int = 1
) -> RewordingScore:
    """What a reader finds of documents whose values are worded otherwise."""
    rng = np.random.default_rng(seed)
    score = RewordingScore(Counts(), Counts())
    for document in documents:
        # Readers join the lines of a paragraph; some of the corpus's have line breaks as printed.
        plain = [apply_edits(e, joined_lines(e, rng)) for e in examples_of(document).paragraphs if e.text]
        examples = [apply_edits(example, wording(example, rng)) for example in plain]
        for example, reading in zip(examples, reader.read([e.text for e in examples]), strict=True):
            gold, found = set(example.spans), set(reading.spans)
            score = RewordingScore(
                score.spans + _counts(gold, found), score.values + _counts(_values(gold), _values(found))
            )
    return score


def _counts(gold: set[LabelledSpan], found: set[LabelledSpan]) -> Counts:
    return Counts(len(gold & found), len(found - gold), len(gold - found))


def _values(spans: set[LabelledSpan]) -> set[LabelledSpan]:
    return {span for span in spans if span.label in VALUE_LABELS}


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
            f1, found = (100 * (ratio or 0) for ratio in (score.spans.f1, score.values.recall))
            print(f"{model}  values {name:12s} span F1 {f1:.1f}  values found {found:.1f}")


if __name__ == "__main__":
    main()
