"""Tables of the copilot. No foreign key points into the knowledge base: an audit survives its edits."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class SuggestionRow(Base):
    __tablename__ = "suggestions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ticket_id: Mapped[str | None] = mapped_column(String(200), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    created_by: Mapped[str] = mapped_column(String(80))
    mode: Mapped[str] = mapped_column(String(16))
    issue_type: Mapped[str] = mapped_column(String(40), index=True)
    issue_subtype: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class CitationRow(Base):
    """Which suggestion relied on which clause: clause id, version, quote and hash as they were."""

    __tablename__ = "suggestion_citations"
    __table_args__ = (Index("ix_citations_clause", "clause_id", "version"),)

    suggestion_id: Mapped[str] = mapped_column(ForeignKey("suggestions.id"), primary_key=True)
    citation_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    clause_id: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    quote: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


class ProblemRow(Base):
    """Which customer (a keyed hash) reported which problem of which SKU; counted for group complaints."""

    __tablename__ = "reported_problems"
    __table_args__ = (Index("ix_reported_problems", "sku", "problem", "at"),)

    suggestion_id: Mapped[str] = mapped_column(ForeignKey("suggestions.id"), primary_key=True)
    sku: Mapped[str] = mapped_column(String(200), primary_key=True)
    problem: Mapped[str] = mapped_column(String(80))
    customer: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ApiKeyRow(Base):
    """A key's hash; the key itself is shown once and never stored."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ApprovalRow(Base):
    """An approval that this installation holds as approved, until it is revoked; the content is the truth, the other
    columns find it."""

    __tablename__ = "approvals"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    source: Mapped[str] = mapped_column(String(16), server_default="import")
    ticket_id: Mapped[str | None] = mapped_column(String(200), index=True)
    order_id: Mapped[str | None] = mapped_column(String(200), index=True)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_by: Mapped[str | None] = mapped_column(String(80))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ApprovalRequestRow(Base):
    """What somebody asked to be granted, and what was decided; once approved, `approvals` has a row of the same id."""

    __tablename__ = "approval_requests"
    __table_args__ = (Index("ix_approval_requests_state", "state", "requested_at"),)

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(20))
    ticket_id: Mapped[str | None] = mapped_column(String(200), index=True)
    order_id: Mapped[str | None] = mapped_column(String(200), index=True)
    customer_id: Mapped[str | None] = mapped_column(String(200), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    note: Mapped[str] = mapped_column(Text, default="")
    waived: Mapped[str | None] = mapped_column(String(16))


class ApprovalUseRow(Base):
    """A reply sent under an approval; one reference counts once."""

    __tablename__ = "approval_uses"

    approval_id: Mapped[str] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(200), primary_key=True)
    hundredths: Mapped[int | None] = mapped_column(BigInteger)
    """The value in hundredths of CNY or of a point (SQLite has no exact decimals); null: a grant without amount."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[str] = mapped_column(String(80))


class RuleConfirmationRow(Base):
    """A clause text with which somebody here found a row's verdict to agree, beside those shipped."""

    __tablename__ = "rule_confirmations"

    row_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    anchor: Mapped[str] = mapped_column(String(200), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    clause_id: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    confirmed_by: Mapped[str] = mapped_column(String(80))
    confirmed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AuditRow(Base):
    """Append-only; each row's hash covers its content and the hash before it."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
