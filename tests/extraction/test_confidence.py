"""Confidence follows what the forms and the arithmetic say, and the curve of the kind of value."""

from __future__ import annotations

from decimal import Decimal

import pytest

from extraction.checks.agreement import FormFigure, Support
from extraction.confidence import Calibration, corrected_confidences
from tests.extraction.checks.test_fact_checks import fact

NONE = Support()
CONTRADICTED = Support(contradicting=FormFigure("requests", Decimal(3), (), "件"))


def test_support_raises_and_contradiction_lowers_a_confidence() -> None:
    calibration = Calibration((2.0, -2.0, 1.0))
    assert calibration.supported(0.6, Support(form_agrees=True)) > calibration.supported(0.6, Support(sums=True)) > 0.6
    assert calibration.supported(0.6, CONTRADICTED) < 0.3
    assert calibration.supported(0.6, NONE) == pytest.approx(0.6)
    assert 0 < calibration.supported(1.0, CONTRADICTED) < 1


def test_a_curve_corrects_its_own_kind_only_and_keeps_the_order() -> None:
    calibration = Calibration.of_settings({"curves": {"count": [[0.2, 0.9], [0.1, 0.95]]}})
    facts = [fact("pub.total", "3", confidence=c) for c in (0.1, 0.5, 0.99)] + [fact("svc.online_rate", "3", "%", confidence=0.5)]
    corrected = [f.confidence for f in corrected_confidences(facts, [NONE] * 4, calibration)]
    assert corrected == pytest.approx([0.1, 0.4643, 0.95, 0.5], abs=1e-3)


def test_a_model_without_these_settings_keeps_its_confidences() -> None:
    facts = [fact("pub.total", "3", confidence=0.37)]
    assert corrected_confidences(facts, [Support(True, False, True)], Calibration.of_settings({})) == facts
