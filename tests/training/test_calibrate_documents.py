"""What forms and arithmetic are worth, and the curves, come out of judged facts as they went in."""

from __future__ import annotations

import numpy as np
import pytest

from annotations.splits import Split, load_split
from extraction.checks.agreement import Support
from extraction.confidence import Calibration
from extraction.narrative.catalogue import load_catalogue
from extraction.narrative.coder import CatalogueCoder
from extraction.narrative.reading import RuleReader
from extraction.narrative.rule_tagger import RuleTagger
from training.calibrate_documents import JudgedFact, document_settings, isotonic, judged_facts


def judged(n: int, rng: np.random.Generator, *, agrees: bool, right: float) -> list[JudgedFact]:
    return [JudgedFact(0.6, Support(form_agrees=agrees), "count", bool(rng.random() < right)) for _ in range(n)]


def test_agreement_with_a_form_is_worth_what_it_was() -> None:
    rng = np.random.default_rng(1)
    settings = document_settings([*judged(400, rng, agrees=False, right=0.6), *judged(400, rng, agrees=True, right=0.95)])
    agrees, differs, sums = settings["support"]
    assert agrees > 1.5
    assert differs == sums == 0
    calibration = Calibration.of_settings(settings)
    assert calibration.curves["count"].at(calibration.supported(0.6, Support(form_agrees=True))) == pytest.approx(0.95, abs=0.04)
    assert calibration.curves["count"].at(0.6) == pytest.approx(0.6, abs=0.07)


def test_support_that_fails_by_chance_is_not_held_against_a_fact() -> None:
    rng = np.random.default_rng(4)
    settings = document_settings([*judged(300, rng, agrees=False, right=0.7), *judged(60, rng, agrees=True, right=0.5)])
    assert settings["support"] == [0.0, 0.0, 0.0]


def test_few_facts_of_a_kind_draw_no_curve() -> None:
    facts = judged(60, np.random.default_rng(2), agrees=False, right=0.5)
    assert document_settings(facts)["curves"] == {}


def test_an_isotonic_curve_never_falls_and_makes_no_certainty() -> None:
    rng = np.random.default_rng(3)
    stated = rng.random(500)
    curve = isotonic(stated, (rng.random(500) < stated**2).astype(float))
    assert list(curve.worth) == sorted(curve.worth)
    assert curve.at(0.5) == pytest.approx(0.25, abs=0.1)
    assert 0 < curve.worth[0] < curve.worth[-1] < 1


def test_facts_are_judged_the_whole_way_of_a_user_s_file() -> None:
    documents = load_split(Split.DEVELOPMENT)[:2]
    facts = judged_facts(documents, RuleReader(RuleTagger(), CatalogueCoder(load_catalogue())))
    assert len(facts) >= 0.8 * sum(len(document.facts) for document in documents)
    assert 0.3 < np.mean([fact.right for fact in facts]) < 1
    assert {fact.kind for fact in facts} >= {"count", "percent"}
