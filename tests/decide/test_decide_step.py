"""The decide stage as a whole: which actions are ruled, what conditions see, what backs an agent's own text."""

from datetime import datetime
from typing import Any

import pytest

from copilot.decide.authority import Authority, sign
from copilot.decide.freshness import Freshness
from copilot.decide.step import Decide, Decision
from copilot.domain.base import BEIJING
from copilot.domain.facts import Facts
from copilot.domain.suggestion import Classification, Entities
from copilot.domain.ticket import Approval, Ticket
from copilot.domain.vocabulary import Action, IssueType
from copilot.rulebook.confirmed import ConfirmedFile
from copilot.rulebook.loader import DATA, Rulebook
from copilot.rulebook.models import ClauseFile, PlaybookFile
from copilot.rulebook.source import read
from tests.decide.cases import FILE

KEY = b"key of this installation"
NOW = datetime(2026, 6, 18, 10, 0, tzinfo=BEIJING)
PLAYBOOKS = {kind: read(DATA / "playbooks" / f"{kind}.yaml", PlaybookFile) for kind in IssueType}
CLAUSES = read(DATA / "clauses.yaml", ClauseFile)
PARTS: dict[str, Any] = {"entitlements": FILE, "playbook_files": PLAYBOOKS, "clauses": CLAUSES}
WITHOUT_CLAUSES = Freshness(ConfirmedFile(rows={}), lambda rows: (), lambda anchors, ticket, now: {})
DECIDE = Decide(Rulebook.model_construct(**PARTS), Authority(KEY, lambda approval_id: None), WITHOUT_CLAUSES)
SIGNED: dict[str, Any] = {"order_known": True, "order_status": "signed", "days_since_signing": 3}


def labels(subtype: str, **changes: Any) -> Classification:
    issue_type, issue_subtype = subtype.split("/")
    return Classification.model_validate(
        {
            "issue_type": issue_type,
            "issue_subtype": issue_subtype,
            "priority": "P2",
            "emotion": "calm",
            "confidence": 0.9,
        }
        | changes
    )


def approved(kind: str, **changes: Any) -> Approval:
    made = Approval.model_validate({"id": "APR-1", "kind": kind, "order_id": "JD1", **changes})
    return made.model_copy(update={"signature": sign(made, KEY)})


def ticket(*approvals: Approval) -> Ticket:
    return Ticket.model_validate(
        {"messages": [{"role": "customer", "text": "想退货"}], "order": {"id": "JD1"}, "approvals": approvals}
    )


def decide(classification: Classification, *approvals: Approval, **facts: Any) -> Decision:
    read_facts = Facts.model_validate(SIGNED | facts)
    return DECIDE.run(ticket(*approvals), read_facts, classification, Entities(), frozenset(), NOW)


def verdicts(decision: Decision) -> dict[str, str]:
    return {entry.action: entry.verdict for entry in decision.entitlements}


@pytest.mark.parametrize(
    "subtype", [f"{kind}/{book.subtype}" for kind, file in PLAYBOOKS.items() for book in file.playbooks]
)
def test_every_subtype_is_decided(subtype: str) -> None:
    decision = decide(labels(subtype))
    assert decision.playbook.subtype == subtype.split("/")[1]
    assert set(decision.playbook.entitlements) <= set(verdicts(decision))
    assert len(decision.rules) == len(decision.rulings)


def test_what_the_customer_demands_is_ruled_beside_what_the_playbook_offers() -> None:
    offered = decide(labels("logistics/delay"))
    demanded = decide(labels("logistics/delay", demands=["compensation", "refund"]))
    assert {"compensation", "return_refund", "refund"} <= set(verdicts(demanded))
    assert set(verdicts(offered)) < set(verdicts(demanded))
    assert len(verdicts(demanded)) == len(demanded.entitlements)


def test_conditions_see_facts_labels_and_verdicts() -> None:
    view = decide(labels("return_exchange/no_reason_return", demands=["return"], risk_flags=["regulator"])).view
    assert view["issue_subtype"] == "no_reason_return"
    assert view["demands"] == {"return"}
    assert view["risk_flags"] == {"regulator"}
    assert view["days_since_signing"] == 3
    assert view["verdict_return_refund"] == "allowed"
    assert view["freight_borne_by"] == "customer"
    assert view["has_approval"] is False


def test_the_freight_table_says_who_bears_the_freight_where_it_was_asked() -> None:
    insured = decide(labels("return_exchange/exchange", demands=["exchange"]), freight_insurance=True)
    assert insured.view["freight_borne_by"] == "insurance"
    assert decide(labels("invoice/request")).view["freight_borne_by"] is None


def test_a_verified_approval_turns_the_verdict_and_a_forged_one_does_not() -> None:
    asked = labels("return_exchange/late_or_ineligible", demands=["return"])
    late = {"days_since_signing": 20}
    assert verdicts(decide(asked, **late))["return_refund"] == "denied"
    granted = decide(asked, approved("late_return"), **late)
    assert verdicts(granted)["return_refund"] == "allowed"
    assert granted.view["has_approval"] is True
    assert [verified.approval.id for verified in granted.approvals] == ["APR-1"]
    forged = approved("late_return").model_copy(update={"amount": 100})
    assert verdicts(decide(asked, forged, **late))["return_refund"] == "denied"


def test_a_claimed_promise_is_no_approval() -> None:
    decision = decide(labels("promotion/coupon_unusable", demands=["compensation"]), claims_earlier_promise=True)
    assert verdicts(decision)["compensation"] == "needs_approval"
    assert decision.view["has_approval"] is False


def test_the_same_compensation_with_and_without_its_approval() -> None:
    asked = labels("logistics/delay", demands=["compensation"])
    assert verdicts(decide(asked))["compensation"] == "needs_approval"
    assert verdicts(decide(asked, approved("coupon", amount="30")))["compensation"] == "allowed"


def test_an_agent_s_text_is_backed_by_the_order_facts_alone() -> None:
    entitlements, approvals = DECIDE.backing(ticket(approved("coupon")), Facts.model_validate(SIGNED), NOW)
    assert [entry.action for entry in entitlements] == list(Action)
    found = {entry.action.value: entry.verdict.value for entry in entitlements}
    assert found["return_refund"] == "allowed"
    assert found["compensation"] == "allowed"
    assert found["refund"] == found["resend"] == "needs_approval"
    assert [verified.approval.kind for verified in approvals] == ["coupon"]


def test_without_any_fact_nothing_is_backed() -> None:
    entitlements, approvals = DECIDE.backing(ticket(), Facts(), NOW)
    granting = {entry.action.value for entry in entitlements if entry.verdict == "allowed"}
    assert granting == set()
    assert approvals == ()
