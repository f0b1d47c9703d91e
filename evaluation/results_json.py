"""A run's results as JSON, for other programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from evaluation.bootstrap import Comparison, Interval
from evaluation.metrics import Counts, Measure, Score, macro_f1
from evaluation.reliability import Judged, coverage_curve, reliability
from evaluation.run import Evaluation
from evaluation.summary import summarise

SCHEMA_VERSION = 1
# JSON has no key for "no code" or "section unknown".
_NONE = "null"


def results_dict(evaluation: Evaluation) -> dict[str, Any]:
    """The scores with intervals and every breakdown; the errors as counts by cause. Undefined ratios are null."""
    score = evaluation.score
    causes = Counter(error.cause.value for result in evaluation.results for error in result.fact_errors)
    return {
        "schema_version": SCHEMA_VERSION,
        "scores": {
            row.measure.value: _counts(row.counts)
            | {"reports": row.reports}
            | {
                f"{name}_interval": _interval(found)
                for name, found in (("precision", row.precision), ("recall", row.recall), ("f1", row.f1))
            }
            for row in summarise(evaluation)
        },
        "by_label": _table(score.by_name(Measure.SPAN)),
        "by_code": _table(score.by_name(Measure.FACT)),
        "macro_f1_by_code": macro_f1(score.by_name(Measure.FACT)),
        "by_section": _table(score.by_section(Measure.FACT)),
        "by_form": _table(score.by_name(Measure.CELL)),
        "by_format": {name or _NONE: _measures(formatted) for name, formatted in evaluation.by_format().items()},
        "by_report": {
            result.id: _measures(result.score) | {"note": result.note, "detail": result.detail}
            for result in evaluation.results
        },
        "errors": dict(sorted(causes.items())),
        "confusions": [
            {"gold": gold, "predicted": predicted, "count": count}
            for (gold, predicted), count in evaluation.confusions.most_common()
        ],
        "confidence": {
            "facts": _confidence([answer for r in evaluation.results for answer in r.judged_facts]),
            "cells": _confidence([answer for r in evaluation.results for answer in r.judged_cells]),
        },
        "predictions_without_gold": evaluation.without_gold,
    }


def comparison_dict(comparisons: Mapping[Measure, Comparison]) -> dict[str, Any]:
    """The paired tests of two runs' F1."""
    return {
        "schema_version": SCHEMA_VERSION,
        "f1": {
            measure.value: asdict(found) | {"interval": _interval(found.interval)}
            for measure, found in comparisons.items()
        },
    }


def _counts(counts: Counts) -> dict[str, Any]:
    ratios = {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
    return ratios | {"tp": counts.tp, "fp": counts.fp, "fn": counts.fn}


def _table(by_name: Mapping[str | None, Counts]) -> dict[str, Any]:
    return {_NONE if name is None else name: _counts(counts) for name, counts in by_name.items()}


def _measures(score: Score) -> dict[str, Any]:
    return {measure.value: _counts(score.total(measure)) for measure in Measure if measure in score}


def _interval(found: Interval | None) -> list[float] | None:
    return None if found is None else [found.low, found.high]


def _confidence(judged: list[Judged]) -> dict[str, Any] | None:
    curve = reliability(judged)
    if curve is None:
        return None
    return asdict(curve) | {"coverage": [list(point) for point in coverage_curve(judged)]}
