"""A customer's message as the matchers read it: folded, in clauses, with negation and settled history marked."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from copilot.rulebook.signals import Signals
from copilot.understand.fold import Folded, clauses, fold, sentences
from copilot.understand.redact import Found, find

_HIDDEN = "□"
_WISHES = "想要会能用打愿准该敢肯"

Span = tuple[int, int]
"""Start and end in a folded text, end exclusive."""


@dataclass(frozen=True)
class Reading:
    """The rulebook's negation and history phrases, compiled once."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    affirmative: re.Pattern[str]
    past: re.Pattern[str]
    done: re.Pattern[str]

    @classmethod
    def of(cls, signals: Signals) -> "Reading":
        def any_of(phrases: tuple[str, ...]) -> str:
            ordered = sorted(phrases, key=len, reverse=True)
            return "(?:" + "|".join(signals.expression(phrase) for phrase in ordered) + ")"

        negation = signals.negation
        return cls(
            # 有没有破损 asks, it does not deny.
            before=re.compile(f"(?<!有){any_of(negation.before)}{any_of(negation.fillers)}{{0,2}}$"),
            after=re.compile(any_of(negation.after)),
            affirmative=re.compile(any_of(negation.affirmative)),
            past=re.compile(any_of(signals.settled.past)),
            done=re.compile(any_of(signals.settled.done)),
        )


@dataclass(frozen=True)
class Utterance:
    """One message of the customer."""

    message: int
    """Index in the ticket."""
    source: str
    folded: Folded
    reading: Reading
    asked: str = ""
    """The label of what the message before asked for, such as `收件人：`."""

    @classmethod
    def of(cls, message: int, source: str, reading: Reading, asked: str = "") -> "Utterance":
        return cls(message, source, fold(source), reading, asked)

    @cached_property
    def private(self) -> list[Found]:
        """Personal data in the source."""
        return find(self.folded, self.asked)

    @cached_property
    def text(self) -> str:
        """The folded text; personal data is blanked out, so that no digit of a phone reads as 12345."""
        if not self.private:
            return self.folded.text
        hidden = {at for found in self.private for at in range(found.start, found.end)}
        pairs = zip(self.folded.text, self.folded.offsets, strict=True)
        return "".join(_HIDDEN if at in hidden else character for character, at in pairs)

    @cached_property
    def clauses(self) -> list[Span]:
        return clauses(self.text)

    @cached_property
    def settled(self) -> list[Span]:
        """Spans that tell of an earlier problem that is over: 上次摔坏的已经换好了."""
        if not self.reading.past.search(self.text):
            return []
        spans = []
        for start, end in sentences(self.text):
            past = self.reading.past.search(self.text, start, end)
            done = self.reading.done.search(self.text, past.start(), end) if past else None
            if past and done and done.start() - past.end() <= 24:
                spans.append((self.clause_at(past.start())[0], self.clause_at(done.end() - 1)[1]))
        return spans

    def clause_at(self, position: int) -> Span:
        """The clause that holds a folded position; between clauses, the position alone."""
        index = bisect_right(self.clauses, (position, len(self.text))) - 1
        if index >= 0 and position < self.clauses[index][1]:
            return self.clauses[index]
        return position, position + 1

    def is_settled(self, position: int) -> bool:
        return any(start <= position < end for start, end in self.settled)

    def negated(self, start: int, end: int) -> bool:
        """Whether the words at [start, end) are denied in their own clause."""
        if self._asks_either(start):
            return True
        clause_start, clause_end = self.clause_at(start)
        if self._wish_denied(start, clause_start):
            return True
        before = self.text[max(clause_start, start - 10) : start]
        denied = self.reading.before.search(before)
        if denied:
            return not self.reading.affirmative.search(self.text, clause_start, clause_end)
        return bool(self.reading.after.match(self.text, end, clause_end))

    def _asks_either(self, start: int) -> bool:
        """能不能用 asks; its 不能用 denies nothing."""
        text = self.text
        return text[start] in "不没" and 0 < start < len(text) - 1 and text[start - 1] == text[start + 1]

    def _wish_denied(self, start: int, clause_start: int) -> bool:
        """不 before a match that begins with a wish: 不|想投诉. 能不能退 and 要不要 are questions."""
        text = self.text
        if start - 1 < clause_start or text[start - 1] not in "不没别" or text[start] not in _WISHES:
            return False
        return not (start >= 2 and text[start - 2] == text[start])

    def cut(self, spans: Sequence[Span]) -> tuple[str, str]:
        """Folded and plain text without the given folded spans and without personal data."""
        if not spans and not self.private:
            return self.text, self.source
        gone = set[int]()
        for start, end in spans:
            first, last = self.folded.span(start, end)
            gone.update(range(first, last))
        for found in self.private:
            gone.update(range(found.start, found.end))
        folded = "".join(c for c, at in zip(self.text, self.folded.offsets, strict=True) if at not in gone)
        return folded, "".join(c for at, c in enumerate(self.source) if at not in gone)
