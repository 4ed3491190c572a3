"""When a record is resolved, what of the customer it keeps, and what was granted, to the cent."""

from typing import Any

import pytest

from copilot.domain.approvals import VerifiedApproval
from copilot.domain.suggestion import NextStep, Record, Route
from copilot.domain.ticket import Approval, Ticket
from copilot.domain.vocabulary import Owner
from copilot.nextsteps.record import record
from tests.nextsteps.test_record import ACTIONS, NOW, ROUTINE, account, step

ESCALATED = Route(owner=Owner.SUPERVISOR, reason="r")


def row(
    *steps: NextStep, route: Route = ROUTINE, approvals: tuple[VerifiedApproval, ...] = (), state: str | None = None,
    **more: Any,
) -> Record:  # fmt: skip
    ticket = Ticket.model_validate(
        {
            "messages": [{"role": "customer", "text": "裂了"}], "platform": "jd", "channel": "phone",
            "application": {"state": state} if state else None,
        }
    )  # fmt: skip
    return record(ticket, account(**more), (), steps, route, approvals, ACTIONS, NOW)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (row(step("now"), confirmed=True), "resolved"),
        (row(step("now"), confirmed=True, route=ESCALATED), "resolved"),
        (row(step("done"), step("done")), "resolved"),
        (row(step("done"), step("done"), route=ESCALATED), "escalated"),
        (row(step("done"), step("next")), "open"),
        (row(step("now"), state="refunded"), "resolved"),
        (row(step("now"), state="refunded", route=ESCALATED), "escalated"),
        (row(step("now"), state="received"), "open"),
        (row(step("now"), state="refunded", kind={"issue_type": "refund_payment", "issue_subtype": "refund_progress"}),
         "open"),
        (row(step("now"), state="refunded", kind={"issue_type": "invoice", "issue_subtype": "request"}), "open"),
    ],
)  # fmt: skip
def test_resolved_is_said_only_where_it_is(found: Record, status: str) -> None:
    assert found.status == status


def test_compensation_is_what_the_approval_says() -> None:
    approval = Approval.model_validate(
        {"id": "APR-7", "kind": "coupon", "amount": "30.50", "currency": "CNY", "basis": "承诺时效未达"}
    )
    [granted] = row(approvals=(VerifiedApproval(approval=approval),)).compensation
    assert granted.model_dump(mode="json") == {
        "approval_id": "APR-7", "kind": "coupon", "amount": "30.50", "currency": "CNY", "percent": None, "item": None,
        "reason": "承诺时效未达",
    }  # fmt: skip


def test_tags_find_it_again() -> None:
    kind = {"complaint_level": 2, "risk_flags": ["regulator"], "priority": "P1"}
    assert row(kind=kind).tags == ("quality/damaged", "P1", "complaint_2", "regulator", "jd", "phone")
