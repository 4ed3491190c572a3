"""Which suggestions relied on a clause, and what has become of it since."""

from datetime import datetime

from pydantic import Field

from copilot.domain.base import Model
from kb.life_models import Standing


class Cited(Model):
    """One citation, as it was sent."""

    suggestion_id: str
    ticket_id: str | None
    created_at: datetime
    citation_id: str
    clause_id: str
    version: int
    quote: str
    sha256: str
    standing: Standing = Field(description="What the cited words are now: in_force, changed, withdrawn …")
    current_version: int | None = Field(default=None, description="The version in force that holds the clause")


class Impact(Model):
    """Everything that cited a clause or a document, newest first."""

    clause_id: str | None = None
    document_id: str | None = None
    version: int | None = None
    since: datetime | None = None
    suggestions: int = Field(description="Suggestions that cited it, all of them")
    tickets: int = Field(description="Tickets of these suggestions")
    citations: tuple[Cited, ...] = Field(description="The newest, up to the limit that was asked for")
