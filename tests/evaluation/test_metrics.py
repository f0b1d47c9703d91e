"""Counts that add, and their ratios."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics import Counts, Measure, Score, macro_f1

amounts = st.integers(0, 50)
counts = st.builds(Counts, amounts, amounts, amounts)


def test_known_precision_recall_and_f1() -> None:
    scored = Counts(tp=6, fp=2, fn=6)
    assert (scored.precision, scored.recall, scored.f1) == (0.75, 0.5, 0.6)
    assert (scored.gold, scored.predicted) == (12, 8)


def test_a_ratio_of_nothing_is_undefined_and_not_perfect() -> None:
    assert (Counts().precision, Counts().recall, Counts().f1) == (None, None, None)
    assert Counts(fn=3).precision is None
    assert Counts(fn=3).f1 == Counts(fp=3).f1 == 0


@given(counts, counts, counts)
def test_counts_add_in_any_grouping(a: Counts, b: Counts, c: Counts) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Counts() == a


def score(*rows: tuple[str | None, str | None, int, int, int]) -> Score:
    made = Score()
    for code, section, tp, fp, fn in rows:
        made.tally(Measure.FACT, code, section, tp=tp, fp=fp, fn=fn)
    return made


def test_scores_add_and_break_down_to_the_same_total() -> None:
    first = score(("app.received", "requests", 3, 1, 0), (None, "overview", 1, 0, 2))
    second = score(("app.received", "overview", 1, 0, 1))
    both = first + second
    assert both.total(Measure.FACT) == Counts(5, 1, 3)
    assert both.by_name(Measure.FACT) == {"app.received": Counts(4, 1, 1), None: Counts(1, 0, 2)}
    assert both.by_section(Measure.FACT) == {"overview": Counts(2, 0, 3), "requests": Counts(3, 1, 0)}
    assert first.total(Measure.FACT) == Counts(4, 1, 2), "adding must leave the parts alone"


def test_what_was_not_scored_is_not_the_same_as_nothing_right() -> None:
    made = score(("app.received", None, 0, 0, 1))
    assert Measure.SPAN not in made
    made.scored(Measure.SPAN)
    assert Measure.SPAN in made + Score()


def test_macro_f1_is_over_the_names_of_the_gold() -> None:
    assert macro_f1({"a": Counts(1, 0, 0), "b": Counts(0, 0, 1), "c": Counts(0, 5, 0)}) == 0.5
    assert macro_f1({"c": Counts(0, 5, 0)}) is None
