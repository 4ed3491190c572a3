"""The flat facts of one ticket that decision tables, playbooks and escalation rules ask for."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from copilot.domain.base import BEIJING, Model
from copilot.domain.vocabulary import ItemTag, Operator, OrderStatus


class Facts(Model):
    """null means not known; a condition over an unknown fact is unknown, never false."""

    platform: str | None = None
    operator: Operator | None = None
    channel: str | None = None
    tier: str | None = None
    order_known: bool = False
    """The ticket carries order fields beyond the number."""
    order_status: OrderStatus | None = None
    amount: Decimal | None = None
    tags: frozenset[ItemTag] | None = None
    """Union over the items; an absent tag means no. null: the ticket has no item."""
    category: str | None = None
    """The rulebook's category of the first item."""
    freight_insurance: bool | None = None
    days_since_signing: int | None = None
    """Calendar days in Beijing time, counted from the day after signing (that day is 1; the day itself 0)."""
    days_since_payment: int | None = None
    hours_since_payment: float | None = None
    hours_since_shipment: float | None = None
    hours_since_last_event: float | None = None
    hours_since_return_received: float | None = None
    hours_since_merchant_notified: float | None = None
    promise_passed: bool | None = None
    """The promised delivery time has passed without the order being signed in time."""
    application_kind: str | None = None
    application_state: Literal["submitted", "approved", "refused", "picked_up", "received", "refunded"] | None = None
    attachments: frozenset[str] = frozenset()
    fault: Literal["claimed", "verified", "refuted"] | None = None
    """`claimed` also when only the customer's words say so."""
    contacts_same_issue: int | None = None
    """By the ticket's history, or as the customer says."""
    contacts_on_record: int | None = None
    """By the ticket's history alone."""
    plans_rejected: int | None = None
    agent_replied: bool = False
    """An agent (no bot) has answered in this conversation."""
    carrier_event: str | None = None
    """The rulebook's word for what the carrier reported last (`lost`, `damaged`, `returning` …)."""
    has_approval: bool = False
    """An approval that is verified and unexpired stands on the ticket."""
    claims_earlier_promise: bool = False
    """The customer says that somebody promised or approved something."""
    injury: bool = False
    wants_exception: bool = False
    """The customer knows that the rule is against it and asks for an exception."""
    worried_about_safety: bool = False
    leaking: bool = False
    complains_of_staff: bool = False
    """About how a person behaved."""
    asks_extra: bool = False
    """Money, coupon, points or a gift beyond the refund of what was paid."""
    wants_superior: bool = False
    """A supervisor or manager is asked for, not merely a person instead of a machine."""
    beyond_frontline: float | None = None
    """How likely the words call for somebody beyond the frontline, 0 to 1; null: nothing was trained to say so."""


def calendar_days(since: datetime, now: datetime) -> int:
    """Calendar days in Beijing time between two moments; the day itself is 0."""
    return (now.astimezone(BEIJING).date() - since.astimezone(BEIJING).date()).days


def hours(since: datetime, now: datetime) -> float:
    return (now - since).total_seconds() / 3600
