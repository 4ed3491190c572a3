"""The database engine of a knowledge base that is not handed one, and the transactions that write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text


def make_engine(url: str) -> Engine:
    """An engine for `url`; SQLite gets a write-ahead log, so that reading and writing do not wait for each
    other."""
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin by itself, and not before it makes a table: a migration that dies would stay half done.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


_ADVISORY_LOCK = 7_205_014_409


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes; the caller holds the home's write lock.

    Writers of several machines wait for each other where the database can (the home's lock sees only one). An
    engine that was handed in may look at the option `write` to lock from the start, so that what is read here
    is still so when it is written.
    """
    with engine.execution_options(write=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection
