"""What a document's life shows: its steps, what changed between versions, wordings, and where a clause stands now."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from kb.models import Frozen, Waiver

ReviewAction = Literal[
    "add", "submit", "approve", "reject", "dates", "publish", "rollback", "archive", "retire", "wordings"
]
Standing = Literal["in_force", "changed", "removed", "archived", "withdrawn", "not_in_force", "unknown"]


class ReviewStep(Frozen):
    """One step of a version's life: who did what, when, and why. Steps are never changed or removed.

    `waived` says why the second pair of eyes was missing: `solo` (the shop has one person, and says so) or
    `admin` (published from the home's own command line).
    """

    document_id: str
    version: int
    action: ReviewAction
    actor: str
    at: datetime
    note: str = ""
    waived: Waiver | None = None


class TextSpan(Frozen):
    """A stretch of a text comparison. Equal and deleted spans make the old text, equal and inserted the new."""

    op: Literal["equal", "delete", "insert"]
    text: str


class FieldChange(Frozen):
    """A field that differs, as it was and as it is."""

    field: str
    before: Any = None
    after: Any = None


class ClauseChange(Frozen):
    """What happened to a clause between two versions."""

    kind: Literal["added", "removed", "changed", "moved"]
    clause_id: str
    was: str | None = Field(default=None, description="Its id before, where the edited text was taken for a new clause")
    anchor: str | None = None
    section_path: tuple[str, ...] = Field(description="In the newer version; of a removed clause: in the older")
    moved: bool = Field(default=False, description="It stands in another section or between other clauses")
    before: str | None = Field(default=None, description="The old text; None for an added clause")
    after: str | None = Field(default=None, description="The new text; None for a removed clause")
    spans: tuple[TextSpan, ...] = Field(default=(), description="Word by word, where both texts are there and differ")
    fields: tuple[FieldChange, ...] = Field(default=(), description="Place, scope, wordings and tags that differ")


class DocumentDiff(Frozen):
    """Two versions of a document, clause by clause. `from_version` None: there was nothing before."""

    document_id: str
    from_version: int | None
    to_version: int
    metadata: tuple[FieldChange, ...] = Field(description="Title, audience, validity, category, front matter")
    clauses: tuple[ClauseChange, ...] = Field(description="In the order of the newer version, then what was removed")
    unchanged: int = Field(description="Clauses that are word for word where they were")


class Wording(Frozen):
    """A way in which people ask for a clause, added beside those in its file."""

    text: str
    origin: str = Field(description="`editor`, or what made it on an editor's behalf")
    created_by: str
    created_at: datetime


class ClauseWordings(Frozen):
    """All wordings of a clause; they serve search and are never quoted."""

    clause_id: str
    document_id: str
    file: tuple[str, ...] = Field(description="Those of the version in force, else of the latest")
    added: tuple[Wording, ...]


class ClauseStanding(Frozen):
    """What has become of a clause as it was cited once.

    `in_force`: the same words hold now · `withdrawn`: the cited version was retired · `changed`: the clause
    holds with other words · `removed`: the version in force no longer has it · `archived` · `not_in_force`:
    expired, or not begun · `unknown`: the knowledge base never had it.
    """

    clause_id: str
    version: int
    standing: Standing
    current_version: int | None = Field(default=None, description="The version in force that holds the clause")
