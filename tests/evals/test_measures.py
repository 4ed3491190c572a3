"""Figures that are no shares, against values worked out by hand and against scikit-learn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from evals.measures import calibration_error, macro_f1, set_f1

LABELS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=40)


@given(pairs=LABELS)
def test_macro_f1_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    expected, found = [true for true, _ in pairs], [said for _, said in pairs]
    reference = f1_score(expected, found, average="macro", zero_division=0.0)
    assert macro_f1("f", expected, found).value == pytest.approx(reference, abs=1e-4)


def test_set_f1_counts_members() -> None:
    found = set_f1("d", [frozenset("ab"), frozenset("c"), frozenset()], [frozenset("a"), frozenset("cd"), frozenset()])
    assert found.value == pytest.approx(2 * 2 / 6, abs=1e-4)
    assert found.low <= found.value <= found.high
    assert set_f1("d", [frozenset()], [frozenset()]).value == 1.0


def test_calibration_error_weighs_the_gap_of_each_bin() -> None:
    found = calibration_error("c", [0.95, 0.95, 0.65, 1.0], [True, False, True, True])
    # Bin .9 to 1: stated 2.90 / 3, right 2 / 3; bin .6 to .7: stated .65, right 1.
    assert found.value == pytest.approx((0.9 + 0.35) / 4, abs=1e-4)
    assert [(one.low, one.n, one.right) for one in found.bins] == [(0.6, 1, 1.0), (0.9, 3, pytest.approx(0.6667))]


def test_nothing_measured_spans_everything() -> None:
    assert (macro_f1("f", [], []).low, macro_f1("f", [], []).high) == (0.0, 1.0)
