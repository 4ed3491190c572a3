"""Finds the taxonomy's cues and the rulebook's signals in what the customer wrote, negation and history respected."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from copilot.rulebook.signals import Signal, Signals
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.fold import fold
from copilot.understand.utterance import Utterance


@dataclass(frozen=True, slots=True)
class Hit:
    """Words found at the folded span [start, end) of a message."""

    message: int
    start: int
    end: int
    weight: float
    phrase: str


class CueFinder:
    """The weighted phrases of every subtype."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.keys = [f"{issue_type}/{subtype}" for issue_type, subtype in taxonomy.keys]
        weights: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for rules in taxonomy.types:
            for subtype in rules.subtypes:
                for cue in subtype.cues:
                    weights[fold(cue.phrase).text].append((f"{rules.issue_type}/{subtype.id}", cue.weight))
        # Longest first: 包装破损 takes its place before 破损 does.
        self._phrases = sorted(weights.items(), key=lambda item: -len(item[0]))

    def find(self, utterance: Utterance) -> dict[str, list[Hit]]:
        """Subtype → its cues that stand unnegated; a shorter cue inside a longer one of another subtype is skipped."""
        found: dict[str, list[Hit]] = defaultdict(list)
        taken: list[tuple[int, int]] = []
        text = utterance.text
        for phrase, owners in self._phrases:
            start = text.find(phrase)
            while start >= 0:
                end = start + len(phrase)
                inside = any(a <= start and end <= b for a, b in taken)
                if not inside and not utterance.is_settled(start) and not utterance.negated(start, end):
                    for key, weight in owners:
                        found[key].append(Hit(utterance.message, start, end, weight, phrase))
                taken.append((start, end))
                start = text.find(phrase, end)
        return found


@dataclass(frozen=True)
class _Pattern:
    needles: tuple[tuple[str, ...], ...]
    """At least one of each tuple must stand in the text, else the expression cannot match: a cheap first look."""
    expression: re.Pattern[str]


@dataclass(frozen=True)
class _Compiled:
    signal: Signal
    features: tuple[tuple[float, bool, tuple[_Pattern, ...]], ...]
    unless: tuple[_Pattern, ...]


@dataclass
class Found:
    """How strongly a signal showed and where."""

    score: float = 0.0
    hits: list[Hit] = field(default_factory=list)


class SignalFinder:
    """The signals of signals.yaml, compiled once."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._compiled = {path: self._compile(signal) for path, signal in signals.all.items()}

    def find(self, utterances: Sequence[Utterance]) -> dict[str, Found]:
        """Path → score and places over all utterances; only what reaches its threshold."""
        on: dict[str, Found] = {}
        for path, compiled in self._compiled.items():
            found = Found()
            for weight, negatable, patterns in compiled.features:
                hit = self._first(utterances, patterns, compiled.unless, weight, negatable)
                if hit:
                    found.score += weight
                    found.hits.append(hit)
            if found.score >= compiled.signal.threshold:
                on[path] = found
        return on

    def _first(
        self,
        utterances: Sequence[Utterance],
        patterns: Iterable[_Pattern],
        unless: tuple[_Pattern, ...],
        weight: float,
        negatable: bool,
    ) -> Hit | None:
        for utterance in reversed(utterances):
            for pattern in patterns:
                for match in _matches(pattern, utterance.text):
                    start, end = match.span()
                    if utterance.is_settled(start) or (negatable and utterance.negated(start, end)):
                        continue
                    if not _excused(utterance, start, end, unless):
                        return Hit(utterance.message, start, end, weight, match.group())
        return None

    def _compile(self, signal: Signal) -> _Compiled:
        features = tuple(
            (feature.weight, feature.negatable, tuple(self._pattern(p) for p in feature.patterns))
            for feature in signal.features
        )
        return _Compiled(signal, features, tuple(self._pattern(p) for p in signal.unless))

    def _pattern(self, pattern: str) -> _Pattern:
        return _Pattern(self._needles(pattern), re.compile(self._signals.expression(pattern)))

    def _needles(self, pattern: str) -> tuple[tuple[str, ...], ...]:
        bare, deeper = pattern, 1
        while deeper:
            bare, deeper = re.subn(r"\([^()]*\)\??", "…", bare)
        if "|" in bare:
            return ()
        needles: list[tuple[str, ...]] = []
        for piece in re.split(r"(\{[a-z_]+\})|[…#^$]", bare):
            words = self._signals.slots[piece[1:-1]] if piece and piece.startswith("{") else (piece,)
            if piece and not any(re.search(r"[#…(]", word) for word in words):
                needles.append(words)
        return tuple(needles)


def _matches(pattern: _Pattern, text: str) -> Iterable[re.Match[str]]:
    if all(any(word in text for word in words) for words in pattern.needles):
        return pattern.expression.finditer(text)
    return ()


def _excused(utterance: Utterance, start: int, end: int, unless: tuple[_Pattern, ...]) -> bool:
    """Whether the clauses that the match touches also hold words that take its force away."""
    if not unless:
        return False
    first, last = utterance.clause_at(start)[0], utterance.clause_at(end - 1)[1]
    clause = utterance.text[first:last]
    return any(True for pattern in unless for _ in _matches(pattern, clause))
