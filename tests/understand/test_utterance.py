"""Negation, questions, history and personal data inside one message."""

from collections.abc import Callable

import pytest

from copilot.understand.utterance import Utterance

Make = Callable[[str], Utterance]


def denied(make: Make, text: str, words: str) -> bool:
    said = make(text)
    start = said.text.index(words)
    return said.negated(start, start + len(words))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("不是质量问题，就是不想要了", "质量问题"),
        ("没有破损，放心", "破损"),
        ("我不想投诉你们", "投诉"),
        ("也不是因为质量问题", "质量问题"),
        ("差评倒不至于", "差评"),
        ("我不想投诉你们", "想投诉"),
        ("这个能不能用", "不能用"),
    ],
)
def test_denied(utterance: Make, text: str, words: str) -> None:
    assert denied(utterance, text, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这不就是质量问题吗", "质量问题"),
        ("难道不是破损吗", "破损"),
        ("有没有破损你们自己看", "破损"),
        ("不处理我就投诉你们", "投诉"),
        ("不知道为什么开不了机", "开不了机"),
        ("可不可以退货", "退货"),
        ("没收到货，破损了", "破损"),
    ],
)
def test_not_denied(utterance: Make, text: str, words: str) -> None:
    assert not denied(utterance, text, words)


def test_a_problem_that_is_over_is_cut(utterance: Make) -> None:
    said = utterance("上次摔坏的杯子已经给换好了，这次想问发票怎么开")
    folded, _ = said.cut(said.settled)
    assert "杯子" not in folded
    assert "发票怎么开" in folded


def test_an_old_problem_that_goes_on_stays(utterance: Make) -> None:
    assert utterance("上次就坏了，这次又坏了").settled == []


def test_personal_data_is_blank_to_the_matchers(utterance: Make) -> None:
    said = utterance("打我13812345678")
    assert "12345" not in said.text
    assert len(said.text) == len(said.folded.text)
