"""What the customer says against what the order says: a claim that the record contradicts is named, never resolved.

Days may be off by one without comment: 昨天 said after midnight, a parcel locker's time, a moment of another zone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from copilot.domain.base import BEIJING
from copilot.domain.suggestion import AmountMention, Discrepancy, Entities
from copilot.domain.ticket import Order, Ticket
from copilot.understand.dates import find_dates
from copilot.understand.numerals import integer
from copilot.understand.utterance import Utterance

_CLOSE_DAYS = 1
_RECEIVED = re.compile(
    r"(?<!能)(?<!会)(?:才|刚|就)?(?:收到|签收|到货|到手|拿到|收的|送到|送来|取的|取到|到的)(?!.{0,2}(?:短信|通知|消息|提醒|邮件|电话))"
)
_BOUGHT = re.compile(r"(?:才|刚|就)?(?:买|下单|拍下?的?|付的?款|订的|付的钱)")
_NEAR = 8
"""Folded characters between a date and what happened on it."""
_FRESH = re.compile(r"(?:刚刚?|才)(?:收到|签收|到手|拿到)(?!.{0,6}(?:短信|通知|消息|提醒|邮件|电话))")
_NOT_ARRIVED = re.compile(
    r"(?:还没|没有|没|未|一直没|从来没|压根没|根本没)(?:有)?(?:收到|签收)(?:货|包裹|快递|东西|过|。|，|！|？|啊|呢|$)|(?:货|包裹|快递|东西)(?:还|一直|都)?没(?:收)?到"
)
_NOT_SENT = re.compile(r"(?:还|都|一直|怎么|咋)(?:还)?(?:没|不|未)(?:有)?(?:给我?)?发货|(?:没|未)发货")
_NOT_REFUNDED = re.compile(
    r"(?:退款|钱)(?:还|一直|都|也)?(?:没|未)(?:有)?(?:收)?到|(?:没|未)(?:有)?(?:收到|退)(?:退款|钱)|(?:还|一直|都)(?:没|不)(?:给)?退(?:款|钱)"
)
_PAID = re.compile(r"(?:实付|付了|支付了|花了|扣了|付款)(?:我|的是|是)?$")
_QUANTITY = re.compile(
    r"(?:买|拍|下单|订|订购|购买)了?(?P<n>\d{1,3}|[两三四五六七八九十]{1,2})(?:件|个|双|条|台|瓶|盒|箱|袋|包|套|本|支)"
)
_ABOUT_PAST = re.compile(r"上次|之前|以前|上回|去年")
_SENT_BACK = re.compile(r"你们|仓库|商家|卖家|退(?:回|货|的|了)|寄(?:回|的|去|给)")
"""Words that make a receipt the shop's: 退回去的昨天签收了."""


@dataclass(frozen=True)
class _Day:
    field: str
    label: str
    happened: re.Pattern[str]
    at: datetime | None


def discrepancies(
    ticket: Ticket, utterances: Sequence[Utterance], entities: Entities, now: datetime
) -> tuple[Discrepancy, ...]:
    """Claims that the order's fields contradict, the first of each field; none where the ticket has no order."""
    order = ticket.order
    if order is None:
        return ()
    found: dict[str, Discrepancy] = {}
    for utterance in utterances:
        said_at = ticket.messages[utterance.message].at or ticket.opened_at or now
        for one in (*_days(order, utterance, said_at), *_states(order, utterance), *_counts(order, utterance)):
            found.setdefault(one.field, one)
    for one in (*_order_id(order, entities), *_amounts(order, utterances, entities.amounts)):
        found.setdefault(one.field, one)
    return tuple(found.values())


def _days(order: Order, utterance: Utterance, said_at: datetime) -> Iterator[Discrepancy]:
    # Once goods are on their way back, what was received may be the return.
    back = order.return_received_at is not None or order.status in ("returning", "refunding", "refunded")
    rows = (
        _Day("signed_at", "签收", _RECEIVED, None if back else order.signed_at),
        _Day("paid_at", "下单", _BOUGHT, order.paid_at),
    )
    text = utterance.text
    for start, end, day in find_dates(text, said_at):
        first, last = utterance.clause_at(start)
        for row in rows:
            match = row.happened.search(text, max(first, end - 2), min(last, end + _NEAR))
            if match is None or row.at is None or day > said_at or utterance.negated(match.start(), match.end()):
                continue
            if utterance.is_settled(start) or _ABOUT_PAST.search(text, first, last):
                continue
            if row.field == "signed_at" and _SENT_BACK.search(text, first, last):
                continue
            on_record = row.at.astimezone(BEIJING).date()
            if abs((day.astimezone(BEIJING).date() - on_record).days) > _CLOSE_DAYS:
                yield _discrepancy(
                    utterance, row.field, start, match.end(), f"{day.astimezone(BEIJING):%Y-%m-%d}",
                    f"订单显示{on_record:%Y-%m-%d}{row.label}",
                )  # fmt: skip
    fresh = _FRESH.search(text)
    if fresh and order.signed_at is not None and not back:
        days = (said_at.astimezone(BEIJING).date() - order.signed_at.astimezone(BEIJING).date()).days
        if days > 3 and not _date_beside(text, fresh.start(), said_at):
            yield _discrepancy(
                utterance, "signed_at", fresh.start(), fresh.end(), "刚收到",
                f"订单显示{order.signed_at.astimezone(BEIJING):%Y-%m-%d}签收，已过{days}天",
            )  # fmt: skip


def _date_beside(text: str, position: int, now: datetime) -> bool:
    return any(start <= position <= end + _NEAR for start, end, _ in find_dates(text, now))


def _states(order: Order, utterance: Utterance) -> Iterator[Discrepancy]:
    text = utterance.text
    arrived = order.status == "signed" or (
        order.signed_at is not None and order.status not in ("returning", "refunding")
    )
    rows = (
        ("delivery", _NOT_ARRIVED, arrived and order.status != "refunded", "没有收到", "订单显示已签收"),
        (
            "shipment",
            _NOT_SENT,
            order.shipped_at is not None or order.status == "shipped",
            "没有发货",
            "订单显示已发货",
        ),
        ("refund", _NOT_REFUNDED, order.status == "refunded", "没有退款", "订单显示已退款，到账时间以支付渠道为准"),
    )
    for field, pattern, contradicted, said, record in rows:
        match = pattern.search(text) if contradicted else None
        if match and not utterance.is_settled(match.start()) and not text.startswith("吗", match.end()):
            yield _discrepancy(utterance, field, match.start(), match.end(), said, record)


def _counts(order: Order, utterance: Utterance) -> Iterator[Discrepancy]:
    bought = [item.quantity for item in order.items or ()]
    if not bought or any(quantity is None for quantity in bought):
        return
    match = _QUANTITY.search(utterance.text)
    said = integer(match["n"]) if match else None
    total = sum(quantity or 0 for quantity in bought)
    if match and said and said not in (total, *bought):
        yield _discrepancy(utterance, "quantity", match.start(), match.end(), str(said), f"订单数量为{total}")


def _order_id(order: Order, entities: Entities) -> Iterator[Discrepancy]:
    if order.id and entities.order_id and entities.order_id.lower() != order.id.lower():
        yield Discrepancy(
            field="order_id", said=entities.order_id, on_record=f"本工单的订单号为{order.id}", quote=entities.order_id
        )


def _amounts(order: Order, utterances: Sequence[Utterance], mentions: Sequence[AmountMention]) -> Iterator[Discrepancy]:
    """An amount that the customer says to have paid and that is neither the order's nor an item's."""
    if order.amount is None:
        return
    items = order.items or ()
    known: set[Decimal] = {order.amount, *(item.price for item in items if item.price is not None)}
    known |= {item.price * item.quantity for item in items if item.price is not None and item.quantity is not None}
    by_message = {utterance.message: utterance for utterance in utterances}
    for mention in mentions:
        utterance = by_message[mention.message]
        place = utterance.source.find(mention.text)
        before = utterance.source[max(0, place - 6) : place]
        paid = _PAID.search(before) or re.match(r"(?:实付|付了|支付了|花了|扣了)", mention.text)
        # Customers round: 两百买的 for 199.
        if paid and all(abs(mention.amount - value) > max(value * Decimal("0.02"), Decimal(1)) for value in known):
            yield Discrepancy(
                field="amount", said=f"{mention.amount:f}", on_record=f"订单实付{order.amount:f}元",
                quote=mention.text, message=mention.message,
            )  # fmt: skip


def _discrepancy(utterance: Utterance, field: str, start: int, end: int, said: str, on_record: str) -> Discrepancy:
    first, last = utterance.folded.span(start, end)
    return Discrepancy(
        field=field, said=said, on_record=on_record, quote=utterance.source[first:last], message=utterance.message
    )
