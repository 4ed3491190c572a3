"""Scope clause by clause: what excuses a phrase, and what only pretends to."""

from collections.abc import Callable

import pytest

from copilot.domain.compliance import CheckResult
from copilot.guard.engine import Guard

Judge = Callable[..., CheckResult]


@pytest.mark.parametrize(
    ("excused", "cover"),
    [
        ("我们无法承诺终身保修", "我们无法承诺别的，但承诺终身保修"),
        ("您提到的“假一赔三”，我帮您核实", "您提到的“假一赔三”，我们就按这个赔"),
        ("审核通过后按规则退运费", "审核通过后退您运费，另外我私下再补您50元"),
        ("不得向您承诺赔付100元", "这不得赔您100块吗"),
        ("并不是拆封就一律不退", "不是拆封就一律不退是什么"),
        ("我们不会私下转账给您", "我们不会亏待您，私下转账给您"),
        ("您担心不是正品，我们可以协助鉴定", "您担心不是正品？绝对正品"),
        ("终身保修我们无法承诺", "终身保修我们无法不承诺，就是终身保修"),
        ("页面写着“全网最低”，我请运营核对", "页面写着“全网最低”是真的，我们就是全网最低"),
        ("核实为质量问题的，运费由商家承担", "不管是不是质量问题，运费都由我们承担"),
        ("您希望我们补偿200元，我已登记", "您希望我们补偿200元，可以，这就给您转"),
        ("没有审核通过之前无法退款", "没有审核通过也直接给您退款"),
    ],
)
def test_excuse_and_cover(check: Judge, excused: str, cover: str) -> None:
    assert check(excused).status == "pass"
    assert check(cover).status == "block"


def test_violation_stands_in_its_own_half(check: Judge) -> None:
    text = "审核通过后退您运费，另外我私下再补您50元"
    result = check(text)
    assert "unauthorized_compensation" in {violation.category for violation in result.violations}
    assert all(violation.start >= text.index("另外") for violation in result.violations)


def test_condition_is_kept_in_the_ledger(check: Judge) -> None:
    result = check("审核通过后，按平台规则退您8元运费（见条款RF-12）")
    assert result.status == "pass"
    row = next(row for row in result.commitments if row.act == "freight")
    assert str(row.amount) == "8.00"
    assert row.condition is not None
    assert "审核通过后" in row.condition
    assert row.backed_by is None


def test_own_next_act_is_entered_with_its_deadline(check: Judge) -> None:
    result = check("我会在2小时内向物流核实并回复您", reply_within=["PT24H"])
    assert result.status == "pass"
    row = next(row for row in result.commitments if row.act == "reply")
    assert row.backed_by == "service:reply"
    assert str(row.deadline) == "2026-06-18 12:00:00+08:00"


def test_a_space_does_not_part_a_word_and_parts_long_clauses(guard: Guard) -> None:
    reading = guard.reading("终 身 保 修 这件事我们不能承诺 一定给您退款哦")
    clauses = [reading.text[span.start : span.end] for span in reading.clauses.all()]
    assert clauses[0].startswith("终身保修")
    assert clauses[-1] == "一定给您退款哦"
