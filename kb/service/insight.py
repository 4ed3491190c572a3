"""What the knowledge base can tell about itself: conflicts, repeats, what a publication changes, what is missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Engine

from kb.embed import Embedder
from kb.errors import EmbeddingError
from kb.index.memory import Progress, passage
from kb.index.sync import Projections
from kb.insight_models import (
    Answer,
    AskedQuestion,
    AskRequest,
    ConflictReport,
    Gap,
    GapSignal,
    VersionReview,
)
from kb.models import IngestReport, SearchRequest, SearchResponse
from kb.retrieve.inforce import PublishedView
from kb.retrieve.query import QueryExpander
from kb.retrieve.search import Searcher, snapshot_name
from kb.review import conflicts, duplicates, gaps
from kb.review.answer import Answerer
from kb.review.asked import QuestionLog
from kb.review.corpus import Corpus, Item, Vector
from kb.review.replay import Replay
from kb.store import questions
from kb.store.moments import moment, seconds
from kb.store.questions import QuestionRow

REPLAYED = 200
"""Stored questions that a review asks again, those asked most often."""
_MISSED = 2000
_SOURCES = 5


class AddText(Protocol):
    """How a draft comes into the knowledge base: `KnowledgeBase.add_text`."""

    def __call__(self, name: str, data: bytes, *, actor: str) -> IngestReport: ...


class Insight:
    """Thread-safe. Reads only, but for the question log and the drafts that `draft` makes."""

    def __init__(
        self,
        engine: Engine,
        projections: Projections,
        view: PublishedView,
        searcher: Searcher,
        expander: QueryExpander,
        embedder: Embedder | None,
        add_text: AddText,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._projections = projections
        self._searcher = searcher
        self._expander = expander
        self._embedder = embedder
        self._add_text = add_text
        self._clock = clock
        self._corpus = Corpus(engine, projections, view, embedder, clock)
        self._replay = Replay(searcher, projections, self._corpus, embedder, expander)
        self._answerer = Answerer(searcher.search, self._information, embedder)
        self._log = QuestionLog(engine)

    def close(self) -> None:
        """Writes the questions that still wait."""
        self._log.close()

    # -- before publishing ------------------------------------------------------------------------------

    def review(
        self,
        document_id: str,
        version: int | None = None,
        *,
        questions_asked: int = REPLAYED,
        progress: Progress | None = None,
    ) -> VersionReview:
        """What publishing a version (the latest) would mean: repeats, contradictions, answers that change.

        `progress(step, done, total)`. Raises DocumentNotFound, VersionNotFound.
        """
        row, items = self._corpus.version(document_id, version)
        warnings: list[str] = []
        vectors = self._vectors(items, warnings)
        replaced = self._corpus.in_force_version(document_id)
        asked = self._frequent(questions_asked)
        return VersionReview(
            document_id=document_id,
            version=row.version,
            title=row.title,
            clauses=len(items),
            replaces=None if replaced == row.version else replaced,
            duplicates=tuple(duplicates.of_version(items, self._corpus, vectors)),
            contradictions=tuple(conflicts.of_version(items, self._corpus, vectors, progress)),
            replayed=len(asked),
            replay=tuple(self._replay.run(document_id, items, vectors, asked)),
            snapshot=snapshot_name(self._corpus.published().snapshot),
            warnings=tuple(warnings),
        )

    def conflicts(self, progress: Progress | None = None) -> ConflictReport:
        """Contradictions among everything that is in force now or will be; nothing is embedded for it."""
        clauses, found = conflicts.everywhere(self._corpus, progress)
        return ConflictReport(
            clauses=clauses,
            contradictions=tuple(found),
            snapshot=snapshot_name(self._corpus.published().snapshot),
        )

    def _vectors(self, items: list[Item], warnings: list[str]) -> dict[str, Vector]:
        """The vectors of a version's clauses; those never computed are computed and remembered."""
        if self._embedder is None:
            return {}
        passages = {item.key: passage(item.row, item.scope.title) for item in items}
        try:
            known = self._projections.embed(list(passages.values()))
        except EmbeddingError as error:
            warnings.append(f"compared by words alone: {error.message}")
            return {}
        return {key: known[one.digest] for key, one in passages.items() if one.digest in known}

    # -- questions ------------------------------------------------------------------------------------

    def asked(
        self, text: str, *, platform: str | None, source: str, top: str | None, score: float, confident: bool
    ) -> None:
        """Notes a question for replay and gaps. Returns at once; never raises.

        `text` is stored as it is: whoever calls this takes personal data out of it first. `top` is the clause
        that came first.
        """
        if not text.strip():
            return
        now = seconds(self._clock())
        self._log.add(
            QuestionRow(
                text=text.strip(),
                platform=platform,
                source=source,
                asked=1,
                missed=0 if confident else 1,
                first_at=now,
                last_at=now,
                top_clause=top,
                score=score,
            )
        )

    def flush(self) -> bool:
        """Writes the questions that wait, now. False: they could not be written and go on waiting."""
        return self._log.flush()

    def questions(self, limit: int = 100, since: datetime | None = None) -> list[AskedQuestion]:
        """The questions asked most often."""
        return [
            AskedQuestion(
                text=row.text,
                platform=row.platform,
                source=row.source,
                asked=row.asked,
                missed=row.missed,
                first_at=moment(row.first_at),
                last_at=moment(row.last_at),
                top_clause=row.top_clause,
                score=row.score,
            )
            for row in self._frequent(limit, since)
        ]

    def _frequent(self, limit: int, since: datetime | None = None) -> list[QuestionRow]:
        self._log.flush()
        with self._engine.connect() as connection:
            return questions.frequent(connection, limit, None if since is None else seconds(since))

    # -- gaps -----------------------------------------------------------------------------------------

    def gaps(
        self, signals: Iterable[GapSignal] = (), *, since: datetime | None = None, min_count: int = 1
    ) -> tuple[list[Gap], list[str]]:
        """Missing knowledge, the heaviest first, and warnings: from the question log and from `signals`."""
        mine = self._missed(since)
        given = [signal for signal in signals if since is None or _aware(signal.at) >= _aware(since)]
        return gaps.find([*mine, *given], self._search, self._embedder, min_count=min_count)

    def draft(self, gap: Gap, *, actor: str) -> IngestReport:
        """An FAQ document in state draft for a gap, with the nearest clauses as material in a comment."""
        platform = gap.platforms[0] if len(gap.platforms) == 1 else None
        hits = self._search(gap.label, platform).hits[:_SOURCES]
        name = f"待补充-{gap.label[:40]}.md".replace("/", "_").replace("\\", "_")
        return self._add_text(name, gaps.draft_of(gap, hits, platform).encode(), actor=actor)

    def _missed(self, since: datetime | None) -> list[GapSignal]:
        self._log.flush()
        with self._engine.connect() as connection:
            rows = questions.missed(connection, _MISSED, None if since is None else seconds(since))
        return [
            GapSignal(
                text=row.text,
                platform=row.platform,
                source=row.source,
                weight=row.missed,
                at=moment(row.last_at),
                first_at=moment(row.first_at),
            )
            for row in rows
        ]

    def _search(self, text: str, platform: str | None) -> SearchResponse:
        return self._searcher.search(SearchRequest(query=text, k=_SOURCES, platform=platform))

    # -- answers --------------------------------------------------------------------------------------

    def ask(self, request: AskRequest, platform_names: Mapping[str, str] | None = None) -> Answer:
        """A short answer made of quoted sentences of clauses in force, or a clear no.

        `platform_names` says how to call a platform where the answers of several stand together.
        """
        return self._answerer.answer(request, platform_names or {})

    def _information(self, query: str) -> Mapping[str, float]:
        """The words of a question, with how much each tells."""
        index = self._projections.lexical
        total = index.count()
        return {
            token: weight * math.log(1 + total / (1 + index.document_frequency(token)))
            for token, weight in self._expander.weighted_tokens(query).items()
        }


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
