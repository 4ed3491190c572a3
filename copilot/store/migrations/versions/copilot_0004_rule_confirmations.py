"""Rule confirmations: the clause texts with which this installation found the verdicts of rows to agree."""

import sqlalchemy as sa
from alembic import op

revision = "copilot_0004"
down_revision = "copilot_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_confirmations",
        sa.Column("row_id", sa.String(200), primary_key=True),
        sa.Column("anchor", sa.String(200), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("clause_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("confirmed_by", sa.String(80), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("rule_confirmations")
