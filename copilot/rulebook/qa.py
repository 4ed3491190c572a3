"""The shape of qa.yaml: what a finished conversation is scored on, with what weight, and by which words."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from copilot.domain.qa import ItemId
from copilot.domain.vocabulary import Category, MissingField
from copilot.rulebook.conditions import Condition
from copilot.rulebook.source import RuleModel

Phrase = Annotated[str, Field(min_length=1, max_length=60)]

ACTS = ("greeting", "empathy", "restate", "next_time", "closing", "rating", "policy", "other")
"""What a sentence of an agent can do; `other` holds what the rest must be told apart from."""


class QaItem(RuleModel):
    id: ItemId
    label: str
    weight: Annotated[float, Field(gt=0, le=100)]
    when: Condition = Condition()
    """Facts of the ticket before any answer of the agent or at its end; beyond them each item needs something to judge."""


class ActRules(RuleModel):
    """How a kind of sentence is known: by set words, else by what it is nearest to in meaning."""

    phrases: tuple[Phrase, ...] = ()
    examples: Annotated[tuple[Phrase, ...], Field(min_length=3)]


class AskRules(RuleModel):
    """How an agent's request for a field is known: a sentence that asks and names it."""

    asks: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    denies: tuple[Phrase, ...]
    """Words of a sentence that asks for nothing (已收到, 无需提供)."""
    fields: dict[MissingField, tuple[Phrase, ...]]


class QaFile(RuleModel):
    pass_mark: Annotated[float, Field(ge=0, le=100)]
    fatal: tuple[Category, ...]
    """A blocked violation of these fails the conversation whatever its score."""
    items: tuple[QaItem, ...]
    acts: dict[str, ActRules]
    asking: AskRules

    @model_validator(mode="after")
    def _whole(self) -> "QaFile":
        ids = [item.id for item in self.items]
        if len(set(ids)) != len(ids):
            raise ValueError("items: an id stands twice; keep one")
        if set(self.acts) != set(ACTS):
            raise ValueError(f"acts: must be {', '.join(ACTS)}")
        return self


def fact_names(file: QaFile) -> Iterator[tuple[tuple[Any, ...], set[str]]]:
    """Where each item's condition stands and the facts that it names."""
    for index, item in enumerate(file.items):
        yield ("items", index, "when"), item.when.facts()
