"""Approvals and requests read together: each with its state, which the clock decides, and what was sent under it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from copilot.domain.approvals import ApprovalRecord, ApprovalRequest, ApprovalState, storable
from copilot.domain.ticket import Approval
from copilot.store.approvals import Sent, aware, find_request, find_row, sent_under, spent
from copilot.store.tables import ApprovalRequestRow, ApprovalRow


def find_record(session: Session, approval_id: str, now: datetime, open_for: timedelta) -> ApprovalRecord | None:
    """An approval or request with all that is known of it."""
    request, row = find_request(session, approval_id), find_row(session, approval_id)
    if request is None and row is None:
        return None
    return _record(request, row, spent(session, approval_id), now, open_for)


def records(
    session: Session, now: datetime, open_for: timedelta, *, ticket_id: str | None = None,
    order_id: str | None = None, state: ApprovalState | None = None, limit: int = 200,
) -> list[ApprovalRecord]:  # fmt: skip
    """Requests and imported approvals, newest first."""
    if not all(storable(value) for value in (ticket_id, order_id) if value is not None):
        return []
    asked = (
        select(ApprovalRequestRow, ApprovalRow)
        .outerjoin(ApprovalRow, ApprovalRow.id == ApprovalRequestRow.id)
        .where(*_at(ApprovalRequestRow, ticket_id, order_id))
    )
    others = (
        select(ApprovalRow)
        .outerjoin(ApprovalRequestRow, ApprovalRequestRow.id == ApprovalRow.id)
        .where(ApprovalRequestRow.id.is_(None), *_at(ApprovalRow, ticket_id, order_id))
    )
    if state is not None:
        asked = asked.where(_in_state(state, now, open_for))
        others = others.where(_in_state(state, now, open_for))
    asked = asked.order_by(ApprovalRequestRow.requested_at.desc(), ApprovalRequestRow.id).limit(limit)
    others = others.order_by(ApprovalRow.stored_at.desc(), ApprovalRow.id).limit(limit)
    found: list[tuple[datetime, ApprovalRequestRow | None, ApprovalRow | None]] = [
        (aware(request.requested_at), request, row) for request, row in session.execute(asked)
    ]
    found.extend((aware(row.stored_at), None, row) for row in session.execute(others).scalars())
    found.sort(key=lambda entry: entry[0], reverse=True)
    sent = sent_under(session, [row.id for _, _, row in found[:limit] if row is not None])
    nothing = Sent(Decimal("0.00"), 0)
    return [
        _record(request, row, sent[row.id] if row is not None else nothing, now, open_for)
        for _, request, row in found[:limit]
    ]


def _at(
    table: type[ApprovalRequestRow] | type[ApprovalRow], ticket_id: str | None, order_id: str | None
) -> list[ColumnElement[bool]]:
    wanted = ((table.ticket_id, ticket_id), (table.order_id, order_id))
    return [column == value for column, value in wanted if value is not None]


def _in_state(state: ApprovalState, now: datetime, open_for: timedelta) -> ColumnElement[bool]:
    moment, oldest = now.astimezone(UTC), (now - open_for).astimezone(UTC)
    holds = and_(ApprovalRow.id.is_not(None), ApprovalRow.revoked_at.is_(None))
    asked = ApprovalRequestRow.state == ApprovalState.REQUESTED
    match state:
        case ApprovalState.REQUESTED:
            return and_(asked, ApprovalRequestRow.requested_at > oldest)
        case ApprovalState.REJECTED:
            return ApprovalRequestRow.state == ApprovalState.REJECTED
        case ApprovalState.REVOKED:
            return ApprovalRow.revoked_at.is_not(None)
        case ApprovalState.APPROVED:
            return and_(holds, or_(ApprovalRow.expires_at.is_(None), ApprovalRow.expires_at > moment))
        case ApprovalState.EXPIRED:
            return or_(
                and_(holds, ApprovalRow.expires_at <= moment), and_(asked, ApprovalRequestRow.requested_at <= oldest)
            )


def _record(
    request: ApprovalRequestRow | None, row: ApprovalRow | None, sent: Sent, now: datetime, open_for: timedelta
) -> ApprovalRecord:
    approval = Approval.model_validate(row.content) if row else None
    amount = approval.amount if approval else None
    source = row.source if row else "request"
    return ApprovalRecord.model_validate(
        {
            "id": request.id if request else row.id if row else "",
            "state": state_of(request, row, now, open_for), "source": source,
            "request": ApprovalRequest.model_validate(request.content) if request else None,
            "requested_by": request.requested_by if request else None,
            "requested_at": aware(request.requested_at) if request else None,
            "decided_by": request.decided_by if request else approval.approved_by if approval else None,
            "decided_at": aware(request.decided_at) if request and request.decided_at else None,
            "note": request.note if request else "", "waived": request.waived if request else None,
            "approval": approval, "revoked_by": row.revoked_by if row else None,
            "revoked_at": aware(row.revoked_at) if row and row.revoked_at else None,
            "spent": sent.value, "left": None if amount is None else max(amount - sent.value, Decimal(0)),
            "uses": sent.uses,
        }
    )  # fmt: skip


def state_of(
    request: ApprovalRequestRow | None, row: ApprovalRow | None, now: datetime, open_for: timedelta
) -> ApprovalState:
    if row is not None:
        if row.revoked_at is not None:
            return ApprovalState.REVOKED
        return ApprovalState.EXPIRED if row.expires_at and aware(row.expires_at) <= now else ApprovalState.APPROVED
    if request is None or request.state == ApprovalState.REJECTED:
        return ApprovalState.REJECTED
    return ApprovalState.EXPIRED if aware(request.requested_at) + open_for <= now else ApprovalState.REQUESTED
