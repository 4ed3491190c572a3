"""The engine fails closed, repairs what it blocks, and stays bounded on hostile input."""

import re
from collections.abc import Callable, Iterator

import pytest

from copilot.domain.compliance import CheckResult
from copilot.domain.vocabulary import Category
from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.guard.finding import Case, Finding
from copilot.rulebook.compliance import ComplianceRules

from .conftest import NOW, rows

Judge = Callable[..., CheckResult]
CONTEXT = GuardContext(now=NOW)
BLOCKED = [row["text"] for row in rows("violations") if row["expect"] == "block" and "needs" not in row]


class Broken:
    """A check that crashes."""

    category = Category.PRIVACY

    def findings(self, case: Case) -> Iterator[Finding]:
        raise ZeroDivisionError
        yield


def test_a_crashed_check_blocks(rules: ComplianceRules, caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard(rules)
    guard._checks = (Broken(), *guard._checks[1:])  # type: ignore[assignment]
    result = guard.check("您好，我帮您核实一下", CONTEXT, id="x")
    assert result.id == "x"
    assert result.status == "block"
    assert [violation.rule for violation in result.violations] == ["guard.crashed"]
    assert result.violations[0].end == len("您好，我帮您核实一下")
    assert "Broken" in caplog.text


def test_other_findings_survive_a_crash(rules: ComplianceRules) -> None:
    guard = Guard(rules)
    guard._checks = (*guard._checks, Broken())  # type: ignore[assignment]
    rules_found = {violation.rule for violation in guard.check("爱买不买", CONTEXT).violations}
    assert rules_found == {"guard.crashed", "respect.mock"}


@pytest.mark.parametrize("text", BLOCKED)
def test_repair_gives_a_reply_that_may_be_sent(guard: Guard, text: str) -> None:
    repaired = guard.repair(text, CONTEXT)
    assert repaired.result.status != "block"
    assert repaired.repairs >= 1
    assert repaired.text.strip()
    assert guard.repair(repaired.text, CONTEXT).result.status != "block"


def test_repair_leaves_good_sentences_alone(check: Judge) -> None:
    result = check("您好，已为您查到订单。我们绝对正品。还有问题随时联系我们。")
    assert result.suggested_text is not None
    assert result.suggested_text.startswith("您好，已为您查到订单。")
    assert result.suggested_text.endswith("还有问题随时联系我们。")
    assert "绝对正品" not in result.suggested_text


def test_clean_reply_has_no_suggestion(check: Judge) -> None:
    result = check("您好，我先帮您核实一下。")
    assert (result.status, result.suggested_text, result.violations) == ("pass", None, ())


def test_place_points_into_the_text_as_sent(check: Judge) -> None:
    text = "您好😊，我们家绝\u200b对·正\u200b品哦"
    violation = check(text).violations[0]
    assert violation.text == text[violation.start : violation.end] == "绝\u200b对·正\u200b品"


HOSTILE = {
    "one character": "退",
    "digits": "1380000",
    "quotes": "“",
    "spaces": "终 身 ",
    "promise heads": "一定给您",
    "marks": "绝·",
    "clauses": "，不能",
    "money": "补您50元",
    "brackets": "【退】",
    "latin": "wei信vx",
    "mixed": "如果审核通过后我们会给您退款，另外",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_work_grows_with_length_not_faster(guard: Guard, piece: str) -> None:
    """Steps of the regular expressions are bounded by the patterns; what can still grow is counted here."""
    short = guard.evaluate(piece * (2_000 // len(piece)), CONTEXT)
    long = guard.evaluate(piece * (100_000 // len(piece)), CONTEXT)
    assert (short.status == "block") <= (long.status == "block")
    assert len(long.violations) <= 60 * (len(short.violations) + 1)


def test_every_repeat_in_code_patterns_is_over_one_class() -> None:
    """No nested repeats in the guard's own patterns: they could take exponential time."""
    nested = re.compile(r"\((?:[^()\\]|\\.)*[*+]\)[*+]")
    import copilot.guard as room

    for path in sorted(__import__("pathlib").Path(room.__path__[0]).rglob("*.py")):
        assert not nested.search(path.read_text(encoding="utf-8")), path.name
