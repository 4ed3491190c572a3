"""Opens the one database: SQLite in WAL mode in the home, or PostgreSQL by URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from copilot.errors import NotReady


def open_engine(home: Path, url: str | None) -> Engine:
    """The engine that kb and copilot share.

    Raises:
        NotReady: the URL cannot be used or the server does not answer.
    """
    try:
        engine = create_engine(
            url or f"sqlite:///{home / 'copilot.db'}",
            pool_pre_ping=bool(url),
            hide_parameters=True,  # errors are logged, and the values may be a customer's
        )
    except (ArgumentError, ModuleNotFoundError) as error:
        raise NotReady(
            f"COPILOT_DATABASE_URL cannot be used: {error}; for PostgreSQL install 'aftersales-copilot[postgres]' "
            "and write postgresql+psycopg://user@host/database"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        engine.connect().close()
    except OperationalError as error:
        raise NotReady(f"the database does not answer: {error.orig}; check COPILOT_DATABASE_URL") from error
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session in one transaction that holds the write lock from its start, committed at the end.

    The audit chain needs it: whoever reads the last hash must be the next to write.
    """
    with Session(engine.execution_options(write=True)) as session, session.begin():
        _lock(session.connection())
        yield session


@contextmanager
def joining(connection: Connection) -> Iterator[Session]:
    """A session inside somebody else's transaction that writes, flushed at the end; its owner commits."""
    _lock(connection)
    with Session(bind=connection) as session:
        yield session
        session.flush()


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK})


_WRITE_LOCK = 7_309_114
"""An arbitrary number that all processes of this product share."""


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver would begin transactions by itself, and only at the first write; _begin_sqlite does it instead.
    connection.isolation_level = None
    # WAL lets readers go on while one process writes. NORMAL: a commit survives the death of the process; after a
    # power cut the last moments may be missing, never half-written. FULL would cost a disk flush per suggestion.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
