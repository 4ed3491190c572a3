"""Compiles the rulebook's patterns with a cheap first look: words without which an expression cannot match."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from copilot.rulebook.signals import MARK, Signals


@dataclass
class Pattern:
    """`needles` number groups of words: of each group one must stand in a text that matches."""

    expression: str
    needles: tuple[int, ...]

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        # Most of the rulebook's patterns are never needed by a process; those that are, compile once.
        return re.compile(self.expression)


class Patterns:
    """All patterns of one rulebook."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._groups: dict[tuple[str, ...], int] = {}
        self._listed: list[tuple[str, ...]] = []

    def pattern(self, source: str) -> Pattern:
        return Pattern(self._signals.expression(source), tuple(map(self._number, self._needles(source))))

    def _number(self, words: tuple[str, ...]) -> int:
        if words not in self._groups:
            self._groups[words] = len(self._listed)
            self._listed.append(words)
        return self._groups[words]

    def scan(self, text: str) -> "Scan":
        """A text to match patterns against."""
        return Scan(text, self._listed)

    def _needles(self, source: str) -> tuple[tuple[str, ...], ...]:
        alternatives = _split_alternatives(source)
        if len(alternatives) > 1:
            words = self._any_of(alternatives)
            return (words,) if words else ()
        groups: list[tuple[str, ...]] = []
        for part in _parts(source):
            if part.startswith("("):
                words = self._any_of(_split_alternatives(part[1:-1]))
            elif part.startswith("{"):
                words = self._any_of(self._signals.slots[part[1:-1]])
            else:
                words = (part,)
            if words:
                groups.append(words)
        # The rarest first: few words, long words.
        return tuple(sorted(groups, key=lambda words: (len(words), -min(map(len, words))))[:3])

    def _any_of(self, alternatives: Iterable[str]) -> tuple[str, ...]:
        """One needed word for each alternative, or nothing where some alternative needs none."""
        words: list[str] = []
        for alternative in alternatives:
            inner = self._needles(alternative) if alternative else ()
            if not inner:
                return ()
            words += inner[0]
        return tuple(dict.fromkeys(words))


def _parts(source: str) -> list[str]:
    """Literals, `{slot}`s and required `(groups)` of a pattern without top-level alternatives."""
    parts, position, depth, opened = [], 0, 0, 0
    for mark in MARK.finditer(source):
        if depth == 0 and mark.start() > position:
            parts.append(source[position : mark.start()])
        if mark.group() == "(":
            opened = mark.start() if depth == 0 else opened
            depth += 1
        elif mark.group() == ")":
            depth -= 1
            if depth == 0 and source[mark.end() : mark.end() + 1] != "?":
                parts.append(source[opened : mark.end()])
        elif depth == 0 and mark.group().startswith("{"):
            parts.append(mark.group())
        if depth == 0:
            position = mark.end()
    if position < len(source):
        parts.append(source[position:])
    return parts


def _split_alternatives(source: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for index, character in enumerate(source):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "|" and depth == 0:
            parts.append(source[start:index])
            start = index + 1
    parts.append(source[start:])
    return parts


class Scan:
    """One text while patterns look at it; remembers which groups of needles are there."""

    def __init__(self, text: str, groups: Sequence[tuple[str, ...]]) -> None:
        self.text = text
        self._groups = groups
        self._there: dict[int, bool] = {}

    def matches(self, pattern: Pattern) -> Iterable[re.Match[str]]:
        there = self._there
        for number in pattern.needles:
            if number not in there:
                there[number] = self._holds(self._groups[number])
            if not there[number]:
                return ()
        return pattern.compiled.finditer(self.text)

    def _holds(self, words: tuple[str, ...]) -> bool:
        text = self.text
        # A plain loop: any() over a generator costs more than the search itself.
        for word in words:  # noqa: SIM110
            if word in text:
                return True
        return False
