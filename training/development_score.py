"""How well a tagger in training does on the development split: what chooses among its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import and_
from pathlib import Path

import numpy as np
import torch

from annotations.corpus_format import load_corpus
from annotations.splits import Split, split_files
from models.decoding import best_spans
from models.labels import VALUE_LABELS, LabelledSpan
from models.tagger import Tagger
from training.tagger_data import BatchMaker
from training.tagger_examples import Example, ExampleDocument, examples_of


def development_documents(folder: Path) -> list[ExampleDocument]:
    """The development split of a corpus.

    Raises:
        SplitError: Where `splits.toml` is out of format.
        CorpusError: Where a development file is.
    """
    return [examples_of(d) for path in split_files(Split.DEVELOPMENT, folder) for d in load_corpus(path)]


@dataclass(slots=True)
class _Tally:
    """What was counted; `values` are spans that the tagger found with a value's label."""

    right_spans: int = 0
    found_spans: int = 0
    gold_spans: int = 0
    right_codes: int = 0
    right_facts: int = 0
    values: int = 0
    facts: int = 0

    def count(self, example: Example, found: set[LabelledSpan], right_codes: Sequence[bool]) -> None:
        self.right_spans += len(found & set(example.spans))
        self.found_spans += len(found)
        self.gold_spans += len(example.spans)
        self.values += sum(span.label in VALUE_LABELS for span in found)
        self.facts += len(example.facts)
        self.right_codes += sum(right_codes)
        are_found = (example.spans[fact.value] in found for fact in example.facts)
        self.right_facts += sum(map(and_, right_codes, are_found))


@torch.no_grad()
def development_scores(
    model: Tagger, maker: BatchMaker, documents: Sequence[ExampleDocument], *, bf16: bool = False
) -> dict[str, float]:
    """Span F1, accuracy of the codes on gold links, and `score`: the F1 of values with label and code right."""
    tally = _Tally()
    for examples in maker.plain(documents):
        batch = maker.arrays(examples)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            scores, states = model(torch.from_numpy(batch.ids), torch.from_numpy(batch.mask))
        right = np.empty(0, dtype=np.bool_)
        if len(batch.codes):
            codes = model.code_scores(states, torch.from_numpy(batch.rows), torch.from_numpy(batch.ranges))
            right = codes.argmax(-1).numpy() == batch.codes
        # The first place is that of a special token.
        found = best_spans([e.text for e in examples], torch.log_softmax(scores[:, 1:].float(), -1).numpy())
        for row, example in enumerate(examples):
            tally.count(example, set(found[row]), right[batch.rows == row].tolist())
    return {
        "span_f1": _f1(tally.right_spans, tally.found_spans, tally.gold_spans),
        "code_accuracy": round(tally.right_codes / max(tally.facts, 1), 4),
        "score": _f1(tally.right_facts, tally.values, tally.facts),
    }


def _f1(right: int, found: int, gold: int) -> float:
    return round(2 * right / max(found + gold, 1), 4)
