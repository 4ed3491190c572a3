"""Disguises that are known not to be read yet, each with its smallest example; one that is read fails here and leaves."""

import pytest

from copilot.guard.engine import Guard

GAPS = {
    "a mark beside punctuation": ("价保申请·，·一定能批下来", "价保申请,一定能批下来"),
    "a mark before the percent sign": ("扣除1·0·%·的折旧费", "扣除10%的折旧费"),
    "a digit after a letter": ("标成了P·3", "标成了p3"),
    "a line that begins with punctuation": ("农药\n残留\n，没有", "农药残留,没有"),
    "a word broken at the end of a long line": ("这款床垫我们支持终身保\n修", "这款床垫我们支持终身保修"),
}
"""Disguises that the normaliser does not read yet: what was sent, what it should read."""
TRADITIONAL_GAPS = {
    "看著辦": "看着办", "傢俱": "家具", "拉鍊": "拉链",
}  # fmt: skip
"""Traditional words that keep a character which simplified writing has too, or lose one to a look-alike."""


@pytest.mark.parametrize(("sent", "meant"), GAPS.values(), ids=GAPS.keys())
@pytest.mark.xfail(reason="the normaliser does not read this disguise yet")
def test_gap_in_reading(rule_guard: Guard, sent: str, meant: str) -> None:
    assert rule_guard.reading(sent).plain.text == meant


@pytest.mark.parametrize(("sent", "meant"), TRADITIONAL_GAPS.items())
@pytest.mark.xfail(reason="traditional characters are folded one by one", strict=False)
def test_gap_in_traditional_words(rule_guard: Guard, sent: str, meant: str) -> None:
    assert rule_guard.reading(sent).plain.text == meant


@pytest.mark.parametrize(
    "text",
    ["证件号五一零一零四一九七八一二零七零七五三，身份证核验过了", "银行卡号是六二二二零二零零零零五七二八零一一二四"],
)
@pytest.mark.xfail(reason="identity and bank cards are read in digits only")
def test_gap_in_card_numbers(rule_guard: Guard, text: str) -> None:
    assert rule_guard.examine(text, {}).status == "block"
