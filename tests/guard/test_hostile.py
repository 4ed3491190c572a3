"""Long hostile texts: work grows with their length and no faster."""

import gc
from collections.abc import Callable
from random import Random
from time import thread_time
from typing import Any

import pytest

from copilot.guard.engine import Guard
from copilot.guard.features import Features
from copilot.guard.meaning import load_meaning
from copilot.rulebook.compliance import ComplianceRules

from .disguise import SEED
from .facts import BARE, RICH, without_embeddings


@pytest.fixture(scope="module")
def shipped(rules: ComplianceRules) -> Guard:
    return without_embeddings(rules)


@pytest.mark.parametrize("piece", ["门在那边，慢走不送。", "1380000"])
def test_embeddings_are_few_and_short(rules: ComplianceRules, piece: str) -> None:
    """One embedding takes longer than all that the rules do with a reply of 200 characters."""
    embedded: list[str] = []
    guard = Guard(rules, load_meaning(Features(rules.sounds.syllables)), embedded.append)
    guard.evaluate(piece * (20_000 // len(piece)), BARE)
    assert len(embedded) <= 50
    assert sum(map(len, embedded)) <= 5_000


SIZES = (10_000, 30_000, 100_000)
"""Characters. The middle size ends a test early that would take minutes."""
RATIO = 14
"""How much longer ten times the text may take: four tenths over linear."""
SLACK = 0.4
"""Seconds of processor time, for what machines do besides."""


def repeated(piece: str) -> Callable[[int], str]:
    return lambda length: (piece * (length // len(piece) + 1))[:length]


def chosen(alphabet: str) -> Callable[[int], str]:
    return lambda length: "".join(Random(SEED).choices(alphabet, k=length))


LETTERS = "abcdefghijklmnopqrstuvwxyz"
HAN = "".join(map(chr, range(0x4E00, 0x9FA5)))
HOSTILE: dict[str, Callable[[int], str]] = {
    "one character": repeated("退"),
    "negators": repeated("不"),
    "open brackets": repeated("【"),
    "bracketed characters": repeated("【退】"),
    "nested quotes": lambda length: "“" * (length // 2) + "”" * (length // 2),
    "quotes": repeated("“假一赔三”"),
    "digits": repeated("1380000"),
    "grouped digits": repeated("1,000,"),
    "Chinese numerals": repeated("一二三四五"),
    "scales": repeated("十百千万"),
    "percent heads": repeated("百分之"),
    "amounts": repeated("补偿您50元"),
    "amounts in sentences": repeated("补偿您50元。"),
    "refunds in clauses": repeated("退您199元，"),
    "emoji": repeated("😀💰"),
    "letters": repeated("a"),
    "random letters": chosen(LETTERS + " "),
    "pinyin that leads nowhere": repeated("nanananananananananananv1"),
    "Latin disguises": repeated("wei信vx"),
    "newlines": repeated("\n"),
    "short lines": repeated("退\n"),
    "spaces after a line": lambda length: "好\n好" + " " * length + "好",
    "marks between characters": repeated("退·"),
    "marks": repeated("·"),
    "commas after a violation": lambda length: "绝对正品" + "，" * length,
    "full stops": repeated("。"),
    "zero width": repeated("退\u200b"),
    "combining": repeated("e\u0301"),
    "random Chinese characters": chosen(HAN),
    "conditions": repeated("如果审核通过后我们会给您退款，另外"),
    "replies in time": repeated("我3天内回复您，"),
    "days of a rule": repeated("7天内可以退货，"),
    "refusals": repeated("您这单不能退货。"),
    "laws": repeated("《产品质量法》第三条"),
    "phones": repeated("13800138000，"),
    "blame": repeated("确实是我们仓库的责任。"),
    "good and bad": repeated("补偿您50元。您好，我先帮您核实一下。"),
}

REPAIRED = ("commas after a violation", "spaces after a line", "full stops")


def seconds(work: Callable[[], object]) -> float:
    """Processor time of this thread, the better of two runs: what others do on the machine does not count.

    Nor does the collector, which looks at all that the tests before this one left behind.
    """
    found = []
    gc.disable()
    try:
        for _ in range(2):
            start = thread_time()
            work()
            found.append(thread_time() - start)
            if found[0] > 1:
                break
    finally:
        gc.enable()
    return min(found)


def assert_linear(judge: Callable[[str], object], make: Callable[[int], str]) -> None:
    judge(make(1_000))
    smallest = SIZES[0]
    base = seconds(lambda: judge(make(smallest)))
    for size in SIZES[1:]:
        text = make(size)
        taken = seconds(lambda text=text: judge(text))  # type: ignore[misc]
        limit = RATIO * base * size / (10 * smallest) + SLACK
        assert taken <= limit, f"{size} characters: {taken:.2f} s, {smallest}: {base:.3f} s; at most {limit:.2f} s"


def hostile(*kinds: str) -> list[Any]:
    return [pytest.param(HOSTILE[kind], id=kind) for kind in kinds]


@pytest.mark.parametrize("make", hostile(*HOSTILE))
def test_a_verdict_takes_time_in_proportion(shipped: Guard, make: Callable[[int], str]) -> None:
    assert_linear(lambda text: shipped.evaluate(text, RICH), make)


@pytest.mark.parametrize("make", hostile(*REPAIRED))
def test_a_repair_takes_time_in_proportion(shipped: Guard, make: Callable[[int], str]) -> None:
    assert_linear(lambda text: shipped.check(text, RICH), make)
