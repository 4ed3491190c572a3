"""The guard's benchmark: its arithmetic by hand, the further terms in a real guard, the peers' runner with a peer made up."""

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copilot.domain.vocabulary import Category
from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.guard.tokens import MARKS
from copilot.rulebook.compliance import ComplianceRules
from copilot.rulebook.loader import Rulebook
from evals import bench_peers, bench_terms
from evals.bench_guard import NOW, extended_rules, limits, measured
from evals.bench_texts import SIZES, Judged, Reply, judged, replies
from evals.peers import run as runner
from evals.timing import by_clock, of_size, ratio, timings

CONTEXT = GuardContext(now=NOW)


@pytest.fixture(scope="module")
def further(rulebook: Rulebook) -> tuple[ComplianceRules, tuple[str, ...]]:
    return extended_rules(rulebook.compliance)


def case(id: str, text: str, kind: str = "good_reply", blocks: bool = False) -> Judged:
    return Judged(id, text, kind, blocks, None)


def test_timings_are_percentiles_in_milliseconds_and_a_rate() -> None:
    seconds = [number / 1000 for number in range(1, 101)]
    assert timings(seconds) == {
        "p50_ms": 50.5, "p95_ms": 95.05, "p99_ms": 99.01, "mean_ms": 50.5, "per_second": 19.8, "n": 100,
    }  # fmt: skip
    with pytest.raises(ValueError, match="no times"):
        timings([])


def test_ratio_holds_two_places() -> None:
    assert ratio(9.1, 0.123) == 74.0
    assert ratio(0.05, 0.123) == 0.41


def test_times_are_told_apart_by_size_and_kind() -> None:
    seconds = {"good-15-0": [1.0, 2.0], "violating-15-0": [3.0], "good-50-0": [4.0], "good-150-0": [5.0]}
    assert of_size(seconds, 15) == [[1.0, 2.0], [3.0]]
    assert of_size(seconds, 15, "violating") == [[3.0]]
    assert of_size(seconds, 50, "good") == [[4.0]]


def test_fastest_counts_each_reply_once() -> None:
    found = by_clock([[0.004, 0.002], [0.004, 0.009]], [[0.001, 0.001], [0.003, 0.003]])
    assert (found["n"], found["mean_ms"]) == (4, 4.75)
    assert (found["processor"]["n"], found["processor"]["mean_ms"]) == (4, 2.0)
    assert (found["fastest"]["n"], found["fastest"]["mean_ms"]) == (2, 3.0)


@pytest.mark.parametrize(
    ("wall", "processor", "reached"),
    [
        ([[0.0004]] * 100, [[0.0003]] * 100, {"wall": (True, True), "processor": (True, True), "fastest": (True, True)}),
        ([[0.0006, 0.0004]] * 9, [[0.0006]] * 9,
         {"wall": (True, True), "processor": (True, False), "fastest": (True, True)}),
        ([[0.0012, 0.0004]] * 9, [[0.0004]] * 9,
         {"wall": (False, False), "processor": (True, True), "fastest": (True, True)}),
    ],
)  # fmt: skip
def test_limits_hold_for_the_longest_replies_by_each_clock(
    wall: list[list[float]], processor: list[list[float]], reached: dict[str, tuple[bool, bool]]
) -> None:
    slow = by_clock([[9.0]], [[9.0]])
    found = limits({"15": slow, "50": slow, "200": by_clock(wall, processor)})["reached"]
    assert {clock: (told["p95_ms"], told["per_second"]) for clock, told in found.items()} == reached


def test_every_reply_is_measured_in_every_round_after_one_to_warm_up() -> None:
    texts = [Reply(f"{kind}-{size}-0", kind, size, kind != "good") for size in SIZES for kind in ("good", "violating")]
    asked: dict[str, list[str]] = {"first": [], "second": []}
    found = measured({name: texts_asked.append for name, texts_asked in asked.items()}, texts, 3)
    assert [len(texts_asked) for texts_asked in asked.values()] == [len(texts) * 4] * 2
    assert [found["second"][str(size)]["n"] for size in SIZES] == [6, 6, 6]
    assert found["first"]["200"]["violating"]["n"] == found["first"]["200"]["good"]["processor"]["n"] == 3


def test_peer_times_are_divided_by_ours_as_fast_as_the_core_was() -> None:
    ours = {"yardstick_ms": 2.0} | {str(size): by_clock([[0.001, 0.0005]], [[0.001]]) for size in SIZES}
    peer = {"yardstick_ms": 2.0} | {str(size): by_clock([[0.013, 0.002]], [[0.002]]) for size in SIZES}
    assert bench_peers.ratios(ours, peer)["200"] == {"p50_ms": 10.0, "p95_ms": 13.0, "fastest_p50": 4.0}
    slowed = peer | {"yardstick_ms": 4.0}
    assert bench_peers.ratios(ours, slowed)["200"] == {"p50_ms": 10.0, "p95_ms": 13.0, "fastest_p50": 2.0}


def test_shares_count_each_kind_apart() -> None:
    cases = [case("a", "…", "plain", True), case("b", "…", "plain", True), case("c", "…"), case("d", "…")]
    found = bench_peers.shares(cases, ["a", "b", "c", "unknown"])
    assert (found["plain"]["blocked"], found["plain"]["n"], found["plain"]["value"]) == (2, 2, 1.0)
    assert (found["good_reply"]["blocked"], found["good_reply"]["n"], found["good_reply"]["value"]) == (1, 2, 0.5)
    assert found["good_reply"]["low"] == pytest.approx(0.095, abs=0.001)


def test_index_serves_ten_thousand_further_terms(
    rulebook: Rulebook, further: tuple[ComplianceRules, tuple[str, ...]]
) -> None:
    rules, terms = further
    assert len(set(terms)) == bench_terms.TERMS == 10_000
    assert bench_terms.size(rules) == bench_terms.size(rulebook.compliance) + 10_000
    taken = {
        word
        for file in rules.files.values()
        for rule in file.rules
        for pattern in rule.patterns
        for word in pattern.split("|")
    }
    assert taken.issuperset(terms)


def test_text_with_a_further_term_is_flagged_and_was_not_before(
    rulebook: Rulebook, further: tuple[ComplianceRules, tuple[str, ...]]
) -> None:
    rules, terms = further
    shipped, extended = Guard(rulebook.compliance), Guard(rules)
    chosen = terms[:: len(terms) // 60]
    new = 0
    for term in chosen:
        text = f"您好，{term}。"
        start, end = text.index(term), text.index(term) + len(term)
        assert any(v.start < end and start < v.end for v in extended.evaluate(text, CONTEXT).violations), term
        new += not shipped.evaluate(text, CONTEXT).violations
    assert new > len(chosen) / 2
    assert not extended.evaluate("您好，我先帮您核实一下。", CONTEXT).violations


def test_terms_that_the_guard_reads_otherwise_are_left_out(rulebook: Rulebook) -> None:
    _, terms = bench_terms.extended(rulebook.compliance, lambda phrase: "保" not in phrase, 500)
    assert len(terms) == 500
    assert not any("保" in term for term in terms)


def test_more_terms_than_can_be_made_are_refused(rulebook: Rulebook) -> None:
    with pytest.raises(ValueError, match="of 20,000 terms"):
        bench_terms.extended(rulebook.compliance, lambda phrase: True, 20_000)


def test_candidates_come_from_all_categories_from_the_start() -> None:
    first = [category for category, _ in zip((c for c, _ in bench_terms.candidates()), range(8), strict=False)]
    assert len(set(first)) == 8
    assert Category.OFF_PLATFORM in first


@pytest.mark.parametrize("size", SIZES)
def test_replies_are_as_long_as_asked_and_half_of_them_violate(size: int) -> None:
    chosen = replies(judged(), size, 20)
    assert [reply.violating for reply in chosen] == [False] * 20 + [True] * 20
    assert all(abs(len(reply.text) - size) <= max(3, size / 20) for reply in chosen)
    assert len({reply.text for reply in chosen}) == len({reply.id for reply in chosen}) == 40
    assert chosen == replies(judged(), size, 20)


def test_good_replies_are_made_of_good_ones_alone() -> None:
    cases = [case("a", "好的，我来核实一下订单。"), case("b", "赔您五十元，放心。", "plain", True)]
    cases += [case(str(number), f"第{number}单我已经登记好了，请稍等。") for number in range(9)]
    for reply in replies(cases, 50, 3):
        assert ("赔您五十元" in reply.text) is reply.violating


def test_too_few_cases_for_the_replies_are_refused() -> None:
    with pytest.raises(ValueError, match="replies of about 200"):
        replies([case("a", "好的。"), case("b", "赔您。", "plain", True)], 200, 5)


def test_peers_get_patterns_that_work_on_ordinary_text(rulebook: Rulebook) -> None:
    patterns = bench_peers.plain_patterns(rulebook.compliance)
    compiled = [re.compile(pattern) for pattern in patterns]
    assert not set("".join(patterns)) & set(MARKS.values())
    assert any(pattern.search("给您补偿50元") for pattern in compiled)
    assert not any(pattern.search("您好，请问您的订单号是多少？") for pattern in compiled)
    warning = rulebook.compliance.files[Category.PREMATURE_LIABILITY].rules
    assert len(patterns) <= sum(
        len(rule.patterns) for file in rulebook.compliance.files.values() for rule in file.rules
    ) - sum(len(rule.patterns) for rule in warning if rule.severity is None)


def test_missing_environment_of_the_peers_is_told(tmp_path: Path) -> None:
    for python in (None, tmp_path / "python"):
        found = bench_peers.measured(python, {"shipped": ["保证"]}, [], [], 1, {})
        assert found == {"error": "no environment; `make bench-peers-env` makes it"}


def test_environment_without_the_peers_is_told_in_one_line() -> None:
    found = bench_peers.measured(Path(sys.executable), {"shipped": ["保证"]}, [], [case("a", "好的。")], 1, {})
    assert found["error"].startswith("the peers failed with status 1: ")
    assert "\n" not in found["error"]


class MadeUpPeer:
    """Blocks what a pattern finds; opens a loop of its own, like the library that must not find one running."""

    name, package, interface = "made up", "numpy", "none"

    def __init__(self, needs_loop: bool) -> None:
        self.needs_loop = needs_loop
        self.asked: list[str] = []

    def open(self, patterns: list[str]) -> list[str]:
        return patterns

    async def start(self, opened: list[str]) -> None:
        self.asked.clear()

    def check(self, opened: list[str]) -> Callable[[str], Any]:
        async def blocked(text: str) -> bool:
            if not self.needs_loop:
                with pytest.raises(RuntimeError):
                    asyncio.get_running_loop()
            self.asked.append(text)
            return any(pattern in text for pattern in opened)

        return blocked


@pytest.mark.parametrize("needs_loop", [True, False])
def test_runner_times_every_round_and_judges_once(needs_loop: bool) -> None:
    rows = [
        {"id": "good-15-0", "text": "好的", "timed": True},
        {"id": "c1", "text": "保证到", "timed": False},
        {"id": "c2", "text": "我来核实", "timed": False},
    ]
    peer = MadeUpPeer(needs_loop)
    found = runner._peer(peer, {"shipped": ["保证"], "more": ["保证", "核实"]}, "shipped", rows, 4)
    assert found["blocked"] == ["c1"]
    assert set(found["policies"]) == {"shipped", "more"}
    assert len(found["policies"]["more"]["wall"]["good-15-0"]) == len(found["policies"]["more"]["yardstick"]) == 4
    assert list(found["policies"]["shipped"]["processor"]) == ["good-15-0"]
    assert peer.asked == ["好的"] * (runner.WARM + 4)


def test_runner_refuses_the_network_and_counts_who_asked() -> None:
    offline = runner.Offline()
    with pytest.raises(OSError, match="no network"):
        offline("socket.connect", (None, ("192.0.2.1", 443)))
    offline("open", ("file", "r", 0))
    assert offline.attempts == ["socket.connect"]
