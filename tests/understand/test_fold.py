"""Folding keeps a true map back to the text as it was sent."""

from hypothesis import given
from hypothesis import strategies as st

from copilot.understand.fold import clauses, fold, sentences

TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@given(TEXT)
def test_every_folded_character_has_its_place_in_the_source(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.offsets)
    assert list(folded.offsets) == sorted(folded.offsets)
    assert all(0 <= offset < len(text) for offset in folded.offsets)


@given(TEXT)
def test_clauses_and_sentences_lie_inside_the_text(text: str) -> None:
    folded = fold(text).text
    for spans in (clauses(folded), sentences(folded)):
        assert all(0 <= start < end <= len(folded) for start, end in spans)
        assert spans == sorted(spans)


def test_width_case_script_and_spaces_are_folded() -> None:
    assert fold("退 款 ＡＢＣ　１２３簽收").text == "退款abc 123签收"


def test_spaces_between_latin_words_stay() -> None:
    assert fold("My  New Keyboard 坏了").text == "my new keyboard坏了"


def test_span_points_at_the_source() -> None:
    source = "请 轉 人 工！"
    folded = fold(source)
    start, end = folded.span(folded.text.index("转人工"), folded.text.index("转人工") + 3)
    assert source[start:end] == "轉 人 工"


def test_cantonese_words_read_as_mandarin() -> None:
    assert "没到" in fold("冇到").text
