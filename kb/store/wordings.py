"""Wordings in which people ask for a clause: those of its file, and those that editors added."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, insert, select

from kb.life_models import Wording
from kb.store.moments import moment
from kb.store.tables import clause, wording
from kb.tokenize import fold

MOST = 40
"""More than this for one clause drown the others in the index."""


def merged(own: Sequence[str], added: Sequence[str]) -> tuple[str, ...]:
    """Both without repeats (spelling aside), the file's first, at most `MOST`."""
    if not added and len(own) < 2:
        return tuple(own)
    return tuple({fold(text): text for text in reversed((*own, *added))}.values())[::-1][:MOST]


def by_clause(
    connection: Connection, *, documents: Collection[str] | None = None, clauses: Collection[str] | None = None
) -> dict[str, list[str]]:
    """Clause id → what editors added, oldest first; of all clauses, or of those named (a few hundred at most)."""
    query = select(wording.c.clause_id, wording.c.text).order_by(wording.c.id)
    if documents is not None:
        query = query.where(wording.c.document_id.in_(list(documents)))
    if clauses is not None:
        query = query.where(wording.c.clause_id.in_(list(clauses)))
    found: dict[str, list[str]] = {}
    for clause_id, text in connection.execute(query):
        found.setdefault(clause_id, []).append(text)
    return found


def of_file(connection: Connection, clause_id: str, number: int) -> tuple[str, ...]:
    """The wordings that a version's file gives a clause."""
    query = select(clause.c.questions).where(clause.c.clause_id == clause_id, clause.c.version == number)
    return tuple(connection.execute(query).scalar() or ())


def added(connection: Connection, clause_id: str) -> list[Wording]:
    """What was added to a clause, oldest first."""
    query = select(wording).where(wording.c.clause_id == clause_id).order_by(wording.c.id)
    return [
        Wording(text=row.text, origin=row.origin, created_by=row.created_by, created_at=moment(row.created_at))
        for row in connection.execute(query)
    ]


def replace(
    connection: Connection, document_id: str, clause_id: str, texts: Sequence[str], origin: str, actor: str, now: int
) -> None:
    """Makes `texts` the wordings of this origin for a clause."""
    connection.execute(delete(wording).where(wording.c.clause_id == clause_id, wording.c.origin == origin))
    kept = set(by_clause(connection, clauses=[clause_id]).get(clause_id, ()))
    rows = [
        {
            "document_id": document_id,
            "clause_id": clause_id,
            "text": text,
            "origin": origin,
            "created_by": actor[:128],
            "created_at": now,
        }
        for text in dict.fromkeys(texts)
        if text not in kept
    ]
    if rows:
        connection.execute(insert(wording), rows)
