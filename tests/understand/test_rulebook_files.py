"""taxonomy and signals.yaml: complete, consistent, and errors that name file and line."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from copilot.domain.vocabulary import SUBTYPES, IssueType, RiskFlag
from copilot.errors import RulebookError
from copilot.rulebook import signals as signals_file
from copilot.rulebook import taxonomy as taxonomy_file
from copilot.rulebook.signals import Signals
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.cues import SignalFinder
from copilot.understand.head import load_head
from copilot.understand.train import examples_hash
from copilot.understand.utterance import Utterance
from tests.understand.conftest import Read
from tests.understand.measure import DATA

CALM = "买的东西收到了"


def test_every_subtype_has_thirty_examples_and_ten_cues(taxonomy: Taxonomy) -> None:
    assert set(taxonomy.keys) == {(kind, name) for kind, names in SUBTYPES.items() for name in names}
    for rules in taxonomy.types:
        for subtype in rules.subtypes:
            assert len(subtype.examples) >= 30, subtype.id
            assert len(subtype.cues) >= 10, subtype.id


def test_labels(taxonomy: Taxonomy) -> None:
    assert taxonomy.label(IssueType.QUALITY) == "商品质量"
    assert taxonomy.label(IssueType.QUALITY, "damaged") == "破损瑕疵"
    with pytest.raises(KeyError):
        taxonomy.label(IssueType.QUALITY, "nothing")


def edited(folder: Path, name: str, old: str, new: str) -> int:
    """Edits a file once and says the line of the edit."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_an_unknown_subtype_is_named_with_its_line(taxonomy_folder: Path) -> None:
    line = edited(taxonomy_folder, "quality.yaml", "id: spoiled", "id: rotten")
    with pytest.raises(RulebookError, match=rf"quality\.yaml:{line}: unknown subtype rotten"):
        taxonomy_file.load(taxonomy_folder)


def test_a_missing_file_is_named(taxonomy_folder: Path) -> None:
    (taxonomy_folder / "invoice.yaml").unlink()
    with pytest.raises(RulebookError, match=r"invoice\.yaml:1: the file of issue type invoice is missing"):
        taxonomy_file.load(taxonomy_folder)


def test_an_example_under_two_subtypes_is_refused(taxonomy_folder: Path) -> None:
    text = (taxonomy_folder / "invoice.yaml").read_text(encoding="utf-8")
    example = re.search(r"examples:\n\s+- (.+)\n", text)
    assert example
    edited(taxonomy_folder, "usage.yaml", "    examples:\n", f"    examples:\n      - {example[1]}\n")
    with pytest.raises(RulebookError, match=r"usage\.yaml:\d+: example stands already under invoice/request"):
        taxonomy_file.load(taxonomy_folder)


def test_a_bad_weight_is_named_with_its_line(taxonomy_folder: Path) -> None:
    line = edited(taxonomy_folder, "order.yaml", "weight: 3", "weight: 7")
    with pytest.raises(RulebookError, match=rf"order\.yaml:{line}: "):
        taxonomy_file.load(taxonomy_folder)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{approach}…{regulator}", "{approach}…{regulators}", "unknown slot"),
        ("{symptom}\"", "(坏了\"", "malformed"),
        ("towards: logistics/no_update", "towards: logistics/no_updates", "unknown issue subtypes"),
        ("signal: marks.praise", "signal: marks.praises", "unknown signals"),
    ],
)  # fmt: skip
def test_mistakes_in_signals_are_refused(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = tmp_path / "signals.yaml"
    path.write_bytes((DATA / "signals.yaml").read_bytes())
    edited(tmp_path, "signals.yaml", old, new)
    with pytest.raises(RulebookError, match=problem):
        signals_file.load(path)


def test_no_pattern_fires_on_its_counterexamples(signals: Signals, utterance: Callable[[str], Utterance]) -> None:
    finder = SignalFinder(signals)
    wrong = [
        (path, text)
        for path, signal in signals.all.items()
        for text in signal.counterexamples
        if path in finder.find([utterance(text)])
    ]
    assert wrong == []


def test_patterns_find_most_of_their_examples_without_a_head(
    signals: Signals, utterance: Callable[[str], Utterance]
) -> None:
    finder = SignalFinder(signals)
    examples = [(f"risk_flags.{flag}", text) for flag, signal in signals.risk_flags.items() for text in signal.examples]
    found = sum(path in finder.find([utterance(text)]) for path, text in examples)
    assert found / len(examples) >= 0.8


def test_nearly_all_risk_examples_are_flagged_with_the_head(signals: Signals, read: Read) -> None:
    examples = [(flag, text) for flag, signal in signals.risk_flags.items() for text in signal.examples]
    found = sum(flag in read(text).classification.risk_flags for flag, text in examples)
    assert found / len(examples) >= 0.85


def test_every_risk_but_the_amount_has_words(signals: Signals) -> None:
    assert set(signals.risk_flags) == set(RiskFlag) - {RiskFlag.HIGH_VALUE}


def test_the_head_was_trained_on_these_examples() -> None:
    """Fails after an edit of the taxonomy or the messages: run `make train`."""
    head = load_head()
    assert head is not None
    assert head.examples_hash == examples_hash(DATA)


def test_numbers_match_only_whole(signals: Signals, utterance: Callable[[str], Utterance]) -> None:
    finder = SignalFinder(signals)
    assert "risk_flags.regulator" in finder.find([utterance("那我去打12315")])
    assert "risk_flags.regulator" not in finder.find([utterance("去查订单8812315990")])
