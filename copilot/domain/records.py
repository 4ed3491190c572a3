"""The register as it is exported: one row a ticket, every field of the after-sales ledger."""

from copilot.domain.base import Model, Moment
from copilot.domain.suggestion import Record


class RegisterRow(Model):
    """The record of one stored suggestion, with what finds it again."""

    suggestion_id: str
    ticket_id: str | None = None
    created_at: Moment
    record: Record


class Purged(Model):
    """What a purge removed, or would remove."""

    before: Moment
    """Suggestions that were stored before this moment are past their retention."""
    retention_days: int
    suggestions: int
    removed: bool
    """False: nothing was touched yet."""
