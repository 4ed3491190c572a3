"""Search and anchor resolution over what is published and in force."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from kb.embed import Embedder
from kb.errors import EmbeddingError, IndexUnavailable, InvalidSearch
from kb.index.memory import embedding_text
from kb.index.sync import Projections
from kb.models import AUDIENCES, KINDS, Clause, SearchHit, SearchRequest, SearchResponse
from kb.retrieve.filter import Filter, admitted, platform_first
from kb.retrieve.fusion import Ranked, dense_weight, fuse
from kb.retrieve.inforce import PublishedSet, PublishedView
from kb.retrieve.present import clause_model, search_hit
from kb.retrieve.query import QueryExpander
from kb.retrieve.relevance import CONFIDENT_FROM, Background, coverage, relevance
from kb.retrieve.rerank import BREADTH, Reranker, reranked
from kb.retrieve.rows import RowCache
from kb.retrieve.syntax import candidates, parse
from kb.store.moments import BEIJING, instant
from kb.store.records import PublishedClause

_RESOLVE_ORDER = {"policy": 2, "sop": 1, "faq": 0}

Vector = NDArray[np.float32]


class Searcher:
    """Answers questions; thread-safe."""

    def __init__(
        self,
        engine: Engine,
        projections: Projections,
        view: PublishedView,
        embedder: Embedder | None,
        expander: QueryExpander,
        clock: Callable[[], datetime],
        reranker: Reranker | None = None,
    ) -> None:
        self._projections = projections
        self._view = view
        self._embedder = embedder
        self._expander = expander
        self._clock = clock
        self._reranker = reranker
        self._rows = RowCache(engine)
        self._dense_weight = dense_weight(embedder)

    def search(
        self, request: SearchRequest, vector: Vector | None = None, *, lexical: bool = False, words: bool = True
    ) -> SearchResponse:
        """Up to `k` clauses in force, best first. Without a usable embedder the search is lexical and says
        so. `lexical` leaves the vectors out, `words=False` the words."""
        published = self._view.current()
        as_of = request.as_of or self._clock().astimezone(BEIJING)
        chosen = Filter(
            instant(as_of),
            request.platform,
            request.operator,
            frozenset(request.kinds or KINDS),
            frozenset(request.audiences or AUDIENCES),
            request.shop,
            request.category,
        )
        warnings = [] if self._view.caught_up or lexical else ["the indexes are being brought up to date"]
        if self._projections.lexical_problem:
            warnings.append(f"the lexical index is behind: {self._projections.lexical_problem}")
        weights, by_words, exact = self._by_words(request, published, chosen, warnings, vector, lexical)
        by_meaning: Ranked = []
        background: Background | None = None
        if not lexical and not exact:
            by_meaning, background = self._dense(request, vector, published, chosen, warnings)
        ranked = fuse(by_words if words or not by_meaning else [], by_meaning, self._dense_weight)
        ordered = [published.by_key[key] for key, _ in ranked]
        second = None if lexical or exact else self._second_look(request.query, ordered, warnings)
        ordered = platform_first(second or ordered, chosen)[: request.k]
        hits = self._hits(ordered, weights, dict(by_meaning), background, read_again=second is not None)
        return SearchResponse(
            id=request.id,
            hits=tuple(hits),
            confident=bool(hits) and hits[0].score >= CONFIDENT_FROM,
            as_of=as_of,
            snapshot=snapshot_name(published.snapshot),
            warnings=tuple(warnings),
        )

    def _by_words(
        self,
        request: SearchRequest,
        published: PublishedSet,
        chosen: Filter,
        warnings: list[str],
        vector: Vector | None,
        lexical: bool,
    ) -> tuple[Mapping[str, float], Ranked, bool]:
        """The weighted tokens, the clauses with them, and whether the question's operators alone decide.

        A vector brought along means a ticket's own words, and `lexical` mostly a reply's: quotation marks in them
        are no search syntax.
        """
        index = self._projections.lexical
        asked = None if vector is not None else parse(request.query, warnings)
        if asked is not None and (asked.strict or not lexical):
            weights = self._expander.weighted_tokens(asked.words)
            found, _ = admitted(partial(candidates, asked, index, weights), published, chosen, request.k)
            if found or asked.strict:
                return weights, found, True
            warnings.append("no clause in force has exactly these words; searched as plain text")
        weights = self._expander.weighted_tokens(request.query)
        return weights, admitted(partial(index.search, weights), published, chosen, request.k)[0], False

    def _dense(
        self,
        request: SearchRequest,
        vector: Vector | None,
        published: PublishedSet,
        chosen: Filter,
        warnings: list[str],
    ) -> tuple[Ranked, Background | None]:
        dense, embedder = self._projections.dense, self._embedder
        if dense is None or embedder is None:
            warnings.append("lexical search only: no embedding model is configured")
            return [], None
        if self._projections.model_change:
            warnings.append(f"lexical search only: {self._projections.model_change}")
            return [], None
        if self._projections.dense_problem:
            warnings.append(f"the dense index is behind: {self._projections.dense_problem}")
        try:
            if vector is None:
                self._projections.check_model()
            own = embedder.embed_query(request.query) if vector is None else _checked(vector, embedder.dims)
            placed = self._projections.asked(own)
            kept, weakest = admitted(lambda limit: dense.search(placed, limit), published, chosen, request.k)
        except (EmbeddingError, IndexUnavailable) as error:
            warnings.append(f"lexical search only: {error.message}")
            return [], None
        return kept, Background(weakest) if kept else None

    def _second_look(
        self, query: str, ordered: Sequence[PublishedClause], warnings: list[str]
    ) -> list[PublishedClause] | None:
        """The candidates with the best of them in the reranker's order; None: there is none, or it failed."""
        if self._reranker is None or not ordered:
            return None
        found = self._rows.get(ordered[:BREADTH])
        try:
            order = reranked(self._reranker, query, [embedding_text(one.row, one.item.scope.title) for one in found])
        except EmbeddingError as error:
            warnings.append(f"not reranked: {error.message}")
            return None
        return [*(found[place].item for place in order), *ordered[BREADTH:]]

    def _hits(
        self,
        ordered: Sequence[PublishedClause],
        weights: Mapping[str, float],
        cosines: Mapping[str, float],
        background: Background | None,
        *,
        read_again: bool = False,
    ) -> list[SearchHit]:
        lexical = self._projections.lexical
        total = lexical.count()
        information = {
            token: weight * math.log(1 + total / (1 + lexical.document_frequency(token)))
            for token, weight in weights.items()
        }
        rows = self._rows.get(ordered)
        scores: list[float] = []
        for found in rows:
            gain = None if background is None else background.gain(cosines.get(found.item.key, background.floor))
            scores.append(relevance(coverage(information, found.words), gain))
        # Scores never rise down the list. A fused order is capped by what stands above; a reranker has read the
        # clauses, so what it puts first is no worse than what it puts below.
        falling = list(accumulate(scores[::-1], max))[::-1] if read_again else list(accumulate(scores, min))
        return [
            search_hit(found.row, found.item.scope, round(score, 4)) for found, score in zip(rows, falling, strict=True)
        ]

    def resolve(
        self,
        anchors: Iterable[str],
        *,
        platform: str | None,
        operator: str | None,
        as_of: date | datetime | None,
        audiences: Collection[str] | None,
    ) -> dict[str, Clause]:
        """Anchor → the clause in force; one for the platform (then operator) outranks a common one.

        Unlike search, no platform means only what holds on every platform. Anchors without clause are absent.
        """
        published = self._view.current()
        chosen = Filter(
            instant(as_of or self._clock()),
            platform,
            operator,
            frozenset(KINDS),
            frozenset(AUDIENCES if audiences is None else audiences),
        )
        best: dict[str, PublishedClause] = {}
        for anchor in dict.fromkeys(anchors):
            candidates = [
                item
                for item in published.by_anchor.get(anchor, ())
                if chosen.admits(item.scope)
                and item.scope.platform in (None, platform)
                and item.scope.operator in (None, operator)
            ]
            if candidates:
                best[anchor] = max(candidates, key=_precedence)
        rows = {found.item.key: found for found in self._rows.get(list(best.values()))}
        return {
            anchor: clause_model(rows[item.key].row, item.scope) for anchor, item in best.items() if item.key in rows
        }


def _precedence(item: PublishedClause) -> tuple[bool, bool, int, date, int, str]:
    """Own platform, own operator, policy before SOP before FAQ, the newer rule, the first in its file."""
    scope = item.scope
    newest = scope.valid_from or date.min
    rank = _RESOLVE_ORDER[scope.kind]
    return scope.platform is not None, scope.operator is not None, rank, newest, -item.ordinal, item.key


def _checked(vector: Vector, dims: int) -> Vector:
    asked = np.asarray(vector, dtype=np.float32)
    if asked.shape != (dims,) or not bool(np.isfinite(asked).all()):
        raise InvalidSearch(f"vector: expected {dims} finite numbers, got shape {asked.shape}")
    return asked


def snapshot_name(number: int) -> str:
    """The public spelling of a snapshot number."""
    return f"kb-{number}"
