"""Order numbers, amounts, dates, products and quantities as customers write them."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.domain.base import BEIJING
from copilot.understand.dates import find_dates
from copilot.understand.numerals import parse
from tests.understand.conftest import Read

NOW = datetime(2026, 6, 18, 10, 0, tzinfo=BEIJING)  # a Thursday


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("五十", 50), ("两百五", 250), ("一百零五", 105), ("三千八", 3800), ("1千2", 1200), ("一万二", 12000),
        ("1.2万", 12000), ("十五", 15), ("二十", 20), ("两万三千", 23000), ("199.90", Decimal("199.90")),
        ("1，299", 1299), ("二〇二六", 2026), ("十万", 100000),
    ],
)  # fmt: skip
def test_numerals(text: str, value: Decimal) -> None:
    assert parse(text) == value


@given(st.integers(min_value=0, max_value=10**8))
def test_digits_read_as_themselves(number: int) -> None:
    assert parse(str(number)) == number


def test_no_number_is_none() -> None:
    assert parse("块") is None


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("赔我三千八吧，花了一万二", ["3800", "12000"]),
        ("￥1,299.00，退我50块钱", ["1299", "50"]),
        ("九块九包邮", ["9.9"]),
        ("1299买的今天就卖999", ["1299", "999"]),
        ("一万八的相机丢了", ["18000"]),
        ("三块是断的，补三块新的", []),
        ("千万别发错，万一坏了", []),
        ("十分不满，一定要退", []),
        ("等了15天", []),
        ("我电话13812345678", []),
    ],
)
def test_amounts(read: Read, text: str, amounts: list[str]) -> None:
    mentions = read(text).entities.amounts
    assert [mention.amount for mention in mentions] == [Decimal(amount) for amount in amounts]
    assert all(mention.text in text for mention in mentions)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昨天寄的", "2026-06-17"), ("大前天买的", "2026-06-15"), ("6月3日反馈的", "2026-06-03"),
        ("12月30日买的", "2025-12-30"), ("上周五说的", "2026-06-12"), ("下周一要用", "2026-06-22"),
        ("半个月前买的", "2026-06-03"), ("三天前签收", "2026-06-15"), ("2026-05-01下单", "2026-05-01"),
        ("上个月5号买的", "2026-05-05"), ("18号还没到", "2026-06-18"), ("十二月三十日", "2025-12-30"),
    ],
)  # fmt: skip
def test_dates(text: str, day: str) -> None:
    assert [at.date().isoformat() for _, _, at in find_dates(text, NOW)] == [day]


@pytest.mark.parametrize("text", ["13月45日", "2月30日", "39码大了", "3号楼", "9折"])
def test_no_dates(text: str) -> None:
    assert list(find_dates(text, NOW)) == []


def test_order_number_and_waybill_are_told_apart(read: Read) -> None:
    entities = read("订单号JD123456 寄回单号SF1390002224441").entities
    assert (entities.order_id, entities.waybill) == ("JD123456", "SF1390002224441")


def test_a_phone_is_no_order_number(read: Read) -> None:
    assert read("13812345678").entities.order_id is None


def test_the_tickets_own_order_stands_where_none_is_named(read: Read) -> None:
    entities = read("杯子碎了两个", order={"id": "JD1", "logistics": {"waybill": "YT1"}}).entities
    assert (entities.order_id, entities.waybill, entities.quantity) == ("JD1", "YT1", 2)
    assert "杯子" in entities.products
