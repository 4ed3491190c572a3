"""Rules whose clauses changed since their verdict was confirmed."""

from datetime import date

from copilot.domain.base import Model
from copilot.domain.vocabulary import Action, EntitlementVerdict


class ChangedClause(Model):
    """A clause in force whose text nobody confirmed for the row."""

    anchor: str
    clause_id: str
    document_id: str
    document: str
    version: int
    section_path: tuple[str, ...]
    text: str
    sha256: str
    """Of the text in force."""
    confirmed: tuple[str, ...]
    """Of the texts that were confirmed for the row under this anchor; none: the row never was."""
    platform: str | None = None
    operator: str | None = None
    valid_from: date | None = None


class StaleRow(Model):
    """A row of the decision tables that answers needs_approval until its clauses are confirmed."""

    row: str
    action: Action
    verdict: EntitlementVerdict
    """What the row answers once it is confirmed."""
    reason: str
    clauses: tuple[ChangedClause, ...]


class ConfirmedRow(Model):
    """What a confirmation covered; no clause: nothing had changed."""

    row: str
    clauses: tuple[ChangedClause, ...]
