"""One home's knowledge base: every use of it, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from kb.embed import Embedder
from kb.index.memory import Progress
from kb.index.sync import Projections
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
from kb.retrieve.rerank import Reranker
from kb.retrieve.search import Searcher, snapshot_name
from kb.service.adding import Adder
from kb.service.catalogue import Catalogue
from kb.service.comparing import Comparer
from kb.service.keeping import Keeper
from kb.service.ledger import Ledger, Recorder, checked_actor
from kb.service.life import DocumentLife
from kb.service.publishing import Publisher
from kb.service.reviewing import Reviewer
from kb.service.wording import WordingDesk
from kb.settings import KbSettings
from kb.store import repository
from kb.store.engine import make_engine
from kb.store.migrate import migrate

if TYPE_CHECKING:
    from kb.service.insight import Insight


def _now() -> datetime:
    return datetime.now(UTC)


class KnowledgeBase(DocumentLife):
    """Thread-safe; make it with `open` and close it, or use it as a context manager."""

    def __init__(
        self,
        settings: KbSettings,
        embedder: Embedder | None,
        engine: Engine,
        owns_engine: bool,
        expansions: Mapping[str, Sequence[str]],
        clock: Callable[[], datetime],
        recorder: Recorder | None,
        reranker: Reranker | None = None,
    ) -> None:
        self._embedder = embedder
        self._engine = engine
        self._owns_engine = owns_engine
        self._projections = Projections(engine, settings, embedder)
        self._view = PublishedView(engine, self._projections.refresh)
        self._clock = clock
        self._expander = expander = QueryExpander(expansions)
        self._searcher = Searcher(engine, self._projections, self._view, embedder, expander, clock, reranker)
        ledger = Ledger(recorder)
        self._publisher = Publisher(engine, self._projections, clock, ledger)
        self._adder = Adder(settings, engine, self._projections, clock, ledger, self._publisher)
        self._reviewer = Reviewer(engine, self._projections, clock, ledger, solo=settings.solo)
        self._wordings = WordingDesk(engine, self._projections, clock, ledger)
        self._comparer = Comparer(engine, clock)
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
        recorder: Recorder | None = None,
        reranker: Reranker | None = None,
    ) -> KnowledgeBase:
        """Opens (and on first use makes) the home, migrates the database and catches the projections up.

        `embedder` None searches lexically alone. Without `engine` one is made from the settings and closed
        with the knowledge base. `expansions` maps everyday words to the words that policies use. `recorder` is
        called with every step of a document's life, inside the transaction that makes it. `reranker` orders the
        best candidates of a search anew.
        """
        settings.home.mkdir(parents=True, exist_ok=True)
        used = make_engine(settings.sqlalchemy_url()) if engine is None else engine
        migrate(used)
        base = cls(settings, embedder, used, engine is None, expansions or {}, clock, recorder, reranker)
        base._view.current()
        return base

    def close(self) -> None:
        """Lets go of files and connections."""
        if "insight" in self.__dict__:
            self.insight.close()
        self._projections.close()
        if self._owns_engine:
            self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def insight(self) -> Insight:
        """What editors see at review time, what is missing, and short answers. Built at its first use."""
        from kb.service.insight import Insight

        return Insight(
            self._engine, self._projections, self._view, self._searcher, self._expander, self._embedder, self.add_text,
            self._clock,
        )  # fmt: skip

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

        What is given here outranks a file's front matter. `publish` acts as the home's administrator: a missing
        approval is recorded as waived. A file that cannot be used gives an IngestFailure
        and the others go on. `progress(step, done, total)`. Raises InvalidMetadata for an argument that no
        file could have.
        """
        given = Given(kind, platform, operator, audience, title, valid_from, valid_to, shop, category)
        return self._adder.add_path(Path(path), given, publish=publish, actor=checked_actor(actor), progress=progress)

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
        """Adds one document from memory; `name` is its file name, whose suffix names the format; `publish` as
        in `add_path`.

        Raises the KbError that says what is wrong with it; nothing is written then.
        """
        given = Given(kind, platform, operator, audience, title, valid_from, valid_to, shop, category)
        report = self._adder.add_bytes(name, data, given, publish=publish, actor=checked_actor(actor))
        if publish:
            self._projections.catch_up()
        return report

    def list_documents(self, *, archived: bool = False) -> list[Document]:
        """Every document, by kind and file name; those put away only where asked."""
        return self._catalogue.documents(archived=archived)

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

    def clause_ids(self, document_id: str) -> list[str]:
        """Every clause that any version of a document has. Raises DocumentNotFound."""
        return self._catalogue.clause_ids(document_id)

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
        words: bool = True,
    ) -> SearchResponse:
        """Clauses in force for a question, best first.

        `vector` is the question's embedding where the caller has it already; `lexical` leaves vectors out,
        `words=False` the words (to see what each side finds alone).
        Raises InvalidSearch for a vector of the wrong shape.
        """
        return self._searcher.search(request, vector, lexical=lexical, words=words)

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
        """Name of the published state; it changes with everything that changes what is served or how it is found."""
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
