"""The ticket as it was at a message: later messages and later moments of the order are not there."""

from datetime import timedelta

import pytest

from copilot.bootstrap import Services
from copilot.domain.vocabulary import OrderStatus
from copilot.qa.moment import as_of
from copilot.qa.turns import Turns
from tests.qa.conftest import START, Scored, conversation

TURNS = (("c", "什么时候发货"), ("a", "今天发"), ("c", "收到了，碎的"), ("a", "抱歉"))


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


@pytest.mark.parametrize(
    ("message", "status", "shipped", "signed"),
    [(0, OrderStatus.PAID, False, False), (1, OrderStatus.SHIPPED, True, False), (3, OrderStatus.SIGNED, True, True)],
)
def test_what_the_order_was(message: int, status: OrderStatus, shipped: bool, signed: bool) -> None:
    order = {"status": "signed", "paid_at": at(-60), "shipped_at": at(0.5), "signed_at": at(2.5)}
    then = as_of(conversation(*TURNS, order=order), message)
    assert len(then.messages) == message + 1
    assert then.order is not None
    assert (then.order.status, then.order.shipped_at is not None, then.order.signed_at is not None) == (
        status, shipped, signed,
    )  # fmt: skip


def test_a_status_that_was_not_given_is_not_made_up() -> None:
    then = as_of(conversation(*TURNS, order={"signed_at": at(2.5)}), 1)
    assert then.order is not None
    assert (then.order.status, then.order.signed_at) == (None, None)


def test_an_agent_who_speaks_first_has_a_ticket_too() -> None:
    then = as_of(conversation(("a", "您好"), ("c", "在吗")), 0)
    assert [message.role for message in then.messages] == ["customer", "agent"]


def test_the_guard_judges_by_the_day_of_the_message(scored: Scored) -> None:
    """The seven days had not passed when the agent said that the goods could be returned, and had at the end."""
    order = {"status": "signed", "signed_at": "2026-06-10T12:00:00+08:00",
             "items": [{"title": "毛衣", "category": "clothing", "tags": []}]}  # fmt: skip
    turns = [("customer", "毛衣不喜欢，可以退吗", "2026-06-16T10:00:00+08:00"),
             ("agent", "您好，您这单可以申请七天无理由退货", "2026-06-16T10:01:00+08:00"),
             ("customer", "我现在想退", "2026-06-30T10:00:00+08:00"),
             ("agent", "您好，您这单可以申请七天无理由退货", "2026-06-30T10:01:00+08:00")]  # fmt: skip
    messages = [{"role": role, "text": text, "at": moment} for role, text, moment in turns]
    early, late = scored(messages=messages, order=order).messages
    assert early.status == "pass"
    assert [found.category for found in late.violations] == ["ungrounded"]


def test_a_long_conversation_is_read_at_a_few_places(empty: Services) -> None:
    talk = conversation(
        *(("c", f"第{n // 2}次问，微波炉不加热") if n % 2 == 0 else ("a", "请稍等") for n in range(200))
    )
    turns = Turns(empty.conversations._scorer._pipeline, talk, START)
    places = set()
    for message in turns.answers:
        places.add(turns.at(message)[0].redacted_messages)
    assert 12 < len(places) <= 24
    assert len(turns.at(1)[0].redacted_messages) == 1
    assert all(len(turns.at(message)[0].redacted_messages) <= message for message in turns.answers)
