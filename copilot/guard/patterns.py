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
        self._waiting: dict[str, list[int]] = {}
        self._needs: list[tuple[frozenset[str], ...]] = []
        self._always: list[int] = []

    def add(self, groups: list[set[str]]) -> int:
        """Registers a pattern by its requirements and returns its number."""
        pattern = len(self._needs)
        # Of equally telling groups the one that fewest patterns wait under: word lists open with the same words.
        telling = min(groups, key=lambda group: (breadth(group), self._crowd(group)), default=None)
        if telling is None:
            self._always.append(pattern)
        for feature in telling or ():
            self._waiting.setdefault(feature, []).append(pattern)
        others = {frozenset(group) for group in groups if group is not telling}
        self._needs.append(tuple(sorted(others, key=len)))
        return pattern

    def _crowd(self, group: set[str]) -> int:
        return sum(len(self._waiting.get(feature, ())) for feature in group)

    def candidates(self, text: str, windows: Iterable[Window]) -> dict[int, list[Window]]:
        """Pattern number → the sentences in which it may match."""
        found: dict[int, list[Window]] = {}
        waiting, needs = self._waiting, self._needs
        known = waiting.keys()
        for window in windows:
            sentence = text[window.start : window.end]
            features = {*sentence, *map(str.__add__, sentence, sentence[1:])}
            hits = set(self._always)
            for feature in known & features:
                hits.update(waiting[feature])
            for pattern in hits:
                for need in needs[pattern]:
                    if need.isdisjoint(features):
                        break
                else:
                    found.setdefault(pattern, []).append(window)
        return found


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
