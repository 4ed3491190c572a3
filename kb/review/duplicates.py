"""Clauses that repeat what the knowledge base already says. Candidates come from search, so the cost grows with the
version under review, not with the knowledge base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kb.insight_models import Duplicate
from kb.review.corpus import Corpus, Item, Lookup, Vector
from kb.review.precedence import meet, overlaps, windows_of
from kb.review.shingles import relation

_NEAR = 12


def of_version(items: Sequence[Item], corpus: Corpus, vectors: dict[str, Vector]) -> list[Duplicate]:
    """What the clauses of a version repeat: each other, and what is in force beside them."""
    found = [pair for item in items for pair in _beside(item, corpus, vectors)]
    now = corpus.now()
    for left, right in Lookup(items, corpus.weigh).pairs(_NEAR):
        if overlaps(left.scope, right.scope) and meet(windows_of(left.scope, now), windows_of(right.scope, now)):
            found.extend(_pair(left, right, vectors.get(left.key), vectors.get(right.key)))
    return sorted(found, key=lambda pair: (-pair.similarity, pair.left.clause_id, pair.right.clause_id))


def _beside(item: Item, corpus: Corpus, vectors: dict[str, Vector]) -> Iterable[Duplicate]:
    others = corpus.items(corpus.neighbours(item, _NEAR, vectors.get(item.key)))
    theirs = corpus.vectors(others) if item.key in vectors else {}
    for other in others:
        yield from _pair(item, other, vectors.get(item.key), theirs.get(other.key))


def _pair(left: Item, right: Item, first: Vector | None, second: Vector | None) -> Iterable[Duplicate]:
    cosine = None if first is None or second is None else round(float(first @ second), 4)
    found = relation(left.plain, right.plain, cosine)
    if found is not None:
        yield Duplicate(
            relation=found[0],
            left=left.reference(),
            right=right.reference(),
            similarity=round(found[1], 4),
            cosine=cosine,
        )
