"""Brings a database to the copilot's current schema; its version table stands beside the knowledge base's."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

HEAD = "copilot_0004"
VERSION_TABLE = "copilot_alembic_version"
_SCRIPTS = Path(__file__).parent / "migrations"


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at, null before the first migration."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
        return found


def migrate(engine: Engine) -> None:
    """Runs the missing migrations in one transaction; does nothing on a current database."""
    if current_revision(engine) == HEAD:
        return
    from alembic import command  # a third of a second that a current database never pays
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
