"""What tests of approvals share: callers, requests, a clock that moves, the use cases over a database of their own."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from copilot.approvals import Approvals
from copilot.decide.authority import Authority
from copilot.domain.approvals import ApprovalRecord, ApprovalRequest
from copilot.domain.base import BEIJING
from copilot.domain.roles import Role
from copilot.domain.ticket import Approval, Ticket
from copilot.rulebook.authority import AuthorityFile
from copilot.rulebook.loader import DATA
from copilot.rulebook.source import read
from copilot.store import approvals as store
from copilot.store.database import open_engine
from copilot.store.migrate import migrate
from copilot.store.repository import Caller
from copilot.store.tables import ApprovalRequestRow, ApprovalRow, AuditRow

KEY = b"key of this installation"
START = datetime(2026, 6, 18, 10, 0, tzinfo=BEIJING)
RULES = read(DATA / "authority.yaml", AuthorityFile)
AGENT = Caller(id="agent-1", role=Role.AGENT, label="")
LI = Caller(id="sup-li", role=Role.SUPERVISOR, label="")
WANG = Caller(id="sup-wang", role=Role.SUPERVISOR, label="")
ADMIN = Caller(id="admin-1", role=Role.ADMIN, label="")
COUPON: dict[str, Any] = {
    "kind": "coupon", "amount": "30.00", "order_id": "JD123", "ticket_id": "T-1", "customer_id": "C1",
    "basis": "延迟三天送达",
}  # fmt: skip


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


class Room:
    """The use cases with their database and clock."""

    def __init__(self, home: Path, rules: AuthorityFile = RULES, *, solo: bool = False, url: str | None = None) -> None:
        self.engine: Engine = open_engine(home, url)
        migrate(self.engine)
        self.clock = Clock()
        self.approvals = Approvals(self.engine, self.clock, rules, KEY, solo=solo)

    def ask(self, caller: Caller = AGENT, **changes: Any) -> ApprovalRecord:
        return self.approvals.request(caller, ApprovalRequest.model_validate(COUPON | changes))

    def granted(self, by: Caller = LI, *, valid_hours: int | None = None, **changes: Any) -> Approval:
        """The token of a fresh request, granted."""
        made = self.approvals.approve(by, self.ask(**changes).id, valid_hours=valid_hours).approval
        assert made is not None
        return made

    def audited(self, subject: str) -> list[AuditRow]:
        with Session(self.engine) as session:
            query = select(AuditRow).where(AuditRow.subject == subject).order_by(AuditRow.seq)
            return list(session.execute(query).scalars())


def rules_with(**changes: Any) -> AuthorityFile:
    """The shipped caps with some parts replaced."""
    return AuthorityFile.model_validate(RULES.model_dump(mode="json") | changes)


def rows(room: Room) -> tuple[int, int, int]:
    """How many requests, approvals and audit rows there are."""
    with Session(room.engine) as session:
        counts = [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (ApprovalRequestRow, ApprovalRow, AuditRow)
        ]
    return counts[0], counts[1], counts[2]


def counts_on(room: Room, token: Approval, *, order: str | None = "JD123", ticket: str | None = "T-1") -> bool:
    """Whether the decide stage lets the token count, by signature or stored copy."""

    def stored(approval_id: str) -> Any:
        with Session(room.engine) as session:
            return store.held(session, approval_id)

    made = Ticket.model_validate(
        {"id": ticket, "messages": [{"role": "customer", "text": "券呢"}], "order": {"id": order}, "approvals": [token]}
    )
    return bool(Authority(KEY, stored).verified(made, room.clock.now))
