"""What is published: the rows that search filters by, and the clauses that the projections hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Select, select

from kb.store import wordings
from kb.store.moments import day_end, day_start
from kb.store.records import PublishedClause, PublishedDocument, Scope, Window, clause_key
from kb.store.repository import clause_row
from kb.store.tables import change, clause, document, validity, version

_CHUNK = 400


def changed_documents(connection: Connection, since: int) -> set[str]:
    """Documents that were published or retired after snapshot `since`."""
    return set(connection.execute(select(change.c.document_id).where(change.c.snapshot > since).distinct()).scalars())


def scopes(connection: Connection, documents: Collection[str] | None = None) -> dict[tuple[str, int], Scope]:
    """The scope of every published version, of all documents or of those named."""
    windows: dict[tuple[str, int], list[Window]] = {}
    for query in _restricted(select(validity), validity.c.document_id, documents):
        for row in connection.execute(query):
            windows.setdefault((row.document_id, row.version), []).append((row.starts_at, row.ends_at))
    found: dict[tuple[str, int], Scope] = {}
    joined = (
        select(
            version,
            document.c.source_name,
            document.c.kind,
            document.c.platform,
            document.c.operator,
            document.c.shop,
        )
        .join(document, document.c.document_id == version.c.document_id)
        .where(version.c.state == "published")
    )
    for query in _restricted(joined, version.c.document_id, documents):
        for row in connection.execute(query):
            spans = _cut(
                windows.get((row.document_id, row.version), []),
                None if row.valid_from is None else day_start(row.valid_from),
                None if row.valid_to is None else day_end(row.valid_to),
            )
            found[row.document_id, row.version] = Scope(
                row.document_id,
                row.version,
                row.title,
                row.source_name,
                row.kind,
                row.platform,
                row.operator,
                row.audience,
                row.valid_from,
                row.valid_to,
                spans,
                row.shop,
                row.category,
            )
    return found


def _cut(spans: list[Window], start: int | None, end: int | None) -> tuple[Window, ...]:
    cut: list[Window] = []
    for span_start, span_end in spans:
        low = max((value for value in (span_start, start) if value is not None), default=None)
        high = min((value for value in (span_end, end) if value is not None), default=None)
        if low is None or high is None or low < high:
            cut.append((low, high))
    return tuple(sorted(cut, key=lambda span: (span[0] is not None, span[0] or 0)))


def published_clauses(connection: Connection, documents: Collection[str] | None = None) -> list[PublishedClause]:
    """The slim rows for search, of all documents or of those named."""
    known = scopes(connection, documents)
    columns = select(
        clause.c.clause_id,
        clause.c.version,
        clause.c.document_id,
        clause.c.anchor,
        clause.c.ordinal,
        clause.c.platform,
        clause.c.audience,
        clause.c.category,
    )
    joined = _published(columns)
    shared: dict[tuple[str, int, str | None, str | None, str | None], Scope] = {}
    found: list[PublishedClause] = []
    for query in _restricted(joined, clause.c.document_id, documents):
        for clause_id, number, document_id, anchor, ordinal, *own in connection.execute(query):
            place = (document_id, number, *own)
            scope = shared.get(place)
            if scope is None:
                scope = shared[place] = known[document_id, number].narrowed(*own)
            found.append(PublishedClause(clause_key(clause_id, number), anchor, ordinal, scope))
    return found


def published_documents(connection: Connection, documents: Collection[str]) -> Iterator[PublishedDocument]:
    """Each named document with all its published clauses; one without any comes back empty."""
    ordered = sorted(documents)
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        known = scopes(connection, chunk)
        found = {document_id: PublishedDocument(document_id) for document_id in chunk}
        added = wordings.by_clause(connection, documents=chunk)
        query = _published(select(clause)).where(clause.c.document_id.in_(chunk)).order_by(clause.c.ordinal)
        for line in connection.execute(query):
            row = clause_row(line, added.get(line.clause_id, ()))
            scope = known[line.document_id, line.version].narrowed(row.platform, row.audience, row.category)
            found[line.document_id].clauses.append((clause_key(row.clause_id, line.version), row, scope))
        yield from found.values()


def documents_with_published(connection: Connection) -> set[str]:
    """Every document that has a published version."""
    return set(
        connection.execute(select(version.c.document_id).where(version.c.state == "published").distinct()).scalars()
    )


def _published(query: Select[Any]) -> Select[Any]:
    return query.join(
        version, (version.c.document_id == clause.c.document_id) & (version.c.version == clause.c.version)
    ).where(version.c.state == "published")


def _restricted(query: Select[Any], column: Any, documents: Collection[str] | None) -> Iterator[Select[Any]]:
    """The query once without restriction, or once for every few hundred documents (databases limit
    parameters)."""
    if documents is None:
        yield query
        return
    ordered = sorted(documents)
    for start in range(0, len(ordered), _CHUNK):
        yield query.where(column.in_(ordered[start : start + _CHUNK]))
