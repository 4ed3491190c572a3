"""Brings a database to the knowledge base's current schema."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from kb.store.engine import writing

HEAD = "kb_0002"
VERSION_TABLE = "kb_alembic_version"
_SCRIPTS = Path(__file__).parent / "migrations"


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at, None before the first migration."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def migrate(engine: Engine) -> None:
    """Runs the missing migrations in one transaction, one process at a time; does nothing on a current database."""
    if current_revision(engine) == HEAD:
        return
    from alembic import command  # its import costs a third of a second; a current database never pays it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("version_table", VERSION_TABLE)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
