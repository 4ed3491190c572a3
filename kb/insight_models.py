"""What an editor is shown before publishing, what the knowledge base lacks, and short answers with citations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from kb.models import AsOf, Audience, DocumentKind, Frozen, ScopeId, ScopeName

FactKind = Literal["quantity", "payer", "permission"]
Side = Literal["left", "right"]


class ClauseRef(Frozen):
    """A clause in a report: enough to read it and to find it again."""

    clause_id: str
    document_id: str
    document: str = Field(description="Title of the document")
    version: int
    kind: DocumentKind
    audience: Audience
    platform: str | None = None
    operator: str | None = None
    shop: str | None = None
    category: str | None = None
    anchor: str | None = None
    section_path: tuple[str, ...] = ()
    text: str
    sha256: str
    valid_from: date | None = None
    valid_to: date | None = None


class ClauseFact(Frozen):
    """A statement inside a clause. `start` and `end` are code points of its text, end exclusive."""

    kind: FactKind
    about: str = Field(description="What it is about, in Chinese: 退货期限, 到账时间, 运费")
    quote: str
    start: int
    end: int


class Contradiction(Frozen):
    """Two clauses that hold for the same case and differ. `left` is the clause under review."""

    kind: FactKind
    left: ClauseRef
    right: ClauseRef
    left_fact: ClauseFact
    right_fact: ClauseFact
    strength: float = Field(ge=0.0, le=1.0, description="How much of their subject the statements share")
    wins: Side | None = Field(description="Which clause goes first by precedence; None: neither")
    because: str = Field(description="Why it goes first, in Chinese")


class Duplicate(Frozen):
    """Two clauses that say the same in nearly the same words. `left` is the clause under review."""

    relation: Literal["identical", "nearly", "contained"]
    left: ClauseRef
    right: ClauseRef
    similarity: float = Field(ge=0.0, le=1.0, description="Share of common runs of five characters")
    cosine: float | None = Field(default=None, description="Of the two vectors, where both are known")


class ReplayedHit(Frozen):
    """The clause that answers a stored question, before or after."""

    clause_id: str
    document_id: str
    document: str
    version: int
    section_path: tuple[str, ...]
    text: str
    score: float


class ReplayChange(Frozen):
    """A question that was asked before, and that this version would answer with another clause or other words.

    `before` or `after` None: nothing good answers it.
    """

    question: str
    platform: str | None = None
    asked: int
    before: ReplayedHit | None = None
    after: ReplayedHit | None = None


class VersionReview(Frozen):
    """What publishing a version would do to the knowledge base in force."""

    document_id: str
    version: int
    title: str
    clauses: int
    replaces: int | None = Field(default=None, description="The version in force that it would end")
    duplicates: tuple[Duplicate, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    replayed: int = Field(default=0, description="Stored questions that were asked again")
    replay: tuple[ReplayChange, ...] = ()
    snapshot: str
    warnings: tuple[str, ...] = ()


class ConflictReport(Frozen):
    """Contradictions among all clauses in force."""

    clauses: int
    contradictions: tuple[Contradiction, ...] = ()
    snapshot: str
    warnings: tuple[str, ...] = ()


class GapSignal(Frozen):
    """A sign that knowledge is missing: a question without a good answer, a draft that was not good enough."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    platform: str | None = None
    source: str = Field(default="search", description="search, ask, suggestion, feedback …")
    weight: float = Field(default=1.0, gt=0, description="How often, or how badly")
    at: datetime
    first_at: datetime | None = Field(default=None, description="Where the signal stands for several: the first")


class NearestClause(Frozen):
    """What the knowledge base has that comes nearest."""

    clause_id: str
    document_id: str
    document: str
    section_path: tuple[str, ...]
    text: str
    score: float


class Gap(Frozen):
    """Questions about one thing that nothing in force answers well."""

    number: int = Field(description="Place in this list, the heaviest first")
    label: str = Field(description="The most central question")
    count: int = Field(description="How often it was asked")
    weight: float
    examples: tuple[str, ...]
    platforms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    first_seen: datetime
    last_seen: datetime
    nearest: NearestClause | None = None


class AskRequest(Frozen):
    """A question that wants a short answer. `platform` None: every platform; `as_of` None: now; `audiences` None:
    all."""

    id: str | None = None
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    platform: ScopeId | None = None
    operator: ScopeId | None = None
    shop: ScopeName | None = None
    category: ScopeName | None = None
    as_of: AsOf | None = None
    audiences: tuple[Audience, ...] | None = Field(default=None, min_length=1)


class AnswerCitation(Frozen):
    """The sentence of a clause that an answer quotes."""

    id: str = Field(description="c1 for the mark [1]")
    marker: str
    clause_id: str
    document_id: str
    document: str
    version: int
    kind: DocumentKind
    audience: Audience
    platform: str | None = None
    section_path: tuple[str, ...]
    quote: str
    sha256: str = Field(description="Of the whole clause's text")
    valid_from: date | None = None
    valid_to: date | None = None


class AnswerPart(Frozen):
    """The answer for one platform; `platform` None: it holds where no other part says otherwise."""

    platform: str | None = None
    text: str
    citations: tuple[str, ...]


class Answer(Frozen):
    """A short answer made of quoted sentences. Not confident: `text` says so, and `nearest` names what there is."""

    id: str | None = None
    query: str
    text: str
    confident: bool
    parts: tuple[AnswerPart, ...] = ()
    citations: tuple[AnswerCitation, ...] = ()
    nearest: tuple[NearestClause, ...] = ()
    as_of: datetime | date
    snapshot: str
    warnings: tuple[str, ...] = ()


class AskedQuestion(Frozen):
    """A question as it was asked (personal data taken out before), counted with those spelled like it."""

    text: str
    platform: str | None = None
    source: str
    asked: int
    missed: int = Field(description="How often nothing good was found")
    first_at: datetime
    last_at: datetime
    top_clause: str | None = None
    score: float


class InsightStats(Frozen):
    """Counts for a health page."""

    questions: int
    waiting: int = Field(description="Questions that were asked and not yet written")
    lost: int = Field(description="Questions that were not kept because too many waited")
    detail: dict[str, Any] = Field(default_factory=dict)
