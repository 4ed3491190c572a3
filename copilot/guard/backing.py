"""What a promise may rest on: the ticket's entitlements, its order facts, verified approvals, service rules."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from copilot.domain.approvals import VerifiedApproval
from copilot.domain.compliance import Act
from copilot.domain.suggestion import Entitlement
from copilot.domain.ticket import Approval, Ticket
from copilot.domain.vocabulary import Action, ApprovalKind, EntitlementVerdict, OrderStatus
from copilot.guard.context import GuardContext
from copilot.guard.numerals import number
from copilot.guard.tokens import mark
from copilot.guard.view import View

ACTIONS: dict[Act, tuple[Action, ...]] = {
    "refund": (Action.REFUND, Action.RETURN_REFUND),
    "return": (Action.RETURN_REFUND,),
    "exchange": (Action.EXCHANGE,),
    "resend": (Action.RESEND,),
    "repair": (Action.REPAIR,),
    "freight": (Action.FREIGHT,),
    "compensate": (Action.COMPENSATION,),
    "coupon": (Action.COMPENSATION,),
    "points": (Action.COMPENSATION,),
    "gift": (Action.COMPENSATION,),
    "cancel": (Action.CANCEL,),
    "invoice": (Action.INVOICE,),
}
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
VALUE_ACTS: frozenset[Act] = frozenset({"compensate", "coupon", "points", "gift", "freight", "warranty", "repair"})
"""Value beyond the remedy itself."""
_AMOUNTLESS = {
    ApprovalKind.GIFT, ApprovalKind.REPAIR, ApprovalKind.WARRANTY, ApprovalKind.RESEND, ApprovalKind.EXCHANGE,
    ApprovalKind.REFUND, ApprovalKind.RETURN_WAIVER, ApprovalKind.LATE_RETURN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promise:
    """What one phrase promises, read from its words."""

    act: Act
    words: str
    """Its clause, values written out."""
    amount: Decimal | None = None
    """CNY, or a count of points."""
    percent: Decimal | None = None
    multiple: bool = False
    price_difference: bool = False
    months: float | None = None
    additional: bool = False
    """Says that it comes on top of what was said before (再, 另外)."""
    clause: int = 0
    """Where its clause starts in the marked view."""


@dataclass
class Ledger:
    """Which approvals this reply has used so far; one approval covers one grant."""

    used: dict[str, Promise] = field(default_factory=dict)
    granted: dict[str, Decimal] = field(default_factory=dict)
    """What this reply has promised under an approval so far."""


def backed_by(promise: Promise, context: GuardContext, ledger: Ledger) -> str | None:
    """The id of what backs the promise as it stands, flat; None when nothing does."""
    approval = _approval(promise, context, ledger)
    if approval is not None:
        return f"approval:{approval}"
    if promise.multiple:
        return _entitled_amount(promise, context)
    fact = _order_fact(promise, context)
    if fact is not None:
        return fact
    if promise.act in VALUE_ACTS and promise.act not in ("freight", "repair"):
        return _entitled_amount(promise, context)
    return _entitled(promise, context)


def verdict_for(promise: Promise, context: GuardContext) -> EntitlementVerdict | None:
    """The best verdict that the entitlements give for what is promised; None when they are silent."""
    actions = _actions(promise)
    verdicts = [e.verdict for e in context.entitlements if e.action in actions]
    order = list(EntitlementVerdict)
    return min(verdicts, key=order.index) if verdicts else None


def prices(ticket: Ticket | None) -> set[Decimal]:
    """Every amount that the order itself has."""
    if ticket is None or ticket.order is None:
        return set()
    found = {ticket.order.amount} if ticket.order.amount is not None else set()
    for item in ticket.items():
        if item.price is not None:
            found |= {item.price, item.price * (item.quantity or 1)}
    return {amount for amount in found if amount is not None}


def _actions(promise: Promise) -> tuple[Action, ...]:
    if promise.price_difference:
        return (Action.PRICE_PROTECTION,)
    return ACTIONS.get(promise.act, ())


def _approval(promise: Promise, context: GuardContext, ledger: Ledger) -> str | None:
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
            together = ledger.granted.get(approval.id, Decimal(0)) + (promise.amount or Decimal(0))
            if promise.amount is None or earlier.amount is None or not _covers(verified, together):
                continue
            ledger.granted[approval.id] = together
        elif promise.amount is not None:
            ledger.granted[approval.id] = promise.amount
        ledger.used.setdefault(approval.id, promise)
        return approval.id
    return None


def _covers(verified: VerifiedApproval, amount: Decimal) -> bool:
    """Whether several grants under one approval stay within it together."""
    limit = verified.approval.amount
    return limit is not None and verified.spent + amount <= limit


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


def length_hours(text: str) -> float | None:
    """The first duration in a text, in hours."""
    _, tokens = mark(View(text, range(len(text)), range(1, len(text) + 1)))
    return next((token.hours for token in tokens if token.kind == "duration"), None)


def _order_fact(promise: Promise, context: GuardContext) -> str | None:
    ticket = context.ticket
    if ticket is None or (promise.act in VALUE_ACTS and promise.act != "compensate"):
        return None
    order, application = ticket.order, ticket.application
    of_price = promise.amount is None or promise.amount in prices(ticket)
    if promise.act == "refund" and of_price:
        if order and order.status in (OrderStatus.REFUNDING, OrderStatus.REFUNDED):
            return "order:status"
        if application and application.state == "refunded":
            return "order:application"
        if application and application.state == "received" and _entitled(promise, context):
            return "order:application"
    if promise.act in ("exchange", "resend", "repair", "return") and application and application.kind:
        approved = application.state in ("approved", "picked_up", "received")
        if approved and promise.act in application.kind:
            return "order:application"
    return None


def _standing(context: GuardContext) -> Iterator[Entitlement]:
    """What law and rules allow; what an approval allows is weighed against the approval itself, in kind and amount."""
    return (entitlement for entitlement in context.entitlements if entitlement.basis != "approval")


def _entitled(promise: Promise, context: GuardContext) -> str | None:
    for entitlement in _standing(context):
        if promise.act == "freight" and _freight_borne(entitlement):
            return f"entitlement:{entitlement.action}"
        if entitlement.verdict is not EntitlementVerdict.ALLOWED or entitlement.action not in _actions(promise):
            continue
        if promise.act == "refund" and not _refund_fits(promise, entitlement, context):
            continue
        return f"entitlement:{entitlement.action}"
    return None


def _freight_borne(entitlement: Entitlement) -> bool:
    allowed = entitlement.verdict is EntitlementVerdict.ALLOWED
    borne = entitlement.freight is not None and entitlement.freight.borne_by in ("merchant", "platform", "insurance")
    return allowed and (borne or (entitlement.action is Action.FREIGHT and entitlement.freight is None))


def _refund_fits(promise: Promise, entitlement: Entitlement, context: GuardContext) -> bool:
    order = context.ticket.order if context.ticket else None
    if promise.amount is not None and order and order.amount is not None and promise.amount > order.amount:
        return False
    if entitlement.action is Action.RETURN_REFUND and "退货" not in promise.words:
        # The goods still have to come back; only then is money due.
        return bool(order and (order.return_received_at or order.status is OrderStatus.REFUNDING))
    return True


def _entitled_amount(promise: Promise, context: GuardContext) -> str | None:
    for entitlement in _standing(context):
        if entitlement.action not in _actions(promise) or entitlement.verdict is not EntitlementVerdict.ALLOWED:
            continue
        texts = (entitlement.reason, *entitlement.conditions, *_cited(entitlement, context))
        if _figure_stands(promise, texts):
            return f"entitlement:{entitlement.action}"
    return None


def _cited(entitlement: Entitlement, context: GuardContext) -> Iterable[str]:
    for clause in context.clauses:
        if clause.citation_id in entitlement.citations or clause.clause_id in entitlement.citations:
            yield clause.text


def _figure_stands(promise: Promise, texts: Iterable[str]) -> bool:
    """Whether the amount that is promised is the amount that the rule names."""
    if promise.amount is None and promise.percent is None and not promise.multiple:
        return True
    for text in texts:
        _, tokens = mark(View(text, range(len(text)), range(1, len(text) + 1)))
        for token in tokens:
            if token.kind in ("money", "points") and promise.amount is not None and token.value == promise.amount:
                return True
            if token.kind in ("percent", "rate") and promise.percent is not None and token.value == promise.percent:
                return True
            if token.kind in ("multiple", "forfeit") and promise.multiple and token.text in promise.words:
                return True
    return False
