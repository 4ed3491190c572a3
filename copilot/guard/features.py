"""Hashed n-grams of characters and of their syllables: what the meaning layer reads, the same in training and use."""

import re
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint64]

BUCKETS = 1 << 19
_CHARACTERS = (1, 2, 3, 4)
_SYLLABLES = (2, 3, 4)
_PRIMES = np.array([1_000_003, 998_244_353, 1_610_612_741, 805_306_457], dtype=np.uint64)
_STEP = np.uint64(0x100_0000_01B3)
_SALTS = {"character": np.uint64(0x9E37_79B9), "syllable": np.uint64(0x85EB_CA6B)}
_NUMBER = re.compile(r"[0-9][0-9-]{4,}")
_ANY_NUMBER = 0xFFFE
_UNREAD = 1000
"""Added to the code point of what has no syllable, so that it never meets the number of one."""


class Grams:
    """The n-grams of one text, cut once; every stretch of it is a slice."""

    def __init__(self, text: str, rows: list[tuple[int, Places]]) -> None:
        self._text = text
        self._rows = rows

    def between(self, start: int, end: int) -> Places:
        """Places in the table of weights of the n-grams inside [start, end), each once, sorted.

        Blanks at the ends say nothing: a line break after a sentence must not change what it means.
        """
        while start < end and self._text[end - 1] in " \n":
            end -= 1
        while start < end and self._text[start] in " \n":
            start += 1
        return np.unique(np.concatenate([row[start : max(start, end - size + 1)] for size, row in self._rows]))


class Features:
    """N-grams of 1-4 characters and of 2-4 syllables (without tone), as places in a table of `BUCKETS` weights.

    Syllables keep a text recognisable whose characters were replaced by homophones.
    """

    def __init__(self, syllables: Mapping[str, str]) -> None:
        self._readings = syllables

    def grams(self, text: str) -> Grams:
        """Time is linear in the length of the text."""
        codes = np.frombuffer(text.encode("utf-16-le", "replace"), dtype=np.uint16)
        if len(codes) != len(text):  # beyond the basic plane one character is two units: it says nothing here
            codes = np.array([min(ord(character), 0xFFFF) for character in text], dtype=np.uint16)
        codes = _without_numbers(text, codes)
        characters, sounds = codes.astype(np.uint64), self._sounds[codes]
        rows = [(size, _hashed(characters, size, _SALTS["character"])) for size in _CHARACTERS]
        rows += [(size, _hashed(sounds, size, _SALTS["syllable"])) for size in _SYLLABLES]
        return Grams(text, rows)

    def of(self, text: str) -> Places:
        """The n-grams of a whole text."""
        return self.grams(text).between(0, len(text))

    @cached_property
    def _sounds(self) -> Codes:
        """Code point → number of its syllable; what has none sounds as itself."""
        table = np.arange(0x10000, dtype=np.uint64) + np.uint64(_UNREAD)
        for number, (_, characters) in enumerate(sorted(self._readings.items())):
            for character in characters:
                if table[ord(character)] >= _UNREAD:
                    table[ord(character)] = number
        return table


def _without_numbers(text: str, codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Every long number reads alike: which one it is says nothing, and checks of their own look at it."""
    runs = [match.span() for match in _NUMBER.finditer(text)]
    if runs:
        codes = codes.copy()
        for start, end in runs:
            codes[start:end] = _ANY_NUMBER
    return codes


def _hashed(codes: Codes, size: int, salt: np.uint64) -> Places:
    if len(codes) < size:
        return np.zeros(0, dtype=np.int64)
    length = len(codes) - size + 1
    mixed = np.full(length, salt * np.uint64(size), dtype=np.uint64)
    for place in range(size):
        mixed = (mixed ^ (codes[place : place + length] * _PRIMES[place])) * _STEP
        mixed ^= mixed >> np.uint64(29)
    return ((mixed >> np.uint64(7)) % np.uint64(BUCKETS)).astype(np.int64)
