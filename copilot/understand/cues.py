"""Finds the taxonomy's cues and the rulebook's signals in what the customer wrote, negation and history respected."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from copilot.rulebook.signals import Signal, Signals
from copilot.rulebook.taxonomy import Taxonomy
from copilot.understand.fold import fold
from copilot.understand.patterns import Pattern, Patterns, Scan
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
        self._starting: dict[str, list[tuple[str, list[tuple[str, int]]]]] = defaultdict(list)
        for phrase, owners in weights.items():
            self._starting[phrase[:2]].append((phrase, owners))

    def find(self, utterance: Utterance) -> dict[str, list[Hit]]:
        """Subtype → its cues that stand unnegated; a cue inside a longer one (破损 in 包装破损) is skipped."""
        text = utterance.text
        places = [
            (position, phrase, owners)
            for position in range(len(text))
            for width in (1, 2)
            for phrase, owners in self._starting.get(text[position : position + width], ())
            if len(phrase) >= width and text.startswith(phrase, position)
        ]
        places.sort(key=lambda place: -len(place[1]))
        found: dict[str, list[Hit]] = defaultdict(list)
        covered = [0] * len(text)  # at each place the furthest end of a longer cue that covers it
        for start, phrase, owners in places:
            end = start + len(phrase)
            inside = covered[start] >= end
            if not inside and not utterance.is_settled(start) and not utterance.negated(start, end):
                for key, weight in owners:
                    found[key].append(Hit(utterance.message, start, end, weight, phrase))
            for position in range(start, end):
                covered[position] = max(covered[position], end)
        return found


@dataclass(frozen=True)
class _Compiled:
    signal: Signal
    features: tuple[tuple[float, bool, tuple[Pattern, ...]], ...]
    unless: tuple[Pattern, ...]


@dataclass
class Found:
    """How strongly a signal showed and where."""

    score: float = 0.0
    hits: list[Hit] = field(default_factory=list)


class SignalFinder:
    """The signals of signals.yaml, compiled once."""

    def __init__(self, signals: Signals) -> None:
        self._patterns = Patterns(signals)
        self._compiled = {path: self._compile(signal) for path, signal in signals.all.items()}

    def find(self, utterances: Sequence[Utterance]) -> dict[str, Found]:
        """Path → score and places over all utterances; only what reaches its threshold."""
        scans = [(utterance, self._patterns.scan(utterance.text)) for utterance in reversed(utterances)]
        on: dict[str, Found] = {}
        for path, compiled in self._compiled.items():
            found = Found()
            for weight, negatable, patterns in compiled.features:
                hit = self._first(scans, patterns, compiled.unless, weight, negatable)
                if hit:
                    found.score += weight
                    found.hits.append(hit)
            if found.score >= compiled.signal.threshold:
                on[path] = found
        return on

    def excused(self, path: str, utterance: Utterance, start: int, end: int) -> bool:
        """Whether the signal's own exceptions take the words at [start, end) back (防漏电, 会漏电吗)."""
        return self._excused(utterance, start, end, self._compiled[path].unless)

    def excuses(self, path: str, utterances: Sequence[Utterance]) -> bool:
        """Whether the signal's exceptions stand anywhere in what was said."""
        unless = self._compiled[path].unless
        scans = [self._patterns.scan(utterance.text) for utterance in utterances]
        return any(True for scan in scans for pattern in unless for _ in scan.matches(pattern))

    def _compile(self, signal: Signal) -> _Compiled:
        features = tuple(
            (feature.weight, feature.negatable, tuple(self._patterns.pattern(p) for p in feature.patterns))
            for feature in signal.features
        )
        return _Compiled(signal, features, tuple(self._patterns.pattern(p) for p in signal.unless))

    def _first(
        self,
        scans: Sequence[tuple[Utterance, Scan]],
        patterns: Sequence[Pattern],
        unless: tuple[Pattern, ...],
        weight: float,
        negatable: bool,
    ) -> Hit | None:
        """The first match, latest message first, that nothing takes back."""
        for utterance, scan in scans:
            for pattern in patterns:
                for match in scan.matches(pattern):
                    start, end = match.span()
                    if utterance.is_settled(start) or (negatable and utterance.negated(start, end)):
                        continue
                    if not self._excused(utterance, start, end, unless):
                        return Hit(utterance.message, start, end, weight, match.group())
        return None

    def _excused(self, utterance: Utterance, start: int, end: int, unless: tuple[Pattern, ...]) -> bool:
        """Whether the clauses that the match touches also hold words that take its force away."""
        if not unless:
            return False
        first, last = utterance.clause_at(start)[0], utterance.clause_at(end - 1)[1]
        scan = self._patterns.scan(utterance.text[first:last])
        return any(True for pattern in unless for _ in scan.matches(pattern))
