"""The audit chain: append-only rows, each hashed together with the one before it."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.store.tables import AuditRow
from copilot.understand.redact import hide

_GENESIS = "0" * 64
_WRITTEN = frozenset({"note", "basis", "item", "label", "reason"})
"""Fields of free text; the others are ids, numbers and hashes."""


def append(session: Session, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Adds a row to the chain inside the caller's transaction.

    Two writers that race for one number collide on the primary key: one of them fails and loses its whole
    transaction, so that nothing is ever done without its audit row.
    """
    last = session.execute(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1)).scalar_one_or_none()
    previous = last.hash if last else _GENESIS
    detail = {name: _hidden(name, value) for name, value in detail.items()}
    row = AuditRow(
        seq=(last.seq + 1) if last else 1, at=at.isoformat(), actor=actor, action=action, subject=subject,
        detail=detail, previous=previous, hash="",
    )  # fmt: skip
    row.hash = _digest(row)
    session.add(row)


def _hidden(name: str, value: Any) -> Any:
    """What people wrote, without personal data: the chain is kept for years and read by many."""
    if isinstance(value, dict):
        return {key: _hidden(key, part) for key, part in value.items()}
    return hide(value) if name in _WRITTEN and isinstance(value, str) else value


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
