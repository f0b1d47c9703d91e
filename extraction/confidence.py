"""A fact's confidence beyond its own paragraph: the forms and the text's arithmetic, then a curve for each kind of value.

The weights and curves are a model's settings, found on development data by `training.calibrate`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from extraction.checks.agreement import Support
from extraction.narrative.model import Fact

_LEAST, _MOST = 1e-4, 1 - 1e-4


@dataclass(frozen=True, slots=True)
class Curve:
    """Stated confidences in rising order and what they are worth; between them lines, outside them level."""

    stated: tuple[float, ...]
    worth: tuple[float, ...]

    def at(self, confidence: float) -> float:
        return float(np.interp(confidence, self.stated, self.worth))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a model's confidences are corrected by.

    Attributes:
        support: Log-odds that `Support`'s fields add where they hold, in their order.
        curves: By kind of fact (`count`, `percent` …); kinds without a curve keep their confidence.
    """

    support: tuple[float, float, float] = (0.0, 0.0, 0.0)
    curves: Mapping[str, Curve] = field(default_factory=dict)

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> Calibration:
        """From a released model's settings; none where they hold none."""
        agrees, differs, sums = settings.get("support", (0.0, 0.0, 0.0))
        curves = {
            kind: Curve(tuple(stated), tuple(worth)) for kind, (stated, worth) in settings.get("curves", {}).items()
        }
        return cls((agrees, differs, sums), curves)

    def supported(self, confidence: float, support: Support) -> float:
        """A confidence with what speaks for and against the fact."""
        certain = min(max(confidence, _LEAST), _MOST)
        odds = math.log(certain / (1 - certain)) + float(np.dot(self.support, support_features(support)))
        return 1 / (1 + math.exp(-odds))

    def corrected(self, fact: Fact, support: Support) -> Fact:
        """The fact with the confidence that it is worth."""
        confidence = self.supported(fact.confidence, support) if any(self.support) else fact.confidence
        curve = self.curves.get(fact.kind)
        return replace(fact, confidence=curve.at(confidence) if curve else confidence)


def support_features(support: Support) -> tuple[float, float, float]:
    """The support as numbers, in the order of `Calibration.support`."""
    return float(support.form_agrees), float(support.contradicting is not None), float(support.sums)


def corrected_confidences(
    facts: Sequence[Fact], supports: Sequence[Support], calibration: Calibration
) -> list[Fact]:
    """The facts in the same order, nothing but their confidence changed."""
    return [calibration.corrected(fact, support) for fact, support in zip(facts, supports, strict=True)]
