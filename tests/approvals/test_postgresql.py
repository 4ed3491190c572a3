"""The same life of an approval on PostgreSQL, where one answers on this machine; otherwise skipped with one line."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy.orm import Session

from copilot.domain.approvals import ApprovalState, ApprovalUse, ImportedRow
from copilot.errors import Conflict
from copilot.store import audit
from tests.approvals.cases import ADMIN, AGENT, LI, WANG, Room, counts_on
from tests.contracts.servers import postgres_database


def test_asked_granted_used_and_revoked_on_postgresql(tmp_path: Path) -> None:
    with postgres_database() as url:
        room = Room(tmp_path, url=url)
        asked = room.ask()
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(room.approvals.approve, who, asked.id) for who in (LI, WANG)]
            errors = [answer.exception() for answer in answers]
        assert sorted(type(error) for error in errors if error) == [Conflict]
        token = room.approvals.show(AGENT, asked.id).approval
        assert token is not None
        assert counts_on(room, token)

        def send(number: int) -> bool:
            try:
                room.approvals.record_sent(AGENT, token.id, ApprovalUse(reference=f"sg_{number}", amount="4"))
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(send, range(12))) == 7
        row = ImportedRow.model_validate({"id": "APR-1", "kind": "gift", "item": "杯盖", "order_id": "JD123"})
        assert [room.approvals.import_row(ADMIN, row).outcome for _ in range(2)] == ["stored", "unchanged"]
        listed = room.approvals.list(AGENT, state=ApprovalState.APPROVED, order_id="JD123")
        assert {found.id for found in listed} == {token.id, "APR-1"}
        room.approvals.revoke(LI, token.id)
        assert not counts_on(room, token)
        room.clock.pass_by(days=1)
        assert [found.id for found in room.approvals.list(AGENT, state=ApprovalState.REVOKED)] == [token.id]
        with Session(room.engine) as session:
            assert audit.first_break(session) is None
        room.engine.dispose()
