"""The facts of a ticket that rules ask for: from the order's fields, and from what the customer says."""

from collections.abc import Callable
from datetime import datetime

from copilot.domain.base import BEIJING
from copilot.domain.facts import Facts, calendar_days, hours
from copilot.domain.suggestion import Classification
from copilot.domain.ticket import Order, Ticket
from copilot.domain.vocabulary import IssueType, RiskFlag
from copilot.understand.merge import Impression

_OWN_WISH = ("no_reason_return", "late_or_ineligible")
CategoryOf = Callable[[str], str | None]
"""A console's word for a kind of goods → the rulebook's category."""
EventOf = Callable[[str], str | None]
"""A carrier's tracking line → the rulebook's event."""


def order_facts(
    ticket: Ticket, now: datetime, category_of: CategoryOf, carrier_event_of: EventOf | None = None
) -> Facts:
    """What the ticket's fields say by themselves; no word of the conversation is read."""
    order, history, application = ticket.order, ticket.history, ticket.application
    line = order.logistics.last_event if order and order.logistics else None
    items = ticket.items()
    tagged = [item.tags for item in items if item.tags is not None]
    named = next((item for item in items if item.category), None)
    return Facts(
        platform=ticket.platform,
        operator=ticket.operator,
        channel=ticket.channel,
        tier=ticket.customer.tier if ticket.customer else None,
        order_known=order is not None and bool(order.model_fields_set - {"id"}),
        order_status=order.status if order else None,
        amount=order.amount if order else None,
        tags=frozenset(tag for tags in tagged for tag in tags) if items else None,
        category=category_of(named.category) if named and named.category else None,
        freight_insurance=order.freight_insurance if order else None,
        application_kind=application.kind if application else None,
        application_state=application.state if application else None,
        attachments=frozenset(attachment.kind for attachment in ticket.attachments or ()),
        fault=ticket.fault,
        contacts_same_issue=history.contacts_same_issue if history else None,
        contacts_on_record=history.contacts_same_issue if history else None,
        plans_rejected=history.plans_rejected if history else None,
        agent_replied=any(message.role == "agent" for message in ticket.messages),
        carrier_event=carrier_event_of(line) if carrier_event_of and line else None,
        **_times(order, now),
    )


def _times(order: Order | None, now: datetime) -> dict[str, int | float | bool | None]:
    if order is None:
        return {}
    event = order.logistics.last_event_at if order.logistics else None
    return {
        "days_since_signing": max(0, calendar_days(order.signed_at, now)) if order.signed_at else None,
        "days_since_payment": max(0, calendar_days(order.paid_at, now)) if order.paid_at else None,
        "hours_since_payment": hours(order.paid_at, now) if order.paid_at else None,
        "hours_since_shipment": hours(order.shipped_at, now) if order.shipped_at else None,
        "hours_since_last_event": hours(event, now) if event else None,
        "hours_since_return_received": hours(order.return_received_at, now) if order.return_received_at else None,
        "hours_since_merchant_notified": hours(order.merchant_notified_at, now) if order.merchant_notified_at else None,
        "promise_passed": _promise_passed(order, now),
    }


def _promise_passed(order: Order, now: datetime) -> bool | None:
    """A promise is kept when the order was signed in time, however late one asks."""
    if order.promised_delivery_at is None:
        return None
    return (order.signed_at or now.astimezone(BEIJING)) > order.promised_delivery_at


def with_words(
    facts: Facts, classification: Classification, impression: Impression, contacts: int | None
) -> Facts:  # fmt: skip
    """`facts` with what only the conversation tells; the ticket's own fields are never overruled.

    Args:
        contacts: how often the customer says to have asked already, null where nothing is said.
    """
    marks = impression.marks
    issues = [classification.issue_type, *(issue.issue_type for issue in classification.secondary_issues)]
    # Who returns for no reason names flaws of taste or size, not a defect, unless a quality problem is read beside it.
    own_wish = classification.issue_subtype in _OWN_WISH
    faulty = IssueType.QUALITY in issues or ("faulty_goods" in marks and not own_wish)
    known = facts.contacts_same_issue
    medicine = "medicine" in marks and facts.category is None
    return facts.model_copy(
        update={
            "category": "drug" if medicine else facts.category,
            "fault": facts.fault or ("claimed" if faulty else None),
            "contacts_same_issue": max(known or 0, contacts) if contacts else known,
            "claims_earlier_promise": "earlier_promise" in marks,
            "injury": "injury" in marks and RiskFlag.PERSONAL_SAFETY in impression.risks,
            "wants_exception": "exception" in marks,
            "worried_about_safety": "worried" in marks,
            "leaking": "leaking" in marks,
            "complains_of_staff": "staff" in marks,
            "asks_extra": "extra_money" in marks,
            "wants_superior": "wants_superior" in marks,
            "beyond_frontline": impression.beyond_frontline,
        }
    )
