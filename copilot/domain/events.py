"""What a suggestion tells while it is made, in the order in which things are known."""

from typing import Any, Literal

from copilot.domain.base import Model
from copilot.domain.suggestion import Suggestion

EventName = Literal["classification", "entitlements", "next_steps", "sentence", "finding", "suggestion"]


class Event(Model):
    """`classification`, `entitlements` and `next_steps` come again where a model's reading changes them."""

    name: EventName
    body: Any
    """Models and plain values, to be written as JSON."""


class SentenceSaid(Model):
    """A sentence that the guard has passed after the ones before it."""

    text: str
    """With its citation marks."""
    paragraph: int
    citations: tuple[str, ...]
    source: Literal["llm", "composer", "template"]


class SentenceHeld(Model):
    """A sentence that was held back; its words are not told, only why."""

    why: str
    rules: tuple[str, ...] = ()
    replaced: bool
    """By approved wording for the same point."""


def suggestion_of(event: Event) -> Suggestion | None:
    return event.body if isinstance(event.body, Suggestion) else None
