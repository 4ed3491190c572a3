"""What a promise may rest on: the ticket's entitlements, its order facts, verified approvals, service rules."""

from collections.abc import Iterable, Iterator

from copilot.domain.compliance import Act
from copilot.domain.suggestion import Entitlement
from copilot.domain.vocabulary import Action, EntitlementVerdict, OrderStatus
from copilot.guard.approved import Ledger, approved_by
from copilot.guard.context import GuardContext
from copilot.guard.promise import VALUE_ACTS, Promise, prices
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


def backed_by(promise: Promise, context: GuardContext, ledger: Ledger) -> str | None:
    """The id of what backs the promise as it stands, flat; None when nothing does."""
    approval = approved_by(promise, context, ledger)
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


def _actions(promise: Promise) -> tuple[Action, ...]:
    if promise.price_difference:
        return (Action.PRICE_PROTECTION,)
    return ACTIONS.get(promise.act, ())


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
