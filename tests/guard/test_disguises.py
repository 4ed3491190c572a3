"""Disguises that were once not read, each with its smallest example."""

import pytest

from copilot.guard.engine import Guard

DISGUISES = {
    "a mark beside punctuation": ("价保申请·，·一定能批下来", "价保申请,一定能批下来"),
    "a mark before the percent sign": ("扣除1·0·%·的折旧费", "扣除10%的折旧费"),
    "a digit after a letter": ("标成了P·3", "标成了p3"),
    "a line that begins with punctuation": ("农药\n残留\n，没有", "农药残留,没有"),
    "a word broken at the end of a long line": ("这款床垫我们支持终身保\n修", "这款床垫我们支持终身保修"),
}
"""What was sent, what it should read."""
TRADITIONAL = {
    "回覆": "回复", "答覆": "答复", "參考": "参考", "瞭解": "了解", "藉口": "借口", "看著辦": "看着办", "傢俱": "家具", "拉鍊": "拉链",
}  # fmt: skip
"""Traditional words that keep a character which simplified writing has too, or lose one to a look-alike."""


@pytest.mark.parametrize(("sent", "meant"), DISGUISES.values(), ids=DISGUISES.keys())
def test_a_disguise_is_read(rule_guard: Guard, sent: str, meant: str) -> None:
    assert rule_guard.reading(sent).plain.text == meant


@pytest.mark.parametrize(("sent", "meant"), TRADITIONAL.items())
def test_a_traditional_word_is_read(rule_guard: Guard, sent: str, meant: str) -> None:
    assert rule_guard.reading(sent).plain.text == meant


@pytest.mark.parametrize(
    "text",
    ["证件号五一零一零四一九七八一二零七零七五三，身份证核验过了", "银行卡号是六二二二零二零零零零五七二八零一一二四"],
)
def test_a_card_in_chinese_numerals_is_found(rule_guard: Guard, text: str) -> None:
    assert rule_guard.examine(text, {}).status == "block"
