"""What is sent under an approval: it adds up, never exceeds it, and each reference counts once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from copilot.decide.authority import Authority, sign
from copilot.domain.approvals import ApprovalUse, ImportedRow
from copilot.domain.roles import Role
from copilot.domain.ticket import Approval, Ticket
from copilot.errors import BadRequest, Conflict, Forbidden, NotFound
from copilot.store import approvals as store
from copilot.store import audit
from copilot.store.database import writing
from copilot.store.repository import Caller
from tests.approvals.cases import ADMIN, AGENT, KEY, LI, Room


def use(reference: str = "sg_1", amount: str | None = None, **fields: Any) -> ApprovalUse:
    return ApprovalUse.model_validate({"reference": reference, "amount": amount, **fields})


def imported(room: Room, **fields: Any) -> str:
    row = ImportedRow.model_validate({"id": "APR-9", "kind": "coupon", "order_id": "JD1", **fields})
    return room.approvals.import_row(ADMIN, row).id


def test_it_adds_up_until_nothing_is_left(room: Room) -> None:
    token = room.granted()
    first = room.approvals.record_sent(AGENT, token.id, use("sg_1", "12.50"))
    assert (first.amount, first.spent, first.left, first.by) == (Decimal("12.50"), Decimal("12.50"), 17.5, "agent-1")
    with pytest.raises(Conflict, match=r"amount: 17.50 of 30.00 CNY are left under apr_.*, not 17.51"):
        room.approvals.record_sent(AGENT, token.id, use("sg_2", "17.51"))
    rest = room.approvals.record_sent(LI, token.id, use("sg_3"))
    assert (rest.amount, rest.spent, rest.left) == (Decimal("17.50"), 30, 0)
    for amount in ("0.01", None):
        with pytest.raises(Conflict, match=r"0.00 of 30.00 CNY"):
            room.approvals.record_sent(AGENT, token.id, use("sg_4", amount))
    record = room.approvals.show(AGENT, token.id)
    assert (record.spent, record.left, record.uses) == (30, 0, 2)
    assert [step.detail for step in room.audited(token.id) if step.action == "approval.used"] == [
        {"reference": "sg_1", "amount": "12.50"}, {"reference": "sg_3", "amount": "17.50"},
    ]  # fmt: skip


def test_the_decide_stage_learns_what_was_sent(room: Room) -> None:
    token = room.granted()
    room.approvals.record_sent(AGENT, token.id, use("sg_1", "12.50"))

    def stored(approval_id: str) -> Any:
        with Session(room.engine) as session:
            return store.held(session, approval_id)

    ticket = Ticket.model_validate(
        {
            "id": "T-1",
            "messages": [{"role": "customer", "text": "券呢"}],
            "order": {"id": "JD123"},
            "approvals": [token],
        }
    )
    [found] = Authority(KEY, stored).verified(ticket, room.clock.now)
    assert found.spent == Decimal("12.50")


def test_a_reference_counts_once(room: Room) -> None:
    token = room.granted()
    first = room.approvals.record_sent(AGENT, token.id, use("fb_1", "20"))
    room.clock.pass_by(days=30)  # the repetition of what counted is answered even after the end
    assert room.approvals.record_sent(AGENT, token.id, use("fb_1", "20")) == first
    assert room.approvals.record_sent(AGENT, token.id, use("fb_1")) == first
    with pytest.raises(Conflict, match=r"reference: fb_1 is recorded with the amount 20.00 already"):
        room.approvals.record_sent(AGENT, token.id, use("fb_1", "21"))
    assert len(room.audited(token.id)) == 3


def test_a_grant_without_amount_covers_one_grant(room: Room) -> None:
    token = room.granted(kind="gift", amount=None, item="杯盖")
    done = room.approvals.record_sent(AGENT, token.id, use())
    assert (done.amount, done.spent, done.left) == (None, 0, None)
    with pytest.raises(Conflict, match="covers one grant"):
        room.approvals.record_sent(AGENT, token.id, use("sg_2"))
    assert room.approvals.show(AGENT, token.id).uses == 1


def test_points_are_whole(room: Room) -> None:
    token = room.granted(kind="points", amount="500")
    with pytest.raises(BadRequest, match="amount: points are a whole number"):
        room.approvals.record_sent(AGENT, token.id, use(amount="0.5"))
    with pytest.raises(Conflict, match=r"500\.00 points are left"):
        room.approvals.record_sent(AGENT, token.id, use(amount="501"))


def test_a_percentage_alone_is_judged_by_the_order_s_amount(room: Room) -> None:
    held = imported(room, kind="partial_refund", percent="10")
    with pytest.raises(BadRequest, match="order_amount: is needed, APR-9 is for 10 %"):
        room.approvals.record_sent(AGENT, held, use(amount="5"))
    room.approvals.record_sent(AGENT, held, use(amount="15", order_amount="199.99"))
    with pytest.raises(Conflict, match=r"4\.99 of 19\.99 CNY are left"):
        room.approvals.record_sent(AGENT, held, use("sg_2", amount="5", order_amount="199.99"))


def test_nothing_is_sent_under_what_does_not_hold(room: Room) -> None:
    waiting, revoked, ended = room.ask(), room.granted(basis="二"), room.granted(basis="三", valid_hours=1)
    room.approvals.revoke(LI, revoked.id)
    room.clock.pass_by(hours=1)
    for approval_id, said in ((waiting.id, "is requested"), (revoked.id, "was revoked"), (ended.id, "expired at 2026")):
        with pytest.raises(Conflict, match=said):
            room.approvals.record_sent(AGENT, approval_id, use())
    with pytest.raises(NotFound, match="apr_none"):
        room.approvals.record_sent(AGENT, "apr_none", use())
    for role in (Role.EVALUATOR, Role.KB_EDITOR):
        with pytest.raises(Forbidden):
            room.approvals.record_sent(Caller(id="x", role=role, label=""), waiting.id, use())


class TestTokensFromElsewhere:
    """Another program with this installation's key signed it: the first use makes it known here."""

    CONTENT = Approval.model_validate({"id": "EXT-1", "kind": "coupon", "amount": "20", "order_id": "JD1"})
    TOKEN = CONTENT.model_copy(update={"signature": sign(CONTENT, KEY)})

    def test_what_is_sent_under_it_adds_up_too(self, room: Room) -> None:
        done = room.approvals.record_sent(AGENT, "EXT-1", use(amount="15", approval=self.TOKEN))
        assert done.left == 5
        with pytest.raises(Conflict, match=r"5\.00 of 20\.00"):
            room.approvals.record_sent(AGENT, "EXT-1", use("sg_2", "6", approval=self.TOKEN))
        assert room.approvals.show(LI, "EXT-1").source == "token"
        assert [step.action for step in room.audited("EXT-1")] == ["approval.stored", "approval.used"]

    @pytest.mark.parametrize("forged", [{"amount": 200}, {"signature": None}, {"signature": "0" * 64}])
    def test_a_forged_one_is_not_stored(self, room: Room, forged: dict[str, Any]) -> None:
        with pytest.raises(NotFound):
            room.approvals.record_sent(AGENT, "EXT-1", use(approval=self.TOKEN.model_copy(update=forged)))

    def test_one_of_another_id_is_refused(self, room: Room) -> None:
        with pytest.raises(BadRequest, match=r"approval.id: is 'EXT-1', not 'EXT-2'"):
            room.approvals.record_sent(AGENT, "EXT-2", use(approval=self.TOKEN))

    def test_too_much_leaves_nothing_behind(self, room: Room) -> None:
        with pytest.raises(Conflict):
            room.approvals.record_sent(AGENT, "EXT-1", use(amount="21", approval=self.TOKEN))
        with pytest.raises(NotFound):
            room.approvals.show(LI, "EXT-1")


def test_uses_at_once_never_exceed_it(room: Room) -> None:
    token = room.granted()

    def send(number: int) -> bool:
        try:
            room.approvals.record_sent(AGENT, token.id, use(f"sg_{number}", "4"))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(20))) == 7
    assert room.approvals.show(LI, token.id).left == 2
    with Session(room.engine) as session:
        assert audit.first_break(session) is None


def test_inside_another_transaction_it_stands_or_falls_with_it(room: Room) -> None:
    token = room.granted()

    def fail() -> None:
        with writing(room.engine) as session:
            room.approvals.sent(session, AGENT, token.id, use(amount="5"))
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert room.approvals.show(LI, token.id).uses == 0
    with writing(room.engine) as session:
        room.approvals.sent(session, AGENT, token.id, use(amount="5"))
    assert room.approvals.show(LI, token.id).spent == 5
