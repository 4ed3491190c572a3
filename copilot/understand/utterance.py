"""A customer's message as the matchers read it: folded, in clauses, with negation and settled history marked."""

import re
from dataclasses import dataclass
from functools import cached_property

from copilot.rulebook.signals import Signals
from copilot.understand.fold import Folded, clauses, fold, sentences


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

    @classmethod
    def of(cls, message: int, source: str, reading: Reading) -> "Utterance":
        return cls(message, source, fold(source), reading)

    @property
    def text(self) -> str:
        return self.folded.text

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        return clauses(self.text)

    @cached_property
    def settled(self) -> list[tuple[int, int]]:
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

    def clause_at(self, position: int) -> tuple[int, int]:
        """The clause that holds a folded position; between clauses, the position alone."""
        for start, end in self.clauses:
            if start <= position < end:
                return start, end
        return position, position + 1

    def is_settled(self, position: int) -> bool:
        return any(start <= position < end for start, end in self.settled)

    def negated(self, start: int, end: int) -> bool:
        """Whether the words at [start, end) are denied in their own clause."""
        clause_start, clause_end = self.clause_at(start)
        before = self.text[max(clause_start, start - 10) : start]
        denied = self.reading.before.search(before)
        if denied:
            return not self.reading.affirmative.search(self.text, clause_start, clause_end)
        return bool(self.reading.after.match(self.text, end, clause_end))

    def live_text(self) -> str:
        """The folded text without what is settled."""
        if not self.settled:
            return self.text
        kept, position = [], 0
        for start, end in self.settled:
            kept.append(self.text[position:start])
            position = end
        kept.append(self.text[position:])
        return "".join(kept)
