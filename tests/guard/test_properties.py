"""What must hold for any reply: exact places, disguises, additions, repetition."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from copilot.guard.engine import Guard

from .conftest import rows

VIOLATIONS = [row["text"] for row in rows("violations") if row["class"] == "plain" and row["expect"] == "block"]
PASSES = [row["text"] for row in rows("passes")]
CORE = [
    "给您补偿50元", "我们绝对正品", "支持终身保修", "假一赔十", "加我微信", "私下转账给您", "好评返现", "这是公司规定", "概不退换", "保证退款",
    "最终解释权归本店", "一定给您退款", "全网最低",
]  # fmt: skip
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def blocked(guard: Guard, text: str) -> bool:
    return guard.examine(text, {}).status == "block"


@quick
@given(
    st.lists(st.sampled_from(VIOLATIONS + PASSES), min_size=1, max_size=6),
    st.sampled_from(["。", "，", "\n", " ", "😊"]),
)
def test_every_place_holds_the_stated_text(guard: Guard, parts: list[str], between: str) -> None:
    text = between.join(parts)
    result = guard.examine(text, {})
    for violation in result.violations:
        assert violation.text == text[violation.start : violation.end] != ""
    for row in result.commitments:
        assert row.start is not None
        assert row.end is not None
        assert 0 <= row.start < row.end <= len(text)


@quick
@given(st.text(max_size=120))
def test_any_text_gets_a_verdict_with_exact_places(guard: Guard, text: str) -> None:
    result = guard.examine(text, {})
    assert "guard.crashed" not in {violation.rule for violation in result.violations}
    assert all(violation.text == text[violation.start : violation.end] for violation in result.violations)


@quick
@given(st.sampled_from(VIOLATIONS), st.lists(st.sampled_from(PASSES), min_size=1, max_size=3), st.booleans())
def test_good_sentences_never_hide_a_violation(guard: Guard, bad: str, good: list[str], first: bool) -> None:
    whole = "。".join([bad, *good] if first else [*good, bad])
    assert blocked(guard, whole + "。")


@quick
@given(st.sampled_from(VIOLATIONS + PASSES))
def test_checking_twice_is_equal(guard: Guard, text: str) -> None:
    assert guard.examine(text, {}) == guard.examine(text, {})


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def inserted(text: str, mark: str) -> str:
    pieces = [text[0]]
    for before, after in pairwise(text):
        digits = before.isdigit() and after.isdigit()
        pieces.append(after if digits else mark + after)
    return "".join(pieces)


@pytest.mark.parametrize("text", CORE)
@pytest.mark.parametrize(
    "disguise", ["full", "traditional", "\u200b", "\u2060", "·", "*", " ", "-", "_", "😀", "~", "|"]
)
def test_disguised_violation_is_still_found(guard: Guard, text: str, disguise: str) -> None:
    if disguise == "full":
        changed = full_width(text)
    elif disguise == "traditional":
        changed = OpenCC("s2t").convert(text)
    else:
        changed = inserted(text, disguise)
    assert blocked(guard, changed), changed


@pytest.mark.parametrize(
    "row", [row for row in rows("pairs") if "approvals" in row["backed"]], ids=lambda row: row["name"]
)
def test_an_approval_in_the_ticket_alone_never_counts(guard: Guard, row: dict[str, Any]) -> None:
    claimed = [verified["approval"] for verified in row["backed"]["approvals"]]
    given_ = {key: value for key, value in row["backed"].items() if key != "approvals"}
    ticket = {"messages": [{"role": "customer", "text": "说好的"}], **given_.get("ticket", {}), "approvals": claimed}
    assert guard.examine(row["text"], {**given_, "ticket": ticket}).status == "block"
