"""Any text at all: no crash, exact places, sane numbers."""

import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from copilot.guard.clauses import Clauses
from copilot.guard.engine import Guard
from copilot.guard.lines import joins
from copilot.guard.normalise import fold, normalise, without_marks
from copilot.guard.numerals import number
from copilot.guard.shapes import ShapeIndex
from copilot.guard.sounds import SoundIndex
from copilot.guard.tokens import MARKS, mark
from copilot.guard.view import Edit, View
from copilot.rulebook.compliance import ComplianceRules
from evals.fuzz import LARGEST, PIECES, Confused, judge_of_inputs, write_seeds

from .conftest import rows
from .disguise import numeral
from .facts import BARE, RICH, without_embeddings

fuzzed = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

# What texts are made of

anything = st.text(st.characters(), max_size=200)
"""Every code point, halves of surrogate pairs too: the API refuses those, the guard must survive them."""
seams = st.text(
    st.sampled_from("绝对正品退款补偿您50元 ·.,。*_|-/#%~…—\n\u200b\u2060😀💰①⑩㊣🅥ＡＢ１【】“”『』()√亻尝x微wei"),
    max_size=80,
)
"""Characters that one step of the normaliser or another takes out, joins or replaces."""
amounts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
"""The alphabet of money, counts and times."""
repeats = st.builds(
    lambda piece, times, tail: piece * times + tail,
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4),
        seams.filter(bool),
        amounts.filter(bool),
    ),
    st.integers(2, 60),
    st.text(max_size=3),
)
replies = st.lists(
    st.sampled_from([row["text"] for name in ("violations", "passes") for row in rows(name)]) | seams | amounts,
    max_size=5,
).map("".join)
"""Real sentences with noise between them."""
texts = st.one_of(anything, seams, amounts, repeats, replies)


@pytest.fixture(scope="module")
def shipped(rules: ComplianceRules) -> Guard:
    return without_embeddings(rules)


@pytest.fixture(scope="module")
def shapes(rules: ComplianceRules) -> ShapeIndex:
    return ShapeIndex(rules.shapes)


@pytest.fixture(scope="module")
def sounds(rules: ComplianceRules) -> SoundIndex:
    return SoundIndex(rules.sounds, rules.shapes)


def plain(text: str) -> View:
    return View(text, range(len(text)), range(1, len(text) + 1))


def assert_view(view: View, source: str) -> None:
    """Each character stands for a stretch of the source, in the order of the source."""
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert list(view.starts) == sorted(view.starts)
    assert list(view.ends) == sorted(view.ends)
    assert all(0 <= start < end <= len(source) for start, end in zip(view.starts, view.ends, strict=True))
    assert list(view.breaks) == sorted(set(view.breaks))


def assert_edits(edits: list[Edit], text: str) -> None:
    assert all(0 <= edit.start < edit.end <= len(text) for edit in edits)
    assert all(edit.text != text[edit.start : edit.end] for edit in edits)
    assert all(before.end <= after.start for before, after in pairwise(edits))


# Views


@fuzzed
@given(texts)
def test_views_keep_their_places(shapes: ShapeIndex, sounds: SoundIndex, text: str) -> None:
    folded = fold(text)
    assert_view(folded, text)
    assert_view(without_marks(folded), text)
    view = normalise(text, shapes, sounds)
    assert_view(view, text)
    assert_view(mark(view)[0], text)


@fuzzed
@given(seams)
@example("百分 之0")
def test_breaks_stay_inside_the_view(shapes: ShapeIndex, sounds: SoundIndex, text: str) -> None:
    view, _ = mark(normalise(text, shapes, sounds))
    assert all(0 <= place <= len(view.text) for place in view.breaks)


@fuzzed
@given(texts)
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@fuzzed
@given(texts)
def test_edits_are_in_order_and_apart(shapes: ShapeIndex, sounds: SoundIndex, text: str) -> None:
    text = fold(text).text
    assert_edits(joins(text), text)
    assert_edits(shapes.edits(text), text)
    assert_edits(sounds.edits(text), text)


@fuzzed
@given(texts, st.data())
def test_edits_of_a_view_move_only_what_they_touch(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edits = [Edit(*span, data.draw(st.text(max_size=3))) for span in zip(places[::2], places[1::2], strict=False)]
    edits = [edit for edit in edits if edit.start < edit.end]
    edits = [edit for before, edit in pairwise([Edit(0, 0, ""), *edits]) if before.end <= edit.start]
    view = plain(text).edited(edits, [edit.end for edit in edits])
    wanted = text
    for edit in reversed(edits):
        wanted = wanted[: edit.start] + edit.text + wanted[edit.end :]
    assert view.text == wanted
    assert_view(view, text)


@fuzzed
@given(texts)
def test_clauses_cover_the_text(shapes: ShapeIndex, sounds: SoundIndex, text: str) -> None:
    view, _ = mark(normalise(text, shapes, sounds))
    clauses = Clauses(view)
    spans = clauses.all()
    assert "".join(view.text[span.start : span.end] for span in spans) == view.text
    for place in range(len(view.text)):
        clause, sentence = clauses.clause(place), clauses.sentence(place)
        assert clause.start <= place < clause.end
        assert sentence.start <= place < sentence.end


# Numbers


@fuzzed
@given(texts)
def test_values_are_marked_where_they_stand(text: str) -> None:
    folded = fold(text)
    view, tokens = mark(folded)
    assert [view.text[token.at] for token in tokens] == [MARKS[token.kind] for token in tokens]
    assert [character for character in view.text if character in MARKS.values()] == [
        MARKS[token.kind] for token in tokens
    ]
    written = list(view.text)
    for token in tokens:
        written[token.at] = token.text
    assert "".join(written) == folded.text
    for token in tokens:
        value, hours = token.value, token.hours
        assert value is None or value.is_finite()
        assert value is None or value >= 0
        assert hours is None or hours >= 0


@fuzzed
@given(amounts.map(lambda text: f"补偿您{text}元"))
@example("补偿您一万万万万万万万元")
def test_no_amount_is_absurd(rule_guard: Guard, text: str) -> None:
    _, tokens = mark(fold(text))
    assert [token.text for token in tokens if token.value is not None and token.value > LARGEST] == []
    assert "guard.crashed" not in {violation.rule for violation in rule_guard.evaluate(text, BARE).violations}


@fuzzed
@given(st.one_of(texts, amounts))
def test_a_numeral_is_a_number_or_nothing(text: str) -> None:
    value = number(text)
    assert value is None or (value.is_finite() and value >= 0)


@fuzzed
@given(st.integers(0, 10**8 - 1))
def test_a_number_read_out_is_that_number(value: int) -> None:
    assert number(numeral(value)) == value
    assert number(str(value)) == number(f"{value:,}") == value


@pytest.mark.parametrize("value", [100_990_000, 105_000_000, 994_826_435])
def test_a_number_beyond_a_hundred_million(value: int) -> None:
    assert number(numeral(value)) == value


@fuzzed
@given(st.integers(1, 99_999), st.sampled_from(["补偿您{}元", "¥{}", "{}块钱", "赔您{}元现金", "rmb{}", "{}元整"]))
def test_an_amount_read_out_is_that_amount(value: int, words: str) -> None:
    for written in (str(value), f"{value}.50", numeral(value)):
        _, tokens = mark(fold(words.format(written)))
        amount = Decimal(value) + (Decimal("0.5") if "." in written else 0)
        assert [(token.kind, token.value) for token in tokens] == [("money", amount)], words.format(written)


# The whole guard


@fuzzed
@given(texts)
def test_any_text_gets_a_verdict(shipped: Guard, text: str) -> None:
    for context in (BARE, RICH):
        result = shipped.check(text, context)
        assert "guard.crashed" not in {violation.rule for violation in result.violations}
        for violation in result.violations:
            assert 0 <= violation.start < violation.end <= len(text)
            assert violation.text == text[violation.start : violation.end]
        for row in result.commitments:
            assert row.start is not None
            assert row.end is not None
            assert 0 <= row.start < row.end <= len(text)
            assert row.amount is None or row.amount >= 0
        if result.suggested_text is not None:
            assert shipped.evaluate(result.suggested_text, context).status != "block"


@fuzzed
@given(texts)
def test_a_verdict_can_be_sent_as_json(shipped: Guard, text: str) -> None:
    text = "".join(character for character in text if not 0xD800 <= ord(character) <= 0xDFFF)
    result = shipped.check(text, RICH)
    assert json.loads(result.model_dump_json())["status"] == result.status


# The harness of `make fuzz`


def test_the_harness_reads_its_seeds(tmp_path: Path) -> None:
    write_seeds(tmp_path / "corpus")
    judge = judge_of_inputs()
    seeds = sorted((tmp_path / "corpus").iterdir())
    assert len(seeds) > 2_000
    for seed in seeds[::20]:
        judge(seed.read_bytes())
    judge(b"\xff\x00\xed\xa0\x80")


def test_the_harness_sees_what_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = judge_of_inputs()
    monkeypatch.setattr("evals.fuzz.LARGEST", Decimal(49))
    judge("补偿您49元".encode())
    with pytest.raises(Confused, match="50元 is read as 50"):
        judge("补偿您50元".encode())
