"""How far two annotations of the same documents agree.

`python -m evaluation.agreement FIRST SECOND [--html OUT]` compares corpus files or folders over the documents
that SECOND has; the page shows every disagreement in its sentence.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path

from annotations.corpus_format import load_corpus
from evaluation.gold_reader import report_from_document
from evaluation.html_report import render_page
from evaluation.matching import match_values
from evaluation.metrics import Counts, Measure
from evaluation.model import ScoredReport
from evaluation.run import evaluate
from extraction.narrative.catalogue import load_catalogue
from models.labels import OUTSIDE, LabelledSpan

_NO_CODE = "-"


class AgreementError(ValueError):
    """Two annotations that are not of the same documents; the message names one."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotations compared. Each stands in for the gold once and the counts are of both times, because the
    strict rule (a gold fact without code matches whatever code) favours the one that does.

    `alpha_labels` is over the characters' labels, `alpha_codes` over the codes of the values that both have.
    """

    documents: int
    span: Counts
    span_relaxed: Counts
    fact: Counts
    fact_linked: Counts
    alpha_labels: float | None
    alpha_codes: float | None
    values: int


def krippendorff_alpha(units: Iterable[Sequence[Hashable | None]]) -> float | None:
    """Krippendorff's alpha for nominal data, any number of coders, missing values allowed.

    Computed from the coincidence matrix: α = 1 − (n − 1)·Σ o_ck / Σ n_c·n_k over c ≠ k (Krippendorff,
    *Computing Krippendorff's Alpha-Reliability*, 2011, section D).

    Args:
        units: For each unit the coders' values, `None` where a coder gave none.

    Returns:
        `None` where the values do not vary or nothing can be paired: alpha is undefined then.
    """
    coincidences: dict[tuple[Hashable, Hashable], Fraction] = defaultdict(Fraction)
    for values, times in Counter(tuple(unit) for unit in units).items():
        given = Counter(value for value in values if value is not None)
        pairable = given.total()
        if pairable < 2:
            continue
        for (one, n_one), (other, n_other) in product(given.items(), repeat=2):
            pairs = n_one * (n_other - (one == other))
            coincidences[one, other] += Fraction(times * pairs, pairable - 1)
    totals: dict[Hashable, Fraction] = defaultdict(Fraction)
    for (one, _), weight in coincidences.items():
        totals[one] += weight
    count = sum(totals.values(), Fraction())
    observed = sum((w for (one, other), w in coincidences.items() if one != other), Fraction())
    expected = count**2 - sum((total**2 for total in totals.values()), Fraction())
    return float(1 - (count - 1) * observed / expected) if expected else None


def agreement(first: Sequence[ScoredReport], second: Sequence[ScoredReport]) -> Agreement:
    """Compares two annotations of the same documents' narratives.

    Raises:
        AgreementError: Where they are not of the same documents and texts, or a narrative is not annotated.
    """
    other = {report.id: report for report in second}
    for report in first:
        if report.id not in other or other[report.id].sha256_text != report.sha256_text:
            raise AgreementError(f"{report.id}: the second annotation has no document of this name and text")
    if len(first) != len(other):
        raise AgreementError(f"{min(other.keys() - {report.id for report in first})}: only annotated once")
    pairs = [(report, other[report.id]) for report in first]
    score = evaluate(first, second).score + evaluate(second, first).score
    codes = [unit for one, two in pairs for unit in _code_units(one, two)]
    return Agreement(
        documents=len(pairs),
        span=score.total(Measure.SPAN),
        span_relaxed=score.total(Measure.SPAN_RELAXED),
        fact=score.total(Measure.FACT),
        fact_linked=score.total(Measure.FACT_LINKED),
        alpha_labels=krippendorff_alpha(unit for one, two in pairs for unit in _label_units(one, two)),
        alpha_codes=krippendorff_alpha(codes),
        values=len(codes),
    )


def _label_units(one: ScoredReport, two: ScoredReport) -> Iterable[tuple[str, str]]:
    """The two labels of each character, `O` outside of spans."""
    if one.spans is None or two.spans is None or one.text is None:
        raise AgreementError(f"{one.id}: the spans or the text are missing")
    return zip(_labels(one.spans, len(one.text)), _labels(two.spans, len(one.text)), strict=True)


def _labels(spans: Iterable[LabelledSpan], length: int) -> list[str]:
    labels = [OUTSIDE] * length
    for start, end, label in spans:
        labels[start:end] = [label] * (end - start)
    return labels


def _code_units(one: ScoredReport, two: ScoredReport) -> list[tuple[str, str]]:
    """The two codes of each value that both annotations have; no code is a code here, not a gap."""
    if one.facts is None or two.facts is None:
        raise AgreementError(f"{one.id}: the narrative is not annotated")
    return [
        (one.facts[g].code or _NO_CODE, two.facts[p].code or _NO_CODE)
        for g, p in match_values(one.facts, two.facts)
    ]


def main(arguments: list[str]) -> int:
    """Prints the agreement; status 1 where the files cannot be compared."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.agreement")
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--html", type=Path, help="a page with every disagreement")
    options = parser.parse_args(arguments)
    second = [report_from_document(document) for document in load_corpus(options.second)]
    names = {report.id for report in second}
    first = [r for r in map(report_from_document, load_corpus(options.first)) if r.id in names]
    try:
        found = agreement(first, second)
    except AgreementError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"documents {found.documents}, values that both have {found.values}")
    for name in ("span", "span_relaxed", "fact", "fact_linked"):
        print(f"{name} F1 {_figure(getattr(found, name).f1)}")
    print(f"alpha over characters' labels {_figure(found.alpha_labels)}")
    print(f"alpha over values' codes {_figure(found.alpha_codes)}")
    if options.html:
        title, subtitle = options.second.name, f"{options.first.name} 作为标注 as gold"
        page = render_page(evaluate(first, second), title=title, subtitle=subtitle, catalogue=load_catalogue())
        options.html.write_text(page, encoding="utf-8", newline="\n")
    return 0


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
