"""One reply, read once: its views, clauses, marked values and quotations, shared by every check."""

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from copilot.guard.clauses import Clauses, Span
from copilot.guard.normalise import normalise
from copilot.guard.patterns import PatternIndex, Window
from copilot.guard.shapes import ShapeIndex
from copilot.guard.sounds import SoundIndex
from copilot.guard.tokens import Token, mark
from copilot.guard.view import View

_QUOTES = {"“": "”", "‘": "’", "「": "」", "『": "』"}
_MAX_QUOTE = 120
_QUOTE_MARK = re.compile("[“”‘’「」『』\"'\n]")
_SENTENCE = re.compile(r"[^。!?\n]*[。!?\n]+|[^。!?\n]+")


@dataclass(frozen=True)
class Reading:
    source: str
    """The reply as it was sent."""
    plain: View
    """Folded and freed of inserted marks."""
    view: View
    """`plain` with each value and time as one private character; all rule offsets are offsets into it."""
    tokens: tuple[Token, ...]
    candidates: Mapping[int, list[Window]]
    """Number of a pattern of the rulebook → the sentences in which it may match."""

    @property
    def text(self) -> str:
        return self.view.text

    @cached_property
    def clauses(self) -> Clauses:
        return Clauses(self.view)

    def tokens_in(self, start: int, end: int, *kinds: str) -> list[Token]:
        first, last = bisect_left(self._places, start), bisect_left(self._places, end)
        return [token for token in self.tokens[first:last] if not kinds or token.kind in kinds]

    @cached_property
    def _places(self) -> list[int]:
        return [token.at for token in self.tokens]

    def words(self, start: int, end: int) -> str:
        """The marked text of a span with its values written out again."""
        pieces = list(self.view.text[start:end])
        for token in self.tokens_in(start, end):
            pieces[token.at - start] = token.text
        return "".join(pieces)

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        return self.view.source_span(start, end)

    @cached_property
    def quotes(self) -> tuple[Span, ...]:
        """Spans of quoted words, quotation marks included."""
        found = []
        opened: list[tuple[str, int]] = []
        for match in _QUOTE_MARK.finditer(self.view.text):
            character, place = match.group(), match.start()
            if opened and character == opened[-1][0]:
                start = opened.pop()[1]
                if place - start <= _MAX_QUOTE:
                    found.append(Span(start, place + 1))
            elif character in _QUOTES:
                opened.append((_QUOTES[character], place))
            elif character in "\"'":
                opened.append((character, place))
            elif character == "\n":
                opened.clear()
        return tuple(found)

    def quote_around(self, start: int, end: int) -> Span | None:
        """The outermost quotation that holds the span."""
        # Quotations are listed by where they end, and none is longer than _MAX_QUOTE.
        first = bisect_left(self.quotes, end, key=lambda quote: quote.end)
        holding = []
        for quote in self.quotes[first:]:
            if quote.end > end + _MAX_QUOTE:
                break
            if quote.start <= start:
                holding.append(quote)
        return min(holding, key=lambda quote: quote.start, default=None)


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence of a view starts and ends, blank ones left out."""
    return [match.span() for match in _SENTENCE.finditer(text) if match.group().strip()]


def read(source: str, shapes: ShapeIndex, sounds: SoundIndex, patterns: PatternIndex) -> Reading:
    """Normalises a reply once for all checks."""
    plain = normalise(source, shapes, sounds)
    view, tokens = mark(plain)
    windows = [Window(match.start(), match.end()) for match in _SENTENCE.finditer(view.text)]
    return Reading(source, plain, view, tokens, patterns.candidates(view.text, windows))
