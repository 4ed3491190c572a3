"""Which suggestions cited which clauses: read from the rows that every saved suggestion leaves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from copilot.store.tables import CitationRow, SuggestionRow

_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Place:
    """A citation without its words."""

    created_at: datetime
    suggestion_id: str
    citation_id: str
    ticket_id: str | None


def places(
    session: Session, clause_ids: Sequence[str], version: int | None = None, since: datetime | None = None
) -> list[Place]:
    """Where these clauses were cited, newest first."""
    found: list[Place] = []
    for start in range(0, len(clause_ids), _CHUNK):
        query = (
            select(
                SuggestionRow.created_at, CitationRow.suggestion_id, CitationRow.citation_id, SuggestionRow.ticket_id
            )
            .join(SuggestionRow, SuggestionRow.id == CitationRow.suggestion_id)
            .where(CitationRow.clause_id.in_(clause_ids[start : start + _CHUNK]))
        )
        if version is not None:
            query = query.where(CitationRow.version == version)
        if since is not None:
            query = query.where(SuggestionRow.created_at >= since.astimezone(UTC))
        found.extend(Place(_aware(row[0]), row[1], row[2], row[3]) for row in session.execute(query))
    return sorted(found, key=lambda place: (place.created_at, place.suggestion_id, place.citation_id), reverse=True)


def words(session: Session, wanted: Iterable[Place]) -> dict[tuple[str, str], CitationRow]:
    """The citations themselves, by suggestion and citation id."""
    keys = [(place.suggestion_id, place.citation_id) for place in wanted]
    found: dict[tuple[str, str], CitationRow] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        query = select(CitationRow).where(tuple_(CitationRow.suggestion_id, CitationRow.citation_id).in_(chunk))
        found.update({(row.suggestion_id, row.citation_id): row for row in session.execute(query).scalars()})
    return found


def _aware(moment: datetime) -> datetime:
    # SQLite gives the UTC moment back without its offset.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
