"""What a register keeps of the customer: masked, the last that was given, never the agent's own; and who confirms."""

import pytest

from copilot.domain.ticket import Ticket
from copilot.understand.contact import masked_name, masked_phone
from copilot.understand.step import Understand
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("138-1234 5678", "138****5678"),
        ("+86 139 0000 1111", "139****1111"),
        ("１３８１２３４５６７８", "138****5678"),
        ("幺三八零零幺三八零零零", "138****8000"),
        ("0755-12345678", "****5678"),
    ],
)
def test_phones(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_names() -> None:
    assert [masked_name(name) for name in ("张伟", "欧阳娜娜", "李")] == ["张*", "欧***", "李"]


def ticket(*turns: tuple[str, str]) -> Ticket:
    return Ticket.model_validate({"messages": [{"role": role, "text": text} for role, text in turns]})


def test_the_customer_s_last_word_counts_and_the_agent_s_name_does_not(stage: Understand) -> None:
    found = stage.run(
        ticket(
            ("customer", "我叫李雷，电话13812345678，鞋子尺码不对想换"),
            ("agent", "您好，我叫王小明，有事打我手机13700001111"),
            ("customer", "电话打错了，是13900002222"),
        ),
        NOW,
    )
    assert (found.contact.name, found.contact.phone) == ("李*", "139****2222")


def test_nobody_gave_any(stage: Understand) -> None:
    found = stage.run(ticket(("customer", "鞋子尺码不对想换")), NOW).contact
    assert (found.name, found.phone) == (None, None)


@pytest.mark.parametrize(
    ("last", "confirmed"),
    [
        ("退款收到了，谢谢", True),
        ("问题解决了，辛苦", True),
        ("好的没有别的问题了", True),
        ("问题解决了吗", False),
        ("还没收到退款", False),
        ("退款收到了，但是运费没给我", False),
        ("退款收到了，另外发票怎么开", False),
        ("好的", False),
        ("收到了，碎的", False),
    ],
)
def test_who_confirms(stage: Understand, last: str, confirmed: bool) -> None:
    answered = ticket(("customer", "杯子碎了，要退款"), ("agent", "已为您提交退款"), ("customer", last))
    assert stage.run(answered, NOW).confirmed is confirmed
    assert not stage.run(ticket(("customer", last)), NOW).confirmed
