"""What a role may grant: in one approval, on an order, to a customer a day; and what it may grant without asking."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.domain.approvals import ApprovalState
from copilot.errors import BeyondAuthority
from tests.approvals.cases import LI, WANG, Room, counts_on, rows, rules_with

S = ApprovalState
ENTRY: dict[str, Any] = {
    "id": "late", "basis": "承诺送达日后仍未送达", "kinds": ["coupon"], "per_approval": 10, "per_order": 10,
}  # fmt: skip


class TestCaps:
    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            (
                {"amount": "100.01"},
                "may approve 100.00 CNY in one approval for coupon; this asks for 100.01; admin could",
            ),
            ({"kind": "points", "amount": "2001"}, "2000.00 points in one approval for points"),
            ({"kind": "cash", "amount": "9999"}, "200.00 CNY in one approval for cash, partial_refund.*; no role in"),
            ({"kind": "cash", "amount": None, "percent": "31", "order_amount": "10"}, "at most 30 %.*admin could"),
            ({"kind": "freight", "amount": None, "percent": "1", "order_amount": "10"}, "no percentage for freight"),
            (
                {"kind": "cash", "amount": None, "percent": "30", "order_amount": "1000"},
                "200.00 CNY .* asks for 300.00",
            ),
        ],
    )
    def test_beyond_them_the_cap_and_who_could_are_named(self, room: Room, asked: dict[str, Any], said: str) -> None:
        made = room.ask(**asked)
        with pytest.raises(BeyondAuthority, match=said) as caught:
            room.approvals.approve(LI, made.id)
        assert (caught.value.code, caught.value.status_code) == ("beyond_authority", 403)
        assert room.approvals.show(LI, made.id).state == S.REQUESTED

    def test_exactly_the_cap_is_within_it(self, room: Room) -> None:
        assert room.granted(amount="100.00").amount == 100

    def test_what_is_granted_on_an_order_adds_up(self, room: Room) -> None:
        room.granted(kind="cash", amount="200")
        made = room.ask(kind="partial_refund", amount="100.01")
        with pytest.raises(BeyondAuthority, match=r"300.00 CNY on one order .* on top of 200.00 granted already"):
            room.approvals.approve(WANG, made.id)
        room.granted(kind="partial_refund", amount="100")
        room.granted(kind="coupon", amount="100")  # another row of caps
        room.granted(kind="cash", amount="200", order_id="JD124", ticket_id="T-2")

    def test_a_customer_s_day_adds_up_over_orders_and_ends_at_midnight_in_beijing(self, room: Room) -> None:
        for number in (1, 2, 3):
            room.granted(amount="100", order_id=f"JD-{number}", ticket_id=None)
        made = room.ask(amount="1", order_id="JD-4", ticket_id=None)
        with pytest.raises(BeyondAuthority, match=r"300.00 CNY to one customer a day"):
            room.approvals.approve(LI, made.id)
        room.granted(amount="1", order_id="JD-4", ticket_id=None, customer_id="C2")
        room.clock.pass_by(hours=13, minutes=59)
        with pytest.raises(BeyondAuthority):
            room.approvals.approve(LI, made.id)
        room.clock.pass_by(minutes=1)
        room.approvals.approve(LI, made.id)

    def test_leaving_the_customer_out_does_not_reset_the_order(self, room: Room) -> None:
        room.granted(amount="100", customer_id=None)
        room.granted(amount="100")
        with pytest.raises(BeyondAuthority, match="on one order"):
            room.approvals.approve(LI, room.ask(amount="1", customer_id=None).id)

    def test_without_an_order_the_ticket_stands_for_it(self, room: Room) -> None:
        for basis in ("一", "二"):
            room.granted(amount="100", basis=basis, order_id=None)
        for place in ({"order_id": None}, {}):
            with pytest.raises(BeyondAuthority, match="on one order"):
                room.approvals.approve(LI, room.ask(amount="1", **place).id)

    def test_grants_without_amount_are_counted(self, room: Room) -> None:
        for basis in ("一", "二"):
            room.granted(kind="repair", amount=None, basis=basis)
        with pytest.raises(BeyondAuthority, match="2 approvals on one order for repair, warranty; there are 2 already"):
            room.approvals.approve(LI, room.ask(kind="warranty", amount=None, item="3个月").id)

    def test_what_ended_unused_frees_the_cap(self, room: Room) -> None:
        revoked, ended = room.granted(amount="100"), room.granted(amount="100", basis="二", valid_hours=1)
        room.approvals.revoke(LI, revoked.id)
        room.clock.pass_by(hours=1)
        assert not counts_on(room, ended)
        room.granted(amount="100", basis="三")

    def test_a_value_cap_wants_a_value(self, tmp_path: Path) -> None:
        caps = {"approve": [{"kinds": ["gift"], "per_approval": 20}]}
        room = Room(tmp_path, rules_with(roles={"supervisor": caps}))
        with pytest.raises(BeyondAuthority, match="by value only, and this names no amount; no role"):
            room.approvals.approve(LI, room.ask(kind="gift", amount=None, item="杯盖").id)
        room.granted(kind="gift", amount="20", item="杯盖")
        with pytest.raises(BeyondAuthority, match="the role supervisor may not approve coupon"):
            room.approvals.approve(LI, room.ask().id)
        room.engine.dispose()


class TestStanding:
    @pytest.fixture
    def acting(self, tmp_path: Path) -> Iterator[Room]:
        room = Room(tmp_path, rules_with(roles={"agent": {"standing": [ENTRY]}}))
        yield room
        room.engine.dispose()

    def test_as_shipped_the_frontline_has_none(self, room: Room) -> None:
        with pytest.raises(BeyondAuthority, match="the role agent has no standing authority 'late' for coupon; superv"):
            room.ask(amount="5", standing="late")
        assert rows(room) == (0, 0, 0)

    def test_within_its_caps_it_is_granted_at_once_and_logged(self, acting: Room) -> None:
        made = acting.ask(amount="10", standing="late")
        assert made.approval is not None
        assert (made.state, made.waived, made.approval.role) == (S.APPROVED, "standing", "agent")
        assert made.approval.basis == "承诺送达日后仍未送达：延迟三天送达"
        assert counts_on(acting, made.approval)
        assert acting.audited(made.id)[-1].detail["waived"] == "standing"
        assert acting.ask(amount="10", standing="late").id == made.id

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"amount": "10.01"}, "the standing authority late allows the role agent 10.00 CNY in one approval"),
            ({"kind": "cash", "amount": "1"}, "no standing authority 'late' for cash"),
            ({"amount": "1", "standing": "other"}, "no standing authority 'other'"),
        ],
    )
    def test_beyond_them_nothing_is_written(self, acting: Room, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(BeyondAuthority, match=said):
            acting.ask(**({"standing": "late"} | changes))
        assert rows(acting) == (0, 0, 0)

    def test_it_is_the_callers_own_role_that_counts(self, acting: Room) -> None:
        with pytest.raises(BeyondAuthority, match="the role supervisor has no standing authority"):
            acting.ask(LI, amount="1", standing="late")

    def test_it_adds_up_on_an_order(self, acting: Room) -> None:
        acting.ask(amount="6", standing="late")
        with pytest.raises(BeyondAuthority, match="on one order"):
            acting.ask(amount="5", standing="late")
