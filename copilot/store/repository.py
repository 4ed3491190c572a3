"""All SQL of the copilot; callers open the session and commit once."""

import hashlib
import secrets
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.domain.base import Model
from copilot.domain.roles import Role
from copilot.domain.suggestion import Suggestion
from copilot.store.tables import ApiKeyRow, CitationRow, SuggestionRow


class Caller(Model):
    """Who calls: the id of a key (never the key) and its role."""

    id: str
    role: Role
    label: str


def save_suggestion(session: Session, suggestion: Suggestion, by: str) -> None:
    """The suggestion as sent, and one row for each clause it cites."""
    session.add(
        SuggestionRow(
            id=suggestion.id, ticket_id=suggestion.ticket_id, created_by=by,
            created_at=suggestion.created_at.astimezone(UTC),  # SQLite keeps no offset
            mode=suggestion.mode, issue_type=suggestion.classification.issue_type,
            issue_subtype=suggestion.classification.issue_subtype, body=suggestion.model_dump(mode="json"),
        )
    )  # fmt: skip
    session.flush()
    session.add_all(
        CitationRow(
            suggestion_id=suggestion.id, citation_id=citation.id, clause_id=citation.clause_id,
            version=citation.version, quote=citation.quote, sha256=citation.sha256,
        )
        for citation in suggestion.citations
    )  # fmt: skip


def find_suggestion(session: Session, suggestion_id: str) -> Suggestion | None:
    row = session.get(SuggestionRow, suggestion_id)
    return Suggestion.model_validate(row.body) if row else None


def create_key(session: Session, role: Role, label: str, now: datetime) -> tuple[str, Caller]:
    """A new key (to be shown once) and its caller; only the hash is stored."""
    key_id = secrets.token_hex(4)
    key = f"ack_{key_id}_{secrets.token_urlsafe(32)}"
    session.add(ApiKeyRow(id=key_id, hash=_hash(key), role=role, label=label, created_at=now))
    return key, Caller(id=key_id, role=role, label=label)


def find_caller(session: Session, key: str) -> Caller | None:
    """The caller behind a key; null for unknown and revoked keys."""
    row = session.execute(select(ApiKeyRow).where(ApiKeyRow.hash == _hash(key))).scalar_one_or_none()
    if row is None or row.revoked_at is not None:
        return None
    return Caller(id=row.id, role=Role(row.role), label=row.label)


def key_count(session: Session) -> int:
    return len(session.execute(select(ApiKeyRow.id).where(ApiKeyRow.revoked_at.is_(None))).all())


def _hash(key: str) -> str:
    # Keys are 256 random bits: a plain hash cannot be guessed back, so no slow hash is needed.
    return hashlib.sha256(key.encode()).hexdigest()
