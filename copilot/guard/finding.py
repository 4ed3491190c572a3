"""What a check reports, still in offsets of the marked view, and what every check is handed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from copilot.domain.compliance import Commitment
from copilot.domain.vocabulary import Category, Severity
from copilot.guard.approved import Ledger
from copilot.guard.context import GuardContext
from copilot.guard.reading import Reading
from copilot.guard.scope import ScopeJudge


@dataclass(frozen=True, slots=True)
class Finding:
    category: Category
    rule: str
    severity: Severity
    start: int
    end: int
    message: str
    source: str = "rulebook"


@dataclass
class Case:
    """One reply under judgement."""

    reading: Reading
    context: GuardContext
    scope: ScopeJudge
    ledger: Ledger = field(default_factory=Ledger)
    commitments: dict[tuple[str, int | None], Commitment] = field(default_factory=dict)
    """By what is promised and where."""
    negated: list[tuple[int, int]] = field(default_factory=list)
    """Phrases of the rulebook that their own clause negates."""
    embedded: int = 0
    """Sentences whose embedding was asked for."""


class Check(Protocol):
    """One category's check."""

    category: Category

    def findings(self, case: Case) -> Iterable[Finding]:
        """What the reply breaks; adds what it promises to the case's commitments."""
        ...
