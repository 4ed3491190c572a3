"""Plain rows that the repository takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kb.models import Audience, DocumentKind, VersionState

Window = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause as it is stored with one version."""

    clause_id: str
    ordinal: int
    anchor: str | None
    section_path: tuple[str, ...]
    text: str
    context: str
    sha256: str
    platform: str | None = None
    audience: Audience | None = None
    category: str | None = None
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document's identity."""

    document_id: str
    source_name: str
    kind: DocumentKind
    platform: str | None
    operator: str | None
    shop: str | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version that is about to be written."""

    title: str
    audience: Audience
    valid_from: date | None
    valid_to: date | None
    content_sha256: str
    report: dict[str, Any]
    metadata: dict[str, Any]
    clauses: tuple[ClauseRow, ...]
    category: str | None = None
    source_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A stored version without its clauses."""

    document_id: str
    version: int
    state: VersionState
    title: str
    audience: Audience
    valid_from: date | None
    valid_to: date | None
    created_at: int
    created_by: str
    published_at: int | None
    clauses: int
    content_sha256: str
    metadata: dict[str, Any]
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What decides whether a published version's clauses may be served; shared by those without a narrower one.

    `windows` are [start, end) in seconds with the declared days already cut in; empty: in force at no time.
    """

    document_id: str
    version: int
    title: str
    source_name: str
    kind: DocumentKind
    platform: str | None
    operator: str | None
    audience: Audience
    valid_from: date | None
    valid_to: date | None
    windows: tuple[Window, ...]
    shop: str | None = None
    category: str | None = None

    @classmethod
    def planned(cls, document: DocumentRow, row: VersionRow) -> Scope:
        """The scope of a version that is not published: in force at no time yet."""
        return cls(
            document_id=document.document_id,
            version=row.version,
            title=row.title,
            source_name=document.source_name,
            kind=document.kind,
            platform=document.platform,
            operator=document.operator,
            audience=row.audience,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            windows=(),
            shop=document.shop,
            category=row.category,
        )

    def narrowed(self, platform: str | None, audience: Audience | None, category: str | None) -> Scope:
        """This scope with a clause's own platform, audience and category where it has any."""
        if platform is None and audience is None and category is None:
            return self
        return replace(
            self,
            platform=platform or self.platform,
            audience=audience or self.audience,
            category=category or self.category,
        )

    def in_force(self, at: int) -> bool:
        """Whether `at` (seconds) lies in one of the windows."""
        return any((start is None or start <= at) and (end is None or at < end) for start, end in self.windows)


@dataclass(frozen=True, slots=True)
class PublishedClause:
    """The few fields of a published clause that search keeps in memory."""

    key: str
    anchor: str | None
    ordinal: int
    scope: Scope


@dataclass(slots=True)
class PublishedDocument:
    """All published versions of one document, for the projections: key → clause, with its scope.

    `borrowed` are questions about other passages on the same matter, for clauses without wordings of their own.
    """

    document_id: str
    clauses: list[tuple[str, ClauseRow, Scope]] = field(default_factory=list)
    borrowed: dict[str, tuple[str, ...]] = field(default_factory=dict)


def clause_key(clause_id: str, version: int) -> str:
    """The key of a clause in the projections."""
    return f"{clause_id}@{version}"
