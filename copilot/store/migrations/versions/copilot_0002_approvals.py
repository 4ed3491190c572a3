"""Approvals: requests, where a held approval belongs and whether it was revoked, and what was sent under it."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "copilot_0002"
down_revision = "copilot_0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "approval_requests",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("ticket_id", sa.String(200), index=True),
        sa.Column("order_id", sa.String(200), index=True),
        sa.Column("customer_id", sa.String(200), index=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("requested_by", sa.String(80), nullable=False),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("decided_at", _MOMENT),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("waived", sa.String(16)),
    )
    op.create_index("ix_approval_requests_state", "approval_requests", ["state", "requested_at"])
    for column in (
        sa.Column("source", sa.String(16), nullable=False, server_default="import"),
        sa.Column("ticket_id", sa.String(200)),
        sa.Column("order_id", sa.String(200)),
        sa.Column("expires_at", _MOMENT),
        sa.Column("revoked_by", sa.String(80)),
        sa.Column("revoked_at", _MOMENT),
    ):
        op.add_column("approvals", column)
    op.create_index("ix_approvals_ticket_id", "approvals", ["ticket_id"])
    op.create_index("ix_approvals_order_id", "approvals", ["order_id"])
    op.create_table(
        "approval_uses",
        sa.Column("approval_id", sa.String(200), sa.ForeignKey("approvals.id"), primary_key=True),
        sa.Column("reference", sa.String(200), primary_key=True),
        sa.Column("hundredths", sa.BigInteger),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
    )
    _place_those_held()


def _place_those_held() -> None:
    approvals = sa.table(
        "approvals", sa.column("id", sa.String), sa.column("content", sa.JSON), sa.column("ticket_id", sa.String),
        sa.column("order_id", sa.String), sa.column("expires_at", _MOMENT),
    )  # fmt: skip
    connection = op.get_bind()
    for approval_id, content in connection.execute(sa.select(approvals.c.id, approvals.c.content)).all():
        ends = content.get("expires_at")
        connection.execute(
            approvals.update()
            .where(approvals.c.id == approval_id)
            .values(
                ticket_id=content.get("ticket_id"), order_id=content.get("order_id"),
                expires_at=datetime.fromisoformat(ends).astimezone(UTC) if ends else None,
            )
        )  # fmt: skip


def downgrade() -> None:
    op.drop_table("approval_uses")
    op.drop_index("ix_approvals_order_id", "approvals")
    op.drop_index("ix_approvals_ticket_id", "approvals")
    with op.batch_alter_table("approvals") as table:
        for column in ("source", "ticket_id", "order_id", "expires_at", "revoked_by", "revoked_at"):
            table.drop_column(column)
    op.drop_table("approval_requests")
