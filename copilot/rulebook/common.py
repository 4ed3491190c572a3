"""What holds for the steps of every playbook: added, settled and blocked ones, and what ends a ticket."""

from typing import Annotated, Literal

from pydantic import Field

from copilot.rulebook.conditions import Condition
from copilot.rulebook.models import StepRule
from copilot.rulebook.source import RuleModel


class CommonStep(RuleModel):
    """A step of every playbook whose condition holds, unless the playbook has one of these actions itself."""

    place: Literal["after_order", "before_close"]
    unless: tuple[str, ...] = ()
    step: StepRule


class Settled(RuleModel):
    """Actions that are done once these facts hold."""

    when: Condition
    actions: Annotated[tuple[str, ...], Field(min_length=1)]


class Block(RuleModel):
    """Actions that may not be taken while an approval or another party's decision is missing."""

    when: Condition
    actions: Annotated[tuple[str, ...], Field(min_length=1)]
    reason: str
    """What is awaited, from whom."""


class CommonFile(RuleModel):
    """What holds for the steps of every playbook."""

    steps: tuple[CommonStep, ...]
    settled: tuple[Settled, ...]
    blocked: tuple[Block, ...]
    closing: tuple[str, ...]
    """Actions that end a ticket: never at hand while an earlier step is open."""
    asking: tuple[str, ...]
    """Actions that only ask the customer: done once nothing that they need is missing."""
    idle: StepRule
    """What can be done while everything else waits for others."""
