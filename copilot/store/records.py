"""SQL of the register: stored suggestions by time, and their removal past retention. Callers open the session."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from copilot.domain.records import RegisterRow
from copilot.domain.suggestion import Record
from copilot.store.tables import CitationRow, ProblemRow, SuggestionRow

_AT_ONCE = 500


def rows(session: Session, since: datetime | None, until: datetime | None) -> Iterator[RegisterRow]:
    """One row a ticket, as its newest suggestion has it, oldest first; a suggestion without ticket id is a row of its
    own. `since` belongs to the period, `until` does not."""
    query = select(SuggestionRow).order_by(SuggestionRow.created_at, SuggestionRow.id)
    newest = select(
        SuggestionRow.id,
        func.row_number()
        .over(
            partition_by=func.coalesce(SuggestionRow.ticket_id, SuggestionRow.id),
            order_by=(SuggestionRow.created_at.desc(), SuggestionRow.id.desc()),
        )
        .label("place"),
    )
    if since is not None:
        newest = newest.where(SuggestionRow.created_at >= since.astimezone(UTC))
    if until is not None:
        newest = newest.where(SuggestionRow.created_at < until.astimezone(UTC))
    ranked = newest.subquery()
    query = query.join(ranked, ranked.c.id == SuggestionRow.id).where(ranked.c.place == 1)
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)).scalars():
        yield RegisterRow(
            suggestion_id=row.id, ticket_id=row.ticket_id, created_at=_aware(row.created_at),
            record=Record.model_validate(row.body["record"]),
        )  # fmt: skip


def stored_before(session: Session, moment: datetime) -> int:
    """How many suggestions were stored before the moment."""
    return session.scalar(select(func.count()).select_from(_older(moment).subquery())) or 0


def remove_before(session: Session, moment: datetime) -> int:
    """Removes them with their citations and their part in the count of problems; the audit chain stays whole."""
    older = _older(moment)
    for table in (CitationRow, ProblemRow):
        session.execute(
            delete(table).where(table.suggestion_id.in_(older)).execution_options(synchronize_session=False)
        )
    count = stored_before(session, moment)
    session.execute(
        delete(SuggestionRow)
        .where(SuggestionRow.created_at < moment.astimezone(UTC))
        .execution_options(synchronize_session=False)
    )
    return count


def _older(moment: datetime) -> Select[str]:
    return select(SuggestionRow.id).where(SuggestionRow.created_at < moment.astimezone(UTC))


def _aware(moment: datetime) -> datetime:
    # SQLite gives the UTC moment back without its offset.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
