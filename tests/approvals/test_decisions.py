"""From request to signed token: who may decide, once, in time, within which caps; what is written and what is not."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from copilot.decide.authority import signed_by
from copilot.domain.approvals import ApprovalState
from copilot.domain.roles import PERMISSIONS, Permission, Role
from copilot.errors import BadRequest, BeyondAuthority, Conflict, CopilotError, Forbidden, NotFound, OwnRequest
from copilot.store import audit
from copilot.store.repository import Caller
from tests.approvals.cases import ADMIN, AGENT, KEY, LI, START, WANG, Room, counts_on, rows

S = ApprovalState


class TestApproving:
    def test_a_request_becomes_a_signed_token_that_ends(self, room: Room) -> None:
        asked = room.ask()
        assert (asked.state, asked.requested_by, asked.approval) == (S.REQUESTED, "agent-1", None)
        done = room.approvals.approve(LI, asked.id, note="同意")
        token = done.approval
        assert token is not None
        assert (done.state, done.decided_by, done.decided_at, done.note) == (S.APPROVED, "sup-li", START, "同意")
        assert token.model_dump(mode="json", exclude={"signature"}) == {
            "id": asked.id, "kind": "coupon", "amount": "30.00", "currency": "CNY", "percent": None, "item": None,
            "order_id": "JD123", "ticket_id": "T-1", "basis": "延迟三天送达", "approved_by": "sup-li",
            "role": "supervisor", "expires_at": "2026-06-21T10:00:00+08:00",
        }  # fmt: skip
        assert signed_by(token, KEY)
        assert counts_on(room, token)
        assert counts_on(room, token.model_copy(update={"signature": None}))
        assert not counts_on(room, token, order="JD124")
        assert not counts_on(room, token, ticket="T-2")

    def test_points_have_no_currency_and_a_gift_no_amount(self, room: Room) -> None:
        points = room.granted(kind="points", amount="500")
        assert (points.amount, points.currency) == (500, None)
        gift = room.granted(kind="gift", amount=None, item="杯盖")
        assert (gift.amount, gift.currency, gift.item) == (None, None, "杯盖")

    def test_a_percentage_is_granted_with_what_it_comes_to(self, room: Room) -> None:
        token = room.granted(kind="partial_refund", amount=None, percent="12.5", order_amount="199.99")
        assert (str(token.percent), str(token.amount), token.currency) == ("12.5", "24.99", "CNY")

    def test_it_holds_as_long_as_asked_up_to_the_rulebooks_longest(self, room: Room) -> None:
        token = room.granted(valid_hours=5)
        assert token.expires_at is not None
        assert (token.expires_at - START).total_seconds() == 5 * 3600
        for hours in (0, 721):
            with pytest.raises(BadRequest, match=r"valid_hours: .*720"):
                room.approvals.approve(LI, room.ask(basis="再来").id, valid_hours=hours)

    def test_after_its_time_it_counts_no_more(self, room: Room) -> None:
        token = room.granted(valid_hours=1)
        room.clock.pass_by(hours=1)
        assert not counts_on(room, token)
        assert room.approvals.show(AGENT, token.id).state == S.EXPIRED

    def test_every_step_has_its_audit_row(self, room: Room) -> None:
        token = room.granted()
        room.approvals.revoke(WANG, token.id, note="误批")
        steps = room.audited(token.id)
        assert [(step.actor, step.action) for step in steps] == [
            ("agent-1", "approval.requested"), ("sup-li", "approval.approved"), ("sup-wang", "approval.revoked"),
        ]  # fmt: skip
        assert steps[1].detail["approval"]["amount"] == "30.00"
        assert "signature" not in steps[1].detail["approval"]
        assert steps[2].detail == {"note": "误批"}
        with Session(room.engine) as session:
            assert audit.first_break(session) is None


class TestOnce:
    def test_the_same_request_sent_twice_is_one(self, room: Room) -> None:
        assert room.ask().id == room.ask().id
        assert room.ask(AGENT, basis="另有原因").id != room.ask().id
        assert room.ask(WANG).id != room.ask().id
        assert rows(room) == (3, 0, 3)

    def test_an_approval_repeated_by_the_same_person_is_the_same(self, room: Room) -> None:
        asked = room.ask()
        first = room.approvals.approve(LI, asked.id, valid_hours=1)
        room.clock.pass_by(minutes=5)
        assert room.approvals.approve(LI, asked.id) == first
        with pytest.raises(Conflict, match="is approved: sup-li decided it already"):
            room.approvals.approve(WANG, asked.id)
        with pytest.raises(Conflict, match="is approved"):
            room.approvals.reject(LI, asked.id, note="不")
        assert rows(room) == (1, 1, 2)

    def test_a_refusal_is_final(self, room: Room) -> None:
        asked = room.ask()
        refused = room.approvals.reject(LI, asked.id, note="无凭证")
        assert (refused.state, refused.note, refused.decided_by) == (S.REJECTED, "无凭证", "sup-li")
        assert room.approvals.reject(LI, asked.id, note="再说一遍") == refused
        for decide in (room.approvals.approve, room.approvals.revoke):
            with pytest.raises(Conflict, match="is rejected"):
                decide(WANG, asked.id)
        assert rows(room) == (1, 0, 2)

    def test_nobody_decides_what_nobody_decided_in_time(self, room: Room) -> None:
        asked = room.ask()
        room.clock.pass_by(hours=72)
        assert room.approvals.show(LI, asked.id).state == S.EXPIRED
        with pytest.raises(Conflict, match=r"is expired: nobody decided it within .*; ask again"):
            room.approvals.approve(LI, asked.id)
        assert room.ask().id != asked.id

    @pytest.mark.parametrize("deciders", [(LI, WANG), (LI, LI)], ids=["two people", "one person twice"])
    def test_two_approvals_at_once_give_one(self, room: Room, deciders: tuple[Caller, Caller]) -> None:
        asked = room.ask()

        def decide(who: Caller) -> Any:
            try:
                return room.approvals.approve(who, asked.id).approval
            except Conflict:
                return None

        with ThreadPoolExecutor(2) as pool:
            tokens = [token for token in pool.map(decide, deciders) if token is not None]
        assert len(tokens) == (1 if deciders[0] != deciders[1] else 2)
        assert len({token.signature for token in tokens}) == 1
        assert rows(room) == (1, 1, 2)

    def test_requests_approved_at_once_stay_within_the_cap(self, room: Room) -> None:
        ids = [room.ask(amount="80", basis=f"第{number}次").id for number in range(6)]

        def decide(approval_id: str) -> bool:
            try:
                return room.approvals.approve(LI, approval_id).approval is not None
            except BeyondAuthority:
                return False

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(decide, ids)) == 2

    def test_what_fails_half_way_leaves_nothing(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = room.ask()

        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr(audit, "append", fail)
        for call in (lambda: room.approvals.approve(LI, asked.id), lambda: room.ask(basis="另一单")):
            with pytest.raises(RuntimeError):
                call()
        monkeypatch.undo()
        assert room.approvals.show(LI, asked.id).state == S.REQUESTED
        assert rows(room) == (1, 0, 1)


class TestWho:
    def test_nobody_approves_their_own_request(self, room: Room) -> None:
        asked = room.ask(LI)
        with pytest.raises(OwnRequest, match="COPILOT_APPROVALS_SOLO"):
            room.approvals.approve(LI, asked.id)
        assert room.approvals.approve(WANG, asked.id).waived is None
        asked = room.ask(ADMIN)
        with pytest.raises(OwnRequest):
            room.approvals.approve(ADMIN, asked.id)
        assert rows(room) == (2, 1, 3)

    def test_the_local_administrator_may_and_it_is_recorded(self, room: Room) -> None:
        asked = room.ask(ADMIN)
        assert room.approvals.approve(ADMIN, asked.id, administrator=True).waived == "admin"
        assert room.audited(asked.id)[-1].detail["waived"] == "admin"
        other = room.ask(AGENT)
        assert room.approvals.approve(ADMIN, other.id, administrator=True).waived is None
        with pytest.raises(Forbidden):
            room.approvals.approve(LI, room.ask(basis="x").id, administrator=True)

    def test_in_solo_mode_one_may_and_it_is_recorded(self, tmp_path: Path) -> None:
        room = Room(tmp_path, solo=True)
        asked = room.ask(LI)
        assert room.approvals.approve(LI, asked.id).waived == "solo"
        assert room.audited(asked.id)[-1].detail["waived"] == "solo"
        with pytest.raises(BeyondAuthority):
            room.approvals.approve(LI, room.ask(LI, amount="101").id)
        room.engine.dispose()

    @pytest.mark.parametrize("role", Role)
    def test_roles_may_what_the_permission_table_says(self, room: Room, role: Role) -> None:
        asked, held = room.ask(), room.granted(order_id="JD9")
        who = Caller(id="somebody", role=role, label="")
        calls: list[tuple[Permission, Any]] = [
            (Permission.APPROVAL_REQUEST, lambda: room.ask(who, basis="我要")),
            (Permission.APPROVAL_READ, lambda: room.approvals.show(who, asked.id)),
            (Permission.APPROVAL_READ, lambda: room.approvals.list(who)),
            (Permission.APPROVAL_DECIDE, lambda: room.approvals.approve(who, asked.id)),
            (Permission.APPROVAL_DECIDE, lambda: room.approvals.reject(who, asked.id, note="不")),
            (Permission.APPROVAL_DECIDE, lambda: room.approvals.revoke(who, held.id)),
        ]
        for permission, call in calls:
            try:
                call()
                refused = False
            except CopilotError as error:
                refused = isinstance(error, Forbidden)
            assert refused is (permission not in PERMISSIONS[role]), permission

    def test_only_supervisor_and_administrator_decide(self) -> None:
        assert {role for role in Role if Permission.APPROVAL_DECIDE in PERMISSIONS[role]} == {
            Role.SUPERVISOR, Role.ADMIN,
        }  # fmt: skip


class TestRevoking:
    def test_neither_token_nor_copy_counts_any_more(self, room: Room) -> None:
        token = room.granted()
        done = room.approvals.revoke(WANG, token.id)
        assert (done.state, done.revoked_by, done.revoked_at) == (S.REVOKED, "sup-wang", START)
        assert not counts_on(room, token)
        assert not counts_on(room, token.model_copy(update={"signature": None}))
        assert room.approvals.revoke(LI, token.id) == done
        assert len(room.audited(token.id)) == 3

    def test_what_was_never_approved_cannot_be_revoked(self, room: Room) -> None:
        with pytest.raises(Conflict, match="is requested: there is nothing to revoke"):
            room.approvals.revoke(LI, room.ask().id)

    @pytest.mark.parametrize("approval_id", ["apr_none", "", "x" * 500, "a\x00b", "\ud800"])
    def test_unknown_ids_are_not_found(self, room: Room, approval_id: str) -> None:
        calls = (room.approvals.show, room.approvals.approve, room.approvals.revoke)
        for call in calls:
            with pytest.raises(NotFound):
                call(LI, approval_id)


class TestListing:
    def test_by_place_and_state_newest_first(self, room: Room) -> None:
        waiting = room.ask(basis="等待").id
        room.clock.pass_by(hours=1)
        refused = room.approvals.reject(LI, room.ask(basis="驳回").id, note="不").id
        room.clock.pass_by(hours=1)
        short = room.granted(valid_hours=1, order_id="JD5").id
        ended = room.granted(basis="撤销", order_id="JD5").id
        room.approvals.revoke(LI, ended)
        room.clock.pass_by(hours=1)
        good = room.granted(ticket_id="T-2").id

        def ids(**chosen: Any) -> list[str]:
            return [found.id for found in room.approvals.list(AGENT, **chosen)]

        everything = ids()
        assert everything[0] == good
        assert set(everything[1:3]) == {short, ended}
        assert everything[3:] == [refused, waiting]
        assert [ids(state=state) for state in S] == [[waiting], [good], [refused], [short], [ended]]
        assert set(ids(order_id="JD5")) == {short, ended}
        assert ids(ticket_id="T-2") == [good]
        assert ids(order_id="JD5", state=S.REVOKED) == [ended]
        assert ids(limit=2) == everything[:2]
        assert ids(order_id="\ud800") == []
        room.clock.pass_by(hours=70)
        assert set(ids(state=S.EXPIRED)) == {waiting, short}


@pytest.mark.parametrize("note", ["x" * 2001, "a\x00", "\ud800"])
def test_a_note_is_plain_text(room: Room, note: str) -> None:
    asked = room.ask()
    for decide in (room.approvals.approve, room.approvals.reject, room.approvals.revoke):
        with pytest.raises(BadRequest, match="note: "):
            decide(LI, asked.id, note=note)
    with pytest.raises(BadRequest, match="note: say why"):
        room.approvals.reject(LI, asked.id, note=" ")
    assert rows(room) == (1, 0, 1)
