"""The compliance files: complete, bounded, consistent, and true to their own examples."""

import re
import shutil
from pathlib import Path

import pytest

from copilot.domain.vocabulary import Category
from copilot.errors import RulebookError
from copilot.guard.engine import Guard
from copilot.guard.lexicon import Lexicon, branches
from copilot.rulebook.compliance import ComplianceRules, lint, load

from .conftest import RULES

UNBOUNDED = re.compile(r"(?<!\\)[*+]|(?<!\\)\{\d*,\}")
IN_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*\]")


def test_every_example_of_every_rule_holds(rules: ComplianceRules, guard: Guard) -> None:
    assert lint(rules, guard) == []


def test_lint_sees_an_example_that_does_not_hold(rules: ComplianceRules, guard: Guard) -> None:
    file = rules.files[Category.DISRESPECT]
    wrong = file.rules[0].model_copy(update={"must_flag": ("您好", "谢谢您", "再见")})
    changed = file.model_copy(update={"rules": (wrong, *file.rules[1:])})
    problems = lint(rules.model_copy(update={"files": {**rules.files, Category.DISRESPECT: changed}}), guard)
    assert len(problems) == 3
    assert problems[0].startswith("respect.blame: must flag")


def test_every_category_has_a_file_with_rules(rules: ComplianceRules) -> None:
    assert set(rules.files) == set(Category)


def test_patterns_compile_and_have_no_unbounded_repeat(rules: ComplianceRules) -> None:
    lexicon = Lexicon(rules.slots)
    for file in rules.files.values():
        for rule in file.rules:
            for pattern in (*rule.patterns, *rule.unless):
                assert not UNBOUNDED.search(IN_CLASS.sub("", lexicon.expand(pattern))), (rule.id, pattern)
                re.compile(lexicon.expand(pattern))
    for words in rules.slots.values():
        for word in words:
            assert not UNBOUNDED.search(IN_CLASS.sub("", lexicon.expand(word))), word


def test_requirements_never_lose_a_match(rules: ComplianceRules) -> None:
    """What a pattern matches has at least one feature of each group that it is filed under."""
    lexicon = Lexicon(rules.slots)
    compiled = [
        (re.compile(lexicon.expand(branch)), lexicon.requirements(branch))
        for file in rules.files.values()
        for rule in file.rules
        for pattern in rule.patterns
        for branch in branches(pattern)
    ]
    for file in rules.files.values():
        for rule in file.rules:
            for example in rule.must_flag:
                text = example if isinstance(example, str) else example.text
                for regex, groups in compiled:
                    match = regex.search(text)
                    if match:
                        missing = [group for group in groups if not any(feature in text for feature in group)]
                        assert not missing, (regex.pattern, text)


def test_rewordings_and_the_holding_reply_are_compliant(rules: ComplianceRules, guard: Guard) -> None:
    texts = {rules.holding_reply}
    for file in rules.files.values():
        texts |= {file.reword.text} | {rule.reword.text for rule in file.rules if rule.reword}
    for text in texts - {""}:
        assert guard.examine(text, {}).status == "pass", text


def test_ordinary_words_are_never_disguises(rules: ComplianceRules, guard: Guard) -> None:
    for word in rules.sounds.ordinary:
        assert guard.reading(f"好的{word}呢").plain.text == f"好的{word}呢"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("category: disrespect", "category: privacy", "disrespect.yaml:1"),
        ("  - id: respect.mock", "  - id: respect.blame", "also stands in"),
        ("severity: block", "severity: fatal", "disrespect.yaml:3"),
        ("怪(?:您|你)自己|", "怪{nobody}自己|", "unknown slot {nobody}"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    folder = tmp_path / "compliance"
    shutil.copytree(RULES, folder)
    path = folder / "disrespect.yaml"
    text = path.read_text(encoding="utf-8")
    if "nobody" in new:
        text = text.replace("    patterns:\n", "    patterns:\n      - '{nobody}'\n", 1)
    else:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError) as error:
        load(folder)
    assert complaint in error.value.message
