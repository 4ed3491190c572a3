"""Reads and writes of documents, versions and clauses; every function works inside the caller's
transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from kb.models import VersionState
from kb.store import tables, windows, wordings
from kb.store.records import ClauseRow, DocumentRow, NewVersion, VersionRow
from kb.store.reviews import ACTOR_LENGTH
from kb.store.tables import change, clause, document, validity, version

_CHUNK = 400


def snapshot(connection: Connection) -> int:
    """Number of changes to what is published so far."""
    return int(connection.execute(select(func.coalesce(func.max(change.c.snapshot), 0))).scalar_one())


def installation(connection: Connection) -> str:
    """The id that this database was made with."""
    return str(connection.execute(select(tables.installation.c.id)).scalar_one())


def find_document(connection: Connection, document_id: str) -> DocumentRow | None:
    row = connection.execute(select(document).where(document.c.document_id == document_id)).first()
    return None if row is None else _document_row(row)


def all_documents(connection: Connection) -> list[DocumentRow]:
    rows = connection.execute(
        select(document).order_by(document.c.kind, document.c.source_name, document.c.document_id)
    )
    return [_document_row(row) for row in rows]


def _document_row(row: Row[Any]) -> DocumentRow:
    archived = row.archived_at is not None
    return DocumentRow(row.document_id, row.source_name, row.kind, row.platform, row.operator, row.shop, archived)


def versions(connection: Connection, document_id: str) -> list[VersionRow]:
    """All versions of a document, oldest first."""
    query = select(version).where(version.c.document_id == document_id).order_by(version.c.version)
    return [_version_row(row) for row in connection.execute(query)]


def latest_version(connection: Connection, document_id: str) -> int | None:
    """The highest version number, None without any."""
    query = select(func.max(version.c.version)).where(version.c.document_id == document_id)
    found: int | None = connection.execute(query).scalar()
    return found


def all_versions(connection: Connection) -> dict[str, list[VersionRow]]:
    """Every document's versions, oldest first."""
    found: dict[str, list[VersionRow]] = {}
    for row in connection.execute(select(version).order_by(version.c.document_id, version.c.version)):
        found.setdefault(row.document_id, []).append(_version_row(row))
    return found


def _version_row(row: Row[Any]) -> VersionRow:
    return VersionRow(
        row.document_id,
        row.version,
        row.state,
        row.title,
        row.audience,
        row.valid_from,
        row.valid_to,
        row.created_at,
        row.created_by,
        row.published_at,
        row.clauses,
        row.content_sha256,
        dict(row.metadata),
        row.category,
    )


def report_of_source(connection: Connection, source_sha256: str, *, in_force: bool) -> dict[str, Any] | None:
    """The stored report of the latest version of a document, where it was made from exactly this source; `in_force`:
    and is published without an end."""
    query = select(version.c.document_id, version.c.version, version.c.state, version.c.report)
    for row in connection.execute(query.where(version.c.source_sha256 == source_sha256)):
        if row.state == "retired" or latest_version(connection, row.document_id) != row.version:
            continue
        open_ended = select(validity.c.id).where(
            validity.c.document_id == row.document_id, validity.c.version == row.version, validity.c.ends_at.is_(None)
        )
        if in_force and (row.state != "published" or connection.execute(open_ended).first() is None):
            continue
        return {**row.report, "version": row.version, "state": row.state}
    return None


def clauses(connection: Connection, document_id: str, number: int) -> list[ClauseRow]:
    """The clauses of one version, in order."""
    query = (
        select(clause).where(clause.c.document_id == document_id, clause.c.version == number).order_by(clause.c.ordinal)
    )
    added = wordings.by_clause(connection, documents=[document_id])
    return [clause_row(row, added.get(row.clause_id, ())) for row in connection.execute(query)]


def clause_row(row: Row[Any], added: Sequence[str] = ()) -> ClauseRow:
    """The stored clause; `added` are the wordings that editors gave it beside those in its file."""
    return ClauseRow(
        row.clause_id,
        row.ordinal,
        row.anchor,
        tuple(row.section_path),
        row.text,
        row.context,
        row.sha256,
        row.platform,
        row.audience,
        row.category,
        wordings.merged(row.questions, added),
        tuple(row.tags),
    )


def clause_versions(connection: Connection, clause_id: str) -> list[tuple[str, int]]:
    """(document, version) pairs that hold this clause, oldest version first."""
    query = select(clause.c.document_id, clause.c.version).where(clause.c.clause_id == clause_id)
    return sorted(((row.document_id, row.version) for row in connection.execute(query)), key=lambda pair: pair[1])


@dataclass(frozen=True, slots=True)
class ClauseMark:
    """Where a clause stands, and the hash of its text there."""

    clause_id: str
    document_id: str
    version: int
    sha256: str
    state: VersionState


def clause_marks(connection: Connection, names: Sequence[str]) -> list[ClauseMark]:
    """Every version of the clauses named (a few hundred at most)."""
    query = (
        select(clause.c.clause_id, clause.c.document_id, clause.c.version, clause.c.sha256, version.c.state)
        .join(version, (version.c.document_id == clause.c.document_id) & (version.c.version == clause.c.version))
        .where(clause.c.clause_id.in_(list(names)))
    )
    return [ClauseMark(*row) for row in connection.execute(query)]


def clause_ids(connection: Connection, document_id: str) -> list[str]:
    """Every clause that any version of a document has."""
    query = select(clause.c.clause_id).where(clause.c.document_id == document_id).distinct()
    return sorted(connection.execute(query).scalars())


def clauses_by_key(connection: Connection, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], ClauseRow]:
    """Stored clauses for (clause_id, version) pairs; unknown pairs are left out."""
    wanted = set(keys)
    identifiers = sorted({clause_id for clause_id, _ in wanted})
    found: dict[tuple[str, int], ClauseRow] = {}
    for start in range(0, len(identifiers), _CHUNK):
        chunk = identifiers[start : start + _CHUNK]
        added = wordings.by_clause(connection, clauses=chunk)
        for row in connection.execute(select(clause).where(clause.c.clause_id.in_(chunk))):
            if (row.clause_id, row.version) in wanted:
                found[row.clause_id, row.version] = clause_row(row, added.get(row.clause_id, ()))
    return found


def add_document(connection: Connection, row: DocumentRow, now: int) -> None:
    connection.execute(
        insert(document).values(
            document_id=row.document_id,
            source_name=row.source_name,
            kind=row.kind,
            platform=row.platform,
            operator=row.operator,
            created_at=now,
            shop=row.shop,
        )
    )


def add_version(connection: Connection, document_id: str, number: int, new: NewVersion, actor: str, now: int) -> None:
    """Writes a draft version with its clauses."""
    connection.execute(
        insert(version).values(
            document_id=document_id,
            version=number,
            state="draft",
            title=new.title,
            audience=new.audience,
            valid_from=new.valid_from,
            valid_to=new.valid_to,
            created_at=now,
            created_by=actor[:ACTOR_LENGTH],
            clauses=len(new.clauses),
            content_sha256=new.content_sha256,
            report=new.report,
            metadata=new.metadata,
            category=new.category,
            source_sha256=new.source_sha256,
        )
    )
    connection.execute(
        insert(clause),
        [
            {
                "clause_id": row.clause_id,
                "version": number,
                "document_id": document_id,
                "ordinal": row.ordinal,
                "anchor": row.anchor,
                "section_path": list(row.section_path),
                "text": row.text,
                "context": row.context,
                "sha256": row.sha256,
                "platform": row.platform,
                "audience": row.audience,
                "category": row.category,
                "questions": list(row.questions),
                "tags": list(row.tags),
            }
            for row in new.clauses
        ],
    )


def publish(connection: Connection, row: VersionRow, actor: str, now: int) -> bool:
    """Puts a version in force as `windows.take_over` says, and its document back into use. False when it is in
    force (or planned) already."""
    if not windows.take_over(connection, row, now):
        return False
    connection.execute(
        _of_version(row.document_id, row.version).values(
            state="published", published_at=now, published_by=actor[:ACTOR_LENGTH], retired_at=None, retired_by=None
        )
    )
    connection.execute(_of_document(row.document_id).values(archived_at=None, archived_by=None))
    log(connection, row.document_id, row.version, "publish", actor, now)
    return True


def retire(connection: Connection, document_id: str, numbers: Sequence[int], actor: str, now: int) -> None:
    """Withdraws published versions: from now on they are served for no date."""
    windows.close(connection, document_id, now, numbers)
    for number in numbers:
        connection.execute(
            _of_version(document_id, number).values(state="retired", retired_at=now, retired_by=actor[:ACTOR_LENGTH])
        )
        log(connection, document_id, number, "retire", actor, now)


def archive(connection: Connection, document_id: str, number: int, actor: str, now: int) -> None:
    """Puts a document away: from now on none of its versions is in force; `number` is the one that was."""
    windows.close(connection, document_id, now)
    connection.execute(_of_document(document_id).values(archived_at=now, archived_by=actor[:ACTOR_LENGTH]))
    log(connection, document_id, number, "archive", actor, now)


def set_state(connection: Connection, document_id: str, number: int, state: VersionState) -> None:
    connection.execute(_of_version(document_id, number).values(state=state))


def set_days(connection: Connection, row: VersionRow) -> None:
    """Writes the declared days of a version that nobody has been served yet."""
    days = {"valid_from": row.valid_from, "valid_to": row.valid_to}
    connection.execute(_of_version(row.document_id, row.version).values(days))


def _of_version(document_id: str, number: int) -> Any:
    return update(version).where(and_(version.c.document_id == document_id, version.c.version == number))


def _of_document(document_id: str) -> Any:
    return update(document).where(document.c.document_id == document_id)


def log(connection: Connection, document_id: str, number: int, operation: str, actor: str, now: int) -> None:
    """Raises the snapshot number: projections and caches look at this document again."""
    connection.execute(
        insert(change).values(
            snapshot=snapshot(connection) + 1,
            document_id=document_id,
            version=number,
            operation=operation,
            actor=actor[:ACTOR_LENGTH],
            at=now,
        )
    )
