"""The same sentence under two policies: the clause, entitlement, approval or fact decides, however it is written."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.rulebook.compliance import ComplianceRules

from .conftest import NOW
from .disguise import SEED, closed, disguise, numeral
from .facts import without_embeddings
from .flips import FLIPS, Flip, approved

GREETINGS = (
    "您好，看到您的留言了。",
    "让您久等了，非常抱歉。",
    "还有别的问题您随时说。",
    "感谢您的耐心。",
    "祝您生活愉快。",
)
SPELLINGS: dict[str, Callable[[int], str]] = {
    "元": "{}元".format,
    "块": "{}块".format,
    "块钱": "{}块钱".format,
    "sign": "￥{}".format,
    "sign and fen": "¥{}.00".format,
    "rmb before": "RMB{}".format,
    "人民币": "人民币{}元".format,
    "thousands apart": "{:,}元".format,
    "read out": lambda value: f"{numeral(value)}元",
    "digit by digit": lambda value: "".join("零一二三四五六七八九"[int(digit)] for digit in str(value)) + "元",
    "formal": lambda value: numeral(value).translate(FORMAL) + "圆整",
    "full width": lambda value: disguise("full width", f"{value}").text + "元",
    "spaces": lambda value: " ".join(str(value)) + " 元",
    "dots": lambda value: "·".join(str(value)) + "元",
    "zero width": lambda value: "\u200b".join(str(value)) + "元",
    "circled": lambda value: "".join(chr(0x245F + int(digit)) if digit != "0" else "⓪" for digit in str(value)) + "元",
    "brackets": "【{}】元".format,
    "drawn": "{}💰".format,
    "traditional": "{}塊錢".format,
}
"""Ways to write an amount."""
FORMAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")


@pytest.fixture(scope="module")
def shipped(rules: ComplianceRules) -> Guard:
    return without_embeddings(rules)


def flips() -> list[Any]:
    return [pytest.param(flip, id=flip.name) for flip in FLIPS]


def verdict(guard: Guard, text: str, given: dict[str, Any]) -> str:
    return guard.evaluate(text, GuardContext.model_validate({"now": NOW, **given})).status


@pytest.mark.parametrize("flip", flips())
def test_flipping_the_policy_flips_the_verdict(shipped: Guard, flip: Flip) -> None:
    assert verdict(shipped, flip.text, flip.backed) == "pass"
    assert verdict(shipped, flip.text, flip.flipped) == "block"


@pytest.mark.parametrize("name", ["full width", "traditional", "zero width"])
@pytest.mark.parametrize("flip", flips())
def test_the_flip_survives_a_disguise(shipped: Guard, flip: Flip, name: str) -> None:
    sent = disguise(name, flip.text).text
    assert verdict(shipped, sent, flip.backed) == "pass", sent
    assert verdict(shipped, sent, flip.flipped) == "block", sent


@pytest.mark.parametrize("flip", flips())
def test_the_flip_survives_good_sentences(shipped: Guard, flip: Flip) -> None:
    chance = Random(f"{SEED}{flip.name}")
    greeting, close = chance.sample([text for text in GREETINGS if text != flip.text], 2)
    sent = f"{greeting}{closed(flip.text)}{close}"
    assert verdict(shipped, sent, flip.backed) == "pass", sent
    assert verdict(shipped, sent, flip.flipped) == "block", sent


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_an_approval_covers_an_amount_in_any_spelling_and_no_fen_more(
    shipped: Guard, spelling: Callable[[int], str]
) -> None:
    for value in (5, 20, 50, 80, 150, 250, 888, 1000, 1200, 5000):
        sent = f"我们补偿您{spelling(value)}，请您留意"
        assert verdict(shipped, sent, {}) == "block", sent
        for amount, wanted in ((f"{value}.00", "pass"), (f"{value - 1}.99", "block")):
            assert verdict(shipped, sent, approved("cash", amount=amount)) == wanted, (sent, amount)


@pytest.mark.parametrize("written", ["1000rmb", "100yuan", "2000CNY", "80yuan", "2k"])
def test_an_amount_beyond_the_approval_is_blocked_in_every_spelling(shipped: Guard, written: str) -> None:
    sent = f"我们补偿您{written}，请您留意"
    assert verdict(shipped, sent, approved("cash", amount="30.00")) == "block"
