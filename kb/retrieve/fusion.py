"""Fuses two ranked lists by standardised scores, which beat reciprocal ranks when one side is much weaker."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kb.embed import BUNDLED_NAME, Embedder

Ranked = Sequence[tuple[str, float]]


def standardised(ranked: Ranked) -> tuple[dict[str, float], float]:
    """z-scores by key, and the lowest of them (what a key that is not in the list is given)."""
    if not ranked:
        return {}, 0.0
    scores = [score for _, score in ranked]
    mean = sum(scores) / len(scores)
    deviation = math.sqrt(sum((score - mean) ** 2 for score in scores) / len(scores)) or 1.0
    return {key: (score - mean) / deviation for key, score in ranked}, (min(scores) - mean) / deviation


def dense_weight(embedder: Embedder | None) -> float:
    """How much the meaning counts beside the words: the bundled model is about as good as they are, a model that
    somebody chose instead of it is better (README, figures)."""
    return 0.5 if embedder is None or embedder.name == BUNDLED_NAME else 0.7


def fuse(lexical: Ranked, dense: Ranked, dense_weight: float) -> list[tuple[str, float]]:
    """Keys of both lists with their fused score, best first; equal scores keep the order of the keys."""
    left, left_floor = standardised(lexical)
    right, right_floor = standardised(dense)
    if not right:
        dense_weight = 0.0
    elif not left:
        dense_weight = 1.0
    fused = {
        key: (1.0 - dense_weight) * left.get(key, left_floor) + dense_weight * right.get(key, right_floor)
        for key in left.keys() | right.keys()
    }
    return sorted(fused.items(), key=lambda item: (-item[1], item[0]))
