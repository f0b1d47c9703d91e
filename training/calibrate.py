"""Settings of a model from development data: temperatures, the catalogue's weight, the regression of confidence.

    python -m training.calibrate models/released

rewrites the `settings` of `labels.json`. Cross-entropy decides for the temperatures, the facts whose code, or lack of
one, is exactly right for the catalogue's weight. By the guide any code will do where the catalogue has none, so that facts
that are right by the guide do not decide: they would favour codes that nobody gave.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotations.corpus_format import AnnotatedDocument, Block, Fact
from annotations.splits import CORPUS_FOLDER, Split, load_split
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder
from extraction.narrative.learned_linker import linker_of
from extraction.narrative.model import LinkedValue, Linker
from extraction.narrative.reading import Draft, Evidence, ModelReader
from models.labels import TAG_INDEX, LabelledSpan, spans_to_bio
from models.runtime import LABELS, FactRanges, ModelTagger, TaggedParagraph
from training.calibrate_documents import document_settings, judged_facts
from training.logistic import logistic_regression
from training.tagger_examples import Example, examples_of

_TEMPERATURES = np.geomspace(0.5, 3.0, 36)
_USUAL_WEIGHT = 1.5  # between those best on 312 narratives that a release had not seen, 10,500 facts
_CATALOGUE_WEIGHTS = (0.0, 1.0, _USUAL_WEIGHT, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)


class Verdict(NamedTuple):
    """Whether a fact is right as the annotation guide has it, and whether its code, or its lack of one, is, too."""

    right: bool
    exact: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as the reader joins its lines, and the same annotated."""

    document: AnnotatedDocument
    block: Block
    text: str
    kept: NDArray[np.int64]  # offsets in the document of the text's characters


def calibrated(
    folder: Path, documents: Sequence[AnnotatedDocument], linker: Linker | None = None
) -> dict[str, Any]:
    """The settings that fit the documents best.

    Args:
        folder: A released model; its own settings are not used.
        documents: Annotated documents that it was not trained on.
        linker: In place of the folder's own.
    """
    linker = linker or linker_of(folder)
    settings: dict[str, Any] = {**temperatures(ModelTagger(folder, settings={}), documents)}
    model = ModelTagger(folder, settings=settings)
    coder = CatalogueCoder(load_catalogue())
    reader = ModelReader(model, coder, linker)
    drafts = [(p, reader.draft(p.text, tagged)) for p, tagged in tagged_paragraphs(model, documents)]

    def judge(weight: float) -> list[tuple[Evidence, Verdict]]:
        model.settings = settings | {"catalogue_weight": weight}
        return judged(ModelReader(model, coder, linker), drafts)

    judgements = {weight: judge(weight) for weight in _CATALOGUE_WEIGHTS}
    best = catalogue_weight({w: [verdict.exact for _, verdict in pairs] for w, pairs in judgements.items()})
    pairs = judgements[best]
    # A model that finds no value at all has no rows, but columns all the same.
    features = np.array([evidence.features() for evidence, _ in pairs]).reshape(-1, len(Evidence._fields) + 1)
    confidence = logistic_regression(features, np.array([v.right for _, v in pairs], dtype=np.float64))
    model.settings = settings | {
        "catalogue_weight": best,
        "confidence": [round(float(weight), 5) for weight in confidence],
    }
    return model.settings | document_settings(judged_facts(documents, ModelReader(model, coder, linker)))


def catalogue_weight(exact: Mapping[float, Sequence[bool]]) -> float:
    """The weight nearest to the usual one, of those that are within one standard error of the best.

    A few facts more or less right on the development files are chance, and had moved the weight from nought to two
    (the rule of one standard error: Breiman et al. 1984).

    Args:
        exact: For each weight whether each fact's code, or lack of one, is exactly right. *Shape:* (facts,)
    """
    best = max(exact.values(), key=sum)

    def is_as_good(verdicts: Sequence[bool]) -> bool:
        differing = sum(a != b for a, b in zip(best, verdicts, strict=True))
        return sum(best) - sum(verdicts) <= math.sqrt(differing)

    return min((w for w in exact if is_as_good(exact[w])), key=lambda w: abs(w - _USUAL_WEIGHT))


def temperatures(model: ModelTagger, documents: Sequence[AnnotatedDocument]) -> dict[str, float]:
    """The temperatures of tags and codes under which the gold is most probable."""
    tag_scores, tags, code_scores, codes = [], [], [], []
    number = {code: index for index, code in enumerate(model.codes)}
    for document in documents:
        examples = [example for example in examples_of(document).paragraphs if example.text]
        for example, tagged in zip(examples, model.tag_many([e.text for e in examples]), strict=True):
            tag_scores.append(np.log(tagged.tags + 1e-9))
            tags += [TAG_INDEX[tag] for tag in spans_to_bio(example.spans, len(example.text))]
            facts = [_gold_ranges(example, index) for index in range(len(example.facts))]
            code_scores.append(np.log(model.code_probabilities(tagged, facts) + 1e-9))
            codes += [number[fact.code] for fact in example.facts]
    return {
        "tag_temperature": _best_temperature(np.concatenate(tag_scores), np.array(tags)),
        "code_temperature": _best_temperature(np.concatenate(code_scores), np.array(codes)),
    }


def _gold_ranges(example: Example, index: int) -> FactRanges:
    fact = example.facts[index]
    places = [
        None if number is None else (example.spans[number].start, example.spans[number].end)
        for number in (fact.item, fact.action, fact.channel, fact.parent_item)
    ]
    return FactRanges((example.spans[fact.value].start, example.spans[fact.value].end), *places)


def _best_temperature(log_probabilities: NDArray[np.float32], gold: NDArray[np.int64]) -> float:
    def loss(temperature: float) -> float:
        scores = log_probabilities / temperature
        scores = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
        return float(-scores[np.arange(len(gold)), gold].mean())

    return round(float(min(_TEMPERATURES, key=loss)), 4)


def tagged_paragraphs(
    model: ModelTagger, documents: Sequence[AnnotatedDocument]
) -> list[tuple[Paragraph, TaggedParagraph]]:
    """The documents' paragraphs, their lines joined, and what the model says of them."""
    tagged = []
    for document in documents:
        paragraphs = []
        for block in document.blocks:
            kept = [n for n in range(block.start, block.end) if document.text[n] != "\n"]
            if block.kind == "paragraph" and kept:
                text = "".join(document.text[n] for n in kept)
                paragraphs.append(Paragraph(document, block, text, np.array(kept, dtype=np.int64)))
        tagged += list(zip(paragraphs, model.tag_many([p.text for p in paragraphs]), strict=True))
    return tagged


def judged(reader: ModelReader, drafts: Sequence[tuple[Paragraph, Draft]]) -> list[tuple[Evidence, Verdict]]:
    """The evidence for each value, and whether it is a fact of the gold."""
    pairs = []
    for paragraph, draft in drafts:
        coded = reader.code(draft)
        verdicts = _verdicts(paragraph, draft.linked, [code for code, _ in coded])
        pairs += [(evidence, verdict) for (_, evidence), verdict in zip(coded, verdicts, strict=True)]
    return pairs


def _verdicts(
    paragraph: Paragraph, linked: Sequence[LinkedValue], codes: Sequence[str | None]
) -> list[Verdict]:
    left = [f for f in paragraph.document.facts if _inside(paragraph, f.value_span)]
    verdicts = []
    for fact, code in zip(linked, codes, strict=True):
        match = next((gold for gold in left if _is_right(paragraph, gold, fact, code)), None)
        verdicts.append(Verdict(match is not None, match is not None and match.code == code))
        if match is not None:
            left.remove(match)
    return verdicts


def _is_right(paragraph: Paragraph, gold: Fact, fact: LinkedValue, code: str | None) -> bool:
    """Value, unit and code, or the noun where the catalogue has no code (annotation guide, section 6)."""
    if (gold.value, gold.unit) != (fact.number, fact.unit) or not _overlap(paragraph, gold.value_span, fact.value):
        return False
    if gold.code is not None:
        return gold.code == code
    if gold.item is None:
        return fact.item is None and code is None
    return fact.item is not None and _overlap(paragraph, gold.item, fact.item)


def _overlap(paragraph: Paragraph, gold: int, span: LabelledSpan) -> bool:
    place = paragraph.document.spans[gold]
    start, end = int(paragraph.kept[span.start]), int(paragraph.kept[span.end - 1]) + 1
    return place.start < end and start < place.end


def _inside(paragraph: Paragraph, span: int) -> bool:
    return paragraph.block.start <= paragraph.document.spans[span].start < paragraph.block.end


def write_settings(folder: Path, settings: dict[str, Any]) -> None:
    """Put the settings into the model's `labels.json`."""
    labels = json.loads((folder / LABELS).read_text(encoding="utf-8")) | {"settings": settings}
    (folder / LABELS).write_text(json.dumps(labels, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="folder that `training.export` wrote")
    parser.add_argument("--corpus", type=Path, default=CORPUS_FOLDER)
    options = parser.parse_args(arguments)
    settings = calibrated(options.model, load_split(Split.DEVELOPMENT, options.corpus))
    write_settings(options.model, settings)
    print(json.dumps(settings))


if __name__ == "__main__":
    main()
