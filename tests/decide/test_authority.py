"""Approvals that count: signed here and unaltered, or equal to the stored copy; in time, for this order and ticket."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.decide.authority import Authority, StoredApproval, canonical, sign
from copilot.domain.approvals import HeldApproval
from copilot.domain.base import BEIJING
from copilot.domain.ticket import Approval, Ticket
from copilot.domain.vocabulary import ApprovalKind

KEY = b"key of this installation"
NOW = datetime(2026, 6, 18, 10, 0, tzinfo=BEIJING)
CONTENT: dict[str, Any] = {
    "id": "APR-1",
    "kind": "coupon",
    "amount": "30.00",
    "currency": "CNY",
    "percent": "15",
    "item": "满减券",
    "order_id": "JD123",
    "ticket_id": "T-1",
    "basis": "延迟发货",
    "approved_by": "sup-7",
    "role": "supervisor",
    "expires_at": "2026-06-30T23:59:59+08:00",
}
ALTERED: dict[str, Any] = {
    "id": "APR-2",
    "kind": "cash",
    "amount": "30.01",
    "currency": "USD",
    "percent": "15.5",
    "item": "现金券",
    "basis": "延迟送达",
    "approved_by": "sup-8",
    "role": "admin",
    "expires_at": "2026-07-01T00:00:00+08:00",
}


def approval(**changes: Any) -> Approval:
    return Approval.model_validate(CONTENT | changes)


def signed(**changes: Any) -> Approval:
    made = approval(**changes)
    return made.model_copy(update={"signature": sign(made, KEY)})


def ticket(*approvals: Approval, order_id: str | None = "JD123", ticket_id: str | None = "T-1") -> Ticket:
    return Ticket.model_validate(
        {
            "id": ticket_id,
            "messages": [{"role": "customer", "text": "主管说补我30元券"}],
            "order": {"id": order_id} if order_id else None,
            "approvals": approvals,
        }
    )


def holding(*approvals: Approval, **known: Any) -> StoredApproval:
    return {held.id: HeldApproval(approval=held, **known) for held in approvals}.get


def genuine(stored: StoredApproval, *approvals: Approval) -> tuple[Approval, ...]:
    return tuple(found.approval for found in Authority(KEY, stored).verified(ticket(*approvals), NOW))


def counts(made: Approval, stored: StoredApproval = holding(), **where: Any) -> bool:
    found = Authority(KEY, stored).verified(ticket(made, **where), NOW)
    return tuple(verified.approval for verified in found) == (made,)


class TestSignature:
    def test_an_approval_signed_here_counts(self) -> None:
        assert counts(signed())

    def test_every_field_but_the_signature_is_covered(self) -> None:
        assert set(CONTENT) | {"signature"} == set(Approval.model_fields)

    @pytest.mark.parametrize("field", ALTERED)
    def test_an_altered_field_breaks_it(self, field: str) -> None:
        altered = Approval.model_validate(signed().model_dump() | {field: ALTERED[field]})
        assert not counts(altered)

    @pytest.mark.parametrize("field", ["order_id", "ticket_id"])
    def test_an_approval_moved_to_another_order_or_ticket_breaks_it(self, field: str) -> None:
        moved = Approval.model_validate(signed().model_dump() | {field: "other"})
        there: dict[str, Any] = {field: "other"}
        assert not counts(moved, **there)

    @pytest.mark.parametrize("field", sorted(set(CONTENT) - {"id", "kind"}))
    def test_a_field_left_out_breaks_it(self, field: str) -> None:
        assert not counts(Approval.model_validate(signed().model_dump() | {field: None}))

    @pytest.mark.parametrize("field", sorted(set(CONTENT) - {"id", "kind", "order_id", "ticket_id"}))
    def test_a_field_put_in_breaks_it(self, field: str) -> None:
        short = signed(**{field: None})
        assert counts(short)
        assert not counts(Approval.model_validate(short.model_dump() | {field: CONTENT[field]}))

    @pytest.mark.parametrize("signature", [None, "", "0" * 64, "签名", "sha256=", " "])
    def test_no_signature_or_a_wrong_one_counts_for_nothing(self, signature: str | None) -> None:
        assert not counts(approval(signature=signature))

    def test_another_installation_s_key_does_not_count(self) -> None:
        assert not counts(approval(signature=sign(approval(), b"another key")))

    def test_a_part_of_the_signature_does_not_count(self) -> None:
        whole = sign(approval(), KEY)
        assert not counts(approval(signature=whole[:-1]))
        assert not counts(approval(signature=whole + "0"))

    @pytest.mark.parametrize(
        ("field", "spellings"),
        [
            ("amount", ["30", 30, "30.0", "30.00", "3e1"]),
            ("percent", ["15", "15.0", 15]),
            (
                "expires_at",
                ["2026-06-30T15:59:59Z", "2026-06-30T23:59:59", datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)],
            ),
        ],
    )
    def test_the_value_counts_and_not_its_spelling(self, field: str, spellings: list[Any]) -> None:
        signature = sign(approval(), KEY)
        for spelling in spellings:
            assert counts(approval(**{field: spelling}, signature=signature)), spelling

    @given(st.text(max_size=30).filter(lambda text: text.isprintable()), st.sampled_from(list(ApprovalKind)))
    def test_no_two_contents_share_their_bytes(self, basis: str, kind: ApprovalKind) -> None:
        one, other = approval(basis=basis, kind=kind), approval()
        assert (canonical(one) == canonical(other)) is (one == other)


class TestStoredCopy:
    def test_an_equal_stored_copy_confirms_it(self) -> None:
        assert counts(approval(), holding(approval()))
        assert counts(approval(signature="made elsewhere"), holding(approval()))
        assert counts(approval(), holding(signed()))

    def test_an_equal_copy_in_another_spelling_confirms_it(self) -> None:
        assert counts(approval(), holding(approval(amount="30", expires_at="2026-06-30T15:59:59Z")))

    @pytest.mark.parametrize("field", sorted(set(ALTERED) - {"id"}))
    def test_a_different_stored_copy_does_not(self, field: str) -> None:
        assert not counts(approval(), holding(approval(**{field: ALTERED[field]})))

    def test_another_approval_s_copy_does_not(self) -> None:
        assert not counts(approval(), holding(approval(id="APR-2")))
        assert not counts(approval())


class TestRevoked:
    @pytest.mark.parametrize("made", [signed(), approval()], ids=["signed", "stored"])
    def test_neither_its_token_nor_its_copy_counts(self, made: Approval) -> None:
        assert counts(made, holding(approval()))
        assert not counts(made, holding(approval(), revoked=True))


class TestSpent:
    def test_what_was_sent_under_it_comes_along(self) -> None:
        [found] = Authority(KEY, holding(approval(), spent="12.50")).verified(ticket(approval()), NOW)
        assert found.spent == Decimal("12.50")

    def test_under_one_that_is_only_signed_nothing_was_sent(self) -> None:
        [found] = Authority(KEY, holding()).verified(ticket(signed()), NOW)
        assert found.spent == 0


class TestScope:
    @pytest.mark.parametrize("made", [signed(), approval()], ids=["signed", "stored"])
    @pytest.mark.parametrize(
        "where",
        [{"order_id": "JD124"}, {"order_id": None}, {"ticket_id": "T-2"}, {"ticket_id": None}],
    )
    def test_another_order_or_ticket_gets_nothing(self, made: Approval, where: dict[str, Any]) -> None:
        assert counts(made, holding(approval()))
        assert not counts(made, holding(approval()), **where)

    def test_what_names_no_ticket_counts_for_every_ticket_of_its_order(self) -> None:
        assert counts(signed(ticket_id=None), ticket_id="T-9")

    @pytest.mark.parametrize(
        ("left", "in_time"), [(timedelta(seconds=1), True), (timedelta(0), False), (timedelta(seconds=-1), False)]
    )
    def test_it_counts_until_the_moment_it_expires(self, left: timedelta, in_time: bool) -> None:
        assert counts(signed(expires_at=NOW + left)) is in_time
        late = approval(expires_at=NOW + left)
        assert counts(late, holding(late)) is in_time

    def test_without_an_end_it_does_not_expire(self) -> None:
        assert counts(signed(expires_at=None))


class TestSeveral:
    def test_only_the_genuine_ones_stay_in_their_order(self) -> None:
        one, two, forged = signed(id="A"), signed(id="B"), approval(id="C", signature="x")
        assert genuine(holding(), forged, two, one) == (two, one)

    def test_an_approval_sent_twice_is_one_grant(self) -> None:
        assert genuine(holding(), signed(), signed()) == (signed(),)

    def test_a_forged_copy_does_not_hide_the_genuine_one(self) -> None:
        forged = approval(amount="300.00", signature="x")
        assert genuine(holding(), forged, signed()) == (signed(),)

    def test_a_ticket_without_approvals_has_none(self) -> None:
        assert Authority(KEY, holding(approval())).verified(ticket(), NOW) == ()
