"""The tables of the knowledge base (SQLAlchemy Core). Moments are whole seconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
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
    PrimaryKeyConstraint("document_id", "version"),
)

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

# One row for every publish and retire: the snapshot number and what a projection has to bring up to date.
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
