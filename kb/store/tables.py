"""The tables of the knowledge base (SQLAlchemy Core). Moments are whole seconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

document = Table(
    "kb_document",
    metadata,
    Column("document_id", String(40), primary_key=True),
    Column("source_name", String(512), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("platform", String(32)),
    Column("operator", String(32)),
    Column("created_at", BigInteger, nullable=False),
    Column("shop", String(64)),
    Column("archived_at", BigInteger),
    Column("archived_by", String(128)),
)

version = Table(
    "kb_version",
    metadata,
    Column("document_id", String(40), ForeignKey("kb_document.document_id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("title", String(512), nullable=False),
    Column("audience", String(16), nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("published_at", BigInteger),
    Column("published_by", String(128)),
    Column("retired_at", BigInteger),
    Column("retired_by", String(128)),
    Column("clauses", Integer, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("report", JSON, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("category", String(64)),
    Column("source_sha256", String(64)),
    PrimaryKeyConstraint("document_id", "version"),
)
Index("ix_kb_version_source", version.c.source_sha256)

clause = Table(
    "kb_clause",
    metadata,
    Column("clause_id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("document_id", String(40), ForeignKey("kb_document.document_id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("anchor", String(128)),
    Column("section_path", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("platform", String(32)),
    Column("audience", String(16)),
    Column("category", String(64)),
    Column("questions", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    PrimaryKeyConstraint("clause_id", "version"),
)
Index("ix_kb_clause_document", clause.c.document_id, clause.c.version, clause.c.ordinal)

# When a published version is in force: [starts_at, ends_at), None is open. A rollback gives a version a
# second row.
validity = Table(
    "kb_validity",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("document_id", String(40), ForeignKey("kb_document.document_id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
)
Index("ix_kb_validity_document", validity.c.document_id, validity.c.version)

# One row for every publish, retirement and edit of wordings: the snapshot number and what a projection has to bring up to date.
change = Table(
    "kb_change",
    metadata,
    Column("snapshot", Integer, primary_key=True, autoincrement=False),
    Column("document_id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("operation", String(16), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", BigInteger, nullable=False),
)

embedding = Table(
    "kb_embedding",
    metadata,
    Column("model", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    PrimaryKeyConstraint("model", "sha256"),
)

# Every step of a version's life, append-only. `waived` says why the second pair of eyes was missing: `solo`
# (the shop has one person) or `admin` (published from the home's own command line).
review = Table(
    "kb_review",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("document_id", String(40), ForeignKey("kb_document.document_id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("action", String(16), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("waived", String(16)),
)
Index("ix_kb_review_document", review.c.document_id, review.c.version)

# Wordings that editors (or a model, on their behalf) gave a clause beside those in its file; they outlive versions.
wording = Table(
    "kb_wording",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("document_id", String(40), ForeignKey("kb_document.document_id"), nullable=False),
    Column("clause_id", String(40), nullable=False),
    Column("text", String(300), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("clause_id", "text"),
)
Index("ix_kb_wording_document", wording.c.document_id)

# Questions as they were asked (redacted by the caller), counted by their folded text and platform.
question = Table(
    "kb_question",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("platform", String(32)),
    Column("source", String(16), nullable=False),
    Column("asked", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("top_clause", String(40)),
    Column("score", Float, nullable=False),
)
Index("ix_kb_question_last", question.c.last_at)

# One row, made with the database: tells installations apart that share a Chroma server.
installation = Table("kb_installation", metadata, Column("id", String(32), primary_key=True))
