"""The use cases of approvals: asked for, granted within a role's caps as a signed token, refused, revoked, used up."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from secrets import token_hex
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from copilot.decide.authority import canonical, signed_by
from copilot.decide.granting import Granting
from copilot.decide.spending import amount_of
from copilot.domain.approvals import (
    ApprovalRecord,
    ApprovalRequest,
    ApprovalState,
    ApprovalUse,
    Imported,
    ImportedRow,
    RecordedUse,
    Waiver,
    storable_prose,
)
from copilot.domain.base import BEIJING
from copilot.domain.roles import Permission, may
from copilot.domain.ticket import Approval
from copilot.errors import BadRequest, Conflict, Forbidden, NotFound
from copilot.rulebook.authority import AuthorityFile
from copilot.store import approval_records, audit
from copilot.store import approvals as store
from copilot.store.database import writing
from copilot.store.repository import Caller
from copilot.store.tables import ApprovalRequestRow, ApprovalRow

MOST_LISTED = 1000
_LONGEST_NOTE = 2000


class Approvals:
    """Every method refuses (Forbidden) whoever lacks the permission; every write has its audit row. Thread-safe.

    A request is decided once, however many decide it at the same time; a call that the same caller repeats is answered
    as the first was.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], rules: AuthorityFile, key: bytes, *, solo: bool = False
    ) -> None:
        """`solo`: whoever asked may grant it too, within the caps; recorded as waived."""
        self._engine = engine
        self._clock = clock
        self._granting = Granting(rules, key, solo=solo)
        self._open_for = timedelta(hours=rules.open_hours)
        self._key = key

    # -- reading ----------------------------------------------------------------------------------------

    def show(self, caller: Caller, approval_id: str) -> ApprovalRecord:
        """One approval or request.

        Raises:
            NotFound: nothing has this id.
        """
        _check(caller, Permission.APPROVAL_READ)
        with Session(self._engine) as session:
            return self._record(session, approval_id, self._clock())

    def list(
        self, caller: Caller, *, ticket_id: str | None = None, order_id: str | None = None,
        state: ApprovalState | None = None, limit: int = 200,
    ) -> Sequence[ApprovalRecord]:  # fmt: skip
        """Requests and imported approvals, newest first."""
        _check(caller, Permission.APPROVAL_READ)
        with Session(self._engine) as session:
            return approval_records.records(
                session, self._clock(), self._open_for, ticket_id=ticket_id, order_id=order_id, state=state,
                limit=min(limit, MOST_LISTED),
            )  # fmt: skip

    # -- a request and its decision ---------------------------------------------------------------------

    def request(self, caller: Caller, asked: ApprovalRequest) -> ApprovalRecord:
        """Asks for an approval; what the same caller asked for already, and nobody decided, is not asked for twice.

        With `standing` it is granted at once, where a standing authority of the caller's role covers it.

        Raises:
            BeyondAuthority: the standing authority does not cover it; nothing is written.
        """
        _check(caller, Permission.APPROVAL_REQUEST)
        now = self._clock()
        with writing(self._engine) as session:
            twin = store.same_request(session, asked, caller.id, now - self._open_for)
            if twin is not None:
                return self._record(session, twin, now)
            row = store.add_request(session, f"apr_{token_hex(12)}", asked, caller.id, now)
            detail = asked.model_dump(mode="json", exclude_none=True)
            audit.append(session, now, caller.id, "approval.requested", row.id, detail)
            if asked.standing is not None:
                granted = store.granted(session, asked, now)
                made = self._granting.by_standing(row.id, asked, granted, caller.id, caller.role, now)
                _hold(session, row, made, now, "", "standing")
            return self._record(session, row.id, now)

    def approve(
        self, caller: Caller, approval_id: str, *, valid_hours: int | None = None, note: str = "",
        administrator: bool = False,
    ) -> ApprovalRecord:  # fmt: skip
        """Grants a request within the caps of the caller's role; the record holds the signed token.

        `administrator`: the local administrator may grant what they asked for themselves; recorded as waived.

        Raises:
            NotFound: nothing has this id.
            Conflict: the request is decided or over already.
            OwnRequest: the caller asked for it.
            BeyondAuthority: the caps do not cover it; names the cap and who could approve.
            BadRequest: valid longer than the rulebook lets an approval be.
        """
        _check(caller, Permission.APPROVAL_DECIDE, note)
        hours, now = self._granting.hours(valid_hours), self._clock()
        with writing(self._engine) as session:
            row = self._request(session, approval_id, now)
            if row.state == ApprovalState.APPROVED and row.decided_by == caller.id:
                return self._record(session, approval_id, now)
            self._undecided(session, row, now)
            waived = self._granting.waiver(caller.id, caller.role, row.requested_by, administrator)
            asked = ApprovalRequest.model_validate(row.content)
            granted = store.granted(session, asked, now)
            made = self._granting.by_role(row.id, asked, granted, caller.id, caller.role, now, hours)
            _hold(session, row, made, now, note, waived)
            return self._record(session, approval_id, now)

    def reject(self, caller: Caller, approval_id: str, *, note: str) -> ApprovalRecord:
        """Refuses a request, with the reason.

        Raises:
            NotFound: nothing has this id.
            Conflict: the request is decided or over already.
        """
        _check(caller, Permission.APPROVAL_DECIDE, note)
        if not note.strip():
            raise BadRequest("note: say why the request is refused")
        now = self._clock()
        with writing(self._engine) as session:
            row = self._request(session, approval_id, now)
            if row.state != ApprovalState.REJECTED or row.decided_by != caller.id:
                self._undecided(session, row, now)
                store.decide(row, ApprovalState.REJECTED, caller.id, now, note)
                audit.append(session, now, caller.id, "approval.rejected", approval_id, {"note": note})
            return self._record(session, approval_id, now)

    def revoke(self, caller: Caller, approval_id: str, *, note: str = "") -> ApprovalRecord:
        """Ends an approval for good: from now on neither its token nor the stored copy counts.

        Raises:
            NotFound: nothing has this id.
            Conflict: it was never approved.
        """
        _check(caller, Permission.APPROVAL_DECIDE, note)
        now = self._clock()
        with writing(self._engine) as session:
            row = store.find_row(session, approval_id)
            if row is None:
                state = self._record(session, approval_id, now).state
                raise Conflict(f"{approval_id} is {state}: there is nothing to revoke")
            if row.revoked_at is None:
                store.revoke(row, caller.id, now)
                audit.append(session, now, caller.id, "approval.revoked", approval_id, {"note": note})
            return self._record(session, approval_id, now)

    # -- from the system of record ----------------------------------------------------------------------

    def import_row(self, caller: Caller, row: ImportedRow, *, replace: bool = False) -> Imported:
        """Holds an approval of the system of record as approved: unsigned and expired ones too, whatever the caps say.

        Raises:
            Conflict: another approval has this id (without `replace`), or it belongs to this installation.
        """
        _check(caller, Permission.APPROVAL_IMPORT)
        approval, now = row.content(), self._clock()
        with writing(self._engine) as session:
            found = store.find_row(session, approval.id)
            if found is not None and canonical(Approval.model_validate(found.content)) == canonical(approval):
                return Imported(id=approval.id, outcome="unchanged", revoked=found.revoked_at is not None)
            if store.find_request(session, approval.id) is not None or (found is not None and found.source != "import"):
                raise Conflict(f"id: {approval.id} belongs to an approval made here; revoke it and use another id")
            if found is not None and found.revoked_at is not None:
                raise Conflict(f"id: {approval.id} was revoked here; use another id")
            if found is not None and not replace:
                raise Conflict(f"id: {approval.id} is held with other content; import with --replace to change it")
            detail: dict[str, Any] = {"approval": approval.model_dump(mode="json", exclude_none=True)}
            if found is not None:
                detail["replaced"] = found.content
            store.hold(session, approval, "import", now)
            action = "approval.imported" if found is None else "approval.replaced"
            audit.append(session, now, caller.id, action, approval.id, detail)
        return Imported(id=approval.id, outcome="stored" if found is None else "replaced")

    # -- what is sent -----------------------------------------------------------------------------------

    def record_sent(self, caller: Caller, approval_id: str, use: ApprovalUse) -> RecordedUse:
        """A reply is sent under the approval; what is sent adds up and never exceeds it. Each reference counts once.

        Raises:
            NotFound: nothing has this id, and no signed token came along.
            Conflict: it does not hold (any more), too little is left, or the reference was recorded otherwise.
            BadRequest: the amount is missing or cannot be judged.
        """
        with writing(self._engine) as session:
            return self.sent(session, caller, approval_id, use)

    def sent(self, session: Session, caller: Caller, approval_id: str, use: ApprovalUse) -> RecordedUse:
        """As `record_sent`, inside the caller's transaction that writes."""
        _check(caller, Permission.APPROVAL_REQUEST)
        now = self._clock()
        row = self._held(session, caller, approval_id, use.approval, now)
        approval, so_far = Approval.model_validate(row.content), store.spent(session, approval_id)
        known = store.find_use(session, approval_id, use.reference)
        if known is None:
            _holds(row, now)
            amount = amount_of(approval, use, so_far.value, so_far.uses)
            known = store.add_use(session, approval_id, use.reference, amount, caller.id, now)
            detail = {"reference": use.reference, "amount": None if amount is None else f"{amount:.2f}"}
            audit.append(session, now, caller.id, "approval.used", approval_id, detail)
            so_far = store.spent(session, approval_id)
        elif use.amount not in (None, store.amount_of(known)):
            raise Conflict(f"reference: {use.reference} is recorded with the amount {store.amount_of(known)} already")
        return RecordedUse(
            approval_id=approval_id, reference=use.reference, amount=store.amount_of(known), at=store.aware(known.at),
            by=known.by, spent=so_far.value,
            left=None if approval.amount is None else max(approval.amount - so_far.value, Decimal(0)),
        )  # fmt: skip

    # -- inside -----------------------------------------------------------------------------------------

    def _record(self, session: Session, approval_id: str, now: datetime) -> ApprovalRecord:
        session.flush()
        found = approval_records.find_record(session, approval_id, now, self._open_for)
        if found is None:
            raise NotFound(f"no approval has the id {approval_id!r}")
        return found

    def _request(self, session: Session, approval_id: str, now: datetime) -> ApprovalRequestRow:
        row = store.find_request(session, approval_id)
        if row is None:
            state = self._record(session, approval_id, now).state
            raise Conflict(f"{approval_id} was imported and is {state}: there is nothing to decide")
        return row

    def _undecided(self, session: Session, row: ApprovalRequestRow, now: datetime) -> None:
        state = self._record(session, row.id, now).state
        if row.decided_by is not None:
            raise Conflict(f"{row.id} is {state}: {row.decided_by} decided it already")
        if state is not ApprovalState.REQUESTED:
            raise Conflict(f"{row.id} is {state}: nobody decided it within {self._open_for}; ask again")

    def _held(
        self, session: Session, caller: Caller, approval_id: str, token: Approval | None, now: datetime
    ) -> ApprovalRow:
        """What is held; a token of this installation's key that is not there yet is stored first."""
        if token is not None and token.id != approval_id:
            raise BadRequest(f"approval.id: is {token.id!r}, not {approval_id!r}")
        row = store.find_row(session, approval_id)
        if row is None and token is not None and signed_by(token, self._key):
            row = store.hold(session, token, "token", now)
            detail = {"approval": token.model_dump(mode="json", exclude_none=True, exclude={"signature"})}
            audit.append(session, now, caller.id, "approval.stored", approval_id, detail)
        if row is None:
            found = self._record(session, approval_id, now)
            raise Conflict(f"{approval_id} is {found.state}: nothing can be sent under it")
        return row


def _hold(
    session: Session, row: ApprovalRequestRow, made: Approval, now: datetime, note: str, waived: Waiver | None
) -> None:
    """The request's decision, the approval and the audit row belong together."""
    by = made.approved_by or ""
    store.decide(row, ApprovalState.APPROVED, by, now, note, waived)
    store.hold(session, made, "request", now)
    content = made.model_dump(mode="json", exclude_none=True, exclude={"signature"})
    audit.append(session, now, by, "approval.approved", row.id, {"approval": content, "note": note, "waived": waived})


def _holds(row: ApprovalRow, now: datetime) -> None:
    if row.revoked_at is not None:
        raise Conflict(f"{row.id} was revoked: nothing can be sent under it")
    if row.expires_at is not None and store.aware(row.expires_at) <= now:
        ended = store.aware(row.expires_at).astimezone(BEIJING).isoformat()
        raise Conflict(f"{row.id} expired at {ended}: nothing can be sent under it")


def _check(caller: Caller, permission: Permission, note: str = "") -> None:
    if not may(caller.role, permission):
        raise Forbidden(f"the role {caller.role} may not do this; it needs the permission {permission}")
    if len(note) > _LONGEST_NOTE or not storable_prose(note):
        raise BadRequest(f"note: must be plain text of at most {_LONGEST_NOTE} characters")
