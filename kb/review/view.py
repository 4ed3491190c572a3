"""A folded text whose places lead back to the source: facts are found in one spelling and shown in the other."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from kb.tokenize import simplified_table


@dataclass(frozen=True, slots=True)
class View:
    """Simplified, half-width, lower case. `places[i]` is the source offset of folded character `i`."""

    source: str
    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The source offsets (code points, end exclusive) of a folded stretch."""
        return self.places[start], self.places[end - 1] + 1


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    return unicodedata.normalize("NFKC", character).lower().translate(simplified_table())


def view(source: str) -> View:
    """The folded view of a text."""
    parts: list[str] = []
    places: list[int] = []
    for place, character in enumerate(source):
        folded = _folded(character)
        parts.append(folded)
        places.extend([place] * len(folded))
    return View(source, "".join(parts), tuple(places))
