"""What can be asked for, and the words for what cannot."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from copilot.domain.approvals import VALUED, ApprovalRequest
from copilot.domain.vocabulary import ApprovalKind

COUPON: dict[str, Any] = {"kind": "coupon", "amount": "30", "order_id": "JD1", "basis": "延迟"}


def request(**changes: Any) -> ApprovalRequest:
    return ApprovalRequest.model_validate(COUPON | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "bribe"}, "kind"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": None}, "amount: is needed for coupon"),
        ({"amount": None, "percent": "10"}, "order_amount: is needed with percent"),
        ({"percent": "10", "order_amount": "100"}, "amount, percent: give one of them"),
        ({"amount": None, "percent": "0", "order_amount": "100"}, "percent"),
        ({"amount": None, "percent": "1001", "order_amount": "100"}, "percent"),
        ({"amount": None, "percent": "0.01", "order_amount": "1"}, "percent: must come to an amount"),
        ({"amount": None, "percent": "1000", "order_amount": "100000000"}, "percent: must come to an amount"),
        ({"kind": "points", "amount": "1.5"}, "amount: points are a whole number"),
        ({"kind": "points", "currency": "CNY"}, "currency: points have none"),
        ({"kind": "points", "amount": None, "percent": "10", "order_amount": "9"}, "percent: points has none"),
        ({"kind": "gift", "amount": None, "percent": "10", "order_amount": "9"}, "percent: gift has none"),
        ({"currency": "USD"}, "currency"),
        ({"order_id": None}, "order_id, ticket_id: give at least one"),
        ({"order_id": " "}, "order_id"),
        ({"order_id": "JD\x00"}, "order_id"),
        ({"ticket_id": "\ud800"}, "ticket_id"),
        ({"basis": None}, "basis"),
        ({"basis": " \n"}, "basis"),
        ({"basis": "x" * 2001}, "basis"),
        ({"basis": "a\x1b[2J"}, "basis"),
        ({"requested_by": "me"}, "requested_by"),
    ],
)
def test_what_cannot_be_asked_for_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        request(**changes)


@pytest.mark.parametrize("kind", sorted(set(ApprovalKind) - VALUED))
def test_a_grant_needs_no_amount(kind: ApprovalKind) -> None:
    assert request(kind=kind, amount=None).value is None
    assert request(kind=kind, amount="20").value == 20


def test_the_value_of_a_percentage_is_never_rounded_up() -> None:
    asked = request(kind="cash", amount=None, percent="33.33", order_amount="0.99")
    assert asked.value == Decimal("0.32")


def test_spaces_around_names_do_not_count_and_lines_in_the_basis_stay() -> None:
    asked = request(order_id=" JD1 ", basis="第一行\n第二行 ")
    assert (asked.order_id, asked.basis) == ("JD1", "第一行\n第二行")
