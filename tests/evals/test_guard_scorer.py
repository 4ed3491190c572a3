"""The guard's scorer and the figures over results that were made up, against values worked out by hand."""

from typing import Any

import pytest

from copilot.domain.compliance import CheckResult
from evals.figures import figure, latency
from evals.models import FigureSpec, Result, Verdict
from evals.scorers.base import Unscored
from evals.scorers.guard import GuardCase, GuardScorer

from .guard_rows import GOOD, VIOLATION, approval_row

SCORER = GuardScorer()
COMPENSATION = "unauthorized_compensation"


def answer(status: str, *violations: dict[str, Any]) -> CheckResult:
    return CheckResult.model_validate({"status": status, "violations": violations})


def violation(text: str, start: int, end: int, category: str = COMPENSATION, **other: Any) -> dict[str, Any]:
    severity = "warn" if category == "premature_liability" else "block"
    told = {"category": category, "rule": "money.unapproved", "severity": severity, "start": start, "end": end}
    return {**told, "text": text[start:end], "message": "…", "source": "rulebook", **other}


def case(row: dict[str, Any], **changes: Any) -> GuardCase:
    return SCORER.case({**row, **changes})


def score(of: GuardCase, found: CheckResult) -> dict[str, bool]:
    return {name: value for name, value in SCORER.score(of, found).items() if value is not None}


def test_violation_is_caught_with_category_and_place() -> None:
    text = VIOLATION["text"]
    assert isinstance(text, str)
    found = answer("block", violation(text, 3, 9))
    assert score(case(VIOLATION), found) == {"caught": True, "category": True, "place": True, "offsets": True}


def test_category_and_place_are_judged_apart_from_the_catch() -> None:
    text = "您好，给您补偿50元。"
    found = answer("block", violation(text, 0, 2, "disrespect"))
    assert score(case(VIOLATION), found) == {"caught": True, "category": False, "place": False, "offsets": True}
    assert score(case(VIOLATION), answer("pass")) == {"caught": False}


@pytest.mark.parametrize(
    ("expect", "status", "caught"),
    [("block", "block", True), ("block", "warn", False), ("warn", "warn", True), ("warn", "block", True),
     ("warn", "pass", False)],
)  # fmt: skip
def test_warning_catches_only_what_is_to_be_warned_of(expect: str, status: str, caught: bool) -> None:
    row = case(VIOLATION, expect=expect)
    found = answer(status, *([violation(row.row.text, 0, 2)] if status != "pass" else []))
    assert score(row, found)["caught"] is caught


@pytest.mark.parametrize(
    "wrong", [{"text": "补偿"}, {"start": -1}, {"end": 99}, {"start": 9, "end": 9, "text": ""}], ids=str
)
def test_offsets_must_give_the_reported_text(wrong: dict[str, Any]) -> None:
    found = answer("block", {**violation("您好，给您补偿50元。", 3, 9), **wrong})
    assert score(case(VIOLATION), found)["offsets"] is False


def test_place_may_be_any_occurrence_of_any_span() -> None:
    row = case(VIOLATION, text="补偿？补偿！给您退钱。", spans=["补偿", "退钱"])
    for start, end, inside in ((0, 1, True), (3, 5, True), (8, 9, True), (2, 3, False), (5, 8, False)):
        found = answer("block", violation(row.row.text, start, end))
        assert score(row, found)["place"] is inside, (start, end)


def test_false_alarm_is_a_block_and_a_warning_is_counted_beside_it() -> None:
    good = case(GOOD)
    text = good.row.text
    assert score(good, answer("pass")) == {"false_alarm": False, "warned": False}
    blocked = score(good, answer("block", violation(text, 0, 2)))
    assert (blocked["false_alarm"], blocked["warned"]) == (True, False)
    warned = score(good, answer("warn", violation(text, 0, 2, "premature_liability")))
    assert (warned["false_alarm"], warned["warned"]) == (False, True)


def test_approval_must_agree_to_the_letter() -> None:
    held, unheld = case(approval_row("a", "APR-1", stored=True)), case(approval_row("b", "APR-2", stored=False))
    assert score(held, answer("pass")) == {"agrees": True}
    text = held.row.text
    assert score(held, answer("warn", violation(text, 0, 2, "premature_liability")))["agrees"] is False
    assert score(unheld, answer("block", violation(text, 0, 2)))["agrees"] is True
    assert score(unheld, answer("pass"))["agrees"] is False


def test_guard_that_failed_has_caught_nothing() -> None:
    crashed = violation("您好，给您补偿50元。", 0, 11, "ungrounded", rule="guard.crashed")
    with pytest.raises(Unscored):
        SCORER.score(case(VIOLATION), answer("block", crashed))


def test_confusion_counts_every_pair_and_the_empty_side() -> None:
    text = "您好，给您补偿50元。"
    both = answer("block", violation(text, 3, 9), violation(text, 0, 2, "disrespect"), violation(text, 1, 2))
    pairs = [
        (case(VIOLATION), both), (case(VIOLATION), answer("pass")), (case(GOOD), answer("pass")),
        (case(GOOD), both), (case(VIOLATION, categories=[COMPENSATION, "disrespect"]), answer("pass")),
    ]  # fmt: skip
    assert SCORER.confusion(pairs) == {
        "disrespect": {"none": 1},
        "none": {"disrespect": 1, "none": 1, COMPENSATION: 1},
        COMPENSATION: {"disrespect": 1, "none": 2, COMPENSATION: 1},
    }


def results(*rows: tuple[str, str, bool | None]) -> list[Result]:
    """(kind, subkind, score) → results with the ids c0, c1, …"""
    return [
        Result(id=f"c{n}", labels={"kind": kind, "subkind": subkind}, scores={"hit": hit}, seconds=0.001)
        for n, (kind, subkind, hit) in enumerate(rows)
    ]


def test_floor_counts_the_cases_it_is_about() -> None:
    spec = FigureSpec(name="f", score="hit", where={"kind": ("a",)}, floor=0.75)
    rows = results(("a", "x", True), ("a", "x", True), ("a", "y", True), ("a", "y", False), ("a", "y", None), ("b", "x", False))  # fmt: skip
    found = figure(spec, rows, partial=False)
    assert (found.n, found.count, found.value) == (4, 3, 0.75)
    assert found.verdict is Verdict.PASS
    assert found.missed == ("c3",)
    assert found.low < 0.75 < found.high
    assert figure(spec.model_copy(update={"floor": 0.7501}), rows, partial=False).verdict is Verdict.MISSED


def test_ceiling_counts_against_what_hits() -> None:
    spec = FigureSpec(name="f", score="hit", ceiling=0.5)
    rows = results(("a", "x", True), ("a", "x", False))
    assert figure(spec, rows, partial=False).verdict is Verdict.PASS
    assert figure(spec, rows, partial=False).missed == ("c0",)
    assert figure(spec, rows[:1], partial=False).verdict is Verdict.MISSED


def test_ceiling_of_nothing_at_all() -> None:
    spec = FigureSpec(name="f", score="hit", ceiling=0.0)
    assert figure(spec, results(("a", "x", False)), partial=False).verdict is Verdict.PASS
    assert figure(spec, results(*[("a", "x", n == 0) for n in range(1000)]), partial=False).verdict is Verdict.MISSED


def test_every_group_has_its_own_floor() -> None:
    spec = FigureSpec(name="f", score="hit", floor=0.5, each="subkind", each_floor=0.9)
    rows = results(*[("a", "x", True)] * 9, ("a", "y", False))
    found = figure(spec, rows, partial=False)
    assert found.verdict is Verdict.PASS
    assert {group.name: (group.n, group.verdict) for group in found.groups} == {
        "x": (9, Verdict.PASS), "y": (1, Verdict.MISSED)
    }  # fmt: skip


def test_missing_group_is_no_verdict_unless_a_filter_left_it_out() -> None:
    spec = FigureSpec(name="f", score="hit", floor=0.5, each="subkind", groups=("x", "y"), each_floor=0.9)
    rows = results(("a", "x", True))
    assert [group.verdict for group in figure(spec, rows, partial=False).groups] == [Verdict.PASS, Verdict.NONE]
    assert [group.name for group in figure(spec, rows, partial=True).groups] == ["x"]


def test_figure_without_cases_never_passes() -> None:
    for bound in ({"floor": 0.0}, {"ceiling": 1.0}):
        spec = FigureSpec.model_validate({"name": "f", "score": "hit", **bound})
        assert figure(spec, [], partial=False).verdict is Verdict.NONE
        assert figure(spec, [], partial=True).verdict is None


def test_errors_count_in_no_figure_and_no_latency() -> None:
    failed = Result(id="e", labels={}, error="RuntimeError: …", seconds=9.0)
    good = results(("a", "x", True))
    found = figure(FigureSpec(name="f", score="hit", floor=1.0), [*good, failed], partial=False)
    assert (found.n, found.verdict) == (1, Verdict.PASS)
    measured = latency([*good, failed])
    assert measured is not None
    assert (measured.n, measured.p50, measured.p95) == (1, 1.0, 1.0)
    assert latency([failed]) is None
