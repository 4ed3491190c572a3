"""SQL of approvals: requests, what is held as approved, what was sent under it. Callers open the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from copilot.decide.limits import Grant
from copilot.domain.approvals import ApprovalRequest, ApprovalState, HeldApproval, storable
from copilot.domain.base import BEIJING
from copilot.domain.ticket import Approval
from copilot.store.tables import ApprovalRequestRow, ApprovalRow, ApprovalUseRow


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent under an approval in all."""

    value: Decimal
    uses: int


# -- requests -------------------------------------------------------------------------------------------


def add_request(
    session: Session, request_id: str, asked: ApprovalRequest, by: str, now: datetime
) -> ApprovalRequestRow:
    row = ApprovalRequestRow(
        id=request_id, state=ApprovalState.REQUESTED, kind=asked.kind, ticket_id=asked.ticket_id,
        order_id=asked.order_id, customer_id=asked.customer_id, content=_content(asked), requested_by=by,
        requested_at=now.astimezone(UTC), note="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def find_request(session: Session, request_id: str) -> ApprovalRequestRow | None:
    return session.get(ApprovalRequestRow, request_id) if storable(request_id) else None


def same_request(session: Session, asked: ApprovalRequest, by: str, since: datetime) -> str | None:
    """The id of a request of the same caller for the same thing that is undecided, or was granted by a standing
    authority: it was sent twice."""
    states = [ApprovalState.REQUESTED] if asked.standing is None else [ApprovalState.APPROVED]
    query = select(ApprovalRequestRow).where(
        ApprovalRequestRow.state.in_(states),
        ApprovalRequestRow.requested_at > since.astimezone(UTC),
        ApprovalRequestRow.requested_by == by,
        ApprovalRequestRow.kind == asked.kind,
        ApprovalRequestRow.order_id == asked.order_id,
        ApprovalRequestRow.ticket_id == asked.ticket_id,
    )
    content = _content(asked)
    return next((row.id for row in session.execute(query).scalars() if row.content == content), None)


def decide(
    row: ApprovalRequestRow, state: ApprovalState, by: str, now: datetime, note: str, waived: str | None = None
) -> None:
    row.state, row.decided_by, row.decided_at, row.note, row.waived = state, by, now.astimezone(UTC), note, waived


# -- what is held ---------------------------------------------------------------------------------------


def hold(session: Session, approval: Approval, source: str, now: datetime) -> ApprovalRow:
    """Holds an approval as approved; one of the same id is replaced."""
    row = session.get(ApprovalRow, approval.id) or ApprovalRow(id=approval.id)
    row.content = approval.model_dump(mode="json", exclude_none=True)
    row.stored_at, row.source = now.astimezone(UTC), source
    row.ticket_id, row.order_id = approval.ticket_id, approval.order_id
    row.expires_at = approval.expires_at.astimezone(UTC) if approval.expires_at else None
    session.add(row)
    session.flush()
    return row


def find_row(session: Session, approval_id: str) -> ApprovalRow | None:
    return session.get(ApprovalRow, approval_id) if storable(approval_id) else None


def held(session: Session, approval_id: str) -> HeldApproval | None:
    """What is known of an approval that this installation holds."""
    row = find_row(session, approval_id)
    if row is None:
        return None
    return HeldApproval(
        approval=Approval.model_validate(row.content), revoked=row.revoked_at is not None,
        spent=spent(session, approval_id).value,
    )  # fmt: skip


def revoke(row: ApprovalRow, by: str, now: datetime) -> None:
    row.revoked_by, row.revoked_at = by, now.astimezone(UTC)


# -- what was sent --------------------------------------------------------------------------------------


def spent(session: Session, approval_id: str) -> Sent:
    return sent_under(session, [approval_id])[approval_id]


def find_use(session: Session, approval_id: str, reference: str) -> ApprovalUseRow | None:
    return session.get(ApprovalUseRow, (approval_id, reference))


def add_use(
    session: Session, approval_id: str, reference: str, amount: Decimal | None, by: str, now: datetime
) -> ApprovalUseRow:
    row = ApprovalUseRow(
        approval_id=approval_id, reference=reference, at=now.astimezone(UTC), by=by,
        hundredths=None if amount is None else int(amount * 100),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def amount_of(row: ApprovalUseRow) -> Decimal | None:
    return None if row.hundredths is None else Decimal(row.hundredths).scaleb(-2)


def sent_under(session: Session, ids: Sequence[str]) -> dict[str, Sent]:
    """By approval id; nothing was sent under those that are not known."""
    found = dict.fromkeys(ids, Sent(Decimal("0.00"), 0))
    for start in range(0, len(ids), _CHUNK):
        query = (
            select(ApprovalUseRow.approval_id, func.sum(ApprovalUseRow.hundredths), func.count())
            .where(ApprovalUseRow.approval_id.in_(ids[start : start + _CHUNK]))
            .group_by(ApprovalUseRow.approval_id)
        )
        for approval_id, hundredths, uses in session.execute(query):
            found[approval_id] = Sent(Decimal(int(hundredths or 0)).scaleb(-2), uses)
    return found


_CHUNK = 400


def granted(session: Session, asked: ApprovalRequest, now: datetime) -> list[Grant]:
    """What was granted for the same order, ticket or customer: the whole value while it can still be used, what was
    sent once it cannot; grants that ended unused are left out."""
    places = [
        column == value
        for column, value in (
            (ApprovalRow.order_id, asked.order_id), (ApprovalRow.ticket_id, asked.ticket_id),
            (ApprovalRequestRow.customer_id, asked.customer_id),
        )
        if value is not None
    ]  # fmt: skip
    query = (
        select(ApprovalRow, ApprovalRequestRow.decided_at)
        .outerjoin(ApprovalRequestRow, ApprovalRequestRow.id == ApprovalRow.id)
        .where(or_(*places))
    )
    rows = session.execute(query).all()
    sent = sent_under(session, [row.id for row, _ in rows])
    found = []
    for row, decided_at in rows:
        approval, so_far = Approval.model_validate(row.content), sent[row.id]
        over = row.revoked_at is not None or (approval.expires_at is not None and approval.expires_at <= now)
        if over and not so_far.uses:
            continue
        value = so_far.value if over or approval.amount is None else approval.amount
        at_order = asked.order_id is not None and approval.order_id == asked.order_id
        at_ticket = asked.ticket_id is not None and approval.ticket_id == asked.ticket_id
        # An approval of another order counts by its ticket only where no order tells them apart.
        on_order = at_order or (at_ticket and None in (asked.order_id, approval.order_id))
        found.append(Grant(approval.kind, value, on_order, _day(aware(decided_at or row.stored_at)) == _day(now)))
    return found


def aware(moment: datetime) -> datetime:
    """SQLite gives the UTC moment back without its offset."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def _content(asked: ApprovalRequest) -> dict[str, Any]:
    return asked.model_dump(mode="json", exclude_none=True)
