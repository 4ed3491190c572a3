"""The ticket as a console sends it: messages, and whatever it knows of customer, order and history."""

import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from copilot.domain.base import Model, Moment, Money, ShortText
from copilot.domain.vocabulary import ApprovalKind, Channel, ItemTag, Operator, OrderStatus

MAX_MESSAGES = 300
MAX_MESSAGE_CHARACTERS = 20_000
MAX_TICKET_CHARACTERS = 100_000


_INVISIBLE = ("Cc", "Cf")
"""Control and format characters: a message of zero-width marks alone says nothing."""


def _has_words(value: str) -> str:
    if all(character.isspace() or unicodedata.category(character) in _INVISIBLE for character in value):
        raise ValueError("must not be empty")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise ValueError("is not valid Unicode text (lone surrogate); send UTF-8")
    return value


MessageText = Annotated[str, AfterValidator(_has_words), Field(max_length=MAX_MESSAGE_CHARACTERS)]


class Message(Model):
    role: Literal["customer", "agent", "system", "bot"]
    text: MessageText
    at: Moment | None = None


class Customer(Model):
    id: ShortText | None = None
    tier: Literal["normal", "plus", "vip"] | None = None


class Item(Model):
    sku: ShortText | None = None
    title: ShortText | None = None
    category: ShortText | None = None
    """Any word; the rulebook maps those it knows."""
    price: Money | None = None
    quantity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    tags: tuple[ItemTag, ...] | None = None
    """null: nothing is known of the item; a list: a tag that is absent means no."""


class Logistics(Model):
    carrier: ShortText | None = None
    waybill: ShortText | None = None
    last_event: Annotated[str, Field(max_length=500)] | None = None
    last_event_at: Moment | None = None
    eta: Moment | None = None


class Order(Model):
    id: ShortText | None = None
    status: OrderStatus | None = None
    paid_at: Moment | None = None
    shipped_at: Moment | None = None
    signed_at: Moment | None = None
    promised_delivery_at: Moment | None = None
    return_received_at: Moment | None = None
    merchant_notified_at: Moment | None = None
    amount: Money | None = None
    items: Annotated[tuple[Item, ...], Field(max_length=200)] | None = None
    freight_insurance: bool | None = None
    logistics: Logistics | None = None


class History(Model):
    contacts_same_issue: Annotated[int, Field(ge=0, le=10_000)] | None = None
    plans_rejected: Annotated[int, Field(ge=0, le=1_000)] | None = None


class Approval(Model):
    """What a supervisor granted; it counts only where its signature or the stored copy confirms it."""

    id: ShortText
    kind: ApprovalKind
    amount: Money | None = None
    currency: ShortText | None = None
    percent: Annotated[Decimal, Field(gt=0, le=1000)] | None = None
    item: ShortText | None = None
    order_id: ShortText | None = None
    ticket_id: ShortText | None = None
    basis: Annotated[str, Field(max_length=2_000)] | None = None
    approved_by: ShortText | None = None
    role: ShortText | None = None
    expires_at: Moment | None = None
    signature: Annotated[str, Field(max_length=500)] | None = None


class Attachment(Model):
    kind: Literal["photo", "video", "screenshot", "document"]


class Application(Model):
    """The customer's own after-sales application in the platform."""

    kind: ShortText | None = None
    state: Literal["submitted", "approved", "refused", "picked_up", "received", "refunded"] | None = None
    reason: Annotated[str, Field(max_length=2_000)] | None = None


class Ticket(Model):
    """One customer problem. Only `messages` is required; null means absent."""

    id: ShortText | None = None
    channel: Channel | None = None
    platform: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")] | None = None
    operator: Operator | None = None
    opened_at: Moment | None = None
    messages: Annotated[tuple[Message, ...], Field(min_length=1, max_length=MAX_MESSAGES)]
    customer: Customer | None = None
    order: Order | None = None
    history: History | None = None
    approvals: Annotated[tuple[Approval, ...], Field(max_length=50)] | None = None
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=100)] | None = None
    application: Application | None = None
    fault: Literal["claimed", "verified", "refuted"] | None = None

    @model_validator(mode="after")
    def _within_bounds(self) -> "Ticket":
        if not any(message.role == "customer" for message in self.messages):
            raise ValueError('messages: at least one message must have the role "customer"')
        if sum(len(message.text) for message in self.messages) > MAX_TICKET_CHARACTERS:
            raise ValueError(f"messages: more than {MAX_TICKET_CHARACTERS} characters in all; send the last ones")
        return self

    def now(self, clock: datetime) -> datetime:
        """The ticket's moment: last message, else opening, else `clock`; governs days, SLA and as-of."""
        return self.messages[-1].at or self.opened_at or clock

    def customer_texts(self) -> tuple[str, ...]:
        return tuple(message.text for message in self.messages if message.role == "customer")

    def items(self) -> tuple[Item, ...]:
        return (self.order.items or ()) if self.order else ()
