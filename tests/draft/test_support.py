"""Whether a clause bears a sentence: every figure, Arabic or Chinese, has to stand in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.draft.support import figures, nearest_sentences, supported

CLAUSE = "因质量问题，签收次日起七日内可以退货；超过15日的按保修处理，但人为损坏的除外。退款在48小时内提交。"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("七日内", {"7"}),
        ("7天内", {"7"}),
        ("十五日", {"15"}),
        ("二十四小时", {"24"}),
        ("两次", {"2"}),
        ("一百二十天", {"120"}),
        ("三倍，不足500元的按500元", {"3", "500"}),
        ("赔20%", {"20%"}),
        ("千万别急，十分抱歉，万一不行", set()),
        ("再一次说明", set()),
        ("3至7个工作日", {"3", "7"}),
    ],
)
def test_figures(text: str, expected: set[str]) -> None:
    assert figures(text) == expected


@pytest.mark.parametrize(
    ("sentence", "bears"),
    [
        ("七天内可以申请退货", True),
        ("质量问题可以申请退货", True),
        ("8天内可以申请退货", False),
        ("退款在24小时内提交", False),
        ("超过15天按保修处理", True),
    ],
)
def test_supported(sentence: str, bears: bool) -> None:
    assert supported(sentence, (CLAUSE,)) is bears


def test_a_clause_that_fits_is_quoted_whole() -> None:
    assert nearest_sentences(CLAUSE, "退款", 200) == CLAUSE


def test_of_a_long_clause_the_nearest_sentences_are_quoted() -> None:
    clause = "一、总则适用于全体员工。" * 20 + "退回商品的运费由商家承担。" + "其他事项另行通知。" * 20
    assert nearest_sentences(clause, "退回运费谁承担", 40).startswith("退回商品的运费由商家承担。")


@given(st.text(max_size=300), st.text(max_size=30), st.integers(20, 200))
def test_a_quote_is_always_a_passage_of_the_clause(clause: str, wanted: str, limit: int) -> None:
    assert nearest_sentences(clause, wanted, limit) in clause


@given(st.text(max_size=60))
def test_every_text_supports_itself(text: str) -> None:
    assert supported(text, (text,))
