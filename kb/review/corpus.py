"""Clauses as the review reads them: those published, those of a version that waits, and who is near whom."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from kb.embed import Embedder
from kb.errors import DocumentNotFound, IndexUnavailable, VersionNotFound
from kb.index.memory import passage
from kb.index.sync import Projections
from kb.insight_models import ClauseRef
from kb.retrieve.inforce import PublishedSet, PublishedView
from kb.retrieve.present import clause_model
from kb.review.facts import Reading
from kb.review.precedence import Standing, is_law, meet, overlaps, standing, windows_of
from kb.review.reader import read
from kb.review.shingles import normalised
from kb.store import published, repository, vectors
from kb.store.moments import seconds
from kb.store.records import ClauseRow, PublishedClause, Scope, VersionRow, clause_key
from kb.tokenize import tokens

Vector = NDArray[np.float32]

_CHUNK = 400
_QUERY_TOKENS = 40
_SMALL = 200
"""Below this many clauses a word's rarity says nothing; every word weighs the same."""
_KEPT = 20_000


@dataclass(frozen=True)
class Item:
    """A clause with what decides where it holds; read once, when somebody asks."""

    key: str
    row: ClauseRow
    scope: Scope
    law: bool

    @cached_property
    def reading(self) -> Reading:
        """Its facts."""
        return read(self.row.text, self.row.section_path, self.scope.title)

    @cached_property
    def plain(self) -> str:
        """Its letters alone, for comparing wordings."""
        return normalised(self.row.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """The search tokens of its text and headings."""
        return frozenset(tokens("\n".join((*self.row.section_path, self.row.text))))

    @property
    def standing(self) -> Standing:
        return standing(self.scope, self.law)

    def reference(self) -> ClauseRef:
        """As reports show it."""
        model = clause_model(self.row, self.scope)
        return ClauseRef(**{name: getattr(model, name) for name in ClauseRef.model_fields})


class Corpus:
    """What the review compares with. Thread-safe; reads only."""

    def __init__(
        self,
        engine: Engine,
        projections: Projections,
        view: PublishedView,
        embedder: Embedder | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._embedder = embedder
        self._projections = projections
        self._view = view
        self._clock = clock
        self._lock = threading.Lock()
        self._items: dict[str, tuple[PublishedClause, Item]] = {}
        self._laws: dict[tuple[str, int], bool] = {}

    def published(self) -> PublishedSet:
        """The published set at this moment."""
        return self._view.current()

    def now(self) -> int:
        return seconds(self._clock())

    # -- clauses --------------------------------------------------------------------------------------

    def standing_clauses(self) -> list[PublishedClause]:
        """Every published clause that is in force now or will be, by document and place."""
        now = self.now()
        found = [
            item for item in self.published().by_key.values() if windows_of(item.scope, now) and item.scope.windows
        ]
        return sorted(found, key=lambda item: (item.scope.document_id, item.scope.version, item.ordinal, item.key))

    def items(self, clauses: Iterable[PublishedClause]) -> list[Item]:
        """The clauses with their words, in the order given."""
        asked = list(clauses)
        with self._lock:
            known = {
                one.key: held[1] for one in asked if (held := self._items.get(one.key)) is not None and held[0] is one
            }
        missing = [one for one in asked if one.key not in known]
        for start in range(0, len(missing), _CHUNK):
            known.update(self._load(missing[start : start + _CHUNK]))
        return [known[one.key] for one in asked if one.key in known]

    def _load(self, clauses: Sequence[PublishedClause]) -> dict[str, Item]:
        pairs = {(one.key.rpartition("@")[0], one.scope.version): one for one in clauses}
        with self._engine.connect() as connection:
            rows = repository.clauses_by_key(connection, pairs)
            self._learn_laws(connection, {(one.scope.document_id, one.scope.version) for one in clauses})
        fresh = {
            pairs[pair].key: Item(pairs[pair].key, row, pairs[pair].scope, self._law(pairs[pair].scope))
            for pair, row in rows.items()
        }
        with self._lock:
            if len(self._items) > _KEPT:
                self._items.clear()
            self._items.update({key: (pairs_of, fresh[key]) for pairs_of in clauses if (key := pairs_of.key) in fresh})
        return fresh

    def _learn_laws(self, connection: Connection, places: Collection[tuple[str, int]]) -> None:
        for document_id in sorted(
            {document_id for document_id, number in places if (document_id, number) not in self._laws}
        ):
            document = repository.find_document(connection, document_id)
            for row in repository.versions(connection, document_id):
                kind = "" if document is None else document.kind
                self._laws[document_id, row.version] = is_law(kind, row.title, row.metadata)

    def _law(self, scope: Scope) -> bool:
        return self._laws.get((scope.document_id, scope.version), False)

    def version(self, document_id: str, number: int | None) -> tuple[VersionRow, list[Item]]:
        """A version (the latest) with its clauses, published or not. Raises DocumentNotFound, VersionNotFound."""
        with self._engine.connect() as connection:
            document = repository.find_document(connection, document_id)
            rows = repository.versions(connection, document_id)
            if document is None or not rows:
                raise DocumentNotFound(f"no document {document_id}")
            chosen = next((row for row in rows if number is None or row.version == number), None)
            chosen = rows[-1] if number is None else chosen
            if chosen is None:
                raise VersionNotFound(f"{document_id} has no version {number}")
            clauses = repository.clauses(connection, document_id, chosen.version)
            scope = published.scopes(connection, [document_id]).get((document_id, chosen.version))
        base = scope or Scope.planned(document, chosen)
        law = is_law(document.kind, chosen.title, chosen.metadata)
        return chosen, [
            Item(
                clause_key(row.clause_id, chosen.version),
                row,
                base.narrowed(row.platform, row.audience, row.category),
                law,
            )
            for row in clauses
        ]

    def in_force_version(self, document_id: str) -> int | None:
        """The version of a document that is in force now."""
        now = self.now()
        numbers = [
            item.scope.version
            for key in self.published().by_document.get(document_id, ())
            if (item := self.published().by_key.get(key)) is not None and item.scope.in_force(now)
        ]
        return max(numbers, default=None)

    # -- who is near whom -----------------------------------------------------------------------------

    def weigh(self, token: str) -> float:
        """How much a word tells about a subject, 0.2 to 1: less the more clauses have it."""
        total = self._projections.lexical.count()
        if total < _SMALL:
            return 1.0
        if len(token) < 2:
            return 0.2
        rarity = math.log(1 + total / (1 + self._projections.lexical.document_frequency(token))) / math.log(1 + total)
        return max(0.25, rarity)

    def query_tokens(self, words: Collection[str]) -> dict[str, float]:
        """The rarest of some words with their weights: enough to find neighbours, few enough to be quick."""
        weights = {word: self.weigh(word) for word in words}
        kept = sorted(weights, key=lambda word: (-weights[word], word))[:_QUERY_TOKENS]
        return {word: weights[word] for word in kept}

    def neighbours(self, item: Item, limit: int, vector: Vector | None = None) -> list[PublishedClause]:
        """The published clauses nearest to a clause that can hold together with it, nearest first.

        Found by their words, and where `vector` is given by their meaning too; never the clause's own document.
        """
        by_key = self.published().by_key
        found = [key for key, _ in self._projections.lexical.search(self.query_tokens(item.words), 3 * limit)]
        if vector is not None and self._projections.dense is not None:
            with suppress(IndexUnavailable):  # found by words alone then; every search says that the dense side is down
                found.extend(key for key, _ in self._projections.dense.search(vector, 2 * limit))
        if item.row.anchor:
            found.extend(other.key for other in self.published().by_anchor.get(item.row.anchor, ()))
        windows = windows_of(item.scope, self.now())
        near = [
            other
            for key in dict.fromkeys(found)
            if (other := by_key.get(key)) is not None and other.scope.document_id != item.scope.document_id
            if other.scope.windows and overlaps(item.scope, other.scope)
            if meet(windows, windows_of(other.scope, self.now()))
        ]
        return near[: 2 * limit]

    def vectors(self, items: Iterable[Item]) -> dict[str, Vector]:
        """Key → vector, of those that were ever computed; nothing is embedded here."""
        if self._embedder is None:
            return {}
        wanted = {item.key: passage(item.row, item.scope.title).digest for item in items}
        with self._engine.connect() as connection:
            known = vectors.known(connection, vectors.model_key(self._embedder.name), list(set(wanted.values())))
        return {key: known[code] for key, code in wanted.items() if code in known}


class Lookup:
    """An inverted index over a few clauses that no projection holds: the version under review."""

    def __init__(self, items: Sequence[Item], weigh: Callable[[str], float]) -> None:
        self._items = items
        self._weigh = weigh
        self._places: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            for word in item.words:
                if len(word) > 1 or word.isascii():
                    self._places.setdefault(word, []).append(place)

    def near(self, words: Mapping[str, float] | Collection[str], limit: int) -> list[Item]:
        """The clauses that share most with some words, best first."""
        scores: dict[int, float] = {}
        for word in words:
            places = self._places.get(word, ())
            if len(places) > max(50, len(self._items) // 4):
                continue
            for place in places:
                scores[place] = scores.get(place, 0.0) + self._weigh(word)
        best = sorted(scores, key=lambda place: (-scores[place], place))[:limit]
        return [self._items[place] for place in best]

    def pairs(self, limit: int) -> Iterator[tuple[Item, Item]]:
        """Pairs of clauses that are near each other, each once, in the order of the document."""
        number = {item.key: place for place, item in enumerate(self._items)}
        seen: set[tuple[int, int]] = set()
        for place, item in enumerate(self._items):
            for other in self.near(item.words, limit + 1):
                pair = (min(place, number[other.key]), max(place, number[other.key]))
                if pair[0] != pair[1] and pair not in seen:
                    seen.add(pair)
                    yield self._items[pair[0]], self._items[pair[1]]
