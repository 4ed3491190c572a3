"""From the words of a question to weighted search tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kb.tokenize import fold, tokens

_EXPANSION_WEIGHT = 0.4
_CHARACTER_WEIGHT = 0.5  # a single character says less than a pair; measured on development questions


class QueryExpander:
    """Adds the policy's words for everyday words (`退货包运费吗` also asks for `运费承担`), at a lower
    weight."""

    def __init__(self, expansions: Mapping[str, Sequence[str]]) -> None:
        self._expansions = {fold(word): tuple(added) for word, added in expansions.items() if word.strip()}

    def weighted_tokens(self, query: str) -> dict[str, float]:
        """Every distinct token with its weight: by how often it was asked, less for characters and added
        words."""
        weights: dict[str, float] = {}
        for token in tokens(query):
            weights[token] = weights.get(token, 0.0) + (1.0 if len(token) > 1 or token.isascii() else _CHARACTER_WEIGHT)
        folded = fold(query)
        for word, added in self._expansions.items():
            if word in folded:
                for token in {token for phrase in added for token in tokens(phrase)}:
                    weights.setdefault(token, _EXPANSION_WEIGHT)
        return weights
