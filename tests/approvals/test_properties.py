"""Whatever is asked, granted, sent or altered: signatures hold exactly what was signed, sums stay within bounds."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from copilot.decide.authority import canonical, sign, signed_by
from copilot.decide.limits import Grant, Limits
from copilot.domain.approvals import ApprovalRequest, ApprovalUse
from copilot.domain.base import BEIJING
from copilot.domain.roles import Role
from copilot.domain.ticket import Approval
from copilot.domain.vocabulary import ApprovalKind
from copilot.errors import Conflict
from tests.approvals.cases import AGENT, COUPON, KEY, RULES, Room

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
MONEY = st.decimals(0, 10_000, places=2)
MOMENTS = st.datetimes(
    datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.sampled_from([UTC, BEIJING, timezone(timedelta(hours=-5))])
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": TEXTS, "kind": st.sampled_from(list(ApprovalKind)), "amount": st.none() | MONEY,
    "currency": st.none() | TEXTS, "percent": st.none() | st.decimals("0.01", 1000, places=2),
    "item": st.none() | TEXTS, "order_id": st.none() | TEXTS, "ticket_id": st.none() | TEXTS,
    "basis": st.none() | TEXTS, "approved_by": st.none() | TEXTS, "role": st.none() | TEXTS,
    "expires_at": st.none() | MOMENTS,
}  # fmt: skip
APPROVALS = st.fixed_dictionaries(FIELDS).map(Approval.model_validate)


def test_every_field_of_an_approval_is_drawn() -> None:
    assert set(FIELDS) | {"signature"} == set(Approval.model_fields)


@given(APPROVALS, st.sampled_from(sorted(FIELDS)), st.data())
def test_any_change_of_a_signed_field_breaks_the_signature(approval: Approval, field: str, data: Any) -> None:
    signed = approval.model_copy(update={"signature": sign(approval, KEY)})
    assert signed_by(signed, KEY)
    value = data.draw(FIELDS[field])
    assume(value != getattr(approval, field))
    changed = Approval.model_validate(signed.model_dump() | {field: value})
    assert not signed_by(changed, KEY)


@given(APPROVALS, APPROVALS)
def test_two_approvals_share_their_bytes_only_when_they_are_equal(one: Approval, other: Approval) -> None:
    assert (canonical(one) == canonical(other)) is (one == other)


@given(APPROVALS)
def test_a_token_survives_the_way_through_json(approval: Approval) -> None:
    signed = approval.model_copy(update={"signature": sign(approval, KEY)})
    assert signed_by(Approval.model_validate_json(signed.model_dump_json()), KEY)
    assert signed_by(Approval.model_validate_json(signed.model_dump_json(exclude_none=True)), KEY)


ASKED = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(list(ApprovalKind)),
        "amount": st.integers(1, 6000),
        "order_id": st.sampled_from(["A", "B", "C"]),
    }
)


@given(st.lists(ASKED, max_size=40), st.sampled_from([Role.SUPERVISOR, Role.ADMIN]))
def test_what_one_customer_gets_in_a_day_stays_within_every_cap(asks: list[dict[str, Any]], role: Role) -> None:
    limits, made = Limits(RULES), list[ApprovalRequest]()
    for fields in asks:
        asked = ApprovalRequest.model_validate({**fields, "basis": "x"})
        granted = [Grant(one.kind, one.value or Decimal(0), one.order_id == asked.order_id, True) for one in made]
        if limits.refusal(role, asked, granted) is None:
            made.append(asked)
    for cap in RULES.roles[role].approve:
        alike = [one for one in made if one.kind in cap.kinds]
        orders = [[one for one in alike if one.order_id == order] for order in "ABC"]
        for limit, groups in (
            (cap.per_approval, [[one] for one in alike]), (cap.per_order, orders), (cap.per_customer_day, [alike]),
        ):  # fmt: skip
            for group in groups:
                assert limit is None or sum(one.value or 0 for one in group) <= limit
        for most, groups in ((cap.grants_per_order, orders), (cap.grants_per_customer_day, [alike])):
            assert most is None or all(len(group) <= most for group in groups)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    room = Room(tmp_path_factory.mktemp("uses"))
    yield room
    room.engine.dispose()


_NUMBERS = itertools.count()


@settings(max_examples=25)
@given(
    amount=st.decimals("0.01", 100, places=2),
    sent=st.lists(st.tuples(st.integers(0, 5), st.none() | st.decimals("0.01", 60, places=2)), max_size=12),
)
def test_what_is_sent_never_exceeds_the_approval(
    shared: Room, amount: Decimal, sent: list[tuple[int, Decimal | None]]
) -> None:
    place = f"JD-{next(_NUMBERS)}"
    token = shared.granted(amount=str(amount), order_id=place, ticket_id=place, customer_id=place)
    total: dict[int, Decimal] = {}
    for reference, value in sent:
        before = sum(total.values(), Decimal(0))
        use = ApprovalUse(reference=f"sg_{reference}", amount=value)
        try:
            done = shared.approvals.record_sent(AGENT, token.id, use)
        except Conflict:
            known = total.get(reference)
            assert known != value if known is not None else before + (value or 0) > amount or before == amount
            continue
        assert done.amount is not None
        total.setdefault(reference, done.amount)
        assert total[reference] == done.amount
        assert done.spent == sum(total.values()) <= amount
        assert done.left == amount - done.spent


@given(st.dictionaries(st.sampled_from(sorted(COUPON)), st.none() | st.text(max_size=5) | st.integers()))
def test_a_request_is_sound_or_refused(changes: dict[str, Any]) -> None:
    try:
        asked = ApprovalRequest.model_validate(COUPON | changes)
    except ValueError:
        return
    assert asked.order_id or asked.ticket_id
    assert asked.value is None or Decimal("0.01") <= asked.value <= 100_000_000
