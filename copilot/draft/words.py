"""How much of one text stands in another, by pairs of characters."""

import re

_MARKS = re.compile(r"[\W_]+")
_PHRASE = re.compile(r"[，。；：！？,;:!?]+")
_SHORTEST_PHRASE = 4


def grams(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters, punctuation aside."""
    bare = _MARKS.sub("", text)
    return frozenset(bare[i : i + 2] for i in range(len(bare) - 1))


def share(part: frozenset[str], whole: frozenset[str]) -> float:
    """Which share of `part` stands in `whole`; 1 for an empty part."""
    return len(part & whole) / len(part) if part else 1.0


def phrases(text: str) -> tuple[str, ...]:
    """What stands between punctuation; a phrase of a few characters goes with the one before."""
    found: list[str] = []
    for phrase in filter(None, _PHRASE.split(text)):
        if found and len(phrase) < _SHORTEST_PHRASE:
            found[-1] += phrase
        else:
            found.append(phrase)
    return tuple(found)
