"""Finds the patterns of the rulebook that can match a text, without trying those that cannot."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from copilot.guard.lexicon import Lexicon, branches, breadth


@dataclass(frozen=True, slots=True)
class Window:
    """A sentence of the marked view; a pattern never matches across two."""

    start: int
    end: int


class PatternIndex:
    """All patterns of the rulebook, found by the characters and pairs that a text must have to match them.

    Each pattern waits under its most telling group of features; the other groups are compared as bit masks.
    A sentence of 25 characters so meets about ten of several hundred patterns.
    """

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._waiting: dict[str, list[int]] = {}
        self._entries: dict[str, tuple[int, tuple[int, ...]]] = {}
        self._needs: list[tuple[int, ...]] = []
        self._always: list[int] = []

    def add(self, groups: list[set[str]]) -> int:
        """Registers a pattern by its requirements and returns its number."""
        pattern = len(self._needs)
        telling = min(groups, key=breadth, default=None)
        if telling is None:
            self._always.append(pattern)
        for feature in telling or ():
            self._waiting.setdefault(feature, []).append(pattern)
        self._needs.append(tuple(self._mask(group) for group in groups if group is not telling))
        for feature in set().union(*groups):
            self._entries[feature] = (self._bits.get(feature, 0), tuple(self._waiting.get(feature, ())))
        return pattern

    def candidates(self, text: str, windows: Iterable[Window]) -> dict[int, list[Window]]:
        """Pattern number → the sentences in which it may match."""
        found: dict[int, list[Window]] = {}
        entries, needs = self._entries, self._needs
        known = entries.keys()
        for window in windows:
            sentence = text[window.start : window.end]
            mask = 0
            hits = set(self._always)
            for feature in known & {*sentence, *map(str.__add__, sentence, sentence[1:])}:
                bit, waiting = entries[feature]
                mask |= bit
                if waiting:
                    hits.update(waiting)
            for pattern in hits:
                for need in needs[pattern]:
                    if not need & mask:
                        break
                else:
                    found.setdefault(pattern, []).append(window)
        return found

    def _mask(self, group: set[str]) -> int:
        mask = 0
        for feature in group:
            mask |= self._bits.setdefault(feature, 1 << len(self._bits))
        return mask


@dataclass(frozen=True)
class SlotPattern:
    expression: str
    number: int

    @cached_property
    def regex(self) -> "re.Pattern[str]":
        """Compiled when first needed: a cold process meets few of the patterns."""
        return re.compile(self.expression)

    def matches(self, text: str, windows: Iterable[Window]) -> "Iterator[re.Match[str]]":
        """Every match inside one sentence, also those that overlap an earlier one's tail."""
        search = self.regex.search
        for window in windows:
            match = search(text, window.start, window.end)
            while match:
                if match.end() > match.start():
                    yield match
                match = search(text, match.start() + 1, window.end)


def compile_patterns(pattern: str, lexicon: Lexicon, index: PatternIndex) -> tuple[SlotPattern, ...]:
    """One pattern for each top-level alternative: the narrower it is, the fewer texts meet it."""
    return tuple(
        SlotPattern(lexicon.expand(branch), index.add(lexicon.requirements(branch))) for branch in branches(pattern)
    )
