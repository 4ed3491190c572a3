"""SQL of rule confirmations: which clause texts this installation confirmed for which rows. Callers open the session."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.store.tables import RuleConfirmationRow

Confirmed = frozenset[tuple[str, str, str]]
"""(row id, anchor, sha256)."""


def confirmed(session: Session, rows: Collection[str]) -> Confirmed:
    """What was confirmed for these rows."""
    of = RuleConfirmationRow
    found = session.execute(select(of.row_id, of.anchor, of.sha256).where(of.row_id.in_(rows)))
    return frozenset((row_id, anchor, sha256) for row_id, anchor, sha256 in found)


def add(
    session: Session, row_id: str, anchor: str, sha256: str, *, clause_id: str, version: int, by: str, at: datetime
) -> None:
    """One confirmation; what was confirmed already must not be added again."""
    session.add(
        RuleConfirmationRow(
            row_id=row_id, anchor=anchor, sha256=sha256, clause_id=clause_id, version=version, confirmed_by=by,
            confirmed_at=at.astimezone(UTC),
        )
    )  # fmt: skip
