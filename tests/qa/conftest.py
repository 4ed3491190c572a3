"""Conversations for scores and summaries: turns a minute apart, on a home with the sample knowledge base."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.base import BEIJING
from copilot.domain.qa import Conversation, ItemScore, Score

START = datetime(2026, 6, 18, 10, 0, tzinfo=BEIJING)
ROLES = {"c": "customer", "a": "agent", "b": "bot", "s": "system"}


def conversation(*turns: tuple[str, str], **fields: Any) -> Conversation:
    messages = [
        {"role": ROLES[role], "text": text, "at": (START + timedelta(minutes=minute)).isoformat()}
        for minute, (role, text) in enumerate(turns)
    ]
    return Conversation.model_validate({"id": "T-1", "platform": "jd", "messages": messages, **fields})


Scored = Callable[..., Score]


@pytest.fixture(scope="session")
def scored(sample: Services) -> Scored:
    """scored((role, text)…, **ticket fields) → the score; roles are c, a, b, s."""
    return lambda *turns, **fields: sample.conversations.score(LOCAL, conversation(*turns, **fields))


def item(score: Score, name: str) -> ItemScore:
    return next(each for each in score.items if each.id == name)
