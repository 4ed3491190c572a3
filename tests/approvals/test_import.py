"""Approvals from the system of record: held as approved, whatever their signature, expiry or amount."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from copilot.domain.approvals import ApprovalState, ImportedRow
from copilot.domain.roles import Role
from copilot.errors import BeyondAuthority, Conflict, Forbidden
from copilot.store import audit
from copilot.store.repository import Caller
from tests.approvals.cases import ADMIN, LI, Room, counts_on, rows

ROW: dict[str, Any] = {
    "id": "APR-1", "kind": "coupon", "amount": "30.00", "currency": "CNY", "order_id": "JD123",
    "approved_by": "sup-7", "role": "supervisor", "expires_at": "2026-06-30T23:59:00+08:00",
}  # fmt: skip


def row(**changes: Any) -> ImportedRow:
    return ImportedRow.model_validate(ROW | changes)


def test_an_unsigned_row_counts_from_now_on(room: Room) -> None:
    approval = row().content()
    assert not counts_on(room, approval)
    assert room.approvals.import_row(ADMIN, row()).outcome == "stored"
    assert counts_on(room, approval)
    assert not counts_on(room, approval, order="JD124")
    assert not counts_on(room, approval.model_copy(update={"amount": 300}))
    record = room.approvals.show(LI, "APR-1")
    assert (record.state, record.source, record.request, record.left) == (ApprovalState.APPROVED, "import", None, 30)
    [step] = room.audited("APR-1")
    assert (step.actor, step.action) == ("admin-1", "approval.imported")


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": "2020-01-01T00:00:00+08:00"},
        {"amount": "99999.00"},
        {"kind": "cash", "role": "agent"},
        {"signature": "made elsewhere"},
        {"order_id": None},
        {"kind": "partial_refund", "amount": None, "percent": "20"},
    ],
)
def test_expired_ones_and_amounts_beyond_every_cap_are_taken_too(room: Room, changes: dict[str, Any]) -> None:
    assert room.approvals.import_row(ADMIN, row(**changes)).outcome == "stored"
    record = room.approvals.show(LI, "APR-1")
    assert record.state == ("expired" if "expires_at" in changes else "approved")
    assert record.approval is not None
    assert record.approval.signature is None


def test_the_same_row_again_changes_nothing(room: Room) -> None:
    room.approvals.import_row(ADMIN, row())
    before = rows(room)
    for spelling in ({}, {"amount": "30"}, {"expires_at": "2026-06-30T15:59:00Z"}, {"signature": "x"}):
        for replace in (False, True):
            assert room.approvals.import_row(ADMIN, row(**spelling), replace=replace).outcome == "unchanged"
    assert rows(room) == before


def test_another_content_under_the_same_id_needs_replace(room: Room) -> None:
    room.approvals.import_row(ADMIN, row())
    with pytest.raises(Conflict, match=r"id: APR-1 is held with other content.*--replace"):
        room.approvals.import_row(ADMIN, row(amount="50"))
    assert counts_on(room, row().content())
    assert room.approvals.import_row(ADMIN, row(amount="50"), replace=True).outcome == "replaced"
    assert counts_on(room, row(amount="50").content())
    assert not counts_on(room, row().content())
    assert room.audited("APR-1")[-1].detail["replaced"]["amount"] == "30.00"
    with Session(room.engine) as session:
        assert audit.first_break(session) is None


def test_a_revoked_one_does_not_come_back(room: Room) -> None:
    room.approvals.import_row(ADMIN, row())
    room.approvals.revoke(LI, "APR-1")
    again = room.approvals.import_row(ADMIN, row())
    assert (again.outcome, again.revoked) == ("unchanged", True)
    with pytest.raises(Conflict, match="APR-1 was revoked here"):
        room.approvals.import_row(ADMIN, row(amount="50"), replace=True)
    assert not counts_on(room, row().content())


def test_what_was_made_here_is_not_overwritten(room: Room) -> None:
    token, waiting = room.granted(), room.ask(basis="等待").id
    for approval_id in (token.id, waiting):
        with pytest.raises(Conflict, match="belongs to an approval made here"):
            room.approvals.import_row(ADMIN, row(id=approval_id), replace=True)
    same = ImportedRow.model_validate(token.model_dump(mode="json"))
    assert room.approvals.import_row(ADMIN, same).outcome == "unchanged"
    assert counts_on(room, token)


def test_an_imported_one_is_decided_already(room: Room) -> None:
    room.approvals.import_row(ADMIN, row())
    for decide in (room.approvals.approve, room.approvals.reject):
        with pytest.raises(Conflict, match="was imported and is approved"):
            decide(LI, "APR-1", note="x")


def test_an_imported_one_counts_against_the_caps_of_its_order(room: Room) -> None:
    room.approvals.import_row(ADMIN, row(amount="150"))
    with pytest.raises(BeyondAuthority, match=r"on top of 150\.00"):
        room.granted(amount="60")
    room.granted(amount="50")


def test_only_the_administrator_imports(room: Room) -> None:
    for role in set(Role) - {Role.ADMIN}:
        with pytest.raises(Forbidden):
            room.approvals.import_row(Caller(id="x", role=role, label=""), row())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": ""}, "id"), ({"id": "a\x00"}, "id"), ({"id": "\ud800"}, "id"), ({"id": None}, "id"),
        ({"kind": "bribe"}, "kind"), ({"amount": "-1"}, "amount"), ({"amount": "1.005"}, "amount"),
        ({"basis": "\ud800"}, "basis"), ({"colour": "red"}, "colour"), ({"expires_at": 1}, "expires_at"),
        ({"order_id": "x" * 201}, "order_id"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_names_its_field(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        row(**changes)
