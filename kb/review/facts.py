"""What a clause states, in a form that can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kb.review.quantities import Quantity
from kb.review.statements import Conditions

Kind = Literal["quantity", "payer", "permission"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement that can be compared. `start` and `end` are offsets into the clause's own text."""

    kind: Kind
    about: str
    start: int
    end: int
    quote: str
    where: Conditions
    core: frozenset[str]
    frame: frozenset[str]
    quantity: Quantity | None = None
    parties: frozenset[str] = frozenset()
    allowed: bool | None = None
    event: str | None = None
    actor: str | None = None
    tiers: tuple[tuple[str, str, float], ...] = ()
    universal: bool = False
    around: Conditions = field(default_factory=dict)
    """What the clause said before it, its headings and its document make it depend on."""
    governed: bool = False
    """A condition of its own (…的，) stands before it."""
    trigger: bool = False
    """The number is part of a condition, it sets nothing by itself."""
    statutory: bool = False


@dataclass(frozen=True)
class Reading:
    """A clause as its facts; `asides` are the values that stand in brackets."""

    facts: tuple[Fact, ...]
    topic: frozenset[str]
    """The words of text, headings and title."""
    heading: frozenset[str]
    where: Conditions
    """What the headings make it depend on."""
    anywhere: Conditions = field(default_factory=dict)
    """What any part of it depends on."""
    asides: frozenset[tuple[str, float]] = field(default_factory=frozenset)
