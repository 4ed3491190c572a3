"""First tables: documents, versions, clauses, validity, changes, cached embeddings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kb_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kb_document",
        sa.Column("document_id", sa.String(40), primary_key=True),
        sa.Column("source_name", sa.String(512), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("platform", sa.String(32)),
        sa.Column("operator", sa.String(32)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "kb_version",
        sa.Column("document_id", sa.String(40), sa.ForeignKey("kb_document.document_id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("title", sa.String(512), nullable=False),
        sa.Column("audience", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("published_at", sa.BigInteger),
        sa.Column("published_by", sa.String(128)),
        sa.Column("retired_at", sa.BigInteger),
        sa.Column("retired_by", sa.String(128)),
        sa.Column("clauses", sa.Integer, nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("document_id", "version"),
    )
    op.create_table(
        "kb_clause",
        sa.Column("clause_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document_id", sa.String(40), sa.ForeignKey("kb_document.document_id"), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("anchor", sa.String(128)),
        sa.Column("section_path", sa.JSON, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("context", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("clause_id", "version"),
    )
    op.create_index("ix_kb_clause_document", "kb_clause", ["document_id", "version", "ordinal"])
    op.create_table(
        "kb_validity",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("document_id", sa.String(40), sa.ForeignKey("kb_document.document_id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("starts_at", sa.BigInteger),
        sa.Column("ends_at", sa.BigInteger),
    )
    op.create_index("ix_kb_validity_document", "kb_validity", ["document_id", "version"])
    op.create_table(
        "kb_change",
        sa.Column("snapshot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("operation", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "kb_embedding",
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("model", "sha256"),
    )


def downgrade() -> None:
    for table in ("kb_embedding", "kb_change", "kb_validity", "kb_clause", "kb_version", "kb_document"):
        op.drop_table(table)
