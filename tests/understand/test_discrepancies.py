"""What the customer says against what the order says."""

from typing import Any

import pytest

from copilot.domain.ticket import Ticket
from copilot.understand.step import Understand
from tests.understand.conftest import Read
from tests.understand.measure import CLOCK

SIGNED: dict[str, Any] = {
    "id": "JD1", "status": "signed", "paid_at": "2026-06-01T10:00:00+08:00", "shipped_at": "2026-06-02T10:00:00+08:00",
    "signed_at": "2026-06-06T15:00:00+08:00", "amount": "199.00",
    "items": [{"title": "电饭煲", "price": "199.00", "quantity": 1}],
}  # fmt: skip
NOW = "2026-06-18T10:00:00+08:00"


def fields(read: Read, text: str, **order: Any) -> list[str]:
    found = read(text, order=SIGNED | order, opened_at=NOW)
    return [one.field for one in found.entities.discrepancies]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("昨天收到的锅，今天就不加热了", ["signed_at"]),
        ("刚收到就坏了，退吧", ["signed_at"]),
        ("6月15号买的，能退吗", ["paid_at"]),
        ("锅还没收到货，快递到底在哪", ["delivery"]),
        ("怎么还没发货", ["shipment"]),
        ("我实付299，怎么只退这点", ["amount"]),
        ("我买了三个，只来了一个", ["quantity"]),
        ("订单号JD998877，查一下", ["order_id"]),
    ],
)
def test_a_contradicted_claim_is_named(read: Read, text: str, expected: list[str]) -> None:
    assert fields(read, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "6月6号收到的，今天不加热了",
        "6月7号签收的，想退",  # a day off is no claim against the record
        "昨天收到短信说降价了，能退差价吗",
        "上次买的昨天才收到，这次的锅不错",
        "两百块买的，才用几天",
        "199买的一个锅",
        "收到货了吗你们，我退回去的昨天签收的",
        "是不是还没发货吗",
        "明天能收到吗",
    ],
)
def test_what_fits_or_speaks_of_something_else_is_not(read: Read, text: str) -> None:
    order = {"status": "shipped", "signed_at": None, "shipped_at": None} if "发货吗" in text else {}
    assert fields(read, text, **order) == []


def test_returned_goods_are_received_by_the_shop(read: Read) -> None:
    assert fields(read, "昨天已经签收了，怎么还不退款", status="returning") == []


def test_a_refund_that_is_on_record(read: Read) -> None:
    assert fields(read, "退款没收到", status="refunded") == ["refund"]


def test_without_an_order_nothing_is_contradicted(read: Read) -> None:
    assert read("昨天收到的，还没发货", opened_at=NOW).entities.discrepancies == ()


def test_the_quote_stands_in_the_message_as_it_was_sent(read: Read) -> None:
    [found] = read("你好，昨 天收到的鍋不加熱", order=SIGNED, opened_at=NOW).entities.discrepancies
    assert found.quote == "昨 天收到"
    assert "2026-06-06" in found.on_record


def test_an_earlier_day_is_counted_from_when_it_was_said(stage: Understand) -> None:
    messages = [
        {"role": "customer", "text": "昨天收到的", "at": "2026-06-07T10:00:00+08:00"},
        {"role": "customer", "text": "坏了怎么办", "at": NOW},
    ]
    ticket = Ticket.model_validate({"messages": messages, "order": SIGNED})
    assert stage.run(ticket, ticket.now(CLOCK)).entities.discrepancies == ()
