"""One home's knowledge base: every use of it, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from kb.embed import Embedder
from kb.index.sync import Progress, Projections
from kb.ingest import Given
from kb.models import (
    Audience,
    Clause,
    Document,
    DocumentKind,
    DocumentVersion,
    DriftReport,
    IngestFailure,
    IngestReport,
    KbStats,
    SearchRequest,
    SearchResponse,
)
from kb.retrieve.inforce import PublishedView
from kb.retrieve.query import QueryExpander
from kb.retrieve.search import Searcher, snapshot_name
from kb.service.adding import Adder
from kb.service.catalogue import Catalogue
from kb.service.keeping import Keeper
from kb.service.publishing import Publisher
from kb.settings import KbSettings
from kb.store import repository
from kb.store.engine import make_engine
from kb.store.migrate import migrate


def _now() -> datetime:
    return datetime.now(UTC)


class KnowledgeBase:
    """Thread-safe; make it with `open` and close it, or use it as a context manager."""

    def __init__(
        self,
        settings: KbSettings,
        embedder: Embedder | None,
        engine: Engine,
        owns_engine: bool,
        expansions: Mapping[str, Sequence[str]],
        clock: Callable[[], datetime],
    ) -> None:
        self._embedder = embedder
        self._engine = engine
        self._owns_engine = owns_engine
        self._projections = Projections(engine, settings, embedder)
        self._view = PublishedView(engine, self._projections.refresh)
        expander = QueryExpander(expansions)
        self._searcher = Searcher(engine, self._projections, self._view, embedder, expander, clock)
        self._adder = Adder(settings, engine, self._projections, clock)
        self._publisher = Publisher(engine, self._projections, clock)
        self._catalogue = Catalogue(engine, clock)
        self._keeper = Keeper(engine, self._projections, self._view, embedder, clock)

    @classmethod
    def open(
        cls,
        settings: KbSettings,
        *,
        embedder: Embedder | None,
        engine: Engine | None = None,
        expansions: Mapping[str, Sequence[str]] | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> KnowledgeBase:
        """Opens (and on first use makes) the home, migrates the database and catches the projections up.

        `embedder` None searches lexically alone. Without `engine` one is made from the settings and closed
        with the knowledge base. `expansions` maps everyday words to the words that policies use.
        """
        settings.home.mkdir(parents=True, exist_ok=True)
        used = make_engine(settings.sqlalchemy_url()) if engine is None else engine
        migrate(used)
        base = cls(settings, embedder, used, engine is None, expansions or {}, clock)
        base._view.current()
        return base

    def close(self) -> None:
        """Lets go of files and connections."""
        self._projections.close()
        if self._owns_engine:
            self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add_path(
        self,
        path: Path | str,
        *,
        kind: DocumentKind | None = None,
        platform: str | None = None,
        operator: str | None = None,
        shop: str | None = None,
        category: str | None = None,
        audience: Audience | None = None,
        title: str | None = None,
        valid_from: date | None = None,
        valid_to: date | None = None,
        publish: bool = False,
        actor: str,
        progress: Progress | None = None,
    ) -> list[IngestReport | IngestFailure]:
        """Adds a file, or every file below a folder (dot files aside), each in its own transaction.

        What is given here outranks a file's front matter. A file that cannot be used gives an IngestFailure
        and the others go on. `progress(step, done, total)`. Raises InvalidMetadata for an argument that no
        file could have.
        """
        given = Given(kind, platform, operator, audience, title, valid_from, valid_to, shop, category)
        return self._adder.add_path(Path(path), given, publish=publish, actor=actor, progress=progress)

    def add_text(
        self,
        name: str,
        data: bytes,
        *,
        kind: DocumentKind | None = None,
        platform: str | None = None,
        operator: str | None = None,
        shop: str | None = None,
        category: str | None = None,
        audience: Audience | None = None,
        title: str | None = None,
        valid_from: date | None = None,
        valid_to: date | None = None,
        publish: bool = False,
        actor: str,
    ) -> IngestReport:
        """Adds one document from memory; `name` is its file name, whose suffix names the format.

        Raises the KbError that says what is wrong with it; nothing is written then.
        """
        given = Given(kind, platform, operator, audience, title, valid_from, valid_to, shop, category)
        report = self._adder.add_bytes(name, data, given, publish=publish, actor=actor)
        if publish:
            self._projections.catch_up()
        return report

    def publish(self, document_id: str, version: int | None = None, *, actor: str) -> DocumentVersion:
        """Puts a version (the latest) in force; the one before ends where this one begins.

        A first publication has no beginning of its own; a later one begins on its `valid_from`, else now; a
        version that was in force before comes back now. Raises DocumentNotFound, VersionNotFound.
        """
        row = self._catalogue.row(document_id, version)
        self._publisher.publish(document_id, row.version, actor)
        return self._catalogue.version(document_id, row.version)

    def retire(self, document_id: str, version: int | None = None, *, actor: str) -> None:
        """Withdraws a published version, or all of them: their clauses are served for no date any more.

        Raises DocumentNotFound, VersionNotFound, InvalidState.
        """
        self._publisher.retire(document_id, version, actor)

    def list_documents(self) -> list[Document]:
        """Every document, by kind and file name."""
        return self._catalogue.documents()

    def get_document(self, document_id: str) -> Document:
        """One document. Raises DocumentNotFound."""
        return self._catalogue.document(document_id)

    def versions(self, document_id: str) -> list[DocumentVersion]:
        """All versions of a document, oldest first. Raises DocumentNotFound."""
        return self._catalogue.versions(document_id)

    def get_version(self, document_id: str, version: int) -> DocumentVersion:
        """One version. Raises DocumentNotFound, VersionNotFound."""
        return self._catalogue.version(document_id, version)

    def clauses(self, document_id: str, version: int | None = None) -> list[Clause]:
        """The clauses of a version (the latest), in order. Raises DocumentNotFound, VersionNotFound."""
        return self._catalogue.clauses(document_id, version)

    def get_clause(self, clause_id: str, version: int | None = None) -> Clause:
        """A clause as it stood in `version`; without it, the version in force now, else the latest.

        Raises ClauseNotFound.
        """
        return self._catalogue.clause(clause_id, version)

    def search(
        self,
        request: SearchRequest,
        *,
        vector: NDArray[np.float32] | None = None,
        lexical: bool = False,
    ) -> SearchResponse:
        """Clauses in force for a question, best first.

        `vector` is the question's embedding where the caller has it already; `lexical` leaves vectors out.
        Raises InvalidSearch for a vector of the wrong shape.
        """
        return self._searcher.search(request, vector, lexical=lexical)

    def resolve(
        self,
        anchor: str,
        *,
        platform: str | None,
        operator: str | None = None,
        as_of: date | datetime | None = None,
        audiences: Collection[Audience] | None = None,
    ) -> Clause | None:
        """The clause in force with this anchor: the platform's own before the common one, None without
        any."""
        return self.resolve_all((anchor,), platform=platform, operator=operator, as_of=as_of, audiences=audiences).get(
            anchor
        )

    def resolve_all(
        self,
        anchors: Iterable[str],
        *,
        platform: str | None,
        operator: str | None = None,
        as_of: date | datetime | None = None,
        audiences: Collection[Audience] | None = None,
    ) -> dict[str, Clause]:
        """As `resolve`, for many anchors at once; those without a clause in force are absent."""
        return self._searcher.resolve(anchors, platform=platform, operator=operator, as_of=as_of, audiences=audiences)

    def embed_query(self, text: str) -> NDArray[np.float32] | None:
        """The question's vector, None without an embedder. Raises EmbeddingError."""
        return None if self._embedder is None else self._embedder.embed_query(text)

    def snapshot(self) -> str:
        """Name of the published state; it changes with every publish and retire."""
        with self._engine.connect() as connection:
            return snapshot_name(repository.snapshot(connection))

    def rebuild(self, progress: Progress | None = None) -> DriftReport:
        """Builds both projections anew from SQL and compares them."""
        return self._keeper.rebuild(progress)

    def write_vectors(self, path: Path) -> int:
        """Writes every vector that was ever computed here to a file; how many. Raises EmbeddingError."""
        return self._keeper.write_vectors(path)

    def read_vectors(self, path: Path) -> int:
        """Takes vectors from such a file, so that the same text is not embedded again; 0 for another model."""
        return self._keeper.read_vectors(path)

    def drift(self) -> DriftReport:
        """Compares both projections with the published set in SQL."""
        return self._keeper.drift()

    def stats(self) -> KbStats:
        """Counts for a health page."""
        return self._keeper.stats()
