"""How much of an approval a reply uses up: what is sent adds up and never exceeds what was granted."""

from decimal import ROUND_DOWN, Decimal

from copilot.domain.approvals import ApprovalUse
from copilot.domain.ticket import Approval
from copilot.domain.vocabulary import ApprovalKind
from copilot.errors import BadRequest, Conflict

_CENT = Decimal("0.01")


def amount_of(approval: Approval, use: ApprovalUse, spent: Decimal, uses: int) -> Decimal | None:
    """The value that a use takes, in the approval's own unit; null for a grant that was never worth an amount.

    Raises:
        Conflict: less is left, or the one grant of an approval without amount was used.
        BadRequest: the amount cannot be judged.
    """
    limit = _limit(approval, use)
    if limit is None:
        if uses:
            raise Conflict(f"{approval.id} covers one grant, and a reply was sent under it already")
        return use.amount
    if approval.kind is ApprovalKind.POINTS and use.amount is not None and use.amount % 1:
        raise BadRequest("amount: points are a whole number")
    left = limit - spent
    amount = left if use.amount is None else use.amount
    if amount > left or left <= 0:
        unit = "points" if approval.kind is ApprovalKind.POINTS else "CNY"
        asked = "nothing more" if use.amount is None else f"not {amount:.2f}"
        raise Conflict(
            f"amount: {max(left, Decimal(0)):.2f} of {limit:.2f} {unit} are left under {approval.id}, {asked}"
        )
    return amount


def _limit(approval: Approval, use: ApprovalUse) -> Decimal | None:
    if approval.amount is not None or approval.percent is None:
        return approval.amount
    if use.order_amount is None:
        raise BadRequest(f"order_amount: is needed, {approval.id} is for {approval.percent} % of the order")
    return (use.order_amount * approval.percent / 100).quantize(_CENT, ROUND_DOWN)
