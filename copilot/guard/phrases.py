"""Finds protected phrases by their syllables alone, however each is written (佳个威芯, jia微xin, 铁腚送达)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from copilot.guard.view import Edit

_LATIN = re.compile(r"[a-z]+")
_PART = re.compile(r"[a-z]+|[\u4e00-\u9fff]")
_LONGEST_SYLLABLE = 6
_LONGEST_WORD = 24
_ENOUGH = 3
"""Syllables from which on their sequence alone tells a phrase; shorter ones need a part in Latin letters."""
_AROUND = 24
"""Characters on each side of a Latin word that may belong to one phrase with it."""


@dataclass(frozen=True, slots=True)
class _Sound:
    syllable: str
    start: int
    end: int
    latin: bool = False
    opens: bool = True
    """Whether a Latin word begins here."""
    closes: bool = True


class PhraseIndex:
    """Phrases of the rulebook by their syllables; accents that mix zh with z or ang with an do not matter."""

    def __init__(self, terms: Iterable[str], readings: Mapping[str, list[str]], ordinary: frozenset[str]) -> None:
        self._reading = {character: _plain(syllables[0]) for character, syllables in readings.items()}
        self._syllables = frozenset(syllable for syllables in readings.values() for syllable in syllables)
        self._ordinary = ordinary
        self._terms: dict[tuple[str, ...], str] = {}
        terms = tuple(terms)
        self._known = frozenset(terms)
        for term in terms:
            key = tuple(self._reading.get(character, "") for character in term)
            if len(key) > 1 and all(key):
                self._terms.setdefault(key, term)
        self._openings = frozenset(key[:_ENOUGH] for key in self._terms)
        self._longest = max(map(len, self._terms), default=0)

    def spells(self, word: str) -> bool:
        """Whether a Latin word is pinyin."""
        return self._spell(word) is not None

    def edits(self, text: str) -> list[Edit]:
        """Each place where a phrase is spelled otherwise than in the rulebook."""
        found = list(self._in_characters(text))
        reached = 0
        for word in _LATIN.finditer(text):
            if word.start() >= reached:
                start, reached = max(0, word.start() - _AROUND), min(len(text), word.end() + _AROUND)
                for stretch in self._stretches(text, start, reached):
                    found.extend(self._in_sounds(stretch, text))
        return found

    def _in_characters(self, text: str) -> Iterator[Edit]:
        """Phrases that are written in characters throughout: every run of three is one look-up."""
        sounds = [self._reading.get(character, "") for character in text]
        openings = self._openings
        for place, opening in enumerate(zip(sounds, sounds[1:], sounds[2:], strict=False)):
            if opening in openings:
                for size in range(min(self._longest, len(sounds) - place), _ENOUGH - 1, -1):
                    term = self._terms.get(tuple(sounds[place : place + size]))
                    words = text[place : place + size]
                    if term is not None and words != term and not self._ordinary_around(text, place, size):
                        yield Edit(place, place + size, term)
                        break

    def _ordinary_around(self, text: str, place: int, size: int) -> bool:
        """Whether the run is part of an everyday word, or cuts into a protected one that is spelled as it should be."""
        if any(
            text[first : first + length] in self._ordinary
            for length in range(size, size + 3)
            for first in range(max(0, place + size - length), place + 1)
        ):
            return True
        return any(
            text[first : first + length] in self._known
            for length in (2, 3, 4)
            for first in range(max(0, place - length + 1), place + size)
        )

    def _in_sounds(self, sounds: list[_Sound], text: str) -> Iterator[Edit]:
        """Phrases with a part in Latin letters."""
        index = 0
        while index < len(sounds) - 1:
            for size in range(min(self._longest, len(sounds) - index), 1, -1):
                edit = self._spelled(sounds[index : index + size], text)
                if edit:
                    yield edit
                    index += size - 1
                    break
            index += 1

    def _spelled(self, sounds: list[_Sound], text: str) -> Edit | None:
        if not (any(sound.latin for sound in sounds) and sounds[0].opens and sounds[-1].closes):
            return None
        term = self._terms.get(tuple(sound.syllable for sound in sounds))
        start, end = sounds[0].start, sounds[-1].end
        return None if term is None or text[start:end] == term else Edit(start, end, term)

    def _stretches(self, text: str, start: int, end: int) -> Iterator[list[_Sound]]:
        """The syllables of text[start:end], parted where anything else stands between them."""
        stretch: list[_Sound] = []
        for match in _PART.finditer(text, start, end):
            if stretch and text[stretch[-1].end : match.start()].strip(" "):
                yield stretch
                stretch = []
            word = match.group()
            if not word.isascii():
                stretch.append(_Sound(self._reading.get(word, ""), match.start(), match.end()))
                continue
            spelled = self._spell(word)
            if not spelled:
                yield stretch
                stretch = []
                continue
            at = match.start()
            for number, syllable in enumerate(spelled):
                ends = number == len(spelled) - 1
                stretch.append(_Sound(_plain(syllable), at, at + len(syllable), True, number == 0, ends))
                at += len(syllable)
        yield stretch

    def _spell(self, word: str) -> list[str] | None:
        """A Latin word as pinyin syllables, the longest first; None when it is no pinyin."""
        if len(word) > _LONGEST_WORD:
            return None
        rests: list[list[str] | None] = [None] * len(word) + [[]]
        for place in range(len(word) - 1, -1, -1):
            for size in range(min(_LONGEST_SYLLABLE, len(word) - place), 0, -1):
                rest = rests[place + size]
                if rest is not None and word[place : place + size] in self._syllables:
                    rests[place] = [word[place : place + size], *rest]
                    break
        return rests[0]


def _plain(syllable: str) -> str:
    """One spelling for sounds that many speakers do not tell apart."""
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    return syllable[:-1] if syllable.endswith("ng") and syllable != "ng" else syllable
