"""Asks stored questions again as if a version were published: in memory, the projections stay as they are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.embed import Embedder
from kb.errors import EmbeddingError, IndexUnavailable
from kb.index.sync import Projections
from kb.insight_models import ReplayChange, ReplayedHit
from kb.models import SearchHit, SearchRequest
from kb.retrieve.fusion import dense_weight, fuse
from kb.retrieve.query import QueryExpander
from kb.retrieve.relevance import CONFIDENT_FROM, Background, coverage, relevance
from kb.retrieve.search import Searcher
from kb.review.corpus import Corpus, Item, Lookup, Vector
from kb.store.questions import QuestionRow
from kb.tokenize import tokens

_BREADTH = 20
_OWN = 8
_BACKGROUND = 100
_FIELDS = (1.0, 0.4, 1.0)  # text, headings, wordings: as the lexical index weighs them
_K1, _B = 1.2, 0.75


@dataclass(frozen=True)
class _Fields:
    """A clause as BM25 reads it."""

    counts: tuple[Counter[str], Counter[str], Counter[str]]
    words: frozenset[str]


class Replay:
    """Compares the answers before and after a version takes the place of the one in force."""

    def __init__(
        self,
        searcher: Searcher,
        projections: Projections,
        corpus: Corpus,
        embedder: Embedder | None,
        expander: QueryExpander,
    ) -> None:
        self._searcher = searcher
        self._projections = projections
        self._corpus = corpus
        self._embedder = embedder
        self._expander = expander

    def run(
        self, document_id: str, items: Sequence[Item], vectors: Mapping[str, Vector], questions: Sequence[QuestionRow]
    ) -> list[ReplayChange]:
        """The questions whose answer changes, those asked most often first."""
        vectors = self._placed(items, vectors)
        lookup = Lookup(items, self._corpus.weigh)
        found: list[ReplayChange] = []
        for question in questions:
            change = self._change(document_id, lookup, items, vectors, question)
            if change is not None:
                found.append(change)
        return found

    def _change(
        self,
        document_id: str,
        lookup: Lookup,
        items: Sequence[Item],
        vectors: Mapping[str, Vector],
        question: QuestionRow,
    ) -> ReplayChange | None:
        asked = self._embedded(question.text)
        request = SearchRequest(query=question.text, k=_BREADTH, platform=question.platform)
        response = self._searcher.search(request, asked, lexical=asked is None)
        asked = None if asked is None else self._projections.asked(asked)
        before = response.hits[0] if response.hits and response.confident else None
        own = self._own(lookup, items, vectors, asked, question)
        replaced = before is not None and before.document_id == document_id
        if not own and not replaced:
            return None
        others = [hit for hit in response.hits if hit.document_id != document_id]
        after = self._best(question, asked, own, others, vectors)
        if after is None and before is None:
            return None
        if not replaced and (after is None or after.document_id != document_id):
            return None
        if before is not None and after is not None and _same(before, after, own):
            return None
        return ReplayChange(
            question=question.text,
            platform=question.platform,
            asked=question.asked,
            before=None if before is None else _hit(before),
            after=after,
        )

    def _placed(self, items: Sequence[Item], vectors: Mapping[str, Vector]) -> dict[str, Vector]:
        return self._projections.place(vectors, {item.key for item in items if item.row.questions})

    def _embedded(self, text: str) -> Vector | None:
        if self._embedder is None or self._projections.dense is None:
            return None
        try:
            return self._embedder.embed_query(text)
        except EmbeddingError:
            return None  # the search says so in its warnings; words alone decide

    def _own(
        self,
        lookup: Lookup,
        items: Sequence[Item],
        vectors: Mapping[str, Vector],
        asked: Vector | None,
        question: QuestionRow,
    ) -> list[Item]:
        """The clauses of the version that may answer the question."""
        near = lookup.near(self._expander.weighted_tokens(question.text), _OWN)
        if asked is not None:
            by_meaning = sorted(items, key=lambda item: -_cosine(vectors.get(item.key), asked))[:_OWN]
            near = list({item.key: item for item in (*near, *by_meaning)}.values())
        return [item for item in near if question.platform is None or item.scope.platform in (None, question.platform)]

    def _best(
        self,
        question: QuestionRow,
        asked: Vector | None,
        own: Sequence[Item],
        others: Sequence[SearchHit],
        vectors: Mapping[str, Vector],
    ) -> ReplayedHit | None:
        """What would answer: the best of the version's clauses and what stands beside them."""
        by_key = self._corpus.published().by_key
        beside = self._corpus.items(
            clause for hit in others if (clause := by_key.get(f"{hit.clause_id}@{hit.version}")) is not None
        )
        candidates = {item.key: item for item in (*beside, *own)}
        if not candidates:
            return None
        weights = self._expander.weighted_tokens(question.text)
        fields = {key: _fields(item) for key, item in candidates.items()}
        by_words = self._bm25(weights, fields)
        cosines: dict[str, float] = {}
        if asked is not None:
            known = {**self._placed(beside, self._corpus.vectors(beside)), **vectors}
            cosines = {key: _cosine(known[key], asked) for key in candidates if key in known}
        ranked = fuse(_sorted(by_words), _sorted(cosines), dense_weight(self._embedder))
        if not ranked:
            return None
        best = candidates[ranked[0][0]]
        score = self._relevance(weights, fields[best.key].words, cosines.get(best.key), asked)
        return _item_hit(best, score) if score >= CONFIDENT_FROM else None

    def _relevance(
        self, weights: Mapping[str, float], words: frozenset[str], cosine: float | None, asked: Vector | None
    ) -> float:
        index = self._projections.lexical
        total = index.count()
        information = {
            token: weight * math.log(1 + total / (1 + index.document_frequency(token)))
            for token, weight in weights.items()
        }
        gain = None
        if cosine is not None and asked is not None and self._projections.dense is not None:
            try:
                nearest = self._projections.dense.search(asked, _BACKGROUND)
            except IndexUnavailable:
                nearest = []
            if nearest:
                gain = Background(nearest[-1][1]).gain(cosine)
        return relevance(coverage(information, words), gain)

    def _bm25(self, weights: Mapping[str, float], fields: Mapping[str, _Fields]) -> dict[str, float]:
        """BM25 (Robertson and Zaragoza 2009) with the rarity that words have in the whole index."""
        index = self._projections.lexical
        total = max(1, index.count())
        rarity = {}
        for token in weights:
            held = index.document_frequency(token)
            rarity[token] = math.log(1 + (total - held + 0.5) / (held + 0.5)) if held <= total else 0.0
        lengths = [sum(sum(one.counts[place].values()) for one in fields.values()) for place in range(len(_FIELDS))]
        means = [max(1.0, length / len(fields)) for length in lengths]
        scores: dict[str, float] = {}
        for key, one in fields.items():
            score = 0.0
            for place, factor in enumerate(_FIELDS):
                counts = one.counts[place]
                norm = _K1 * (1 - _B + _B * sum(counts.values()) / means[place])
                score += factor * sum(
                    weight * rarity[token] * counts[token] * (_K1 + 1) / (counts[token] + norm)
                    for token, weight in weights.items()
                    if counts[token]
                )
            if score > 0:
                scores[key] = score
        return scores


def _fields(item: Item) -> _Fields:
    row = item.row
    parts = (row.text, "\n".join((item.scope.title, *row.section_path, row.context)), "\n".join(row.questions))
    counts = [Counter(tokens(part)) for part in parts]
    return _Fields((counts[0], counts[1], counts[2]), frozenset(token for count in counts for token in count))


def _sorted(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _cosine(vector: Vector | None, asked: Vector) -> float:
    return -1.0 if vector is None else float(vector @ asked)


def _same(before: SearchHit, after: ReplayedHit, own: Sequence[Item]) -> bool:
    """Whether the same clause answers in the same words."""
    if before.clause_id != after.clause_id:
        return False
    return any(item.row.clause_id == before.clause_id and item.row.sha256 == before.sha256 for item in own) or (
        before.version == after.version
    )


def _hit(hit: SearchHit) -> ReplayedHit:
    return ReplayedHit(**{name: getattr(hit, name) for name in ReplayedHit.model_fields})


def _item_hit(item: Item, score: float) -> ReplayedHit:
    return ReplayedHit(
        clause_id=item.row.clause_id,
        document_id=item.scope.document_id,
        document=item.scope.title,
        version=item.scope.version,
        section_path=item.row.section_path,
        text=item.row.text,
        score=round(score, 4),
    )
