"""Corrections of confidence from whole documents: what forms and arithmetic are worth, and a curve for each kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotations.corpus_format import AnnotatedDocument
from evaluation.gold_reader import report_from_document
from evaluation.matching import match_facts
from evaluation.prediction_reader import parse_prediction
from extraction.checks.agreement import Support, supports
from extraction.confidence import Calibration, Curve, support_features
from extraction.narrative.reading import ParagraphReader
from extraction.report import FailedReport
from training.logistic import log_odds, logistic_regression
from training.scoring import extracted

_FEWEST = 200  # facts of a kind that a curve is drawn from
_BIN = 50
_MOST_BINS = 10
_RIDGE = 2.0
_SENSE = np.array([1.0, -1.0, 1.0])  # of the support's fields: for the fact, against it, for it


class JudgedFact(NamedTuple):
    """A fact's stated confidence, its support and kind, and whether it is strictly right."""

    confidence: float
    support: Support
    kind: str
    right: bool


def judged_facts(documents: Sequence[AnnotatedDocument], reader: ParagraphReader) -> list[JudgedFact]:
    """The facts that a reader finds in annotated documents, the whole way that a user's file goes."""
    judged: list[JudgedFact] = []
    for document in documents:
        report = extracted(document, reader)
        if isinstance(report, FailedReport):
            continue
        gold = report_from_document(document).facts or ()
        predicted = parse_prediction(report.to_dict()).facts or ()
        right = {p for _, p in match_facts(gold, predicted).strict}
        found = supports(report.facts, report.forms, report.metadata.year)
        judged += [
            JudgedFact(fact.confidence, support, fact.kind, number in right)
            for number, (fact, support) in enumerate(zip(report.facts, found, strict=True))
        ]
    return judged


def document_settings(judged: Sequence[JudgedFact]) -> dict[str, Any]:
    """The settings `support` and `curves` that fit the facts best, as `Calibration.of_settings` reads them."""
    right = np.array([fact.right for fact in judged], dtype=np.float64)
    features = np.array([support_features(fact.support) for fact in judged]).reshape(-1, 3)
    offset = log_odds(np.array([fact.confidence for fact in judged], dtype=np.float64))
    weights = _support_weights(features, right, offset)
    calibration = Calibration((float(weights[0]), float(weights[1]), float(weights[2])))
    stated = np.array([calibration.supported(fact.confidence, fact.support) for fact in judged])
    curves = {}
    for kind in sorted({fact.kind for fact in judged}):
        chosen = np.array([fact.kind == kind for fact in judged])
        if chosen.sum() >= _FEWEST:
            curve = isotonic(stated[chosen], right[chosen])
            curves[kind] = [[round(x, 4) for x in curve.stated], [round(y, 4) for y in curve.worth]]
    return {"support": [round(float(weight), 4) for weight in weights], "curves": curves}


def _support_weights(
    features: NDArray[np.float64], right: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The regression's weights; a kind of support that would count against its sense, by chance, counts nothing."""
    weights = np.zeros(len(_SENSE))
    used = np.arange(len(_SENSE))
    while len(used):
        found = logistic_regression(features[:, used], right, offset=offset, ridge=_RIDGE)
        if np.all(found * _SENSE[used] >= 0):
            weights[used] = found
            break
        used = used[found * _SENSE[used] >= 0]
    return weights


def isotonic(stated: NDArray[np.float64], right: NDArray[np.float64]) -> Curve:
    """The rising curve through bins of equally many facts (pool adjacent violators; Zadrozny and Elkan 2002).

    *Shape:* (facts,) each
    """
    order = np.argsort(stated, kind="stable")
    bins = np.array_split(order, max(2, min(_MOST_BINS, len(order) // _BIN)))
    # Mean stated, mean right, facts; neighbours that fall are pooled.
    pooled: list[tuple[float, float, int]] = []
    for members in bins:
        pooled.append((float(stated[members].mean()), float(right[members].mean()), len(members)))
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            (x0, y0, n0), (x1, y1, n1) = pooled[-2:]
            pooled[-2:] = [((x0 * n0 + x1 * n1) / (n0 + n1), (y0 * n0 + y1 * n1) / (n0 + n1), n0 + n1)]
    # One fact more on either side, so that no bin makes certainty.
    worth = [(y * n + 0.5) / (n + 1) for _, y, n in pooled]
    return Curve(tuple(x for x, _, _ in pooled), tuple(worth))
