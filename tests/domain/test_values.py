"""Moments and amounts on a ticket: what is read, in which zone and how exactly, and what is refused by name."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from copilot.domain.base import BEIJING
from copilot.domain.ticket import Ticket

MESSAGE = {"role": "customer", "text": "杯子收到就是裂的"}


def ticket(**fields: Any) -> Ticket:
    return Ticket.model_validate({"messages": [MESSAGE], **fields})


def refused(**fields: Any) -> list[str]:
    """The dotted names of the fields that are refused."""
    with pytest.raises(ValidationError) as caught:
        ticket(**fields)
    return [".".join(map(str, error["loc"])) for error in caught.value.errors()]


class TestMoments:
    @pytest.mark.parametrize(
        "value",
        [
            "2026-13-45", "2026-02-30", "2026-06-18T24:10:00", "2026-06-18T10:02:00+25:00", "昨天", "", "10:02",
            20260618, 1718700000, 1718700000.5, True, ["2026-06-18"], {"date": "2026-06-18"},
            "1900-01-01T00:00:00+08:00", "1999-12-31T23:59:59", "2101-01-01T00:00:00Z", "20260618",
        ],
    )  # fmt: skip
    def test_a_wrong_date_is_refused_by_name(self, value: Any) -> None:
        assert refused(opened_at=value) == ["opened_at"]
        assert refused(order={"signed_at": value}) == ["order.signed_at"]

    @pytest.mark.parametrize("value", ["1718700000", "1718700000000", "1718700000.5"])
    def test_seconds_since_1970_written_as_text_are_refused(self, value: str) -> None:
        assert refused(opened_at=value) == ["opened_at"]

    @pytest.mark.parametrize(
        "place",
        ["paid_at", "shipped_at", "signed_at", "promised_delivery_at", "return_received_at", "merchant_notified_at"],
    )
    def test_every_moment_of_the_order_is_checked(self, place: str) -> None:
        assert refused(order={place: "2026-13-45"}) == [f"order.{place}"]

    def test_moments_of_the_nested_parts_are_checked(self) -> None:
        assert refused(order={"logistics": {"eta": 1718700000}}) == ["order.logistics.eta"]
        assert refused(approvals=[{"id": "A", "kind": "cash", "expires_at": "soon"}]) == ["approvals.0.expires_at"]
        assert "messages.0.at" in refused(messages=[{**MESSAGE, "at": "2026-06-31"}])

    @pytest.mark.parametrize("written", ["2026-06-18T10:02:00", "2026-06-18 10:02", "2026-06-18T10:02:00.000"])
    def test_without_an_offset_it_is_beijing_time(self, written: str) -> None:
        assert ticket(opened_at=written).opened_at == datetime(2026, 6, 18, 2, 2, tzinfo=UTC)

    def test_an_offset_is_respected(self) -> None:
        assert ticket(opened_at="2026-06-18T02:02:00Z") == ticket(opened_at="2026-06-18T10:02:00+08:00")

    def test_a_bare_day_is_its_first_moment_in_beijing(self) -> None:
        assert ticket(opened_at="2026-06-18").opened_at == datetime(2026, 6, 18, tzinfo=BEIJING)

    @given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31)), st.integers(-12, 14))
    def test_any_moment_survives_the_wire(self, moment: datetime, offset: int) -> None:
        aware = moment.replace(tzinfo=timezone(timedelta(hours=offset)))
        read = ticket(opened_at=aware.isoformat())
        assert read.opened_at == aware
        assert Ticket.model_validate_json(read.model_dump_json()) == read


class TestMoney:
    @pytest.mark.parametrize(
        "value",
        [
            "NaN", "Infinity", "-Infinity", float("nan"), float("inf"), "-0.01", -1, "1.999", 3.333, 0.1 + 0.2,
            "0.001", "1e-3", "100000000.01", "1e9", True, False, "", "一百", "199元", "¥199", "1,999.00", [], {},
        ],
    )  # fmt: skip
    def test_what_is_no_amount_is_refused_by_name(self, value: Any) -> None:
        assert refused(order={"amount": value}) == ["order.amount"]
        assert refused(order={"items": [{"price": value}]}) == ["order.items.0.price"]
        assert refused(approvals=[{"id": "A", "kind": "cash", "amount": value}]) == ["approvals.0.amount"]

    @pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "1.234"])
    def test_bare_json_numbers_are_held_to_the_same(self, value: str) -> None:
        document = '{"messages": [{"role": "customer", "text": "x"}], "order": {"amount": AMOUNT}}'
        with pytest.raises(ValidationError, match=r"order\.amount"):
            Ticket.model_validate_json(document.replace("AMOUNT", value))

    @pytest.mark.parametrize(
        ("value", "amount"),
        [("0", "0"), ("0.00", "0"), (199, "199"), (19.9, "19.9"), ("199.00", "199"), ("100000000", "100000000")],
    )
    def test_amounts_are_exact(self, value: Any, amount: str) -> None:
        order = ticket(order={"amount": value}).order
        assert order is not None
        assert order.amount == Decimal(amount)

    @given(st.decimals(min_value=0, max_value=100_000_000, places=2))
    def test_any_amount_survives_the_wire_as_text(self, amount: Decimal) -> None:
        sent = ticket(order={"amount": str(amount)})
        document = json.loads(sent.model_dump_json())
        assert isinstance(document["order"]["amount"], str)
        assert Decimal(document["order"]["amount"]) == amount
