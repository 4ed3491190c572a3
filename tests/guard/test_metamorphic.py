"""What a change of the text or of the policy must do to a verdict: nothing for a disguise, everything for a backing."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from copilot.domain.compliance import CheckResult, Violation
from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.guard.features import Features
from copilot.guard.meaning import load_meaning
from copilot.rulebook.compliance import ComplianceRules

from .conftest import NOW
from .disguise import DISGUISES, MARKS, SEED, ZERO_WIDTH, Disguised, disguise, numeral
from .flips import FLIPS, Flip, approved

EVALS = Path(__file__).parents[2] / "evals"
VIOLATIONS = ("plain", "evaded", "scope", "paraphrase")
COMPLIANT = ("hard_negative", "good_reply")
FLOORS: dict[tuple[str, str], float] = {
    # 0.94: what a rule finds is always found; the meaning layer reads 3% and 百分之三 as different words.
    **{("numerals", part): 0.90 for part in ("span", "whole")},
    # 0.97: missed are `6·%` and names of internal fields (c·l_9·f).
    **{(f"mark {mark}", part): 0.96 for mark in MARKS for part in ("span", "whole")},
    # 0.94 and 0.84: marks beside punctuation stay in what the meaning layer reads.
    **{(f"mark {mark} everywhere", "span"): 0.92 for mark in MARKS},
    **{(f"mark {mark} everywhere", "whole"): 0.82 for mark in MARKS},
    # 0.88 and 0.91: a piece beside a long line, or one that begins with punctuation, is not joined.
    ("broken lines", "span"): 0.86,
    ("broken lines", "whole"): 0.88,
}
"""Share that is still caught where a disguise is a matter of degree, with what was measured; the others hide nothing."""
CARDS = {"privacy.id_card", "privacy.bank_card"}
"""Numbers that are found in digits only so far; see GAPS."""
GAPS = {
    "a mark beside punctuation": ("价保申请·，·一定能批下来", "价保申请,一定能批下来"),
    "a mark before the percent sign": ("扣除1·0·%·的折旧费", "扣除10%的折旧费"),
    "a digit after a letter": ("标成了P·3", "标成了p3"),
    "a line that begins with punctuation": ("农药\n残留\n，没有", "农药残留,没有"),
    "a word broken at the end of a long line": ("这款床垫我们支持终身保\n修", "这款床垫我们支持终身保修"),
}
"""Disguises that the normaliser does not read yet: what was sent, what it should read."""
TRADITIONAL_GAPS = {
    "回覆": "回复", "答覆": "答复", "參考": "参考", "瞭解": "了解", "藉口": "借口", "看著辦": "看着办", "傢俱": "家具", "拉鍊": "拉链",
}  # fmt: skip
"""Traditional words that keep a character which simplified writing has too, or lose one to a look-alike."""


@dataclass(frozen=True)
class Sample:
    id: str
    kind: str
    text: str
    spans: tuple[tuple[int, int], ...]
    """What offends, as the case says."""
    context: GuardContext
    result: CheckResult

    @property
    def blocking(self) -> list[Violation]:
        return [violation for violation in self.result.violations if violation.severity == "block"]

    @property
    def rules(self) -> list[str]:
        """The rules that block it, without the meaning layer."""
        return [violation.rule for violation in self.blocking if not violation.rule.endswith(".meaning")]


@pytest.fixture(scope="module")
def shipped(rules: ComplianceRules) -> Guard:
    """Rules and meaning layer, as in `copilot check`."""
    return Guard(rules, load_meaning(Features(rules.sounds.syllables)))


@pytest.fixture(scope="module")
def samples(shipped: Guard) -> list[Sample]:
    """The development cases with the verdicts of today."""
    found = []
    for line in (EVALS / "cases" / "guard_dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        context = GuardContext.model_validate({"now": NOW, "ticket": row["ticket"]})
        spans = tuple((row["text"].index(span), row["text"].index(span) + len(span)) for span in row["spans"])
        result = shipped.evaluate(row["text"], context)
        found.append(Sample(row["id"], row["kind"], row["text"], spans, context, result))
    return found


@cache
def good_sentences() -> tuple[str, ...]:
    rows = [
        json.loads(line)
        for author in "hl"
        for line in (EVALS / "training" / "guard" / f"{author}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return tuple(row["text"] for row in rows if row["label"] == "none" and row["style"] == "good")


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


def blocked(samples: Iterable[Sample], *kinds: str) -> list[Sample]:
    return [sample for sample in samples if sample.kind in kinds and sample.result.status == "block"]


def assert_exact(result: CheckResult, sent: str) -> None:
    for violation in result.violations:
        assert violation.text == sent[violation.start : violation.end] != ""
    for row in result.commitments:
        assert row.start is not None
        assert row.end is not None
        assert 0 <= row.start < row.end <= len(sent)


def still_caught(sample: Sample, sent: Disguised, result: CheckResult) -> bool:
    """Whether a blocking violation stands where one stood in the plain text."""
    places = [sent.span(violation.start, violation.end) for violation in sample.blocking]
    return any(
        violation.start < end and start < violation.end
        for violation in result.violations
        if violation.severity == "block"
        for start, end in places
    )


def at_least(share: float, missed: Sequence[object], total: int, what: str) -> None:
    assert total, what
    kept = 1 - len(missed) / total
    listed = "\n".join(map(str, missed[:40]))
    assert kept >= share, f"{what}: {kept:.3f} of {total}, must be {share}; not:\n{listed}"


# Disguises


@pytest.mark.parametrize("part", ["span", "whole"])
@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguised_violation_still_blocks(shipped: Guard, samples: list[Sample], name: str, part: str) -> None:
    missed, total = [], 0
    for sample in blocked(samples, "plain"):
        sent = disguise(name, sample.text, sample.spans if part == "span" else None)
        if sent.text == sample.text or (name == "numerals" and CARDS & {v.rule for v in sample.blocking}):
            continue
        total += 1
        result = shipped.evaluate(sent.text, sample.context)
        assert_exact(result, sent.text)
        if not still_caught(sample, sent, result):
            missed.append((sample.id, sample.rules, sent.text))
    if name == "numerals":
        assert [row for row in missed if row[1]] == []
    at_least(FLOORS.get((name, part), 1.0), missed, total, f"{name}, {part}")


@pytest.mark.parametrize("name", ["full width", "traditional", "zero width"])
def test_other_glyphs_move_no_place(shipped: Guard, samples: list[Sample], name: str) -> None:
    """The same rules, from the same character to the same character of what was meant."""
    moved, total = [], 0
    for sample in blocked(samples, "plain"):
        sent = disguise(name, sample.text)
        result = shipped.evaluate(sent.text, sample.context)
        wanted = {(v.rule, *_visible(sent.text, *sent.span(v.start, v.end))) for v in sample.result.violations}
        found = {(v.rule, *_visible(sent.text, v.start, v.end)) for v in result.violations}
        total += 1
        if wanted != found:
            moved.append((sample.id, wanted ^ found))
    at_least(1.0, moved, total, name)


def _visible(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without invisible characters at its ends, which belong to neither side."""
    while start < end and text[start] in ZERO_WIDTH:
        start += 1
    while end > start and text[end - 1] in ZERO_WIDTH:
        end -= 1
    return start, end


@pytest.mark.parametrize(("sent", "meant"), GAPS.values(), ids=GAPS.keys())
@pytest.mark.xfail(reason="the normaliser does not read this disguise yet")
def test_gap_in_reading(shipped: Guard, sent: str, meant: str) -> None:
    assert shipped.reading(sent).plain.text == meant


@pytest.mark.parametrize(
    "text",
    ["证件号五一零一零四一九七八一二零七零七五三，身份证核验过了", "银行卡号是六二二二零二零零零零五七二八零一一二四"],
)
@pytest.mark.xfail(reason="identity and bank cards are read in digits only")
def test_gap_in_card_numbers(guard: Guard, text: str) -> None:
    assert guard.examine(text, {}).status == "block"


# Policy


def verdict(guard: Guard, text: str, given: dict[str, Any]) -> str:
    return guard.evaluate(text, GuardContext.model_validate({"now": NOW, **given})).status


@pytest.mark.parametrize("flip", FLIPS, ids=lambda flip: flip.name)
def test_flipping_the_policy_flips_the_verdict(shipped: Guard, flip: Flip) -> None:
    assert verdict(shipped, flip.text, flip.backed) == "pass"
    assert verdict(shipped, flip.text, flip.flipped) == "block"


@pytest.mark.parametrize("name", ["full width", "traditional", "zero width"])
@pytest.mark.parametrize("flip", FLIPS, ids=lambda flip: flip.name)
def test_the_flip_survives_a_disguise(shipped: Guard, flip: Flip, name: str, request: pytest.FixtureRequest) -> None:
    if name == "traditional" and "回复" in flip.text:
        request.applymarker(pytest.mark.xfail(reason="回覆 is not read as 回复"))
    sent = disguise(name, flip.text).text
    assert verdict(shipped, sent, flip.backed) == "pass", sent
    assert verdict(shipped, sent, flip.flipped) == "block", sent


@pytest.mark.parametrize("flip", FLIPS, ids=lambda flip: flip.name)
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


@pytest.mark.parametrize("written", ["1000rmb", "100yuan", "2000CNY", "2k", "80yuan"])
@pytest.mark.xfail(reason="read as a code or not at all: without an amount the approval matches by kind alone")
def test_gap_in_spellings(shipped: Guard, written: str) -> None:
    sent = f"我们补偿您{written}，请您留意"
    assert verdict(shipped, sent, approved("cash", amount="30.00")) == "block"


GREETINGS = (
    "您好，看到您的留言了。",
    "让您久等了，非常抱歉。",
    "还有别的问题您随时说。",
    "感谢您的耐心。",
    "祝您生活愉快。",
)

# Additions


def closed(text: str) -> str:
    return text if re.search(r"[。！？!?～~…\n]$", text) else text + "。"


ADDITIONS = {
    "before": "{good}{bad}",
    "after": "{bad}{good}",
    "around": "{good}{bad}{further}",
    "on lines of their own": "{good}\n{bad}\n{further}",
}


@pytest.mark.parametrize("layout", ADDITIONS.values(), ids=ADDITIONS.keys())
def test_a_good_sentence_never_hides_a_violation(shipped: Guard, samples: list[Sample], layout: str) -> None:
    chance = Random(f"{SEED}{layout}")
    missed, total = [], 0
    for sample in blocked(samples, *VIOLATIONS):
        good, further = chance.sample(good_sentences(), 2)
        sent = layout.format(good=closed(good), bad=closed(sample.text), further=closed(further))
        result = shipped.evaluate(sent, sample.context)
        assert_exact(result, sent)
        total += 1
        start = sent.index(sample.text)
        if not any(
            v.severity == "block" and start < v.end and v.start < start + len(sample.text) for v in result.violations
        ):
            missed.append((sample.id, sample.rules, sent))
    # What a rule finds is never hidden; what the meaning layer scores just above its threshold may fall just below it
    # when its sentence gets a full stop or its line a neighbour.
    assert [row for row in missed if row[1]] == []
    at_least(0.995, missed, total, layout)


# Repetition


def test_the_same_from_every_thread(rules: ComplianceRules, samples: list[Sample], shipped: Guard) -> None:
    chosen = samples[::7]
    wanted = [shipped.check(sample.text, sample.context) for sample in chosen]
    assert wanted == [shipped.check(sample.text, sample.context) for sample in chosen]
    # A guard that has compiled nothing yet: what threads share is made while they run.
    fresh = Guard(rules, load_meaning(Features(rules.sounds.syllables)))
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.map(fresh.check, *zip(*[(s.text, s.context) for s in chosen], strict=True)) for _ in range(2)]
        for run in runs:
            assert list(run) == wanted


def test_a_repaired_text_may_be_sent_and_stays_as_it_is(shipped: Guard, samples: list[Sample]) -> None:
    for sample in blocked(samples, *VIOLATIONS, "approval"):
        suggested = shipped.check(sample.text, sample.context).suggested_text
        assert suggested is not None, sample.id
        again = shipped.check(suggested, sample.context)
        assert again.status != "block", (sample.id, suggested)
        assert again.suggested_text is None, (sample.id, suggested)
        assert shipped.repair(suggested, sample.context).text == suggested, sample.id


def test_a_reworded_warning_never_becomes_a_block(shipped: Guard, samples: list[Sample]) -> None:
    warned = [sample for sample in samples if sample.result.status == "warn"]
    unsettled = []
    for sample in warned:
        suggested = shipped.check(sample.text, sample.context).suggested_text or sample.text
        assert shipped.evaluate(suggested, sample.context).status != "block", sample.id
        if shipped.repair(suggested, sample.context).text != suggested:
            unsettled.append((sample.id, suggested))
    # 0.81 in June 2026: the repair stops at a text that is only warned of, and would go on with it when asked again.
    at_least(0.75, unsettled, len(warned), "suggestions for a warning that repair to themselves")


# Compliant replies


@pytest.mark.parametrize("name", ["full width", "traditional"])
def test_a_compliant_reply_passes_in_other_glyphs(
    shipped: Guard, samples: list[Sample], name: str, record_property: Callable[[str, object], None]
) -> None:
    replies = [(s.text, s.context) for s in samples if s.kind in COMPLIANT and s.result.status == "pass"]
    bare = GuardContext(now=NOW)
    replies += [(text, bare) for text in good_sentences() if shipped.evaluate(text, bare).status == "pass"]
    stopped = []
    for text, context in replies:
        sent = disguise(name, text).text
        result = shipped.evaluate(sent, context)
        if result.status != "pass":
            stopped.append((sent, result.violations[0].rule))
    record_property("share", 1 - len(stopped) / len(replies))
    at_least(0.98, stopped, len(replies), name)
