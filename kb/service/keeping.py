"""Keeps the projections honest: rebuild, comparison with SQL, counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from kb.embed import Embedder, unit_rows
from kb.errors import EmbeddingError
from kb.index.memory import Progress, passage
from kb.index.sync import Projections
from kb.models import DriftReport, KbStats
from kb.retrieve.inforce import PublishedView
from kb.retrieve.search import snapshot_name
from kb.store import published, repository, vectors
from kb.store.engine import writing
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

    def write_vectors(self, path: Path) -> int:
        """Writes the vector of every published clause to a file that `read_vectors` takes; how many."""
        if self._embedder is None:
            raise EmbeddingError("there is no embedding model, so there are no vectors to write")
        with self._engine.connect() as connection:
            names = published.documents_with_published(connection)
            wanted = {
                passage(row, scope.title).digest
                for document in published.published_documents(connection, names)
                for _, row, scope in document.clauses
            }
            held = vectors.known(connection, vectors.model_key(self._embedder.name), sorted(wanted))
        # Half precision: the angle between a vector and itself stays below a thousandth.
        matrix = np.stack(list(held.values())).astype(np.float16) if held else np.empty((0, 0), np.float16)
        np.savez_compressed(path, model=self._embedder.name, digests=np.array(list(held)), vectors=matrix)
        return len(held)

    def read_vectors(self, path: Path) -> int:
        """Remembers the vectors of a file, unless another model made them; how many there were."""
        with np.load(path, allow_pickle=False) as stored:
            if self._embedder is None or str(stored["model"]) != self._embedder.name:
                return 0
            rows = unit_rows(stored["vectors"].astype(np.float32))
            found = dict(zip(stored["digests"].tolist(), rows, strict=True))
        with self._projections.write_lock(), writing(self._engine) as connection:
            vectors.remember(connection, vectors.model_key(self._embedder.name), found)
        return len(found)

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
