"""Puts versions in force and takes them out again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from kb.errors import InvalidState
from kb.index.sync import Projections
from kb.service.catalogue import pick_version, unknown_document
from kb.store import repository
from kb.store.moments import seconds


class Publisher:
    """Changes states in SQL first; the projections follow under the same lock."""

    def __init__(self, engine: Engine, projections: Projections, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._projections = projections
        self._clock = clock

    def publish(self, document_id: str, number: int, actor: str) -> None:
        """Puts a version in force; the one before ends where this one begins."""
        with self._projections.write_lock(), self._engine.begin() as connection:
            repository.serialise_writers(connection)
            row = pick_version(repository.versions(connection, document_id), document_id, number)
            repository.publish(connection, row, actor, seconds(self._clock()))
        self._projections.catch_up()

    def retire(self, document_id: str, number: int | None, actor: str) -> None:
        """Withdraws a published version, or all of them. Raises DocumentNotFound, InvalidState."""
        with self._projections.write_lock():
            with self._engine.begin() as connection:
                repository.serialise_writers(connection)
                rows = repository.versions(connection, document_id)
                if not rows:
                    raise unknown_document(document_id)
                chosen = rows if number is None else [pick_version(rows, document_id, number)]
                published = [row.version for row in chosen if row.state == "published"]
                if not published:
                    which = "" if number is None else f" version {number}"
                    raise InvalidState(f"{document_id}{which} is not published, so it cannot be retired")
                repository.retire(connection, document_id, published, actor, seconds(self._clock()))
            self._projections.sync()
