"""Refuses annotations that break the guide's mechanical rules.

The rules: known codes, values that fit their label, at least an item or an action to every fact, no value
span without a fact and no linked span without a link, parents that are not circular, and a value that the
project's own number reader finds in the quoted span.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from annotations.corpus_format import AnnotatedDocument, CorpusError, Fact, load_corpus
from models.labels import VALUE_LABELS

CATALOGUE = Path(__file__).parent.parent / "extraction" / "narrative" / "catalogue.toml"
REQUIRED_META = ("id", "body", "level", "sector", "year")
PERCENT_UNITS = frozenset({"%", "百分点"})


def catalogue_codes(path: Path = CATALOGUE) -> frozenset[str]:
    """The codes that the catalogue file defines."""
    with path.open("rb") as file:
        return frozenset(tomllib.load(file)["codes"])


def check_document(document: AnnotatedDocument, codes: frozenset[str]) -> Iterator[str]:
    """Yields one message for each broken rule, naming the document and the text it stands on."""
    for key in REQUIRED_META:
        if not document.meta.get(key):
            yield f"{document.id}: @{key} is missing"
    linked: set[int] = set()
    for index, fact in enumerate(document.facts):
        linked.add(fact.value_span)
        linked.update(
            span
            for span in (fact.item, fact.action, fact.scope, fact.period, fact.channel)
            if span is not None
        )
        for problem in _check_fact(document, index, fact, codes):
            yield f"{document.id}: {document.quote(fact.value_span)!r}: {problem}"
    for index, span in enumerate(document.spans):
        if index not in linked:
            kind = "has no fact" if span.label in VALUE_LABELS else "is linked to no fact"
            yield f"{document.id}: {span.label} {document.quote(index)!r} {kind}"


def _check_fact(
    document: AnnotatedDocument, index: int, fact: Fact, codes: frozenset[str]
) -> Iterator[str]:
    label = document.spans[fact.value_span].label
    if fact.code is not None and fact.code not in codes:
        yield f"unknown code {fact.code}"
    if fact.item is None and fact.action is None:
        yield "neither item nor action"
    if label == "ZERO" and fact.value != 0:
        yield f"a ZERO cue with the value {fact.value}"
    if label == "PERCENT" and fact.unit not in PERCENT_UNITS:
        yield f"a PERCENT with the unit {fact.unit}"
    if label == "MONEY" and fact.unit != "元":
        yield f"a MONEY with the unit {fact.unit} (values are in 元)"
    if label == "COUNT" and fact.unit in {"%", "元"}:
        yield f"a COUNT with the unit {fact.unit}"
    if label == "ZERO" and fact.unit is not None:
        yield "a ZERO cue has no unit"
    quoted = document.quote(fact.value_span) or ""
    if fact.approximate and not all(part in quoted for part in fact.approximate.split("+") if part):
        yield f"the approximation {fact.approximate} is not in the span"
    if _is_circular(document, index):
        yield "its parent chain is circular"


def _is_circular(document: AnnotatedDocument, index: int) -> bool:
    seen = {index}
    parent = document.facts[index].parent
    while parent is not None:
        if parent in seen:
            return True
        seen.add(parent)
        parent = document.facts[parent].parent
    return False


def _read_values_disagree(document: AnnotatedDocument) -> Iterator[str]:
    """Where the number reader reads another value than the annotator wrote."""
    from extraction.narrative.numbers import read_quantity

    for fact in document.facts:
        if document.spans[fact.value_span].label == "ZERO":
            continue
        quoted = document.quote(fact.value_span) or ""
        read = read_quantity(quoted)
        if read is None:
            yield f"{document.id}: {quoted!r}: the number reader finds no quantity"
        elif (read.value, read.unit) != (fact.value, fact.unit):
            written = f"{fact.value} {fact.unit or '-'}"
            yield f"{document.id}: {quoted!r}: written {written}, read {read.value} {read.unit or '-'}"


def check_files(paths: list[Path], codes: frozenset[str]) -> tuple[list[str], dict[str, int]]:
    """Checks corpus files.

    Returns:
        The messages, and the totals of documents, characters and facts.
    """
    messages: list[str] = []
    totals = {"documents": 0, "characters": 0, "spans": 0, "facts": 0}
    numbers_known = (CATALOGUE.parent / "numbers.py").exists()
    for path in paths:
        try:
            documents = load_corpus(path)
        except CorpusError as error:
            messages.append(str(error))
            continue
        for document in documents:
            messages.extend(check_document(document, codes))
            if numbers_known:
                messages.extend(_read_values_disagree(document))
            totals["documents"] += 1
            totals["characters"] += len(document.text)
            totals["spans"] += len(document.spans)
            totals["facts"] += len(document.facts)
    return messages, totals


def main(arguments: list[str]) -> int:
    """`python -m annotations.checker PATH…`: prints the messages and totals; status 1 if there are any."""
    messages, totals = check_files([Path(argument) for argument in arguments], catalogue_codes())
    for message in messages:
        print(message)
    print(", ".join(f"{count} {name}" for name, count in totals.items()), f"{len(messages)} problems")
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
