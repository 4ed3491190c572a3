"""Keeps both projections equal to the published set in SQL, by snapshot number; whatever a crash left is
caught up."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from sqlalchemy import Engine

from kb.embed import Embedder
from kb.errors import EmbeddingError, IndexUnavailable, WriterBusy
from kb.index import lexical
from kb.index.dense import DenseIndex
from kb.index.lexical import LexicalIndex
from kb.index.memory import Passage, Progress, VectorMemory, passage
from kb.index.state import Mark
from kb.settings import KbSettings
from kb.store import published, repository, vectors
from kb.store.records import PublishedDocument

_DOCUMENT_BATCH = 128
_RETRY_SECONDS = 60.0
_PATIENCE_SECONDS = 2.0


class Projections:
    """The lexical and the dense index of one home. Writes happen under the home's lock only."""

    def __init__(self, engine: Engine, settings: KbSettings, embedder: Embedder | None) -> None:
        self._engine = engine
        self._settings = settings
        self._embedder = embedder
        self._lock = FileLock(settings.home / "kb.lock")
        self._folder = settings.home / "index"
        self._dense_layout = vectors.model_key(embedder.name)[:24] if embedder is not None else ""
        self._dense_retry_at = 0.0
        self._dense_problem: str | None = None
        self.lexical_problem: str | None = None
        self._memory = VectorMemory(engine, embedder, settings.tuning_file) if embedder is not None else None
        # What was learned changes what the projections hold, not what is remembered: they are built anew from it.
        built_with = f"{lexical.LAYOUT}+{'plain' if self._memory is None else self._memory.learned}"
        # Without a model the words are taken as they are: there is nothing to borrow by, and nothing to undo.
        anything = None if embedder is not None else f"{lexical.LAYOUT}+"
        self._lexical_mark = Mark(self._folder / f"{lexical.LAYOUT}.json", built_with, anything)
        self._dense_mark = Mark(self._folder / f"dense-{self._dense_layout}.json", built_with)
        self.lexical = self._open_lexical()
        self.dense = self._open_dense() if embedder is not None else None
        self._seen = (-1, -1)

    def _open_dense(self) -> DenseIndex:
        name, url = f"clauses-{self._dense_layout}", self._settings.chroma_url
        if url is not None:  # a server may serve several installations: each has a collection of its own
            with self._engine.connect() as connection:
                name += f"-{repository.installation(connection)[:12]}"
        return DenseIndex(self._settings.home / "chroma", url, name)

    def _open_lexical(self) -> LexicalIndex:
        try:
            return LexicalIndex(self._folder / lexical.LAYOUT)
        except IndexUnavailable:
            with self.write_lock():
                self._lexical_mark.forget()
                return LexicalIndex.open_or_reset(self._folder / lexical.LAYOUT)

    def close(self) -> None:
        """Lets go of files; nothing is lost."""
        if self.dense is not None:
            self.dense.close()

    @contextmanager
    def write_lock(self, timeout_seconds: float | None = None) -> Iterator[None]:
        """The one write lock of the home. Raises IndexUnavailable when another writer keeps it too long."""
        patience = self._settings.lock_timeout_seconds if timeout_seconds is None else timeout_seconds
        try:
            with self._lock.acquire(timeout=patience):
                yield
        except Timeout as error:
            raise WriterBusy(
                f"another process has been writing to {self._settings.home} for more than "
                f"{patience:g} s; try again when it is done"
            ) from error

    # -- embedding --------------------------------------------------------------------------------------

    def embed(self, passages: Sequence[Passage], progress: Progress | None = None) -> dict[str, NDArray[np.float32]]:
        """Vectors by content hash; those never seen before are computed and remembered. Raises
        EmbeddingError."""
        return {} if self._memory is None else self._memory.embed(passages, progress)

    def asked(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """A question's vector as the dense index wants it."""
        tuning = None if self._memory is None else self._memory.tuning
        return vector if tuning is None else tuning.question(vector)

    def place(self, rows: Mapping[str, NDArray[np.float32]], rich: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Remembered vectors by key as the dense index wants them; `rich` clauses have wordings of their own."""
        return dict(rows) if self._memory is None else self._memory.place(rows, rich)

    def check_model(self) -> None:
        """Raises EmbeddingError where the model is not the one that made the vectors."""
        if self._memory is not None:
            self._memory.check()

    @property
    def model_change(self) -> str | None:
        """What to say while the home's vectors are another model's: they stay unused until a rebuild."""
        if self.dense is None or self._dense_mark.path.exists() or not self._other_states():
            return None
        name = self._embedder.name if self._embedder is not None else ""
        return f"the embedding model was changed to {name}; run `copilot kb rebuild`"

    def _other_states(self) -> list[Path]:
        return [path for path in self._folder.glob("dense-*.json") if path != self._dense_mark.path]

    @property
    def dense_problem(self) -> str | None:
        """Why the dense side is behind, None when it is not."""
        return self.model_change or self._dense_problem

    # -- catching up ------------------------------------------------------------------------------------

    def refresh(self, snapshot: int) -> bool:
        """Brings what this process sees up to `snapshot`: catches the projections up, or reopens them.

        False: they are still behind, because a writer is at work or the dense side fails; ask again later.
        """
        states = self._states()
        if self._behind(states, snapshot):
            try:
                with self.write_lock(_PATIENCE_SECONDS):
                    self.sync()
                self.lexical_problem = None
            except WriterBusy:
                pass  # the writer that holds the lock brings the projections up to date itself
            except IndexUnavailable as error:
                self.lexical_problem = error.message
            states = self._states()
        if states != self._seen:
            self.lexical.reload()
            if self.dense is not None and states[1] != self._seen[1]:
                self.dense.reopen()
            self._seen = states
        dense = self.dense is None or self.model_change is not None or states[1] >= snapshot
        return dense and states[0] >= snapshot

    def _states(self) -> tuple[int, int]:
        return self._lexical_mark.snapshot, -1 if self.dense is None else self._dense_mark.snapshot

    def _behind(self, states: tuple[int, int], snapshot: int) -> bool:
        if states[0] < snapshot:
            return True
        if self.dense is None or self.model_change:
            return False
        return states[1] < snapshot and time.monotonic() >= self._dense_retry_at

    def embed_pending(self, progress: Progress | None = None) -> None:
        """Computes vectors that the dense side lacks, without the write lock, so that `sync` has them at
        hand."""
        if self.dense is None or self.model_change:
            return
        state = self._dense_mark.read()
        with self._engine.connect() as connection:
            names = (
                published.changed_documents(connection, state.snapshot)
                if state
                else published.documents_with_published(connection)
            )
        for chunk in _chunks(sorted(names)):
            with self._engine.connect() as connection:
                documents = list(published.published_documents(connection, chunk))
            passages = [passage(row, scope.title) for document in documents for _, row, scope in document.clauses]
            try:
                self.embed(passages, progress)
            except EmbeddingError:
                return  # `sync` meets it again and reports it

    def catch_up(self, progress: Progress | None = None) -> None:
        """Embeds what is missing, then brings both projections to the snapshot in SQL under the write
        lock."""
        self.embed_pending(progress)
        with self.write_lock():
            self.sync(progress)

    def held(self) -> tuple[set[str], set[str] | None]:
        """The keys that the lexical and (where there is one) the dense side really hold now."""
        self.lexical.reload()
        return self.lexical.keys(), None if self.dense is None else self.dense.keys()

    def sync(self, progress: Progress | None = None) -> None:
        """Brings both projections to the snapshot in SQL. The caller holds the write lock.

        A failing embedder or Chroma leaves the dense side where it was and says so in `dense_problem`.
        """
        self._sync_lexical(progress)
        if self.dense is not None and not self.model_change:
            try:
                self._sync_dense(self.dense, progress)
                self._dense_problem = None
            except (EmbeddingError, IndexUnavailable) as error:
                self._dense_problem = error.message
                self._dense_retry_at = time.monotonic() + _RETRY_SECONDS
        self._seen = self._states()

    def _sync_lexical(self, progress: Progress | None) -> None:
        state = self._lexical_mark.read()
        with self._engine.connect() as connection:
            target = repository.snapshot(connection)
            if state and state.snapshot == target:
                return
            if state is None or state.snapshot > target:
                self.lexical.clear()
                lexical.sweep(self._folder)
                names = published.documents_with_published(connection)
            else:
                names = published.changed_documents(connection, state.snapshot)
            documents = published.published_documents(connection, names)
            lent = documents if self._memory is None else map(self._memory.lend, documents)
            self.lexical.replace(_counted(lent, "index", len(names), progress))
        self._lexical_mark.write(target, state)

    def _sync_dense(self, dense: DenseIndex, progress: Progress | None) -> None:
        state = self._dense_mark.read()
        with self._engine.connect() as connection:
            target = repository.snapshot(connection)
            if state and state.snapshot == target:
                return
            if state is None or state.snapshot > target:
                names = sorted(published.documents_with_published(connection))
                orphans = dense.keys()
            else:
                names = sorted(published.changed_documents(connection, state.snapshot))
                orphans = set()
        for chunk in _chunks(names):
            with self._engine.connect() as connection:
                documents = list(published.published_documents(connection, chunk))
            orphans -= self._replace_dense(dense, documents, progress)
        if orphans:
            dense.remove(sorted(orphans))
        self._dense_mark.write(target, state)

    def _replace_dense(
        self, dense: DenseIndex, documents: Sequence[PublishedDocument], progress: Progress | None
    ) -> set[str]:
        wanted = {key: (row, scope) for document in documents for key, row, scope in document.clauses}
        stored = dense.stored([document.document_id for document in documents])
        extra = stored.keys() - wanted.keys()
        if extra:
            dense.remove(sorted(extra))
        passages = {key: passage(row, scope.title) for key, (row, scope) in wanted.items()}
        passages = {key: found for key, found in passages.items() if stored.get(key) != found.digest}
        if passages and self._memory is not None:
            rows = self._memory.placed(list(passages.values()), progress)
            dense.add(
                {key: rows[found.digest] for key, found in passages.items()},
                {key: (wanted[key][1].document_id, found.digest) for key, found in passages.items()},
            )
        return set(wanted)

    def reset(self) -> None:
        """Forgets both projections, other models' too; the next `sync` builds them anew. The caller holds the
        write lock."""
        self._lexical_mark.forget()
        for state in self._other_states() if self.dense is not None else ():
            state.unlink(missing_ok=True)
        if self._memory is not None:
            with suppress(EmbeddingError):  # `sync` meets it again and reports it
                self._memory.forget_another_model()
        self._dense_mark.forget()
        self._dense_retry_at = 0.0
        self.lexical.clear()
        if self.dense is not None:
            try:
                self.dense.clear()
            except IndexUnavailable:
                # A damaged Chroma folder cannot be cleared from inside; it holds nothing that SQL does not.
                self.dense.close()
                if self._settings.chroma_url:
                    raise
                shutil.rmtree(self._settings.home / "chroma", ignore_errors=True)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _DOCUMENT_BATCH):
        yield names[start : start + _DOCUMENT_BATCH]


def _counted(
    documents: Iterable[PublishedDocument], what: str, total: int, progress: Progress | None
) -> Iterator[PublishedDocument]:
    for number, document in enumerate(documents, start=1):
        yield document
        if progress:
            progress(what, number, total)
