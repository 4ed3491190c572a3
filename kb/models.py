"""What the knowledge base takes and gives: documents, versions, clauses, reports, searches (JSON of
DOMAIN.md)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

DocumentKind = Literal["sop", "policy", "faq"]
Audience = Literal["customer", "agent", "supervisor"]
VersionState = Literal["draft", "in_review", "approved", "published", "retired"]
Waiver = Literal["solo", "admin"]

KINDS: tuple[DocumentKind, ...] = ("sop", "policy", "faq")
AUDIENCES: tuple[Audience, ...] = ("customer", "agent", "supervisor")
DEFAULT_AUDIENCE: dict[DocumentKind, Audience] = {"sop": "agent", "policy": "customer", "faq": "customer"}
SCOPE_NAME_LENGTH = 64
SCOPE_ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"

ScopeName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=SCOPE_NAME_LENGTH)]
ScopeId = Annotated[str, StringConstraints(pattern=SCOPE_ID_PATTERN)]


class Frozen(BaseModel):
    """Base of the public models: immutable, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(Frozen):
    """One source over time. Its identity is file name + kind + platform + operator + shop."""

    document_id: str
    title: str
    source_name: str
    kind: DocumentKind
    platform: str | None = None
    operator: str | None = None
    shop: str | None = None
    category: str | None = None
    audience: Audience
    archived: bool = Field(default=False, description="Put away: not listed, not in force since then")
    latest_version: int
    published_version: int | None = Field(default=None, description="The version in force now")
    planned_version: int | None = Field(default=None, description="A published version that takes over later")
    state: VersionState = Field(description="State of the latest version")
    clauses: int = Field(description="Clauses of the latest version")
    metadata: dict[str, Any] = Field(default_factory=dict)


class DocumentVersion(Frozen):
    """One text of a document. `valid_from` and `valid_to` are inclusive days in Beijing time, as declared."""

    document_id: str
    version: int
    state: VersionState
    title: str
    audience: Audience
    valid_from: date | None = None
    valid_to: date | None = None
    created_at: datetime
    created_by: str
    published_at: datetime | None = None
    clauses: int
    content_sha256: str
    category: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class Clause(Frozen):
    """The unit that is found and cited. `text` is the source's own wording; `context` only helps search."""

    clause_id: str
    document_id: str
    document: str = Field(description="Title of the document")
    source_name: str
    kind: DocumentKind
    platform: str | None = None
    operator: str | None = None
    audience: Audience
    version: int
    anchor: str | None = None
    section_path: tuple[str, ...] = ()
    text: str
    context: str = ""
    sha256: str = Field(description="Of the text, UTF-8, lower-case hex")
    valid_from: date | None = None
    valid_to: date | None = None
    ordinal: int
    shop: str | None = None
    category: str | None = Field(default=None, description="Goods that it holds for; None: all")
    questions: tuple[str, ...] = Field(default=(), description="Wordings in which people ask for it; never quoted")
    tags: tuple[str, ...] = ()


class DroppedText(Frozen):
    """A passage that was left out, and why. `line` counts from 1 in the decoded file."""

    reason: str
    text: str
    line: int


class UnrepairedText(Frozen):
    """A damaged or unfinished passage that was kept as it stands."""

    reason: str
    text: str
    line: int


class IngestReport(Frozen):
    """What became of one file."""

    document_id: str
    title: str
    source_name: str
    version: int
    state: VersionState
    clauses: int
    unchanged_clauses: int = 0
    unchanged: bool = Field(default=False, description="The content was already there; no new version was made")
    dropped: tuple[DroppedText, ...] = ()
    unrepaired: tuple[UnrepairedText, ...] = ()
    repaired: int = Field(default=0, description="Glosses and garbled spots that were put right")
    warnings: tuple[str, ...] = ()
    waived: Waiver | None = Field(default=None, description="`admin`: published without the review that it lacked")


class IngestFailure(Frozen):
    """A file that could not be taken; the others of the same call went on."""

    source_name: str
    path: str
    code: str
    message: str


def _day_or_moment(value: object) -> object:
    """A bare day stays a day: pydantic would read "2026-06-18" as midnight."""
    if isinstance(value, str) and len(value.strip()) == 10:
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return value
    return value


AsOf = Annotated[datetime | date, BeforeValidator(_day_or_moment)]


class SearchRequest(Frozen):
    """A question to the knowledge base. `platform`, `operator`, `shop`, `category` None: no filter; `as_of` None:
    now."""

    id: str | None = None
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    k: int = Field(default=5, ge=1, le=50)
    platform: ScopeId | None = None
    operator: ScopeId | None = None
    shop: ScopeName | None = None
    category: ScopeName | None = None
    as_of: AsOf | None = None
    kinds: tuple[DocumentKind, ...] | None = Field(default=None, min_length=1)
    audiences: tuple[Audience, ...] | None = Field(default=None, min_length=1)


class SearchHit(Frozen):
    """One clause in force, with a relevance between 0 and 1."""

    clause_id: str
    document_id: str
    document: str
    source_name: str
    kind: DocumentKind
    audience: Audience
    platform: str | None = None
    operator: str | None = None
    version: int
    anchor: str | None = None
    section_path: tuple[str, ...]
    text: str
    sha256: str
    score: float = Field(ge=0.0, le=1.0)
    valid_from: date | None = None
    valid_to: date | None = None


class SearchResponse(Frozen):
    """Hits, best first. `confident` is False when nothing found is good."""

    id: str | None = None
    hits: tuple[SearchHit, ...]
    confident: bool
    as_of: datetime | date
    snapshot: str
    warnings: tuple[str, ...] = ()


class DriftReport(Frozen):
    """Where the projections differ from the published set in SQL (keys are clause_id@version)."""

    snapshot: str
    published: int
    lexical: int
    dense: int | None = Field(description="None: no embedder, so no dense projection")
    missing_lexical: tuple[str, ...] = ()
    extra_lexical: tuple[str, ...] = ()
    missing_dense: tuple[str, ...] = ()
    extra_dense: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """True when both projections equal the published set."""
        return not (self.missing_lexical or self.extra_lexical or self.missing_dense or self.extra_dense)


class KbStats(Frozen):
    """Counts for a health page."""

    documents: int
    versions: int
    clauses_in_force: int
    clauses_published: int
    snapshot: str
    embedder: str | None
    dense_ready: bool
