"""Signed approvals: which of a ticket's approvals count. Text that says something was approved never does."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime

from copilot.domain.ticket import Approval, Ticket

StoredApproval = Callable[[str], Approval | None]
"""Looks up an approval by id among those this installation holds as approved."""


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
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(approval: Approval, key: bytes) -> str:
    """HMAC-SHA256 over the canonical JSON, in hex."""
    return hmac.new(key, canonical(approval), hashlib.sha256).hexdigest()


class Authority:
    """Verifies approvals with this installation's key or against the stored copy."""

    def __init__(self, key: bytes, stored: StoredApproval) -> None:
        self._key = key
        self._stored = stored

    def verified(self, ticket: Ticket, now: datetime) -> tuple[Approval, ...]:
        """The ticket's approvals that are genuine, unexpired and for this order and ticket; each id once."""
        found: dict[str, Approval] = {}
        for approval in ticket.approvals or ():
            # One approval covers one grant, however often a console repeats it.
            if approval.id not in found and self._counts(approval, ticket, now):
                found[approval.id] = approval
        return tuple(found.values())

    def _counts(self, approval: Approval, ticket: Ticket, now: datetime) -> bool:
        order_id = ticket.order.id if ticket.order else None
        if approval.order_id is not None and approval.order_id != order_id:
            return False
        if approval.ticket_id is not None and approval.ticket_id != ticket.id:
            return False
        if approval.expires_at is not None and approval.expires_at <= now:
            return False
        return self._signed(approval) or self._held(approval)

    def _signed(self, approval: Approval) -> bool:
        if approval.signature is None:
            return False
        return hmac.compare_digest(sign(approval, self._key).encode(), approval.signature.encode())

    def _held(self, approval: Approval) -> bool:
        stored = self._stored(approval.id)
        return stored is not None and canonical(stored) == canonical(approval)
