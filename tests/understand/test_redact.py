"""Personal data is found, replaced by typed placeholders and can be put back; business numbers stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.understand.fold import fold
from copilot.understand.redact import Redactor, find


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("我电话13812345678", ["手机号"]),
        ("打 138-1234-5678 或者 +86 139 0000 1111", ["手机号", "手机号"]),
        ("号码是一三八零零一三八零零零", ["手机号"]),
        ("１３８１２３４５６７８", ["手机号"]),
        ("座机0755-12345678", ["电话"]),
        ("身份证11010519491231002X", ["身份证"]),
        ("卡号6222 0212 3456 7890 123", ["银行卡"]),
        ("4111 1111 1111 1111", ["银行卡"]),
        ("发到zhang.san@example.com", ["邮箱"]),
        ("收件人张伟明，换一下", ["姓名"]),
        ("我叫李雷", ["姓名"]),
        ("地址改成浙江省杭州市西湖区文三路199号5栋302室", ["地址"]),
        ("我在幸福小区3号楼2单元501", ["地址"]),
        ("麻烦送到朝阳区望京街道方恒国际A座1203可以吗", ["地址"]),
        ("验证码是 482913", ["验证码"]),
        ("密码：abc12345", ["密码"]),
    ],
)
def test_personal_data_is_found(text: str, kinds: list[str]) -> None:
    assert [found.kind for found in find(fold(text))] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "订单号1234567890123456789",
        "订单13812345678怎么还没发",
        "运单号SF1390002224441",
        "身份证110105194912310021",  # wrong check digit
        "买了100个200元的",
        "我叫不出名字",
        "收件人和电话都写错了",
        "改到公司",
        "这条裙子城里买的要3号",
        "中午12点30分到",
        "流水号4111111111111111",
    ],
)
def test_other_numbers_and_words_stay(text: str) -> None:
    assert find(fold(text)) == []


def test_the_same_value_gets_the_same_placeholder_in_every_message() -> None:
    redactor = Redactor()
    first = redactor.redact("电话13812345678")
    second = redactor.redact("就是 138 1234 5678，另一个13900001111")
    assert first == "电话[手机号1]"
    assert second == "就是 [手机号1]，另一个[手机号2]"
    assert redactor.count == 3


@given(st.text(alphabet="0123456789 -一二三abc@.收件人张地址路号", max_size=60))
def test_redaction_can_be_undone_and_leaves_nothing_behind(text: str) -> None:
    redactor = Redactor()
    redacted = redactor.redact(text)
    if len(redactor.values) == redactor.count:  # one spelling a value
        assert redactor.restore(redacted) == text
    for found in find(fold(text)):
        assert text[found.start : found.end] not in redacted or redacted == text


def test_long_texts_are_bounded() -> None:
    """Structure, not seconds: these once took minutes."""
    for text in ("a" * 20_000, "1" * 20_000, "区" * 20_000, "文三路1号" * 4_000, "地址" * 10_000):
        find(fold(text))
