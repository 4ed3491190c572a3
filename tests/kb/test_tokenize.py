"""Folding and tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.tokenize import chinese_number, fold, simplify, tokens


def test_spellings_of_one_thing_fold_together() -> None:
    assert fold("退貨運費由誰承擔？ＡＰＰ") == fold("退货运费由谁承担?app")


def test_tokens_are_characters_pairs_and_whole_latin_words() -> None:
    assert tokens("退货App 3.5折") == ["退", "货", "退货", "app", "3.5", "折"]


def test_chinese_numerals_before_a_unit_also_count_as_digits() -> None:
    assert "48" in tokens("四十八小时内退款")
    assert "7" in tokens("七日无理由")
    assert "7" in tokens("7天无理由")
    assert "1" not in tokens("一定给您退")


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("七", 7),
        ("十", 10),
        ("十五", 15),
        ("二十四", 24),
        ("一百零五", 105),
        ("三千", 3000),
        ("两万", 20000),
        ("好", None),
    ],
)
def test_chinese_number(word: str, value: int | None) -> None:
    assert chinese_number(word) == value


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    # Lower-casing can decompose a few letters, so one more round is compared with two.
    assert fold(fold(fold(text))) == fold(fold(text))


@given(st.text())
def test_simplifying_keeps_the_length(text: str) -> None:
    assert len(simplify(text)) == len(text)
