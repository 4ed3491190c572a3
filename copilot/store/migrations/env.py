"""Alembic's entry: runs the migrations on the connection that `copilot.store.migrate` hands in."""

from alembic import context

from copilot.store.migrate import VERSION_TABLE
from copilot.store.tables import Base


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=Base.metadata, version_table=VERSION_TABLE,
        render_as_batch=connection.dialect.name == "sqlite",
    )  # fmt: skip
    with context.begin_transaction():
        context.run_migrations()


_run()
