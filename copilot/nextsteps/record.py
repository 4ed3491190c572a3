"""The row for the after-sales register: what the problem is, what is done about it, who has it."""

from datetime import datetime
from typing import Literal

from copilot.domain.suggestion import Entities, Entitlement, NextStep, Record, Route
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Action, EntitlementVerdict, Owner, StepState

_VERDICTS = {
    EntitlementVerdict.ALLOWED: "可办理",
    EntitlementVerdict.CONDITIONAL: "核实后可办理",
    EntitlementVerdict.DENIED: "不符合条件",
    EntitlementVerdict.NEEDS_APPROVAL: "需审批",
    EntitlementVerdict.UNKNOWN: "待补充信息",
}


def record(
    ticket: Ticket,
    label: str,
    entities: Entities,
    entitlements: tuple[Entitlement, ...],
    steps: tuple[NextStep, ...],
    route: Route,
    actions: dict[Action, str],
    now: datetime,
) -> Record:
    """`label` is the issue in words; the solution lists verdicts and the step at hand."""
    verdicts = "；".join(f"{actions[entry.action]}：{_VERDICTS[entry.verdict]}" for entry in entitlements)
    current = next((step.text for step in steps if step.state is StepState.NOW), "")
    items = ticket.items()
    return Record(
        issue=label,
        solution="；".join(part for part in (verdicts, f"当前：{current}" if current else "") if part),
        status=_status(steps, route),
        owner=route.owner,
        registered_at=now,
        order_id=(ticket.order.id if ticket.order else None) or entities.order_id,
        product=items[0].title if items else (entities.products[0] if entities.products else None),
        quantity=items[0].quantity if items else entities.quantity,
    )


def _status(steps: tuple[NextStep, ...], route: Route) -> Literal["open", "waiting_customer", "escalated", "resolved"]:
    if route.owner is not Owner.FRONTLINE or route.also_notify:
        return "escalated"
    if any(step.state is StepState.NOW and step.needs for step in steps):
        return "waiting_customer"
    return "open"
