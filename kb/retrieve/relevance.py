"""How good a hit is, between 0 and 1, from what is comparable across questions.

Fused scores only rank one question's candidates. Relevance combines the share of the question's information
that the clause covers (idf-weighted tokens) and how far its cosine stands above the question's background.
Both are logistic regressions on whether the first hit is right: over the development half of the questions about
the sample knowledge base, asked with and without its wordings, and of questions that it cannot answer
(evals/cases/retrieval_nothing.jsonl), which count three times: a wrong answer believed costs more than one doubted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass

_BOTH = (-3.28, 5.48, 7.25)
_LEXICAL_ONLY = (-2.80, 9.17)
CONFIDENT_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Background:
    """The cosine of clauses that have little to do with the question: its weakest candidate, filtered or
    not."""

    floor: float

    def gain(self, cosine: float) -> float:
        """0 at the background, 1 for a perfect match."""
        return max(0.0, (cosine - self.floor) / max(1e-6, 1.0 - self.floor))


def coverage(weights: Mapping[str, float], clause_tokens: Set[str]) -> float:
    """Share of the question's weight that stands in the clause."""
    total = sum(weights.values())
    if total <= 0.0:
        return 0.0
    return sum(weight for token, weight in weights.items() if token in clause_tokens) / total


def relevance(covered: float, gain: float | None) -> float:
    """Probability-like relevance; `gain` None: there was no dense search."""
    if gain is None:
        bias, slope = _LEXICAL_ONLY
        return _logistic(bias + slope * covered)
    bias, first, second = _BOTH
    return _logistic(bias + first * covered + second * gain)


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))
