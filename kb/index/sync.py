"""Keeps both projections equal to the published set in SQL, by snapshot number; whatever a crash left is
caught up."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from sqlalchemy import Engine

from kb.embed import Embedder
from kb.errors import EmbeddingError, IndexUnavailable
from kb.index import lexical
from kb.index.dense import DenseIndex, vector_key
from kb.index.lexical import LexicalIndex
from kb.index.state import ProjectionState, read_state, write_state
from kb.settings import KbSettings
from kb.store import published, repository, vectors
from kb.store.records import ClauseRow, PublishedDocument, Scope

Progress = Callable[[str, int, int], None]

_EMBED_BATCH = 256
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
        self._lexical_state = self._folder / f"{lexical.LAYOUT}.json"
        self._dense_layout = vectors.model_key(embedder.name)[:24] if embedder is not None else ""
        self._dense_state = self._folder / f"dense-{self._dense_layout}.json"
        self._dense_retry_at = 0.0
        self.dense_problem: str | None = None
        self.lexical = self._open_lexical()
        self.dense = (
            DenseIndex(settings.home / "chroma", settings.chroma_url, f"clauses-{self._dense_layout}")
            if embedder is not None
            else None
        )
        self._seen = (-1, -1)

    def _open_lexical(self) -> LexicalIndex:
        try:
            return LexicalIndex(self._folder / lexical.LAYOUT)
        except IndexUnavailable:
            with self.write_lock():
                self._lexical_state.unlink(missing_ok=True)
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
            raise IndexUnavailable(
                f"another process has been writing to {self._settings.home} for more than "
                f"{patience:g} s; try again when it is done"
            ) from error

    # -- embedding --------------------------------------------------------------------------------------

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> dict[str, NDArray[np.float32]]:
        """Vectors by content hash; those never seen before are computed and remembered. Raises
        EmbeddingError."""
        if self._embedder is None:
            return {}
        model = vectors.model_key(self._embedder.name)
        by_digest = {digest(text): text for text in texts}
        with self._engine.connect() as connection:
            found = vectors.known(connection, model, list(by_digest))
        missing = [key for key in by_digest if key not in found]
        for start in range(0, len(missing), _EMBED_BATCH):
            chunk = missing[start : start + _EMBED_BATCH]
            rows = self._embedder.embed_documents([by_digest[key] for key in chunk])
            fresh = dict(zip(chunk, rows, strict=True))
            with self._engine.begin() as connection:
                vectors.remember(connection, model, fresh)
            found.update(fresh)
            if progress:
                progress("embed", min(start + _EMBED_BATCH, len(missing)), len(missing))
        return found

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
            except IndexUnavailable:
                pass  # the writer that holds the lock brings the projections up to date itself
            states = self._states()
        if states != self._seen:
            self.lexical.reload()
            if self.dense is not None and states[1] != self._seen[1]:
                self.dense.reopen()
            self._seen = states
        return states[0] >= snapshot and (self.dense is None or states[1] >= snapshot)

    def _states(self) -> tuple[int, int]:
        first = read_state(self._lexical_state)
        second = read_state(self._dense_state) if self.dense is not None else None
        return (first.snapshot if first else -1, second.snapshot if second else -1)

    def _behind(self, states: tuple[int, int], snapshot: int) -> bool:
        if states[0] < snapshot:
            return True
        return self.dense is not None and states[1] < snapshot and time.monotonic() >= self._dense_retry_at

    def embed_pending(self, progress: Progress | None = None) -> None:
        """Computes vectors that the dense side lacks, without the write lock, so that `sync` has them at
        hand."""
        if self.dense is None:
            return
        state = read_state(self._dense_state)
        with self._engine.connect() as connection:
            names = (
                published.changed_documents(connection, state.snapshot)
                if state
                else published.documents_with_published(connection)
            )
        for chunk in _chunks(sorted(names)):
            with self._engine.connect() as connection:
                documents = list(published.published_documents(connection, chunk))
            texts = [
                text
                for document in documents
                for clause, row, scope in document.clauses
                for text in vector_texts(clause, row, scope).values()
            ]
            try:
                self.embed(texts, progress)
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
        if self.dense is not None:
            try:
                self._sync_dense(self.dense, progress)
                self.dense_problem = None
            except (EmbeddingError, IndexUnavailable) as error:
                self.dense_problem = error.message
                self._dense_retry_at = time.monotonic() + _RETRY_SECONDS
        self._seen = self._states()

    def _sync_lexical(self, progress: Progress | None) -> None:
        state = read_state(self._lexical_state)
        with self._engine.connect() as connection:
            target = repository.snapshot(connection)
            if state and state.snapshot == target:
                return
            if state is None or state.snapshot > target:
                self.lexical.clear()
                names = published.documents_with_published(connection)
            else:
                names = published.changed_documents(connection, state.snapshot)
            documents = published.published_documents(connection, names)
            self.lexical.replace(_counted(documents, "index", len(names), progress))
        write_state(self._lexical_state, ProjectionState(snapshot=target, layout=lexical.LAYOUT))

    def _sync_dense(self, dense: DenseIndex, progress: Progress | None) -> None:
        state = read_state(self._dense_state)
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
        write_state(self._dense_state, ProjectionState(snapshot=target, layout=self._dense_layout))

    def _replace_dense(
        self, dense: DenseIndex, documents: Sequence[PublishedDocument], progress: Progress | None
    ) -> set[str]:
        wanted = {
            key: (text, document.document_id)
            for document in documents
            for clause, row, scope in document.clauses
            for key, text in vector_texts(clause, row, scope).items()
        }
        stored = dense.stored([document.document_id for document in documents])
        extra = stored - wanted.keys()
        if extra:
            dense.remove(sorted(extra))
        texts = {key: text for key, (text, _) in wanted.items() if key not in stored}
        rows = self.embed(list(texts.values()), progress)
        if texts:
            dense.add(
                {key: rows[digest(text)] for key, text in texts.items()},
                {key: wanted[key][1] for key in texts},
            )
        return set(wanted)

    def reset(self) -> None:
        """Forgets both projections; the next `sync` builds them anew. The caller holds the write lock."""
        self._lexical_state.unlink(missing_ok=True)
        self._dense_state.unlink(missing_ok=True)
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


def digest(text: str) -> str:
    """Content hash under which a text's vector is remembered."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def embedding_text(row: ClauseRow, scope: Scope) -> str:
    """What is embedded for a clause: where it stands, what comes before it, and its text."""
    head = " · ".join((scope.title, *row.section_path))
    return "\n".join(part for part in (head, row.context, row.text) if part)


def vector_texts(key: str, row: ClauseRow, scope: Scope) -> dict[str, str]:
    """Everything that is embedded for a clause, by the key of its vector."""
    return {key: embedding_text(row, scope)} | {vector_key(key, question): question for question in row.questions}


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _DOCUMENT_BATCH):
        yield names[start : start + _DOCUMENT_BATCH]


def _counted(
    documents: Iterator[PublishedDocument], what: str, total: int, progress: Progress | None
) -> Iterator[PublishedDocument]:
    for number, document in enumerate(documents, start=1):
        yield document
        if progress:
            progress(what, number, total)
