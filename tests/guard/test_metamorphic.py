"""What must not change a verdict: a disguise, a good sentence beside it, asking twice."""

import json
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
from copilot.rulebook.compliance import ComplianceRules

from .conftest import NOW
from .disguise import DISGUISES, MARKS, SEED, ZERO_WIDTH, Disguised, closed, disguise
from .facts import without_embeddings

EVALS = Path(__file__).parents[2] / "evals"
VIOLATIONS = ("plain", "evaded", "scope", "paraphrase")
COMPLIANT = ("hard_negative", "good_reply")
WORD_MARKS, ALL_MARKS = [f"mark {mark}" for mark in MARKS], [f"mark {mark} everywhere" for mark in MARKS]
FLOORS: dict[tuple[str, str], tuple[float, float]] = {
    # 1.0 and 0.94: the meaning layer reads 3% and 百分之三 as different words.
    **{("numerals", part): (1.0, 0.93) for part in ("span", "whole")},
    # 0.995 and 0.99: missed are names of internal fields (c·l_9·f) and settings.
    **{(name, part): (0.99, 0.985) for name in WORD_MARKS for part in ("span", "whole")},
    # 0.995 and 0.98.
    **{(name, part): (0.99, 0.975) for name in ALL_MARKS for part in ("span", "whole")},
    # 0.94 and 0.92, 0.995 and 0.95: a piece beside a long line is not joined.
    ("broken lines", "span"): (0.93, 0.91),
    ("broken lines", "whole"): (0.99, 0.94),
}
"""Where a disguise is a matter of degree, the share that is still caught: of what rules find, and of all.

With what was measured when the floor was set. Every other disguise hides nothing.
"""
CARDS = {"privacy.id_card", "privacy.bank_card"}
"""Numbers that are found in digits only so far; see test_reading_gaps."""


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
    return without_embeddings(rules)


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
    missed, total, ruled = [], 0, 0
    for sample in blocked(samples, "plain"):
        sent = disguise(name, sample.text, sample.spans if part == "span" else None)
        if sent.text == sample.text or (name == "numerals" and CARDS & {v.rule for v in sample.blocking}):
            continue
        total += 1
        result = shipped.evaluate(sent.text, sample.context)
        assert_exact(result, sent.text)
        if not still_caught(sample, sent, result):
            missed.append((sample.id, sample.rules, sent.text))
        ruled += bool(sample.rules)
    of_rules, of_all = FLOORS.get((name, part), (1.0, 1.0))
    at_least(of_rules, [row for row in missed if row[1]], ruled, f"{name}, {part}, of what rules find")
    at_least(of_all, missed, total, f"{name}, {part}")


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


# Additions


ADDITIONS = {
    "before": "{good}{bad}",
    "after": "{bad}{good}",
    "around": "{good}{bad}{further}",
}
LINES = "{good}\n{bad}\n{further}"
BLANKS = {
    "line break after": "{bad}\n",
    "blank line after": "{bad}\n\n",
    "space before": " {bad}",
    "space after": "{bad} ",
    "line break before": "\n{bad}",
    "on a line of its own": LINES,
}


def hidden(guard: Guard, samples: list[Sample], layout: str) -> tuple[list[Any], int]:
    """The violations that are not found where they stand in a layout, and of how many."""
    chance = Random(f"{SEED}{layout}")
    missed, total = [], 0
    for sample in blocked(samples, *VIOLATIONS):
        good, further = chance.sample(good_sentences(), 2)
        sent = layout.format(good=closed(good), bad=closed(sample.text), further=closed(further))
        result = guard.evaluate(sent, sample.context)
        assert_exact(result, sent)
        total += 1
        start = sent.index(sample.text)
        end = start + len(sample.text)
        if not any(v.severity == "block" and start < v.end and v.start < end for v in result.violations):
            missed.append((sample.id, sample.rules, sent))
    return missed, total


@pytest.mark.parametrize("layout", ADDITIONS.values(), ids=ADDITIONS.keys())
def test_a_good_sentence_never_hides_a_violation(shipped: Guard, samples: list[Sample], layout: str) -> None:
    missed, total = hidden(shipped, samples, layout)
    assert [row for row in missed if row[1]] == []
    # A full stop more can take a sentence that the meaning layer alone found just below its threshold (1 in 950).
    at_least(0.995, missed, total, layout)


@pytest.mark.parametrize("layout", BLANKS.values(), ids=BLANKS.keys())
def test_blanks_around_hide_nothing_that_a_rule_finds(shipped: Guard, samples: list[Sample], layout: str) -> None:
    missed, total = hidden(shipped, samples, layout)
    # Of rules that ask the meaning layer for a second opinion, one or two lose it to the blanks.
    at_least(0.995, [row for row in missed if row[1]], total, layout)


@pytest.mark.parametrize("layout", BLANKS.values(), ids=BLANKS.keys())
def test_blanks_around_hide_nothing(shipped: Guard, samples: list[Sample], layout: str) -> None:
    missed, total = hidden(shipped, samples, layout)
    at_least(0.995, missed, total, layout)


# Repetition


def test_the_same_from_every_thread(rules: ComplianceRules, samples: list[Sample], shipped: Guard) -> None:
    chosen = samples[::7]
    wanted = [shipped.check(sample.text, sample.context) for sample in chosen]
    assert wanted == [shipped.check(sample.text, sample.context) for sample in chosen]
    # A guard that has compiled nothing yet: what threads share is made while they run.
    fresh = without_embeddings(rules)
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
    at_least(0.95, unsettled, len(warned), "suggestions for a warning that repair to themselves")


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
