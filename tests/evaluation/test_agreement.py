"""Krippendorff's alpha as published, and agreement of two annotations."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoring_helpers import fact, report

from evaluation.agreement import AgreementError, agreement, krippendorff_alpha, main
from evaluation.metrics import Counts


def units(*coders: str) -> list[tuple[str | None, ...]]:
    return [tuple(None if value == "." else value for value in unit) for unit in zip(*coders, strict=True)]


def test_alpha_as_in_krippendorff_2011() -> None:
    # Computing Krippendorff's Alpha-Reliability, examples A (binary), B (nominal) and C (missing data).
    assert krippendorff_alpha(units("0100000010", "1110010000")) == pytest.approx(0.095, abs=5e-4)
    assert krippendorff_alpha(units("aabbdcccedda", "babbbccceddd")) == pytest.approx(0.692, abs=5e-4)
    four = units("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    assert krippendorff_alpha(four) == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_perfect_agreement_is_one_and_undefined_without_variation() -> None:
    assert krippendorff_alpha(units("abca", "abca")) == 1
    assert krippendorff_alpha(units("aaa", "aaa")) is None
    assert krippendorff_alpha(units("ab", "..")) is None
    assert krippendorff_alpha([]) is None


def test_agreement_of_two_annotations() -> None:
    text = "受理申请12件答复9件"
    first = report(
        text=text, spans=((4, 7, "COUNT"), (9, 11, "COUNT")),
        facts=(fact(4, "12", end=7), fact(9, "9", code="app.answered")),
    )  # fmt: skip
    second = report(
        text=text, spans=((4, 7, "COUNT"), (7, 9, "ACTION")),
        facts=(fact(4, "12", end=7), fact(9, "9", code="app.granted")),
    )  # fmt: skip
    found = agreement([first], [second])
    assert found.fact == Counts(tp=2, fp=2, fn=2)
    assert found.span == Counts(tp=2, fp=2, fn=2)
    assert (found.documents, found.values) == (1, 2)
    assert found.alpha_labels == krippendorff_alpha(units("OOOOCCCOOCC", "OOOOCCCAAOO"))
    assert found.alpha_codes == krippendorff_alpha(units("ra", "rg"))


def test_neither_annotation_is_favoured() -> None:
    coded, bare = report(text="件" * 20, spans=(), facts=(fact(4),)), report(text="件" * 20, spans=(), facts=())
    assert agreement([coded], [bare]).fact == agreement([bare], [coded]).fact


def test_annotations_of_other_documents_are_refused() -> None:
    with pytest.raises(AgreementError, match="a: "):
        agreement([report("a", text="", spans=())], [report("b", text="", spans=())])
    with pytest.raises(AgreementError, match="b: only"):
        agreement([report("a")], [report("a"), report("b")])
    with pytest.raises(AgreementError, match="a: the spans"):
        agreement([report("a")], [report("a")])


def test_the_command_compares_the_documents_that_both_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = "@id {name}\n{{a1:答复}}{{i1:申请}}{{n1:{value}件}}。\n: n1 {value} 件 app.answered i1 a1\n"
    first, second, page = tmp_path / "first.txt", tmp_path / "second.txt", tmp_path / "page.html"
    first.write_text(sample.format(name="1", value=3) + sample.format(name="2", value=4), encoding="utf-8")
    second.write_text(sample.format(name="2", value=4), encoding="utf-8")
    assert main([str(first), str(second), "--html", str(page)]) == 0
    assert "fact F1 1.0000" in capsys.readouterr().out
    assert page.exists()
    assert main([str(second), str(first)]) == 1
    assert "1: only annotated once" in capsys.readouterr().err
