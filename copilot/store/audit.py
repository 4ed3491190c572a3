"""The audit chain: append-only rows, each hashed together with the one before it."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.store.tables import AuditRow

_GENESIS = "0" * 64


def append(session: Session, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Adds a row to the chain inside the caller's transaction.

    Two writers that race for one number collide on the primary key: one of them fails and loses its whole
    transaction, so that nothing is ever done without its audit row.
    """
    last = session.execute(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1)).scalar_one_or_none()
    previous = last.hash if last else _GENESIS
    row = AuditRow(
        seq=(last.seq + 1) if last else 1, at=at.isoformat(), actor=actor, action=action, subject=subject,
        detail=detail, previous=previous, hash="",
    )  # fmt: skip
    row.hash = _digest(row)
    session.add(row)


def first_break(session: Session) -> int | None:
    """The number of the first row that was altered, removed or inserted; null while the chain is whole."""
    previous, expected = _GENESIS, 1
    for row in session.execute(select(AuditRow).order_by(AuditRow.seq)).scalars():
        if row.seq != expected or row.previous != previous or row.hash != _digest(row):
            return expected
        previous, expected = row.hash, expected + 1
    return None


def _digest(row: AuditRow) -> str:
    content = [row.seq, row.at, row.actor, row.action, row.subject, row.detail, row.previous]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
