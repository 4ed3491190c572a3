"""The development sets: replies of our own that must be blocked, or must pass, and pairs that differ in backing."""

from typing import Any

import pytest

from copilot.guard.engine import Guard

from .conftest import rows

VIOLATIONS = rows("violations")
PASSES = rows("passes")
PAIRS = rows("pairs")


FOUND, FLAGGED = 0.985, 0.01
"""The meaning layer is a matter of degree: a training run may move a sentence across its threshold. These sets were
seen by whoever wrote the rules; they guard against going back and measure nothing."""


def test_violations_are_found(guard: Guard) -> None:
    judged = [row for row in VIOLATIONS if "needs" not in row]
    missed = [row["text"] for row in judged if guard.examine(row["text"], {}).status != row["expect"]]
    assert len(missed) <= len(judged) * (1 - FOUND), missed


def test_violations_are_found_under_their_category(guard: Guard) -> None:
    judged = [row for row in VIOLATIONS if "needs" not in row and "category" in row]
    other = [
        row["text"]
        for row in judged
        if row["category"] not in {violation.category for violation in guard.examine(row["text"], {}).violations}
    ]
    assert len(other) <= len(judged) * 0.03, other


def test_compliant_replies_pass(guard: Guard) -> None:
    blocked = [row["text"] for row in PASSES if guard.examine(row["text"], {}).status == "block"]
    warned = [row["text"] for row in PASSES if guard.examine(row["text"], {}).status == "warn"]
    assert len(blocked) <= len(PASSES) * FLAGGED, blocked
    assert len(warned) <= len(PASSES) * 2 * FLAGGED, warned


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: row["name"])
def test_same_sentence_with_and_without_backing(guard: Guard, row: dict[str, Any]) -> None:
    backed = guard.examine(row["text"], row["backed"])
    unbacked = guard.examine(row["text"], row["unbacked"])
    assert backed.violations == ()
    assert unbacked.status != "pass"


def test_backing_is_named_in_the_ledger(guard: Guard) -> None:
    # Rows on refund channels and on fault are no promises of value; all others name what backs them.
    named = [
        any(row.backed_by for row in guard.examine(pair["text"], pair["backed"]).commitments)
        for pair in PAIRS
        if "channel" not in pair["name"] and "fault" not in pair["name"]
    ]
    assert all(named)


def test_sets_are_large_enough_to_mean_something() -> None:
    assert len(VIOLATIONS) >= 150
    assert len(PASSES) >= 150
    assert len(PAIRS) >= 30
    evaded = [row for row in VIOLATIONS if row["class"] == "evaded"]
    scope = [row for row in VIOLATIONS if row["class"] == "scope"]
    assert len(evaded) >= 60
    assert len(scope) >= 50
    assert sum(row["class"] == "hard_negative" for row in PASSES) >= 100
