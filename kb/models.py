"""What the knowledge base takes and gives: documents, versions, clauses, reports, searches (JSON of
DOMAIN.md)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

DocumentKind = Literal["sop", "policy", "faq"]
Audience = Literal["customer", "agent", "supervisor"]
VersionState = Literal["draft", "in_review", "approved", "published", "retired"]
ReviewAction = Literal[
    "add", "submit", "approve", "reject", "dates", "publish", "rollback", "archive", "retire", "wordings"
]
Waiver = Literal["solo", "admin"]
Standing = Literal["in_force", "changed", "removed", "archived", "withdrawn", "not_in_force", "unknown"]

KINDS: tuple[DocumentKind, ...] = ("sop", "policy", "faq")
AUDIENCES: tuple[Audience, ...] = ("customer", "agent", "supervisor")
DEFAULT_AUDIENCE: dict[DocumentKind, Audience] = {"sop": "agent", "policy": "customer", "faq": "customer"}
SCOPE_NAME_LENGTH = 64
SCOPE_ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"

ScopeName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=SCOPE_NAME_LENGTH)]
ScopeId = Annotated[str, StringConstraints(pattern=SCOPE_ID_PATTERN)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(_Frozen):
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


class DocumentVersion(_Frozen):
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


class Clause(_Frozen):
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


class DroppedText(_Frozen):
    """A passage that was left out, and why. `line` counts from 1 in the decoded file."""

    reason: str
    text: str
    line: int


class UnrepairedText(_Frozen):
    """A damaged or unfinished passage that was kept as it stands."""

    reason: str
    text: str
    line: int


class IngestReport(_Frozen):
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


class IngestFailure(_Frozen):
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


class SearchRequest(_Frozen):
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


class SearchHit(_Frozen):
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


class SearchResponse(_Frozen):
    """Hits, best first. `confident` is False when nothing found is good."""

    id: str | None = None
    hits: tuple[SearchHit, ...]
    confident: bool
    as_of: datetime | date
    snapshot: str
    warnings: tuple[str, ...] = ()


class DriftReport(_Frozen):
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


class KbStats(_Frozen):
    """Counts for a health page."""

    documents: int
    versions: int
    clauses_in_force: int
    clauses_published: int
    snapshot: str
    embedder: str | None
    dense_ready: bool


class ReviewStep(_Frozen):
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


class TextSpan(_Frozen):
    """A stretch of a text comparison. Equal and deleted spans make the old text, equal and inserted the new."""

    op: Literal["equal", "delete", "insert"]
    text: str


class FieldChange(_Frozen):
    """A field that differs, as it was and as it is."""

    field: str
    before: Any = None
    after: Any = None


class ClauseChange(_Frozen):
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


class DocumentDiff(_Frozen):
    """Two versions of a document, clause by clause. `from_version` None: there was nothing before."""

    document_id: str
    from_version: int | None
    to_version: int
    metadata: tuple[FieldChange, ...] = Field(description="Title, audience, validity, category, front matter")
    clauses: tuple[ClauseChange, ...] = Field(description="In the order of the newer version, then what was removed")
    unchanged: int = Field(description="Clauses that are word for word where they were")


class Wording(_Frozen):
    """A way in which people ask for a clause, added beside those in its file."""

    text: str
    origin: str = Field(description="`editor`, or what made it on an editor's behalf")
    created_by: str
    created_at: datetime


class ClauseWordings(_Frozen):
    """All wordings of a clause; they serve search and are never quoted."""

    clause_id: str
    document_id: str
    file: tuple[str, ...] = Field(description="Those of the version in force, else of the latest")
    added: tuple[Wording, ...]


class ClauseStanding(_Frozen):
    """What has become of a clause as it was cited once.

    `in_force`: the same words hold now · `withdrawn`: the cited version was retired · `changed`: the clause
    holds with other words · `removed`: the version in force no longer has it · `archived` · `not_in_force`:
    expired, or not begun · `unknown`: the knowledge base never had it.
    """

    clause_id: str
    version: int
    standing: Standing
    current_version: int | None = Field(default=None, description="The version in force that holds the clause")
