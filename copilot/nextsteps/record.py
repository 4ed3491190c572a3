"""The row for the after-sales register: what the problem is, what is done about it, who has it."""

from datetime import datetime
from typing import Literal

from copilot.domain.approvals import VerifiedApproval
from copilot.domain.base import Model
from copilot.domain.suggestion import (
    Classification,
    Entities,
    Entitlement,
    NextStep,
    Record,
    RecordedCompensation,
    Route,
)
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action, EntitlementVerdict, IssueType, Owner, StepState

_VERDICTS = {
    EntitlementVerdict.ALLOWED: "可办理",
    EntitlementVerdict.CONDITIONAL: "核实后可办理",
    EntitlementVerdict.DENIED: "不符合条件",
    EntitlementVerdict.NEEDS_APPROVAL: "需审批",
    EntitlementVerdict.UNKNOWN: "待补充信息",
}
_SETTLED_BY_REFUND = (IssueType.QUALITY, IssueType.RETURN_EXCHANGE, IssueType.LOGISTICS, IssueType.ORDER)
"""Problems that are over once the money is back; one about the money itself or an invoice is not."""


class Account(Model):
    """What a register is told of a conversation beside its decisions."""

    label: str
    """The issue in words."""
    classification: Classification
    entities: Entities
    description: str = ""
    """The problem in the customer's words, free of personal data."""
    customer_name: str | None = None
    phone: str | None = None
    """Both masked."""
    confirmed: bool = False
    """The customer says that the problem is solved."""


def record(
    ticket: Ticket,
    account: Account,
    entitlements: tuple[Entitlement, ...],
    steps: tuple[NextStep, ...],
    route: Route,
    approvals: tuple[VerifiedApproval, ...],
    actions: dict[Action, str],
    now: datetime,
) -> Record:
    """The solution lists verdicts and the step at hand; compensation is what verified approvals grant, to the cent."""
    verdicts = "；".join(f"{actions[entry.action]}：{_VERDICTS[entry.verdict]}" for entry in entitlements)
    current = next((step.text for step in steps if step.state is StepState.NOW), "")
    items, entities = ticket.items(), account.entities
    return Record(
        issue=account.label,
        solution="；".join(part for part in (verdicts, f"当前：{current}" if current else "") if part),
        status=_status(ticket, account, steps, route),
        owner=route.owner,
        registered_at=now,
        order_id=(ticket.order.id if ticket.order else None) or entities.order_id,
        product=items[0].title if items else (entities.products[0] if entities.products else None),
        quantity=items[0].quantity if items else entities.quantity,
        customer_name=account.customer_name,
        phone=account.phone,
        description=account.description,
        also_notify=route.also_notify,
        compensation=tuple(_compensation(verified) for verified in approvals),
        tags=_tags(ticket, account.classification),
    )


def _status(
    ticket: Ticket, account: Account, steps: tuple[NextStep, ...], route: Route
) -> Literal["open", "waiting_customer", "escalated", "resolved"]:
    if account.confirmed:
        return "resolved"
    if route.owner is not Owner.FRONTLINE or route.also_notify:
        return "escalated"
    if _refunded(ticket, account.classification) or (steps and all(step.state is StepState.DONE for step in steps)):
        return "resolved"
    if any(step.state is StepState.NOW and step.needs for step in steps):
        return "waiting_customer"
    return "open"


def _refunded(ticket: Ticket, classification: Classification) -> bool:
    state = ticket.application.state if ticket.application else None
    return state == "refunded" and classification.issue_type in _SETTLED_BY_REFUND


def _compensation(verified: VerifiedApproval) -> RecordedCompensation:
    approval = verified.approval
    return RecordedCompensation(
        approval_id=approval.id, kind=approval.kind, amount=approval.amount, currency=approval.currency,
        percent=approval.percent, item=approval.item, reason=approval.basis,
    )  # fmt: skip


def _tags(ticket: Ticket, kind: Classification) -> tuple[str, ...]:
    tags: list[str] = [f"{kind.issue_type}/{kind.issue_subtype}", kind.priority]
    tags += [f"complaint_{kind.complaint_level}"] if kind.complaint_level else []
    tags += [str(flag) for flag in kind.risk_flags]
    tags += [str(place) for place in (ticket.platform, ticket.channel) if place]
    return tuple(tags)
