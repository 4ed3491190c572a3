"""`make bench-guard`: the guard's speed, alone and beside the same policy in guardrails-ai and NeMo Guardrails.

One run, one thread, warm. Times depend on the machine and on what else it does: read the ratios, the processor times
beside the wall clock's, and the yardstick (a fixed piece of work, timed between the rounds). `make bench-peers-env` makes the peers' environment.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from copilot.domain.base import BEIJING
from copilot.domain.compliance import CheckRequest
from copilot.domain.vocabulary import Status
from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.guard.features import Features
from copilot.guard.meaning import load_meaning
from copilot.rulebook import loader
from copilot.rulebook.compliance import ComplianceRules
from evals import bench_peers, bench_terms
from evals.bench_table import show
from evals.bench_texts import SIZES, Judged, Reply, judged, replies
from evals.peers.run import yardstick
from evals.targets import offline
from evals.timing import by_clock, machine, of_size

NOW = datetime(2026, 11, 20, 10, tzinfo=BEIJING)
EACH = 100
"""Good replies of each size, and as many violating ones."""
LIMITS = {"p95_ms": 1.0, "per_second": 2000.0}
"""For 200 characters and 10,000 terms, rule layers alone."""
SHIPPED, EXTENDED = "shipped", f"{bench_terms.TERMS:,} further terms"
_NOTE = (
    "Rules and meaning layer were written and trained with these development cases; the figures of record are those of "
    "the kept set: copilot eval run guard --set kept."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("guard_bench.json"))
    parser.add_argument("--peers", type=Path, help="Python of the peers' environment; without it they are left out")
    parser.add_argument("--rounds", type=int, default=5, help="checks of each reply, ours and the peers'")
    options = parser.parse_args()
    console = Console(stderr=True)
    started = machine()
    cases = judged()
    texts = [reply for size in SIZES for reply in replies(cases, size, EACH)]
    rules = loader.load().compliance
    further, terms = extended_rules(rules)
    books = {SHIPPED: rules, EXTENDED: further}
    console.print("guard …")
    found: dict[str, Any] = {
        "machine": started,
        "texts": described(texts),
        "rulebooks": {
            SHIPPED: {"alternatives": bench_terms.size(rules)},
            EXTENDED: {
                "alternatives": bench_terms.size(further), "further_terms": len(terms),
                "openings": bench_terms.crowds(terms),
            },
        },
        "guard": guard_figures(books, texts, options.rounds),
    }  # fmt: skip
    found["limits"] = limits(found["guard"]["rules"][EXTENDED])
    console.print("cold start …")
    found["cold_start"] = cold_start()
    console.print("verdicts on the development set …")
    found["blocked"] = {**bench_peers.shares(cases, own_verdicts(cases)), "note": _NOTE}
    console.print("peers …")
    policies = {name: bench_peers.plain_patterns(book) for name, book in books.items()}
    found["peers"] = bench_peers.measured(options.peers, policies, texts, cases, options.rounds, found["guard"])
    if "error" in found["peers"]:
        console.print(f"peers: {found['peers']['error']}", markup=False, soft_wrap=True)
    found["machine"]["load_1_minute_at_end"] = machine()["load_1_minute"]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    show(found, options.out)


def extended_rules(rules: ComplianceRules) -> tuple[ComplianceRules, tuple[str, ...]]:
    """The rules with further terms, each of which the guard reads as it is written."""
    guard = Guard(rules)
    return bench_terms.extended(rules, lambda phrase: guard.reading(phrase).text == phrase)


def described(texts: Sequence[Reply]) -> dict[str, Any]:
    return {
        str(size): {
            "replies": len(chosen), "violating": sum(reply.violating for reply in chosen),
            "mean_characters": round(statistics.mean(len(reply.text) for reply in chosen), 1),
        }
        for size in SIZES
        if (chosen := [reply for reply in texts if reply.size == size])
    }  # fmt: skip


def guard_figures(books: dict[str, ComplianceRules], texts: Sequence[Reply], rounds: int) -> dict[str, Any]:
    """By layers and rulebook: the verdict by rules alone, with the meaning layer, and the whole answer.

    `answer` is what `POST /v1/compliance/check` computes without look-ups: verdict and, where it is no pass, the
    suggested wording.
    """
    found: dict[str, Any] = {"rules": {}, "rules and meaning": {}, "answer": {}}
    checks: dict[tuple[str, str], Callable[[str], object]] = {}
    context = GuardContext(now=NOW)
    for name, rules in books.items():
        started = time.perf_counter()
        guard = Guard(rules)
        built = time.perf_counter()
        guard.warm()
        found["rules"][name] = {
            "build_s": round(built - started, 3), "compile_s": round(time.perf_counter() - built, 3),
        }  # fmt: skip
        checks["rules", name] = partial(guard.evaluate, context=context)
        meaning = load_meaning(Features(rules.sounds.syllables))
        if meaning is not None:
            whole = Guard(rules, meaning)
            whole.warm()
            checks["rules and meaning", name] = partial(whole.evaluate, context=context)
            checks["answer", name] = partial(whole.check, context=context)
    for (layers, name), figures in measured(checks, texts, rounds).items():
        found[layers][name] = {**found[layers].get(name, {}), **figures}
    return found


K = TypeVar("K")


def measured(
    checks: Mapping[K, Callable[[str], object]], texts: Sequence[Reply], rounds: int
) -> dict[K, dict[str, Any]]:
    """Times of each check by size, of all replies and of good and violating ones apart; the first round warms up.

    The checks take turns, round by round, so that what else the machine does slows all of them alike.
    """
    walls: dict[K, dict[str, list[float]]] = {key: {reply.id: [] for reply in texts} for key in checks}
    works: dict[K, dict[str, list[float]]] = {key: {reply.id: [] for reply in texts} for key in checks}
    yardsticks: dict[K, list[float]] = {key: [] for key in checks}
    for check in checks.values():
        for reply in texts:
            check(reply.text)
    for _ in range(rounds):
        for key, check in checks.items():
            yardsticks[key].append(yardstick())
            for reply in texts:
                began, worked = time.perf_counter(), time.process_time()
                check(reply.text)
                works[key][reply.id].append(time.process_time() - worked)
                walls[key][reply.id].append(time.perf_counter() - began)
    return {key: _by_size(walls[key], works[key], yardsticks[key]) for key in checks}


def _by_size(
    wall: Mapping[str, Sequence[float]], processor: Mapping[str, Sequence[float]], yardsticks: Sequence[float]
) -> dict[str, Any]:
    found: dict[str, Any] = {"yardstick_ms": bench_peers.yardstick_ms(yardsticks)}
    for size in SIZES:
        found[str(size)] = by_clock(of_size(wall, size), of_size(processor, size))
        for kind in ("good", "violating"):
            found[str(size)][kind] = by_clock(of_size(wall, size, kind), of_size(processor, size, kind))
    return found


def limits(figures: dict[str, Any]) -> dict[str, Any]:
    """Whether the figures of 200 characters keep what is promised: waiting, working, and undisturbed."""
    longest = figures[str(max(SIZES))]
    return {
        **LIMITS,
        "reached": {
            clock: {
                "p95_ms": times["p95_ms"] <= LIMITS["p95_ms"],
                "per_second": times["per_second"] >= LIMITS["per_second"],
            }
            for clock, times in (
                ("wall", longest),
                ("processor", longest["processor"]),
                ("fastest", longest["fastest"]),
            )
        },
    }


def cold_start() -> dict[str, float]:
    """Whole processes of `copilot check`, seconds; the first one on an empty home also compiles the rulebook."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")}
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as home:
        command = [sys.executable, "-m", "copilot", "--home", home, "check", "您好，我先帮您核实。"]

        def once(words: list[str]) -> float:
            started = time.perf_counter()
            subprocess.run(words, check=True, capture_output=True, env=environment)
            return time.perf_counter() - started

        first = once(command)
        return {
            "python_alone_s": round(statistics.median(once([sys.executable, "-c", "pass"]) for _ in range(5)), 3),
            "empty_home_s": round(first, 3),
            "check_s": round(statistics.median(once(command) for _ in range(5)), 3),
        }


def own_verdicts(cases: Sequence[Judged]) -> list[str]:
    """The cases that `copilot check` blocks, each with its own ticket where it has one."""
    with offline(NOW) as target:
        return [
            case.id
            for case in cases
            if target.check(CheckRequest.model_validate({"text": case.text, "ticket": case.ticket})).status
            is Status.BLOCK
        ]


if __name__ == "__main__":
    main()
