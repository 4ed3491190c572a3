"""Alembic's entry: runs the migrations on the connection that `kb.store.migrate` hands in."""

from __future__ import annotations

from alembic import context

from kb.store.tables import metadata

VERSION_TABLE = "kb_alembic_version"


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
