"""Finds protected words that are disguised by homophones, look-alikes or Latin letters (薇信, 政品, 兔费, wei信)."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product

from copilot.guard.phrases import PhraseIndex
from copilot.guard.view import Edit
from copilot.rulebook.compliance import Shapes, Sounds

_LATIN = re.compile(r"[a-z]")
_RUN = re.compile(r"[a-z]+")
_MIXED = re.compile(
    r"(?<![a-z0-9])(?!\d+(?:yuan|kuai|rmb|cny)(?![a-z0-9]))(?=[a-z0-9@$]*[a-z])(?=[a-z]*[0-9@$])[a-z0-9@$]{2,12}(?![a-z0-9])"
)
_LETTERS = str.maketrans("0134578@$", "oieastbas")
_LONGEST_MIXED = 4
"""Longer words are found in mixed spelling by their syllables."""


class SoundIndex:
    """All disguises of the protected words, spelled out once, so that a text costs one look-up a character pair."""

    def __init__(self, sounds: Sounds, shapes: Shapes) -> None:
        readings: dict[str, list[str]] = {}
        for syllable, characters in sounds.syllables.items():
            for character in characters:
                readings.setdefault(character, []).append(syllable)
        self._ordinary = frozenset(sounds.ordinary)
        self._english = sounds.english
        self._phrases = PhraseIndex((*sounds.terms, *sounds.phrases), readings, self._ordinary)
        self._disguises: dict[str, dict[str, str]] = {}
        latin: dict[str, str] = {}
        self._add_terms(sounds.terms, _likeness(readings, sounds.syllables, shapes), readings, latin)
        for term, forms in sounds.variants.items():
            for form in forms:
                if _LATIN.search(form):
                    latin[form] = term
                else:
                    self._disguises.setdefault(form[:2], {})[form] = term
        self._lengths = {pair: tuple({*map(len, forms)}) for pair, forms in self._disguises.items()}
        self._latin: dict[str, list[tuple[str, int, str]]] = {}
        for form, term in latin.items():
            run = _RUN.search(form)
            if run:
                self._latin.setdefault(run.group(), []).append((form, run.start(), term))

    def _add_terms(
        self, terms: tuple[str, ...], likeness: Callable[[str], set[str]], readings: dict[str, list[str]],
        latin: dict[str, str],
    ) -> None:  # fmt: skip
        for term in terms:
            for disguise in _one_changed(term, likeness):
                if disguise not in self._ordinary and disguise not in terms:
                    self._disguises.setdefault(disguise[:2], {}).setdefault(disguise, term)
            if len(term) <= _LONGEST_MIXED:
                for form in _latin_forms(term, readings):
                    latin.setdefault(form, term)

    def edits(self, text: str) -> list[Edit]:
        """Where the text says a protected word in disguise, and the word; sorted, without overlaps."""
        found: list[Edit] = []
        for place, pair in enumerate(map(str.__add__, text, text[1:])):
            forms = self._disguises.get(pair)
            if forms is None:
                continue
            for length in self._lengths[pair]:
                words = text[place : place + length]
                term = forms.get(words) if len(words) == length else None
                if term is not None and not self._inside_ordinary(text, place, length):
                    found.append(Edit(place, place + length, term))
        if _LATIN.search(text):
            found.extend(self._latin_edits(text))
            found.extend(self._english_edits(text))
        found.extend(self._phrases.edits(text))
        return _apart(found)

    def letters(self, text: str) -> list[Edit]:
        """Words whose letters were written as digits, where the letters spell something (d0u, 5b, fr33)."""
        found = []
        for match in _MIXED.finditer(text):
            spelled = match.group().translate(_LETTERS)
            if spelled.isalpha() and (
                self._is_disguise(spelled) or (len(spelled) > 2 and self._phrases.spells(spelled))
            ):
                found.append(Edit(match.start(), match.end(), spelled))
        return found

    def _is_disguise(self, word: str) -> bool:
        return any(form == word for form, _, _ in self._latin.get(word, ()))

    def _latin_edits(self, text: str) -> Iterator[Edit]:
        for run in _RUN.finditer(text):
            for form, place, term in self._latin.get(run.group(), ()):
                start = run.start() - place
                end = start + len(form)
                if start >= 0 and text.startswith(form, start) and not _continues(text, end):
                    yield Edit(start, start + len(form), term)

    def _english_edits(self, text: str) -> Iterator[Edit]:
        """English words among Chinese ones; an English sentence is left as it is."""
        reached = -2
        for run in _RUN.finditer(text):
            meant = self._english.get(run.group())
            if meant is None or {text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]} & set("._-"):
                continue
            before, after = text[: run.start()].rstrip(" \n0123456789"), text[run.end() : run.end() + 2].lstrip(" ")
            if _is_han(before[-1:]) or _is_han(after[:1]) or len(before) == reached:
                reached = run.end()
                yield Edit(run.start(), run.end(), meant)

    def _inside_ordinary(self, text: str, start: int, length: int) -> bool:
        for size in (2, 3, 4):
            for first in range(max(0, start - size + 1), start + length):
                window = text[first : first + size]
                if window in self._ordinary and first < start + length and first + size > start:
                    return True
        return False


def _likeness(
    readings: Mapping[str, list[str]], syllables: Mapping[str, str], shapes: Shapes
) -> Callable[[str], set[str]]:
    """Everything that may stand for a character inside a protected word."""
    looks = {word[0]: word[1:] for word in shapes.looks}
    pairs: dict[str, set[str]] = {}
    for word in shapes.pairs:
        pairs.setdefault(word[-1], set()).add(word[:-1])

    def of(character: str) -> set[str]:
        alike = {other for syllable in readings.get(character, ()) for other in syllables[syllable]}
        return (alike | set(looks.get(character, "")) | pairs.get(character, set())) - {character}

    return of


def _one_changed(term: str, likeness: Callable[[str], set[str]]) -> set[str]:
    return {
        term[:place] + other + term[place + 1 :]
        for place, character in enumerate(term)
        for other in likeness(character)
    }


def _latin_forms(term: str, readings: dict[str, list[str]]) -> set[str]:
    """The term with one or more of its characters written as pinyin: wei信, 微xin, weixin."""
    choices = []
    for character in term:
        syllables = readings.get(character, [])[:1]
        choices.append([character, *syllables])
    return {form for form in map("".join, product(*choices)) if form != term and _LATIN.search(form)}


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _continues(text: str, end: int) -> bool:
    """Whether a Latin word goes on at `end`."""
    return end < len(text) and text[end - 1].isascii() and _LATIN.match(text, end) is not None


def _apart(edits: list[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda e: (e.start, -e.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
