"""Signed approvals: which of a ticket's approvals count. Text that says something was approved never does."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from copilot.domain.approvals import HeldApproval, VerifiedApproval
from copilot.domain.ticket import Approval, Ticket

StoredApproval = Callable[[str], HeldApproval | None]
"""Looks up an approval by id among those this installation holds as approved, with what was sent under it."""


def canonical(approval: Approval) -> bytes:
    """The bytes that a signature covers: every given field but the signature, keys sorted, no spaces.

    The value counts, not its spelling: amounts with two decimals, times in UTC.
    """
    content = approval.model_dump(mode="json", exclude={"signature"}, exclude_none=True)
    if approval.amount is not None:
        content["amount"] = f"{approval.amount:.2f}"
    if approval.percent is not None:
        content["percent"] = format(approval.percent.normalize(), "f")
    if approval.expires_at is not None:
        content["expires_at"] = approval.expires_at.astimezone(UTC).isoformat()
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def sign(approval: Approval, key: bytes) -> str:
    """HMAC-SHA256 over the canonical JSON, in hex."""
    return hmac.new(key, canonical(approval), hashlib.sha256).hexdigest()


def signed_by(approval: Approval, key: bytes) -> bool:
    """Whether the approval carries this key's signature over what it says."""
    if approval.signature is None:
        return False
    return hmac.compare_digest(sign(approval, key).encode(), approval.signature.encode("utf-8", "surrogatepass"))


class Authority:
    """Verifies approvals with this installation's key or against the stored copy."""

    def __init__(self, key: bytes, stored: StoredApproval) -> None:
        self._key = key
        self._stored = stored

    def verified(self, ticket: Ticket, now: datetime) -> tuple[VerifiedApproval, ...]:
        """The ticket's approvals that are genuine, unexpired, not revoked, and for this order and ticket; each id
        once, with what was sent under it already."""
        found: dict[str, VerifiedApproval] = {}
        for approval in ticket.approvals or ():
            # One approval covers one grant, however often a console repeats it.
            if approval.id in found or not _is_for(approval, ticket, now):
                continue
            held = self._stored(approval.id)
            if self._genuine(approval, held):
                found[approval.id] = VerifiedApproval(approval=approval, spent=held.spent if held else Decimal(0))
        return tuple(found.values())

    def _genuine(self, approval: Approval, held: HeldApproval | None) -> bool:
        if held is not None and held.revoked:
            return False
        stored = held is not None and canonical(held.approval) == canonical(approval)
        return stored or signed_by(approval, self._key)


def _is_for(approval: Approval, ticket: Ticket, now: datetime) -> bool:
    order_id = ticket.order.id if ticket.order else None
    if approval.order_id is not None and approval.order_id != order_id:
        return False
    if approval.ticket_id is not None and approval.ticket_id != ticket.id:
        return False
    return approval.expires_at is None or approval.expires_at > now
