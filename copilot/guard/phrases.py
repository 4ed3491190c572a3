"""Finds protected phrases by their syllables alone, however each is written (佳个威芯, jia微xin, 铁腚送达)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from copilot.guard.view import Edit

_RUN = re.compile(r"[a-z]+|[\u4e00-\u9fff]")
_LONGEST_SYLLABLE = 6
_ENOUGH = 3
"""Syllables from which on their sequence alone tells a phrase; shorter ones need a part in Latin letters."""


@dataclass(frozen=True, slots=True)
class _Sound:
    syllable: str
    start: int
    end: int
    latin: bool
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
        for term in terms:
            key = tuple(self._reading.get(character, "") for character in term)
            if len(key) > 1 and all(key):
                self._terms.setdefault(key, term)
        self._openings = frozenset(key[:2] for key in self._terms)
        self._longest = max(map(len, self._terms), default=0)

    def edits(self, text: str) -> list[Edit]:
        """Each place where a phrase is spelled otherwise than in the rulebook."""
        return [edit for stretch in self._stretches(text) for edit in self._found(stretch, text)]

    def _found(self, sounds: list[_Sound], text: str) -> Iterator[Edit]:
        index = 0
        while index < len(sounds) - 1:
            if (sounds[index].syllable, sounds[index + 1].syllable) in self._openings:
                for size in range(min(self._longest, len(sounds) - index), 1, -1):
                    edit = self._spelled(sounds[index : index + size], text)
                    if edit:
                        yield edit
                        index += size - 1
                        break
            index += 1

    def _spelled(self, sounds: list[_Sound], text: str) -> Edit | None:
        term = self._terms.get(tuple(sound.syllable for sound in sounds))
        start, end = sounds[0].start, sounds[-1].end
        if term is None or text[start:end] == term:
            return None
        latin = any(sound.latin for sound in sounds)
        if latin and not (sounds[0].opens and sounds[-1].closes):
            return None
        if not latin and (len(sounds) < _ENOUGH or text[start:end] in self._ordinary):
            return None
        return Edit(start, end, term)

    def _stretches(self, text: str) -> Iterator[list[_Sound]]:
        """The syllables of the text, parted where anything else stands between them."""
        stretch: list[_Sound] = []
        for match in _RUN.finditer(text):
            if stretch and text[stretch[-1].end : match.start()].strip(" "):
                yield stretch
                stretch = []
            word = match.group()
            if word.isascii():
                spelled = self._spell(word)
                if not spelled:
                    yield stretch
                    stretch = []
                    continue
                at = match.start()
                for number, syllable in enumerate(spelled):
                    stretch.append(
                        _Sound(_plain(syllable), at, at + len(syllable), True, number == 0, number == len(spelled) - 1)
                    )
                    at += len(syllable)
                continue
            syllable = self._reading.get(word, "")
            stretch.append(_Sound(syllable, match.start(), match.end(), False))
        yield stretch

    def _spell(self, word: str) -> list[str] | None:
        """A Latin word as pinyin syllables, the longest first; None when it is no pinyin."""
        if not word:
            return []
        for size in range(min(_LONGEST_SYLLABLE, len(word)), 0, -1):
            if word[:size] in self._syllables and len(word) <= 24:
                rest = self._spell(word[size:])
                if rest is not None:
                    return [word[:size], *rest]
        return None


def _plain(syllable: str) -> str:
    """One spelling for sounds that many speakers do not tell apart."""
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    return syllable[:-1] if syllable.endswith("ng") and syllable != "ng" else syllable
