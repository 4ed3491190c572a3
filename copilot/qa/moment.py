"""The ticket as it was when a message was sent: what came later could not be known."""

from datetime import datetime

from copilot.domain.ticket import Order, Ticket
from copilot.domain.vocabulary import OrderStatus

_BEFORE_SIGNING = OrderStatus.SHIPPED
_BEFORE_SHIPPING = OrderStatus.PAID
_BEFORE_PAYING = OrderStatus.UNPAID


def as_of(ticket: Ticket, message: int) -> Ticket:
    """The ticket up to and with this message; moments of the order that lie after it are not known yet.

    What carries no time (attachments, application, fault) stays as it is. An agent who speaks first is judged with the
    first message of the customer beside theirs: a ticket has one.
    """
    last = message
    while not any(each.role == "customer" for each in ticket.messages[: last + 1]):
        last += 1
    at = ticket.messages[message].at
    order = _order_at(ticket.order, at) if ticket.order is not None and at is not None else ticket.order
    messages = ticket.messages[: last + 1]
    if last != message:
        messages = (*messages[message + 1 :], *messages[: message + 1])
    return ticket.model_copy(update={"messages": messages, "order": order})


def _order_at(order: Order, now: datetime) -> Order:
    def later(moment: datetime | None) -> bool:
        return moment is not None and moment > now

    changed: dict[str, object] = {}
    for field, status in (
        ("signed_at", _BEFORE_SIGNING), ("shipped_at", _BEFORE_SHIPPING), ("paid_at", _BEFORE_PAYING),
    ):  # fmt: skip
        if later(getattr(order, field)):
            changed |= {field: None, "status": status if order.status is not None else None}
    for field in ("return_received_at", "merchant_notified_at"):
        if later(getattr(order, field)):
            changed[field] = None
    if order.logistics is not None and later(order.logistics.last_event_at):
        changed["logistics"] = order.logistics.model_copy(update={"last_event": None, "last_event_at": None})
    return order.model_copy(update=changed) if changed else order
