"""Verified approvals as backing: kind, amount, item, order and day must match, and one reply never exceeds one."""

import re
from dataclasses import dataclass, field

from copilot.domain.approvals import VerifiedApproval
from copilot.domain.compliance import Act
from copilot.domain.ticket import Approval
from copilot.domain.vocabulary import ApprovalKind
from copilot.guard.context import GuardContext
from copilot.guard.numerals import number
from copilot.guard.promise import Promise, length_hours, prices

KINDS: dict[Act, tuple[ApprovalKind, ...]] = {
    "refund": (ApprovalKind.REFUND, ApprovalKind.RETURN_WAIVER),
    "return": (ApprovalKind.LATE_RETURN, ApprovalKind.REFUND),
    "exchange": (ApprovalKind.EXCHANGE,),
    "resend": (ApprovalKind.RESEND,),
    "repair": (ApprovalKind.REPAIR,),
    "freight": (ApprovalKind.FREIGHT,),
    "compensate": (ApprovalKind.CASH, ApprovalKind.PARTIAL_REFUND),
    "coupon": (ApprovalKind.COUPON,),
    "points": (ApprovalKind.POINTS,),
    "gift": (ApprovalKind.GIFT,),
    "warranty": (ApprovalKind.WARRANTY,),
}
_AMOUNTLESS = {
    ApprovalKind.GIFT, ApprovalKind.REPAIR, ApprovalKind.WARRANTY, ApprovalKind.RESEND, ApprovalKind.EXCHANGE,
    ApprovalKind.REFUND, ApprovalKind.RETURN_WAIVER, ApprovalKind.LATE_RETURN,
}  # fmt: skip


@dataclass
class Ledger:
    """Which approvals this reply has used so far; one approval covers one grant."""

    used: dict[str, Promise] = field(default_factory=dict)


def approved_by(promise: Promise, context: GuardContext, ledger: Ledger) -> str | None:
    """The id of the approval that covers the promise in kind, amount, item, order and day; notes its use."""
    for verified in context.approvals:
        approval = verified.approval
        if not (_kind_matches(promise, approval) or _same_thing(promise, approval)):
            continue
        if not _for_this_ticket(approval, context):
            continue
        if not _amount_matches(promise, verified, context):
            continue
        if approval.item and not _item_matches(promise, approval.item):
            continue
        earlier = ledger.used.get(approval.id)
        if earlier is not None and not _same_grant(earlier, promise):
            continue
        ledger.used[approval.id] = promise
        return approval.id
    return None


def _kind_matches(promise: Promise, approval: Approval) -> bool:
    if promise.multiple:
        return False
    kinds = KINDS.get(promise.act, ())
    if promise.act == "compensate" and promise.price_difference:
        kinds = (*kinds, ApprovalKind.PARTIAL_REFUND)
    # 退款30元 names a partial refund when the order costs more.
    if promise.act == "refund" and promise.amount is not None:
        kinds = (*kinds, ApprovalKind.PARTIAL_REFUND, ApprovalKind.CASH)
    # Who is given part of the price, or another piece, may be told to keep what they have.
    if promise.act == "refund" and promise.amount is None and re.search("寄回|退回", promise.words):
        kinds = (*kinds, ApprovalKind.PARTIAL_REFUND, ApprovalKind.CASH, ApprovalKind.EXCHANGE, ApprovalKind.RESEND)
    return approval.kind in kinds


def _same_thing(promise: Promise, approval: Approval) -> bool:
    """A piece that was approved by name may be called a gift or a piece sent again."""
    pieces = (ApprovalKind.GIFT, ApprovalKind.RESEND)
    return (
        approval.kind in pieces
        and approval.item is not None
        and promise.act in ("gift", "resend")
        and _shares_letters(promise, approval.item)
    )


def _shares_letters(promise: Promise, item: str) -> bool:
    letters = [character for character in item if "\u4e00" <= character <= "\u9fff"]
    return bool(letters) and sum(character in promise.words for character in letters) / len(letters) >= 0.6


def _for_this_ticket(approval: Approval, context: GuardContext) -> bool:
    if approval.expires_at is not None and approval.expires_at <= context.now:
        return False
    ticket = context.ticket
    if (
        approval.currency is not None
        and approval.kind is not ApprovalKind.POINTS
        and approval.currency.upper() != "CNY"
    ):
        return False
    if approval.order_id is not None and approval.order_id != (ticket.order.id if ticket and ticket.order else None):
        return False
    return approval.ticket_id is None or approval.ticket_id == (ticket.id if ticket else None)


def _amount_matches(promise: Promise, verified: VerifiedApproval, context: GuardContext) -> bool:
    approval = verified.approval
    if promise.percent is not None:
        return approval.percent is not None and promise.percent <= approval.percent and not verified.spent
    if promise.amount is None:
        return approval.amount is None or verified.spent < approval.amount
    limit = approval.amount
    if limit is None and approval.percent is not None:
        total = context.ticket.order.amount if context.ticket and context.ticket.order else None
        limit = None if total is None else total * approval.percent / 100
        if limit is None:
            return False
    if limit is None:
        return approval.kind in _AMOUNTLESS and promise.amount in prices(context.ticket)
    return verified.spent + promise.amount <= limit


def _item_matches(promise: Promise, item: str) -> bool:
    months = _months(item)
    if months is not None:
        return promise.months is None or promise.months <= months
    # Without an item in the text the kind decides; a text that names another item does not match.
    if _shares_letters(promise, item):
        return True
    return promise.act not in ("gift", "resend", "exchange") or not _names_item(promise.words)


_NO_ITEM = re.compile(
    r"赠送|送|赠|给|您|你|作为|礼品|礼物|赠品|心意|惊喜|小|我们|我|会|再|另外|额外|寄|发|补|为|补偿|这次|这边|请|查收|表示|歉意|免费|准备了?"
    r"|一|两|[个份件台套张只瓶盒]|新的?|商品|安排|换|货|过去|已经|申请|了|的|上|到|并|和|马上|直接|现在|[^\u4e00-\u9fff]"
)


def _names_item(words: str) -> bool:
    """Whether the text names a particular thing, beyond the words that any such promise has."""
    return len(_NO_ITEM.sub("", words)) >= 2


def _same_grant(earlier: Promise, promise: Promise) -> bool:
    amounts = {earlier.amount, promise.amount} - {None}
    apart = earlier.clause != promise.clause
    money = {"refund", "compensate"}
    alike = earlier.act == promise.act or {earlier.act, promise.act} == money
    return alike and len(amounts) <= 1 and not (apart and promise.additional)


def _months(text: str) -> float | None:
    length = length_hours(text)
    if length is not None:
        return length / 720
    value = number(text.strip())
    return float(value) if value is not None else None
