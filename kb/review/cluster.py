"""Groups texts that ask the same: average linkage over a similarity matrix, the same result for the same input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kb.review.shingles import normalised

Matrix = NDArray[np.float32]

# What has nothing to do with anything: how alike a model finds such texts is the bottom of its scale.
BACKGROUND = (
    "今天的天气怎么样",
    "三角形的内角和是多少度",
    "怎样给吉他调音",
    "附近哪里可以停车",
    "推荐一本历史小说",
    "如何种植番茄",
    "这首歌是谁唱的",
    "去机场坐几号线",
)
_MEANING_WEIGHT = 0.75


def overlap(texts: Sequence[str]) -> Matrix:
    """How many of their characters and pairs of characters each two texts share (cosine of the counts)."""
    columns: dict[str, int] = {}
    rows: list[dict[int, float]] = []
    for text in texts:
        plain = normalised(text)
        grams = [*plain, *(plain[place : place + 2] for place in range(len(plain) - 1))]
        counts: dict[int, float] = {}
        for gram in grams:
            place = columns.setdefault(gram, len(columns))
            counts[place] = counts.get(place, 0.0) + (1.0 if len(gram) > 1 else 0.5)
        rows.append(counts)
    table = np.zeros((len(texts), max(1, len(columns))), dtype=np.float32)
    for number, counts in enumerate(rows):
        for place, value in counts.items():
            table[number, place] = value
    weights = np.log1p(len(texts) / np.maximum(1.0, (table > 0).sum(axis=0))).astype(np.float32)
    return _cosines(table * weights)


def meaning(vectors: Matrix, background: Matrix) -> Matrix:
    """How near the vectors are, 0 for texts that have nothing in common, 1 for the same text."""
    floor = _floor(background)
    return np.asarray(np.clip((_cosines(vectors) - floor) / max(1e-6, 1.0 - floor), -1.0, 1.0), dtype=np.float32)


def blended(by_meaning: Matrix, by_words: Matrix) -> Matrix:
    """Both likenesses as one."""
    return np.asarray(_MEANING_WEIGHT * by_meaning + (1.0 - _MEANING_WEIGHT) * by_words, dtype=np.float32)


def _floor(background: Matrix) -> float:
    likeness = _cosines(background)
    count = len(likeness)
    return float((likeness.sum() - np.trace(likeness)) / max(1, count * (count - 1)))


def _cosines(table: Matrix) -> Matrix:
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    unit = table / np.maximum(lengths, 1e-9)
    return np.asarray(unit @ unit.T, dtype=np.float32)


def clusters(likeness: Matrix, threshold: float) -> list[list[int]]:
    """Groups of indices whose average likeness is at least `threshold`, by their first member.

    Average linkage by the nearest-neighbour chain (Benzécri 1982): the same dendrogram as joining the nearest
    pair again and again, in quadratic time. Equal likenesses go to the lower index.
    """
    count = len(likeness)
    near = likeness.astype(np.float64, copy=True)
    np.fill_diagonal(near, -np.inf)
    members: dict[int, list[int]] = {place: [place] for place in range(count)}
    merges: list[tuple[float, int, int]] = []
    alive = np.ones(count, dtype=bool)
    chain: list[int] = []
    while alive.sum() > 1:
        if not chain:
            chain.append(int(np.flatnonzero(alive)[0]))
        tip = chain[-1]
        row = np.where(alive, near[tip], -np.inf)
        best = int(np.argmax(row))
        if len(chain) > 1 and row[chain[-2]] >= row[best]:
            best = chain[-2]
        if len(chain) > 1 and best == chain[-2]:
            kept, gone = min(tip, best), max(tip, best)
            merges.append((float(near[kept, gone]), kept, gone))
            share = len(members[kept]) / (len(members[kept]) + len(members[gone]))
            joined = share * near[kept] + (1.0 - share) * near[gone]
            near[kept], near[:, kept] = joined, joined
            near[kept, kept] = -np.inf
            alive[gone] = False
            members[kept] = members[kept] + members.pop(gone)
            del chain[-2:]
        else:
            chain.append(best)
    return _cut(count, merges, threshold)


def _cut(count: int, merges: Sequence[tuple[float, int, int]], threshold: float) -> list[list[int]]:
    parent = list(range(count))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for strength, left, right in merges:
        if strength >= threshold:
            first, second = sorted((root(left), root(right)))
            parent[second] = first
    groups: dict[int, list[int]] = {}
    for place in range(count):
        groups.setdefault(root(place), []).append(place)
    return list(groups.values())
