"""Reads documents, versions and clauses as public models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from kb.errors import ClauseNotFound, DocumentNotFound, VersionNotFound
from kb.life_models import ReviewStep
from kb.models import Clause, Document, DocumentVersion
from kb.retrieve.present import clause_model
from kb.store import published, repository, reviews
from kb.store.moments import moment, seconds
from kb.store.records import DocumentRow, Scope, VersionRow


class Catalogue:
    """What there is, whether in force or not."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def documents(self, *, archived: bool) -> list[Document]:
        """Every document, by kind and file name; `archived` ones too where asked."""
        with self._engine.connect() as connection:
            versions = repository.all_versions(connection)
            scopes = published.scopes(connection)
            rows = repository.all_documents(connection)
        return [
            self._document(row, versions[row.document_id], scopes)
            for row in rows
            if row.document_id in versions and (archived or not row.archived)
        ]

    def document(self, document_id: str) -> Document:
        """One document. Raises DocumentNotFound."""
        with self._engine.connect() as connection:
            row = repository.find_document(connection, document_id)
            versions = repository.versions(connection, document_id)
            scopes = published.scopes(connection, [document_id])
        if row is None or not versions:
            raise unknown_document(document_id)
        return self._document(row, versions, scopes)

    def _document(self, row: DocumentRow, versions: list[VersionRow], scopes: Scopes) -> Document:
        latest = versions[-1]
        at = seconds(self._clock())
        return Document(
            document_id=row.document_id,
            title=latest.title,
            source_name=row.source_name,
            kind=row.kind,
            platform=row.platform,
            operator=row.operator,
            shop=row.shop,
            category=latest.category,
            audience=latest.audience,
            archived=row.archived,
            latest_version=latest.version,
            published_version=max(in_force_numbers(versions, scopes, at), default=None),
            planned_version=next(iter(planned_numbers(versions, scopes, at)), None),
            state=latest.state,
            clauses=latest.clauses,
            metadata=latest.metadata,
        )

    def versions(self, document_id: str) -> list[DocumentVersion]:
        """All versions of a document, oldest first. Raises DocumentNotFound."""
        with self._engine.connect() as connection:
            rows = repository.versions(connection, document_id)
        if not rows:
            raise unknown_document(document_id)
        return [_version_model(row) for row in rows]

    def version(self, document_id: str, number: int) -> DocumentVersion:
        """One version. Raises DocumentNotFound, VersionNotFound."""
        return _version_model(self.row(document_id, number))

    def row(self, document_id: str, number: int | None) -> VersionRow:
        """A version's row; the latest without `number`."""
        with self._engine.connect() as connection:
            rows = repository.versions(connection, document_id)
        if not rows:
            raise unknown_document(document_id)
        return rows[-1] if number is None else pick_version(rows, document_id, number)

    def history(self, document_id: str) -> list[ReviewStep]:
        """Every step of a document's life, oldest first. Raises DocumentNotFound."""
        with self._engine.connect() as connection:
            if repository.find_document(connection, document_id) is None:
                raise unknown_document(document_id)
            return reviews.history(connection, document_id)

    def clause_ids(self, document_id: str) -> list[str]:
        """Every clause that any version of a document has. Raises DocumentNotFound."""
        with self._engine.connect() as connection:
            found = repository.clause_ids(connection, document_id)
        if not found:
            raise unknown_document(document_id)
        return found

    def clauses(self, document_id: str, number: int | None) -> list[Clause]:
        """The clauses of a version (the latest), in order. Raises DocumentNotFound, VersionNotFound."""
        row = self.row(document_id, number)
        with self._engine.connect() as connection:
            document = repository.find_document(connection, document_id)
            scopes = published.scopes(connection, [document_id])
            found = repository.clauses(connection, document_id, row.version)
        if document is None:
            raise unknown_document(document_id)
        scope = scopes.get((document_id, row.version)) or Scope.planned(document, row)
        return [clause_model(row, scope.narrowed(row.platform, row.audience, row.category)) for row in found]

    def clause(self, clause_id: str, number: int | None) -> Clause:
        """A clause as it stood in a version; without one, the version in force now, else the latest.

        Raises ClauseNotFound.
        """
        with self._engine.connect() as connection:
            places = repository.clause_versions(connection, clause_id)
            scopes = published.scopes(connection, {document for document, _ in places})
        at = seconds(self._clock())
        if number is None:
            in_force = [place for place in places if place in scopes and scopes[place].in_force(at)]
            chosen = (in_force or places)[-1:]
        else:
            chosen = [place for place in places if place[1] == number]
        if not chosen:
            version = "" if number is None else f" in version {number}"
            raise ClauseNotFound(f"no clause {clause_id}{version}")
        return next(clause for clause in self.clauses(*chosen[0]) if clause.clause_id == clause_id)


def unknown_document(document_id: str) -> DocumentNotFound:
    return DocumentNotFound(f"no document {document_id}")


Scopes = Mapping[tuple[str, int], Scope]


def in_force_numbers(versions: Sequence[VersionRow], scopes: Scopes, at: int) -> list[int]:
    """The versions of one document that are in force at the second `at`, lowest first."""
    return [
        row.version
        for row in versions
        if (scope := scopes.get((row.document_id, row.version))) is not None and scope.in_force(at)
    ]


def planned_numbers(versions: Sequence[VersionRow], scopes: Scopes, at: int) -> list[int]:
    """The versions of one document that begin after the second `at`, soonest first."""
    beginnings = [
        (start, row.version)
        for row in versions
        if (scope := scopes.get((row.document_id, row.version))) is not None
        for start, _ in scope.windows
        if start is not None and start > at
    ]
    return [number for _, number in sorted(beginnings)]


def pick_version(rows: Sequence[VersionRow], document_id: str, number: int) -> VersionRow:
    """The version with this number. Raises VersionNotFound."""
    row = next((row for row in rows if row.version == number), None)
    if row is None:
        raise VersionNotFound(f"{document_id} has no version {number}")
    return row


def _version_model(row: VersionRow) -> DocumentVersion:
    return DocumentVersion(
        document_id=row.document_id,
        version=row.version,
        state=row.state,
        title=row.title,
        audience=row.audience,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        created_at=moment(row.created_at),
        created_by=row.created_by,
        published_at=None if row.published_at is None else moment(row.published_at),
        clauses=row.clauses,
        content_sha256=row.content_sha256,
        category=row.category,
        metadata=row.metadata,
    )
