"""Who answers and who must know: every row as shipped, and that calm routine stays with the frontline."""

from typing import Any

import pytest

from copilot.domain.vocabulary import SUBTYPES, Owner
from copilot.nextsteps.escalation import Escalation
from copilot.rulebook.loader import DATA
from copilot.rulebook.models import EscalationFile
from copilot.rulebook.source import read

FILE = read(DATA / "escalation.yaml", EscalationFile)
ESCALATION = Escalation(FILE)
CALM: dict[str, Any] = {
    "issue_type": "logistics", "issue_subtype": "status_query", "demands": frozenset({"information"}),
    "emotion": "calm", "high_emotion": False, "priority": "P3", "complaint_level": None, "risk_flags": frozenset(),
    "has_approval": False, "claims_earlier_promise": False, "wants_exception": False, "wants_superior": False,
    "asks_extra": False, "complains_of_staff": False,
}  # fmt: skip


def flags(*names: str, **more: Any) -> dict[str, Any]:
    return {"risk_flags": frozenset(names), **more}


CASES: dict[str, tuple[dict[str, Any], str, set[str]]] = {
    "escalate.safety": (flags("personal_safety"), "supervisor", {"compliance", "supply_chain"}),
    "escalate.media": (flags("media_exposure", complaint_level=1), "pr", {"compliance", "supervisor"}),
    "escalate.regulator-involved": (flags("regulator", complaint_level=1), "compliance", {"pr", "supervisor"}),
    "escalate.group": (flags("group_complaint"), "supervisor", {"compliance", "supply_chain"}),
    "escalate.outage": (flags("system_outage"), "tech", {"supervisor"}),
    "escalate.drug": (flags("food_drug", category="drug"), "supervisor", {"compliance", "supply_chain"}),
    "escalate.food-injury": (flags("food_drug", injury=True), "supervisor", {"compliance", "supply_chain"}),
    "escalate.legal": (flags("legal_threat"), "supervisor", {"legal"}),
    "escalate.claimant": (flags("professional_claimant"), "compliance", {"legal"}),
    "escalate.fraud": (flags("fraud_abuse"), "compliance", {"supervisor"}),
    "escalate.privacy": (flags("privacy"), "compliance", {"supervisor"}),
    "escalate.level1": ({"complaint_level": 1}, "supervisor", {"compliance"}),
    "escalate.plans": ({"plans_rejected": 2}, "senior_aftersales", {"compliance"}),
    "escalate.level2": ({"complaint_level": 2}, "senior_aftersales", {"supervisor"}),
    "escalate.media-threat": (flags("media_exposure"), "senior_aftersales", {"supervisor"}),
    "escalate.regulator-threat": (flags("regulator"), "senior_aftersales", {"supervisor"}),
    "escalate.staff": ({"issue_subtype": "attitude"}, "supervisor", set()),
    "escalate.repeated": ({"contacts_same_issue": 2, "high_emotion": True}, "senior_aftersales", {"supervisor"}),
    "escalate.angry": ({"emotion": "angry"}, "senior_aftersales", set()),
    "escalate.merchant-silent": ({"hours_since_merchant_notified": 48.0}, "supervisor", {"merchant"}),
    "escalate.earlier-promise": ({"claims_earlier_promise": True}, "senior_aftersales", {"supervisor"}),
    "escalate.high-value": (flags("high_value", issue_subtype="lost"), "senior_aftersales", {"supervisor"}),
    "escalate.compensation": ({"demands": {"compensation"}}, "frontline", {"supervisor"}),
    "escalate.resend": ({"demands": {"resend"}, "verdict_resend": "needs_approval"}, "frontline", {"supervisor"}),
    "escalate.wrong-item": (
        {"issue_subtype": "wrong_item", "demands": {"exchange"}, "platform": "lashou"}, "frontline", {"supervisor"},
    ),
    "escalate.special": ({"wants_exception": True}, "frontline", {"supervisor"}),
    "escalate.read": ({"beyond_frontline": 0.9}, "senior_aftersales", set()),
    "escalate.supervisor-asked": ({"wants_superior": True}, "senior_aftersales", set()),
}  # fmt: skip


@pytest.mark.parametrize("row", CASES)
def test_the_row_names_owner_and_whom_to_tell(row: str) -> None:
    given, owner, notified = CASES[row]
    routing = ESCALATION.run(CALM | given)
    fired = {each.id: each for each in FILE.rows}[row]
    assert routing.rules[0] == row
    assert routing.route.owner == owner
    assert notified <= set(routing.route.also_notify)
    assert fired.reason in routing.route.reason
    assert fired.source in routing.sources


@pytest.mark.parametrize(
    "given",
    [{"emotion": "angry"}, {"asks_extra": True}, {"wants_exception": True}, {"claims_earlier_promise": True},
     {"contacts_same_issue": 2, "high_emotion": True}],
)  # fmt: skip
def test_what_rests_on_words_alone_needs_the_support_of_the_whole_conversation(given: dict[str, Any]) -> None:
    assert ESCALATION.run(CALM | given | {"beyond_frontline": 0.1}).rules == ()
    assert ESCALATION.run(CALM | given | {"beyond_frontline": 0.6}).rules


@pytest.mark.parametrize(
    "given",
    [flags("personal_safety"), flags("legal_threat"), {"plans_rejected": 2}, {"complaint_level": 1},
     {"contacts_same_issue": 2, "contacts_on_record": 2, "high_emotion": True}],
)  # fmt: skip
def test_risks_and_records_need_none(given: dict[str, Any]) -> None:
    assert ESCALATION.run(CALM | given | {"beyond_frontline": 0.0}).rules


def test_no_row_is_left_untested() -> None:
    assert set(CASES) == {row.id for row in FILE.rows}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"demands": frozenset({"refund", "return"}), "verdict_return_refund": "allowed"},
        {"emotion": "anxious", "contacts_same_issue": 1},
        {"emotion": "dissatisfied", "complaint_level": 3, "issue_subtype": "delay"},
        {"issue_subtype": "late_or_ineligible", "demands": frozenset({"return"}), "verdict_return_refund": "denied"},
        {"hours_since_merchant_notified": 47.9},
        {"plans_rejected": 1},
        flags("high_value"),
        flags("prompt_injection"),
        {"demands": frozenset({"compensation"}), "has_approval": True},
        {"asks_extra": True, "has_approval": True},
        {"demands": frozenset({"escalate"}), "issue_subtype": "human_handoff"},
        {"issue_subtype": "wrong_item", "demands": frozenset({"exchange"}), "platform": "tmall"},
        {"issue_subtype": "wrong_item", "demands": frozenset({"exchange"}), "platform": "jd", "operator": "platform"},
        {"claims_earlier_promise": True, "has_approval": True},
    ],
)
def test_calm_routine_stays_with_the_frontline(given: dict[str, Any]) -> None:
    routing = ESCALATION.run(CALM | given)
    assert routing.route.owner is Owner.FRONTLINE
    assert routing.route.also_notify == ()
    assert routing.rules == routing.sources == ()
    assert routing.route.reason


@pytest.mark.parametrize("subtype", [s for subtypes in SUBTYPES.values() for s in subtypes if s != "attitude"])
def test_no_subtype_escalates_by_itself_but_a_complaint_about_staff(subtype: str) -> None:
    assert ESCALATION.run(CALM | {"issue_subtype": subtype}).rules == ()


def test_several_rows_give_one_owner_and_every_reason_once() -> None:
    routing = ESCALATION.run(CALM | flags("personal_safety", "regulator", "legal_threat", emotion="angry"))
    assert routing.rules == ("escalate.safety", "escalate.legal", "escalate.regulator-threat", "escalate.angry")
    assert routing.route.owner is Owner.SUPERVISOR
    assert routing.route.also_notify == (Owner.COMPLIANCE, Owner.SUPPLY_CHAIN, Owner.LEGAL)
    assert routing.route.reason.split("；") == [
        "涉及人身安全", "顾客表示将采取法律途径", "顾客表示将向监管部门投诉", "高情绪诉求",
    ]  # fmt: skip
    assert len(set(routing.sources)) == len(routing.sources)


def test_the_owner_is_not_told_what_is_already_theirs() -> None:
    routing = ESCALATION.run(CALM | {"issue_subtype": "attitude", "demands": {"compensation"}})
    assert routing.route.owner is Owner.SUPERVISOR
    assert Owner.SUPERVISOR not in routing.route.also_notify


@pytest.mark.parametrize("given", [{"asks_extra": True}, {"complains_of_staff": True}])
def test_what_is_asked_beside_the_usual_demands_is_told_to_a_supervisor(given: dict[str, Any]) -> None:
    routing = ESCALATION.run(CALM | given)
    assert Owner.SUPERVISOR in (routing.route.owner, *routing.route.also_notify)


@pytest.mark.parametrize("demand", ["compensation", "resend"])
def test_who_asks_for_a_supervisor_beside_money_still_gets_one(demand: str) -> None:
    view = CALM | {"demands": frozenset({demand}), "wants_superior": True, "verdict_resend": "needs_approval"}
    assert ESCALATION.run(view).route.owner is Owner.SENIOR_AFTERSALES


def test_a_row_without_owner_only_notifies() -> None:
    rows = {"rows": [
        {"id": "a", "when": {}, "also_notify": ["finance"], "reason": "甲", "source": "c.a"},
        {"id": "b", "when": {}, "owner": "finance", "also_notify": ["tech"], "reason": "乙", "source": "c.a"},
    ]}  # fmt: skip
    routing = Escalation(EscalationFile.model_validate(rows)).run({})
    assert (routing.route.owner, routing.route.also_notify) == (Owner.FINANCE, (Owner.TECH,))
    assert (routing.route.reason, routing.sources) == ("甲；乙", ("c.a",))
