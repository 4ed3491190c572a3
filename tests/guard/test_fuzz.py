"""Any text at all: no crash, exact places, sane numbers, and work that grows with the length and no faster."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from time import thread_time
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from copilot.guard.clauses import Clauses
from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.guard.features import Features
from copilot.guard.lines import joins
from copilot.guard.meaning import load_meaning
from copilot.guard.normalise import fold, normalise, without_marks
from copilot.guard.numerals import number
from copilot.guard.shapes import ShapeIndex
from copilot.guard.sounds import SoundIndex
from copilot.guard.tokens import MARKS, mark
from copilot.guard.view import Edit, View
from copilot.rulebook.compliance import ComplianceRules
from evals.fuzz import LARGEST, PIECES, Confused, judge_of_inputs, write_seeds

from .conftest import NOW, rows
from .disguise import SEED, numeral

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

FULL: dict[str, Any] = {
    "now": NOW,
    "own_draft": True,
    "reply_within": ["PT2H"],
    "clauses": [
        {
            "clause_id": "cl_1",
            "document": "售后政策手册",
            "citation_id": "c1",
            "text": "签收次日起7天内可申请退货，验货后48小时内提交退款。",
        }
    ],
    "entitlements": [
        {
            "action": "return_refund",
            "verdict": "allowed",
            "rule": "r1",
            "deadline": "2026-06-25T23:59:59+08:00",
            "freight": {"borne_by": "merchant"},
        },
        {"action": "exchange", "verdict": "denied", "rule": "r2"},
        {"action": "compensation", "verdict": "allowed", "rule": "r3", "reason": "按规则赔付5元"},
    ],
    "approvals": [{"approval": {"id": "APR-1", "kind": "cash", "amount": "30.00"}}],
    "ticket": {
        "messages": [{"role": "customer", "text": "请帮我处理一下"}],
        "order": {
            "id": "JD1",
            "status": "signed",
            "signed_at": "2026-06-12T15:00:00+08:00",
            "amount": "199.00",
            "freight_insurance": True,
        },
    },
}
"""A ticket and policy against which every check has something to compare."""
BARE = GuardContext(now=NOW)
RICH = GuardContext.model_validate(FULL)


@pytest.fixture(scope="module")
def shipped(rules: ComplianceRules) -> Guard:
    """Rules and meaning layer, as in `copilot check`."""
    return Guard(rules, load_meaning(Features(rules.sounds.syllables)))


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
@pytest.mark.xfail(reason="a break inside what an edit replaces keeps its old place")
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
@pytest.mark.xfail(
    reason="万 after 万 multiplies without end; the ledger cannot hold such an amount and the check crashes"
)
def test_no_amount_is_absurd(guard: Guard, text: str) -> None:
    _, tokens = mark(fold(text))
    assert [token.text for token in tokens if token.value is not None and token.value > LARGEST] == []
    assert "guard.crashed" not in {violation.rule for violation in guard.evaluate(text, BARE).violations}


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
@pytest.mark.xfail(reason="万 after 亿 multiplies both")
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


# Hostile lengths

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

REPAIRED = ("commas after a violation", "amounts in sentences", "spaces after a line", "full stops", "quotes")


def seconds(work: Callable[[], object]) -> float:
    """Processor time of this thread, the better of two runs: what others do on the machine does not count."""
    found = []
    for _ in range(2):
        start = thread_time()
        work()
        found.append(thread_time() - start)
        if found[0] > 1:
            break
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


SLOW = {
    "emoji": "clauses._soft looks each mark up in a tuple",
    "short lines": "clauses._soft looks each mark up in a tuple",
    "marks between characters": "clauses._soft looks each mark up in a tuple",
    "spaces after a line": "lines._BREAK tries every run of spaces from each of its places",
    "amounts in sentences": "the meaning layer compares each sentence with all findings",
    "good and bad": "the meaning layer compares each sentence with all findings",
    "days of a rule": "grounding.claims and the ungrounded check compare each claim with all others",
    "refusals": "the ungrounded check compares each place with all others",
    "laws": "the ungrounded check compares each place with all others",
    "commas after a violation": "repair._tidied tries every run of commas from each of its places",
}
"""Kinds of text whose time still grows with the square of their length, and why."""


def hostile(*kinds: str, slow: Sequence[str]) -> list[Any]:
    return [
        pytest.param(
            HOSTILE[kind], id=kind, marks=[pytest.mark.xfail(reason=SLOW[kind], strict=False)] if kind in slow else []
        )
        for kind in kinds
    ]


@pytest.mark.parametrize("make", hostile(*HOSTILE, slow=[kind for kind in SLOW if "comma" not in kind]))
def test_a_verdict_takes_time_in_proportion(shipped: Guard, make: Callable[[int], str]) -> None:
    assert_linear(lambda text: shipped.evaluate(text, RICH), make)


@pytest.mark.parametrize("make", hostile(*REPAIRED, slow=[kind for kind in SLOW if kind in REPAIRED]))
def test_a_repair_takes_time_in_proportion(shipped: Guard, make: Callable[[int], str]) -> None:
    assert_linear(lambda text: shipped.check(text, RICH), make)
