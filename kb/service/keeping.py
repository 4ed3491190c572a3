"""Keeps the projections honest: rebuild, comparison with SQL, counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from kb.embed import Embedder
from kb.index.sync import Progress, Projections
from kb.models import DriftReport, KbStats
from kb.retrieve.inforce import PublishedView
from kb.retrieve.search import snapshot_name
from kb.store import published, repository
from kb.store.moments import seconds


class Keeper:
    """What `doctor` and a rebuild need."""

    def __init__(
        self,
        engine: Engine,
        projections: Projections,
        view: PublishedView,
        embedder: Embedder | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._projections = projections
        self._view = view
        self._embedder = embedder
        self._clock = clock

    def rebuild(self, progress: Progress | None) -> DriftReport:
        """Builds both projections anew from SQL; vectors that are remembered are not computed again."""
        with self._projections.write_lock():
            self._projections.reset()
        self._projections.catch_up(progress)
        return self.drift()

    def drift(self) -> DriftReport:
        """Compares both projections with the published set in SQL, while nobody writes."""
        with self._projections.write_lock():
            with self._engine.connect() as connection:
                number = repository.snapshot(connection)
                wanted = {clause.key for clause in published.published_clauses(connection)}
            lexical, dense = self._projections.held()
        return DriftReport(
            snapshot=snapshot_name(number),
            published=len(wanted),
            lexical=len(lexical),
            dense=None if dense is None else len(dense),
            missing_lexical=tuple(sorted(wanted - lexical)),
            extra_lexical=tuple(sorted(lexical - wanted)),
            missing_dense=() if dense is None else tuple(sorted(wanted - dense)),
            extra_dense=() if dense is None else tuple(sorted(dense - wanted)),
        )

    def stats(self) -> KbStats:
        """Counts for a health page."""
        current = self._view.current()
        at = seconds(self._clock())
        with self._engine.connect() as connection:
            versions = repository.all_versions(connection)
        return KbStats(
            documents=len(versions),
            versions=sum(map(len, versions.values())),
            clauses_in_force=sum(clause.scope.in_force(at) for clause in current.by_key.values()),
            clauses_published=len(current.by_key),
            snapshot=snapshot_name(current.snapshot),
            embedder=None if self._embedder is None else self._embedder.name,
            dense_ready=self._projections.dense is not None and self._projections.dense_problem is None,
        )
