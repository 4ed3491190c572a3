"""One reply by a model: each sentence verified, woven with the composer's points, passed by the guard, or repaired.

The model's words are never offered as they come. In the end stands a reply that conveys what the composer's draft
conveys, or none: then the composer's draft is offered.
"""

from collections.abc import Generator, Iterable, Sequence
from typing import Literal

from copilot.domain.base import Model
from copilot.domain.compliance import Violation
from copilot.domain.events import Event, SentenceHeld, SentenceSaid
from copilot.domain.suggestion import Draft, HeldBack
from copilot.draft.brief import Brief
from copilot.draft.citations import CitationBook, render
from copilot.draft.composer import Sentence
from copilot.draft.verify import verified
from copilot.draft.weave import Taken, Weave
from copilot.draft.writer import Objection, Spoken, Writer, Writing
from copilot.gate import Passage, Refusal

MOST_CALLS = 2
"""Calls for one draft, repair included."""


class Authored(Model, arbitrary_types_allowed=True):
    """What became of a model's draft."""

    draft: Draft | None
    book: CitationBook
    held: tuple[HeldBack, ...]
    """Sentences that the guard objected to."""
    dropped: tuple[str, ...]
    """Why sentences were left out before the guard saw them."""


class Author:
    """Makes one reply; used once."""

    def __init__(
        self, writer: Writer, brief: Brief, passage: Passage, composed: Sequence[Sentence], *, urgent: bool, live: bool
    ) -> None:
        """`live`: every sentence is judged as it comes; else all at once where nothing is wrong with them."""
        self._writer = writer
        self._brief = brief
        self._passage = passage
        self._weave = Weave(composed, urgent)
        self._live = live
        self._held: list[HeldBack] = []
        self._objections: list[Objection] = []
        self._dropped: list[str] = []
        self._replaced = 0

    def run(self, writing: Writing) -> Generator[Event, None, Authored]:
        """The events of the reply, and what became of it."""
        first = [Taken(sentence=each, instead=None) for each in self._weave.first()]
        if self._live:
            yield from self._each(first)
            yield from self._each(self._taken(writing.sentences()))
        else:
            taken = list(self._taken(writing.sentences()))
            rest = [Taken(sentence=each, instead=None) for each in self._weave.rest()]
            sentences = [each.sentence for each in (*first, *taken, *rest) if isinstance(each, Taken)]
            if self._passage.admit(*sentences) is None:
                return self._done()
            yield from self._each([*first, *taken])
        yield from self._repaired(writing)
        yield from self._each(Taken(sentence=each, instead=None) for each in self._weave.rest())
        return self._done()

    def _taken(self, spoken: Iterable[Spoken]) -> "Iterable[Taken | Refusal]":
        for each in spoken:
            sentence = verified(each.text, each.cites, self._brief.given)
            if isinstance(sentence, str):
                self._dropped.append(sentence)
                yield Refusal(why=sentence)
            elif (taken := self._weave.take(sentence)) is not None:
                yield taken

    def _each(self, taken: "Iterable[Taken | Refusal]") -> Iterable[Event]:
        for each in taken:
            if isinstance(each, Refusal):
                yield _finding(each, replaced=False)
                continue
            refusal = self._passage.admit(each.sentence)
            if refusal is None:
                yield self._said(each.sentence)
                continue
            if each.sentence.point is None:
                self._hold(each.sentence, refusal)
            instead = each.instead
            replaced = instead is not None and self._passage.admit(instead) is None
            if not replaced and each.sentence.point is None:
                self._weave.refused(each)
                self._objections.append(Objection(text=each.sentence.text, why=refusal.why))
            self._replaced += replaced
            yield _finding(refusal, replaced=replaced)
            if replaced and instead is not None:
                yield self._said(instead)

    def _repaired(self, writing: Writing) -> Iterable[Event]:
        """One more question about the sentences that no approved wording stands for."""
        if not self._objections or writing.meter.usage().calls >= MOST_CALLS:
            return
        objections, self._objections = self._objections, []
        before = len(self._passage.sentences)
        spoken = self._writer.repaired(self._brief, objections, writing.meter)
        yield from self._each(self._taken(spoken))
        self._replaced += len(self._passage.sentences) - before

    def _said(self, sentence: Sentence) -> Event:
        text, _, citations = render((sentence,), self._passage.book)
        source: Literal["llm", "composer"] = "llm" if sentence.point is None else "composer"
        body = SentenceSaid(text=text, paragraph=sentence.block, citations=citations, source=source)
        return Event(name="sentence", body=body)

    def _hold(self, sentence: Sentence, refusal: Refusal) -> None:
        violations = tuple(_placed(each, sentence.text) for each in refusal.violations)
        self._held.append(HeldBack(text=sentence.text, tone="warm", violations=violations))

    def _done(self) -> Authored:
        return Authored(
            draft=self._passage.draft(self._replaced), book=self._passage.book, held=tuple(self._held),
            dropped=tuple(self._dropped),
        )  # fmt: skip


def _finding(refusal: Refusal, *, replaced: bool) -> Event:
    rules = tuple(violation.rule for violation in refusal.violations)
    return Event(name="finding", body=SentenceHeld(why=refusal.why, rules=rules, replaced=replaced))


def _placed(violation: Violation, text: str) -> Violation:
    """The violation with offsets into the sentence; the whole sentence where the words reach beyond it."""
    start = text.find(violation.text)
    if start < 0:
        return violation.model_copy(update={"start": 0, "end": len(text), "text": text})
    return violation.model_copy(update={"start": start, "end": start + len(violation.text)})
