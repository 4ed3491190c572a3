"""Ranking figures against values worked out by hand, intervals against published ones."""

import math

import pytest

from evals.ranking import Ranking, figures
from evals.stats import mean_interval, wilson


def test_places_count_distinct_items() -> None:
    ranking = Ranking.of(["x", "a", "x", "b", "a"], ["a", "b", "c"])
    assert ranking.places == (2, 3)
    assert ranking.gold == 3


def test_hits_and_all_within() -> None:
    ranking = Ranking.of(["x", "a", "y", "b"], ["a", "b"])
    assert [ranking.hit(k) for k in (1, 2, 4)] == [False, True, True]
    assert ranking.all_within(4)
    assert not ranking.all_within(3)
    assert ranking.reciprocal == 0.5


def test_more_gold_than_room_is_never_all() -> None:
    assert not Ranking.of(list("abcde"), list("abcde")).all_within(4)


def test_ndcg() -> None:
    ranking = Ranking.of(["x", "a", "y", "b"], ["a", "b"])
    gained = 1 / math.log2(3) + 1 / math.log2(5)
    assert ranking.ndcg(10) == pytest.approx(gained / (1 + 1 / math.log2(3)))
    assert Ranking.of(["x"], ["a"]).ndcg(10) == 0.0
    assert Ranking.of(["a", "x"], ["a"]).ndcg(10) == 1.0


def test_wilson_equals_the_textbook() -> None:
    found = wilson(8, 10)  # Wilson 1927 as tabulated: .490 to .943
    assert (found.value, round(found.low, 3), round(found.high, 3)) == (0.8, 0.49, 0.943)
    assert wilson(0, 20).low == 0.0
    assert wilson(20, 20).high == 1.0
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_mean_interval_repeats_and_holds_the_mean() -> None:
    values = [0.0, 0.2, 0.4, 1.0] * 20
    found = mean_interval(values)
    assert found == mean_interval(values)
    assert found.value == pytest.approx(0.4)
    assert found.low < found.value < found.high
    assert mean_interval([0.5] * 9).low == mean_interval([0.5] * 9).high == 0.5


def test_figures_of_a_set() -> None:
    found = figures([Ranking((1,), 1), Ranking((3,), 2), Ranking((), 1)]).shares
    assert found["hit@1"].value == pytest.approx(1 / 3)
    assert found["hit@4"].value == pytest.approx(2 / 3)
    assert found["all@4"].value == pytest.approx(1 / 3)
    assert found["mrr"].value == pytest.approx((1 + 1 / 3) / 3)
