"""Agreement between two hands, counted by hand on two tickets."""

from typing import Any

from evals.agreement import agreement
from evals.scorers.tickets import Expected

CALM: dict[str, Any] = {
    "issue_type": "quality", "issue_subtype": "damaged", "demands": ["refund"], "emotion": "calm",
    "high_emotion": False, "priority": "P2", "complaint_level": None, "risk_flags": [], "escalate": False,
    "entitlements": {"return_refund": {"verdict": ["conditional"]}},
}  # fmt: skip


def test_shares_and_sets() -> None:
    first = {
        "a": Expected.model_validate(CALM),
        "b": Expected.model_validate(CALM),
        "only": Expected.model_validate(CALM),
    }
    other = CALM | {"emotion": "angry", "demands": ["refund", "return"], "escalate": None,
                    "entitlements": {"return_refund": {"verdict": ["allowed", "denied"]}}}  # fmt: skip
    found: dict[str, Any] = agreement(first, {"a": Expected.model_validate(CALM), "b": Expected.model_validate(other)})
    assert found["tickets"] == 2
    assert (found["emotion"]["value"], found["issue_subtype"]["value"]) == (0.5, 1.0)
    assert found["demands_f1"] == round(2 * 2 / 5, 3)
    assert (found["escalate"]["n"], found["escalate"]["value"]) == (1, 1.0)
    assert (found["entitlements"]["n"], found["entitlements"]["value"]) == (2, 0.5)
