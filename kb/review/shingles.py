"""How much of their wording two texts share: runs of five characters, spelling and punctuation aside."""

from __future__ import annotations

import re
from typing import Literal

from kb.tokenize import fold

Relation = Literal["identical", "nearly", "contained"]

SIZE = 5
NEARLY = 0.6
NEARLY_BY_MEANING = (0.4, 0.97)
"""With a cosine that high, this share of common wording is enough."""
CONTAINED = 0.85
_SHORTEST_CONTAINED = 20
_LETTERS = re.compile(r"[0-9a-z㐀-䶿一-鿿]+")


def normalised(text: str) -> str:
    """The text's letters and digits alone, folded."""
    return "".join(_LETTERS.findall(fold(text)))


def shingles(plain: str) -> frozenset[str]:
    """The runs of five characters of a normalised text; a shorter text is one run."""
    if len(plain) <= SIZE:
        return frozenset({plain} if plain else ())
    return frozenset(plain[place : place + SIZE] for place in range(len(plain) - SIZE + 1))


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """Common runs among all runs, 0 to 1."""
    union = len(left | right)
    return len(left & right) / union if union else 0.0


def containment(left: frozenset[str], right: frozenset[str]) -> float:
    """Common runs among those of the shorter text, 0 to 1."""
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0


def relation(left: str, right: str, cosine: float | None) -> tuple[Relation, float] | None:
    """How two normalised texts repeat each other, with their similarity; None when they do not."""
    if not left or not right:
        return None
    if left == right:
        return "identical", 1.0
    first, second = shingles(left), shingles(right)
    shared = jaccard(first, second)
    if shared >= NEARLY or (cosine is not None and cosine >= NEARLY_BY_MEANING[1] and shared >= NEARLY_BY_MEANING[0]):
        return "nearly", shared
    inside = containment(first, second)
    if inside >= CONTAINED and min(len(left), len(right)) >= _SHORTEST_CONTAINED:
        return "contained", inside
    return None
