"""What the guard's tests share: the shipped rules, a guard built from them, and the development sets."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from copilot.domain.base import BEIJING
from copilot.domain.compliance import CheckResult
from copilot.guard.context import GuardContext
from copilot.guard.engine import Guard
from copilot.guard.features import Features
from copilot.guard.meaning import load_meaning
from copilot.rulebook.compliance import ComplianceRules, load
from kb import embed

RULES = Path(__file__).parents[2] / "copilot" / "rulebook" / "data" / "compliance"
DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 6, 18, 10, tzinfo=BEIJING)


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def rules() -> ComplianceRules:
    return load(RULES)


@pytest.fixture(scope="session")
def guard(rules: ComplianceRules) -> Guard:
    """As the product builds it: rules, meaning layer, bundled embeddings."""
    model = embed.load("bundled")
    assert model is not None
    return Guard(rules, load_meaning(Features(rules.sounds.syllables)), model.embed_query)


@pytest.fixture(scope="session")
def rule_guard(rules: ComplianceRules) -> Guard:
    """The rule layers alone."""
    return Guard(rules)


@pytest.fixture(scope="session")
def check(guard: Guard) -> Callable[..., CheckResult]:
    """The verdict on a text with facts of a context given as keywords."""

    def judge(text: str, **given: Any) -> CheckResult:
        return guard.check(text, GuardContext.model_validate({"now": NOW, **given}))

    return judge


def ticket(**fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "customer", "text": "请帮我处理一下"}], **fields}
