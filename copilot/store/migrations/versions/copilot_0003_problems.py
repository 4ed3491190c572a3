"""Reported problems: who reported which problem of which SKU, for the counter of group complaints."""

import sqlalchemy as sa
from alembic import op

revision = "copilot_0003"
down_revision = "copilot_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reported_problems",
        sa.Column("suggestion_id", sa.String(40), sa.ForeignKey("suggestions.id"), primary_key=True),
        sa.Column("sku", sa.String(200), primary_key=True),
        sa.Column("problem", sa.String(80), nullable=False),
        sa.Column("customer", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_reported_problems", "reported_problems", ["sku", "problem", "at"])


def downgrade() -> None:
    op.drop_table("reported_problems")
