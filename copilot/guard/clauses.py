"""Splits a reply into sentences and clauses: the stretch inside which negation, quotation and conditions reach."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter

from copilot.guard.view import View

_SENTENCE_END = re.compile(r"[。!?\n]+")
_CLAUSE_END = re.compile(r"[,;:。!?\n…]+|——")
_TURN = re.compile(
    r"(?<!不)但(?:是|凡)?(?!凡)|不过(?!滤)|可是(?!否)|然而|(?<![不有])另外|此外|除此之外|而且|并且|同时(?!也是)|顺便|"
    r"(?<![是])只是(?!因为)|(?<!是)因此|所以|于是|反正|与此同时|至于"
)
"""Starts a clause of its own even without a comma before it."""
_MIN_RUN = 4
"""A space or an emoji parts two clauses only between runs of at least this many characters."""

_LONGEST_CLAUSE, _LONGEST_SENTENCE = 160, 800
"""Text without punctuation is cut here, so that scope is always judged over a bounded stretch."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the marked view, end exclusive."""

    start: int
    end: int


_start = attrgetter("start")


class Clauses:
    """The clauses and sentences of a marked view, by position."""

    def __init__(self, view: View) -> None:
        text = view.text
        self._text = text
        sentence_ends = [match.end() for match in _SENTENCE_END.finditer(text)]
        hard = [match.end() for match in _CLAUSE_END.finditer(text)]
        turns = [match.start() for match in _TURN.finditer(text) if match.start() > 0]
        cuts = sorted({0, *hard, *turns})
        if view.breaks:
            cuts = sorted({*cuts, *_soft(view, cuts)})
        self._clauses = _spans(_capped(cuts, len(text), _LONGEST_CLAUSE), len(text))
        self._sentences = _spans(_capped([0, *sentence_ends], len(text), _LONGEST_SENTENCE), len(text))

    def clause(self, place: int) -> Span:
        return _holding(self._clauses, place)

    def sentence(self, place: int) -> Span:
        return _holding(self._sentences, place)

    def previous(self, clause: Span) -> Span | None:
        """The clause before, inside the same sentence."""
        if clause.start == 0 or clause.start <= self.sentence(clause.start).start:
            return None
        return self.clause(clause.start - 1)

    def next(self, clause: Span) -> Span | None:
        """The clause after, across sentences."""
        return self.clause(clause.end) if clause.end < len(self._text) else None

    def all(self) -> list[Span]:
        return [span for span in self._clauses if span.end > span.start]


def _holding(spans: list[Span], place: int) -> Span:
    return spans[max(bisect_right(spans, place, key=_start) - 1, 0)]


def _spans(cuts: list[int], length: int) -> list[Span]:
    return [Span(start, end) for start, end in zip(cuts, [*cuts[1:], length], strict=True)]


def _soft(view: View, cuts: list[int]) -> list[int]:
    """Breaks between two runs that are long enough to be clauses."""
    found = []
    breaks = frozenset(view.breaks)
    marks = sorted({*cuts, *breaks, len(view.text)})
    for index, mark in enumerate(marks):
        if mark not in breaks or index == 0 or index + 1 >= len(marks):
            continue
        if mark - marks[index - 1] >= _MIN_RUN and marks[index + 1] - mark >= _MIN_RUN:
            found.append(mark)
    return found


def _capped(cuts: list[int], length: int, longest: int) -> list[int]:
    capped: list[int] = []
    for start, end in zip(cuts, [*cuts[1:], length], strict=True):
        capped.extend(range(start, max(end, start + 1), longest))
    return capped
