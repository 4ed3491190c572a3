"""What the ticket scorer counts as right, on answers that are told to it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from copilot.domain.suggestion import Suggestion
from evals.scorers.tickets import TicketScorer

SCORER = TicketScorer()
ROW: dict[str, Any] = {
    "id": "t1", "author": "t", "tags": ["facts", "typos"],
    "ticket": {"messages": [{"role": "customer", "text": "电饭煲坏了，退吧"}], "order": {"id": "JD1", "status": "signed"}},
    "expect": {
        "issue_type": "quality", "issue_subtype": "malfunction", "secondary": ["logistics/delay"], "demands": ["refund"],
        "emotion": "calm", "high_emotion": False, "priority": "P2", "complaint_level": None, "risk_flags": ["regulator"],
        "escalate": True, "owner": ["senior_aftersales", "supervisor"], "asks": ["photos"], "never_asks": ["order_id"],
        "entitlements": {"return_refund": {"verdict": ["conditional"], "freight": "merchant"}},
    },
}  # fmt: skip


def answer(**changes: Any) -> Suggestion:
    said: dict[str, Any] = {
        "issue_type": "quality", "issue_subtype": "malfunction", "demands": ["refund"], "emotion": "calm",
        "priority": "P2", "risk_flags": ["regulator"], "confidence": 0.9,
        "secondary_issues": [{"issue_type": "logistics", "issue_subtype": "delay"}],
    }  # fmt: skip
    said |= {name: changes.pop(name) for name in list(changes) if name in said}
    body: dict[str, Any] = {
        "id": "sg_1", "created_at": datetime(2026, 11, 20, tzinfo=UTC), "mode": "offline", "classification": said,
        "route": {"owner": "supervisor", "reason": "…"}, "entities": {},
        "missing_information": [{"field": "photos", "ask": "照片", "why": "核实"}],
        "entitlements": [
            {"action": "return_refund", "verdict": "conditional", "freight": {"borne_by": "merchant"}, "rule": "r"}
        ],
        "record": {"issue": "…", "solution": "…", "status": "open", "owner": "supervisor"},
        "trace": {"rulebook": "sha256:0", "kb_snapshot": "0"},
    }  # fmt: skip
    return Suggestion.model_validate(body | changes)


def scored(found: Suggestion, row: dict[str, Any] = ROW) -> dict[str, bool | None]:
    return SCORER.score(SCORER.case(row), found)


def test_all_right() -> None:
    right = scored(answer())
    assert right.pop("draft_offered") is False
    assert right.pop("asked_in_vain") is False
    assert right.pop("over_escalated") is None
    assert all(right.values()), right


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"issue_type": "usage"}, "issue_type"),
        ({"issue_subtype": "damaged"}, "issue_subtype"),
        ({"secondary_issues": []}, "secondary"),
        ({"demands": []}, "demands"),
        ({"emotion": "angry"}, "emotion"),
        ({"priority": "P1"}, "priority"),
        ({"risk_flags": []}, "risk_found"),
        ({"risk_flags": ["regulator", "privacy"]}, "risk_flags"),
        ({"route": {"owner": "frontline", "reason": "…"}}, "must_escalate"),
        ({"route": {"owner": "finance", "reason": "…"}}, "owner"),
        ({"entitlements": []}, "entitlements"),
        ({"entitlements": [{"action": "return_refund", "verdict": "conditional", "rule": "r"}]}, "freight"),
        ({"missing_information": []}, "asks"),
    ],
)
def test_each_mistake_counts_where_it_belongs(changes: dict[str, Any], name: str) -> None:
    assert scored(answer(**changes))[name] is False


def test_asking_for_what_is_there_counts() -> None:
    asked = answer(missing_information=[{"field": "order_id", "ask": "订单号", "why": "查询"}])
    assert scored(asked)["asked_in_vain"] is True


def test_notifying_somebody_escalates_a_benign_ticket() -> None:
    row = {**ROW, "expect": {**ROW["expect"], "escalate": False}}
    assert scored(answer(route={"owner": "frontline", "reason": "…"}), row)["over_escalated"] is False
    told = answer(route={"owner": "frontline", "also_notify": ["supervisor"], "reason": "…"})
    assert scored(told, row)["over_escalated"] is True


def test_labels_name_hand_and_build() -> None:
    labels = SCORER.case(ROW).labels
    assert (labels["noise"], labels["facts"], labels["turns"], labels["escalate"]) == ("typos", "yes", "one", "yes")


def test_entitlements_without_facts_are_refused() -> None:
    with pytest.raises(ValidationError, match="deciding facts"):
        SCORER.case({**ROW, "tags": []})


def test_measures_cover_classes_and_calibration() -> None:
    found = {one.name: one for one in SCORER.measures([(SCORER.case(ROW), answer())])}
    assert found["issue_type macro F1"].value == 1.0
    assert found["calibration error of issue_type"].value == pytest.approx(0.1, abs=1e-4)
    assert SCORER.confusion([(SCORER.case(ROW), answer(issue_type="usage"))]) == {"quality": {"usage": 1}}
