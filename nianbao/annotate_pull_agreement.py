"""How far the annotators of a project agree, pair by pair."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from annotations.corpus_format import AnnotatedDocument
from annotations.label_studio.pull import Pulled
from evaluation.agreement import Agreement, agreement
from evaluation.gold_reader import report_from_document

_MEASURES = {"span": "spans 片段", "fact": "facts, strict 事实", "fact_linked": "facts, links too 事实含关联"}
_ALPHAS = {"alpha_labels": "alpha, labels 标签", "alpha_codes": "alpha, codes 编码"}


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two annotators' agreement over the documents that both annotated."""

    first: str
    second: str
    found: Agreement

    def __str__(self) -> str:
        figures = [
            f"{caption} {_figure(getattr(self.found, name).f1)}" for name, caption in _MEASURES.items()
        ]
        figures += [f"{caption} {_figure(getattr(self.found, name))}" for name, caption in _ALPHAS.items()]
        return (
            f"{self.first} ~ {self.second}: {self.found.documents} documents 篇, F1 of {', '.join(figures[:3])}; "
            f"{', '.join(figures[3:])}"
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "annotators": [self.first, self.second],
            "documents": self.found.documents,
            "values_that_both_have": self.found.values,
            **{f"{name}_f1": getattr(self.found, name).f1 for name in _MEASURES},
            **{name: getattr(self.found, name) for name in _ALPHAS},
        }


def agreements(pulled: Pulled) -> list[PairAgreement]:
    """Every pair of annotators with a document in common; of several annotations by one person the last counts."""
    by_annotator: dict[str, dict[int, AnnotatedDocument]] = defaultdict(dict)
    for task in pulled.tasks:
        for version in sorted(task.versions, key=lambda version: version.updated):
            by_annotator[version.annotator][task.task] = version.document
    pairs = []
    for first, second in combinations(sorted(by_annotator), 2):
        shared = sorted(by_annotator[first].keys() & by_annotator[second].keys())
        if shared:
            ours, theirs = (
                [report_from_document(by_annotator[name][task]) for task in shared]
                for name in (first, second)
            )
            pairs.append(PairAgreement(first, second, agreement(ours, theirs)))
    return pairs


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
