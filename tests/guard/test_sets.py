"""The development sets: replies of our own that must be blocked, or must pass, and pairs that differ in backing."""

from typing import Any

import pytest

from copilot.guard.engine import Guard

from .conftest import rows

VIOLATIONS = rows("violations")
PASSES = rows("passes")
PAIRS = rows("pairs")


@pytest.mark.parametrize("row", [row for row in VIOLATIONS if "needs" not in row], ids=lambda row: row["text"])
def test_violation_is_found(guard: Guard, row: dict[str, Any]) -> None:
    result = guard.examine(row["text"], {})
    assert result.status == row["expect"]
    if "category" in row:
        assert row["category"] in {violation.category for violation in result.violations}


@pytest.mark.parametrize("row", PASSES, ids=lambda row: row["text"])
def test_compliant_reply_passes(guard: Guard, row: dict[str, Any]) -> None:
    result = guard.examine(row["text"], {})
    assert result.violations == ()


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
