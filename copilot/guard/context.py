"""What a reply is judged against: the ticket, what the rules allow, verified approvals and clauses in force."""

from datetime import datetime, timedelta

from copilot.domain.approvals import VerifiedApproval
from copilot.domain.base import Model
from copilot.domain.suggestion import Entitlement
from copilot.domain.ticket import Ticket


class SupportClause(Model):
    """A clause in force that may support what the reply states."""

    clause_id: str
    text: str
    document: str
    section_path: tuple[str, ...] = ()
    citation_id: str | None = None
    """`c1` for the mark [1]; null when the clause was only looked up."""


class GuardContext(Model):
    ticket: Ticket | None = None
    now: datetime
    entitlements: tuple[Entitlement, ...] = ()
    approvals: tuple[VerifiedApproval, ...] = ()
    """Only verified ones; approvals that merely stand in the ticket never count."""
    clauses: tuple[SupportClause, ...] = ()
    reply_within: tuple[timedelta, ...] = ()
    """How far ahead the service rules let the agent promise the agent's own next act; empty: not known."""
    own_draft: bool = False
    """Drafts written here must also cite the clause that supports each statement."""
