"""Review history, archive, shop and category, scope and wordings of a clause, asked questions."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "kb_0002"
down_revision = "kb_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, columns in (
        ("kb_document", (("shop", sa.String(64)), ("archived_at", sa.BigInteger()), ("archived_by", sa.String(128)))),
        ("kb_version", (("category", sa.String(64)), ("source_sha256", sa.String(64)))),
        ("kb_clause", (("platform", sa.String(32)), ("audience", sa.String(16)), ("category", sa.String(64)))),
    ):
        for column, kind in columns:
            op.add_column(name, sa.Column(column, kind))
    for column in ("questions", "tags"):
        op.add_column("kb_clause", sa.Column(column, sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("ix_kb_version_source", "kb_version", ["source_sha256"])
    op.create_table(
        "kb_review",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("document_id", sa.String(40), sa.ForeignKey("kb_document.document_id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("waived", sa.String(16)),
    )
    op.create_index("ix_kb_review_document", "kb_review", ["document_id", "version"])
    op.create_table(
        "kb_wording",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("document_id", sa.String(40), sa.ForeignKey("kb_document.document_id"), nullable=False),
        sa.Column("clause_id", sa.String(40), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("clause_id", "text"),
    )
    op.create_index("ix_kb_wording_document", "kb_wording", ["document_id"])
    op.create_table(
        "kb_question",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("platform", sa.String(32)),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("top_clause", sa.String(40)),
        sa.Column("score", sa.Float, nullable=False),
    )
    op.create_index("ix_kb_question_last", "kb_question", ["last_at"])
    installation = op.create_table("kb_installation", sa.Column("id", sa.String(32), primary_key=True))
    op.bulk_insert(installation, [{"id": uuid.uuid4().hex}])


def downgrade() -> None:
    op.drop_index("ix_kb_version_source", "kb_version")
    for name in ("kb_installation", "kb_question", "kb_wording", "kb_review"):
        op.drop_table(name)
    for name, columns in (
        ("kb_clause", ("tags", "questions", "category", "audience", "platform")),
        ("kb_version", ("source_sha256", "category")),
        ("kb_document", ("archived_by", "archived_at", "shop")),
    ):
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column)
