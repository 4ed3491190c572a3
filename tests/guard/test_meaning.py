"""The meaning layer: what it raises, what it confirms, and that it fails closed."""

from datetime import datetime
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from copilot.domain.base import BEIJING
from copilot.domain.vocabulary import Category
from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.guard.features import BUCKETS, Features
from copilot.guard.meaning import Meaning, load_meaning
from copilot.rulebook.compliance import ComplianceRules
from evals import meaning as training
from evals.dataset import read_rows

NOW = datetime(2026, 6, 18, 10, tzinfo=BEIJING)
CONTEXT = GuardContext(now=NOW)
PARAPHRASES = [
    "我跟店里打过招呼了，您下回来，他们心里有数的",
    "这点路上的花销您就别往心里去了，记在我们账上",
    "您就等着乐吧，那边我都说通了",
    "上回谁答应您的，您找他兑现去，我这儿不认",
    "手机上蹦出来的六个数，念给我听一遍",
]


@pytest.fixture(scope="module")
def features(rules: ComplianceRules) -> Features:
    return Features(rules.sounds.syllables)


@pytest.fixture(scope="module")
def meaning(features: Features) -> Meaning:
    loaded = load_meaning(features)
    assert loaded is not None
    return loaded


def test_the_model_was_trained_on_the_training_files(meaning: Meaning) -> None:
    assert meaning.trained_on == training.digest(), "the training files changed: run `make meaning`"


def test_kept_cases_are_no_training(meaning: Meaning) -> None:
    assert not any("kept" in path.name for path in (*training.CASES, *training.TRAINING.glob("*")))


@pytest.mark.parametrize("text", PARAPHRASES)
def test_a_paraphrase_without_any_phrase_of_the_rulebook_is_raised(guard: Guard, rule_guard: Guard, text: str) -> None:
    assert rule_guard.evaluate(text, CONTEXT).status == "pass"
    result = guard.evaluate(text, CONTEXT)
    assert result.status == "block"
    for violation in result.violations:
        assert violation.rule.endswith(".meaning")
        assert text[violation.start : violation.end] == violation.text


def test_words_that_honest_replies_use_too_need_a_second_opinion(guard: Guard, rule_guard: Guard) -> None:
    warning = "让您先交解冻费的都是骗子，请不要转账"
    assert rule_guard.evaluate("您就是个骗子", CONTEXT).status == "block"
    assert guard.evaluate("您就是个骗子", CONTEXT).status == "block"
    assert guard.evaluate(warning, CONTEXT).status == "pass"


def test_no_rule_that_reads_values_asks_for_confirmation(rules: ComplianceRules) -> None:
    strict = {"money.unapproved", "money.multiple", "value.points", "time.guaranteed", "outcome.guaranteed",
              "internal.limits", "privacy.phone", "privacy.id_card", "privacy.bank_card"}  # fmt: skip
    asking = {rule.id for file in rules.files.values() for rule in file.rules if rule.confirmed_by_meaning}
    assert asking
    assert not asking & strict


@pytest.mark.parametrize("rule", ["money.multiple", "privacy.phone"])
def test_such_a_rule_cannot_be_marked(rules: ComplianceRules, rule: str) -> None:
    (found,) = [known for file in rules.files.values() for known in file.rules if known.id == rule]
    with pytest.raises(ValidationError, match="confirmed_by_meaning"):
        type(found).model_validate({**found.model_dump(), "confirmed_by_meaning": True})


def test_what_is_backed_is_not_raised(guard: Guard) -> None:
    reply = "质保给您延长一年，我已经登记"
    approval: dict[str, Any] = {"approvals": [{"approval": {"id": "A1", "kind": "warranty", "item": "12个月"}}]}
    assert guard.examine(reply, {}).status == "block"
    assert guard.examine(reply, approval).status == "pass"


def test_a_crash_blocks(rules: ComplianceRules, meaning: Meaning) -> None:
    asked: list[str] = []

    def broken(text: str) -> np.ndarray[Any, Any]:
        asked.append(text)
        raise RuntimeError("no model")

    guard = Guard(rules, meaning, broken)
    for row in read_rows(training.TRAINING / "f.jsonl")[:80]:
        before = len(asked)
        result = guard.evaluate(row["text"], CONTEXT)
        if len(asked) > before:
            assert result.status == "block"
            assert "guard.crashed" in {violation.rule for violation in result.violations}
    assert asked, "none of the sentences was left open for the embedding"


def test_without_an_embedder_n_grams_decide(rules: ComplianceRules, meaning: Meaning) -> None:
    alone = Guard(rules, meaning)
    missing = Guard(rules, meaning, lambda text: None)
    for text in (*PARAPHRASES, "您好，请问有什么可以帮您？"):
        assert alone.evaluate(text, CONTEXT) == missing.evaluate(text, CONTEXT)


def test_only_a_sure_model_overrules_a_negation(guard: Guard) -> None:
    assert guard.evaluate("我们不会私下转账给您", CONTEXT).status == "pass"
    assert guard.evaluate("我们不会亏待您，私下转账给您", CONTEXT).status == "block"


def test_features_of_a_slice_are_those_of_its_text(features: Features) -> None:
    text = "您好，这边给您补偿50元，请查收"
    whole = features.grams(text)
    assert np.array_equal(whole.between(3, 12), features.of(text[3:12]))
    assert whole.between(0, len(text)).max() < BUCKETS


def test_homophones_share_syllables(features: Features) -> None:
    shared = np.intersect1d(features.of("给您补偿五十元"), features.of("给您卜尝五石圆"))
    assert len(shared) > len(np.intersect1d(features.of("给您补偿五十元"), features.of("请问有什么可以帮")))


def test_long_numbers_read_alike(features: Features) -> None:
    assert np.array_equal(features.of("运单13900001234567在派送"), features.of("运单62170012345678在派送"))


def test_a_character_beyond_the_basic_plane_keeps_places(features: Features) -> None:
    assert len(features.of("𠮷祥如意")) > 0


def test_every_category_has_a_rule_for_meaning(rules: ComplianceRules) -> None:
    for category in Category:
        assert [rule.id for rule in rules.files[category].rules if rule.detector == "meaning"], category
