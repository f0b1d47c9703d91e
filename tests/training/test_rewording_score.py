"""Scores of values in other words: what finds numbers however they are worded keeps its score, what does not loses it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from annotations.splits import Split, load_split
from extraction.narrative.numbers import find_quantities
from extraction.narrative.reading import Reading
from models.labels import LabelledSpan
from models.runtime import RELEASED
from training.rewording_score import WORDINGS, main, rewording_score


class PatternReader:
    """Marks numbers alone; those with a word of approximation only where it is asked to."""

    settings = MappingProxyType[str, object]({})

    def __init__(self, *, approximate: bool) -> None:
        self._approximate = approximate

    def read(self, paragraphs: Sequence[str]) -> list[Reading]:
        return [Reading(self._spans(text), [], [], []) for text in paragraphs]

    def _spans(self, text: str) -> list[LabelledSpan]:
        return [
            LabelledSpan(match.start, match.end, match.quantity.kind.value)
            for match in find_quantities(text)
            if self._approximate or match.quantity.approximate is None
        ]


@pytest.mark.parametrize("wording", WORDINGS)
def test_numbers_found_in_any_words_keep_the_score(folder: Path, wording: str) -> None:
    score = rewording_score(PatternReader(approximate=True), load_split(Split.DEVELOPMENT, folder), WORDINGS[wording])
    assert score.values.recall == 1
    # Three documents, each of two values and four other spans, which this reader does not look for.
    assert score.spans.f1 == pytest.approx(2 * 6 / (6 + 18))


def test_numbers_missed_in_other_words_lower_it(folder: Path) -> None:
    documents, reader = load_split(Split.DEVELOPMENT, folder), PatternReader(approximate=False)
    assert rewording_score(reader, documents, WORDINGS["as they are"]).values.recall == 1
    assert rewording_score(reader, documents, WORDINGS["approximate"]).values.recall == 0


def test_every_wording_of_a_split_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(RELEASED), "--corpus", str(folder), "--split", "development"])
    lines = capsys.readouterr().out.splitlines()
    assert [next(name for name in WORDINGS if name in line) for line in lines] == list(WORDINGS)
    assert "values found 100.0" in lines[0]
