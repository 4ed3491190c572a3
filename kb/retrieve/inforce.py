"""The published set in memory, by snapshot number, so that filtering candidates costs no query."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from kb.store import published, repository
from kb.store.records import PublishedClause

_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """Every published clause (past and future ones too) as of one snapshot."""

    snapshot: int
    by_key: dict[str, PublishedClause] = field(default_factory=dict)
    by_document: dict[str, list[str]] = field(default_factory=dict)
    by_anchor: dict[str, list[PublishedClause]] = field(default_factory=dict)


class PublishedView:
    """Hands out the current PublishedSet; reads the snapshot number at every call and reloads what
    changed."""

    def __init__(self, engine: Engine, refresh: Callable[[int], bool]) -> None:
        self._engine = engine
        self._refresh = refresh
        self._caught_up = False
        self._retry_at = 0.0
        self._lock = threading.Lock()
        self._set = PublishedSet(-1)

    @property
    def caught_up(self) -> bool:
        """Whether the projections hold the current snapshot in full."""
        return self._caught_up

    def current(self) -> PublishedSet:
        """The set at the snapshot that SQL has now; the projections were asked to follow it."""
        with self._engine.connect() as connection:
            snapshot = repository.snapshot(connection)
        if snapshot == self._set.snapshot and (self._caught_up or time.monotonic() < self._retry_at):
            return self._set
        with self._lock:
            if snapshot != self._set.snapshot or (not self._caught_up and time.monotonic() >= self._retry_at):
                self._caught_up = self._refresh(snapshot)
                self._retry_at = time.monotonic() + _RETRY_SECONDS
                if snapshot != self._set.snapshot:
                    self._set = self._load(self._set)
            return self._set

    def _load(self, old: PublishedSet) -> PublishedSet:
        with self._engine.connect() as connection:
            snapshot = repository.snapshot(connection)
            names = None if old.snapshot < 0 else published.changed_documents(connection, old.snapshot)
            rows = published.published_clauses(connection, names)
        by_key = dict(old.by_key)
        by_document = dict(old.by_document)
        for name in names or ():
            for key in by_document.pop(name, ()):
                del by_key[key]
        for row in rows:
            by_key[row.key] = row
            by_document.setdefault(row.scope.document_id, []).append(row.key)
        by_anchor: dict[str, list[PublishedClause]] = {}
        for row in by_key.values():
            if row.anchor:
                by_anchor.setdefault(row.anchor, []).append(row)
        return PublishedSet(snapshot, by_key, by_document, by_anchor)
