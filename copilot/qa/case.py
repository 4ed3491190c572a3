"""One finished conversation with everything that its items are scored from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from copilot.domain.qa import Conversation, ItemScore, JudgedMessage, Quote
from copilot.domain.suggestion import Classification
from copilot.domain.vocabulary import MissingField
from copilot.qa.acts import Acts
from copilot.qa.sentences import Sentence
from copilot.qa.turns import Turns
from copilot.rulebook.qa import QaItem


@dataclass(frozen=True)
class Asked:
    """A field that an agent asked for, and whether the conversation or the ticket held it by then."""

    field: MissingField
    sentence: Sentence
    known: bool


@dataclass(frozen=True)
class Case:
    conversation: Conversation
    turns: Turns
    said: tuple[Sentence, ...]
    """The agent's sentences, never empty."""
    judged: tuple[JudgedMessage, ...]
    missing: tuple[MissingField, ...]
    """What was missing when the agent first answered the problem."""
    asked: tuple[Asked, ...]
    treated_as: Classification | None
    """What the agent's own words are about; null: they do not say."""
    mood: Classification | None
    """The customer's last message by itself; null: it does not answer the agent."""
    within: Callable[[int], tuple[timedelta | None, timedelta | None]]
    """How soon after a message the next word, and a plan, is due."""
    acts: Acts

    def opening(self) -> tuple[Sentence, ...]:
        """The agent's first message."""
        return tuple(each for each in self.said if each.message == self.said[0].message)

    def ending(self) -> tuple[Sentence, ...]:
        """The agent's last two messages: a rating is often asked for in one of its own."""
        last = sorted({each.message for each in self.said})[-2:]
        return tuple(each for each in self.said if each.message in last)


@dataclass(frozen=True)
class Found:
    """What an item's scorer says: null score means there was nothing to judge."""

    score: float | None
    why: str
    quotes: tuple[Quote, ...] = ()

    def of(self, item: QaItem) -> ItemScore:
        return ItemScore(
            id=item.id, label=item.label, weight=item.weight, applicable=self.score is not None,
            score=None if self.score is None else round(self.score, 4), quotes=self.quotes, why=self.why,
        )  # fmt: skip
