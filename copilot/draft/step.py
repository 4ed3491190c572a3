"""The draft stage offline: one reply in each fitting tone, from approved wording and clauses in force."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from copilot.domain.base import Model
from copilot.draft.citations import CitationBook, render
from copilot.draft.composer import Composer, Plan, Sentence
from copilot.rulebook.models import TemplateFile
from kb.models import Clause, SearchHit

Tone = Literal["warm", "formal", "concise"]
_FORMAL_CHANNELS = ("workorder", "email")


class Drafted(Model):
    """A reply before the guard has seen it."""

    tone: Tone
    text: str
    plain_text: str
    citations: tuple[str, ...]
    sentences: tuple[Sentence, ...] = ()
    source: Literal["llm", "composer", "template"] = "composer"


class DraftStep:
    def __init__(self, templates: TemplateFile) -> None:
        self._composer = Composer(templates)

    def run(
        self,
        plan: Plan,
        view: Mapping[str, Any],
        clauses: Mapping[str, Clause],
        quoted: Mapping[str, Clause],
        answer: SearchHit | None,
        book: CitationBook,
    ) -> tuple[Drafted, ...]:
        """The full reply and a concise one; a holding reply alone where media or a regulator are involved."""
        if is_holding(view):
            return (self.single("holding", plan, view, book),)
        for clause in (*clauses.values(), *quoted.values()):
            book.know(clause)
        if answer is not None:
            book.know(answer)
        first: Tone = "formal" if view.get("channel") in _FORMAL_CHANNELS else "warm"
        drafts: dict[str, Drafted] = {}
        for tone in (first, "concise"):
            sentences = self._composer.compose(plan, {**view, "tone": tone}, clauses, quoted, answer)
            draft = _drafted(tone, sentences, book)
            drafts.setdefault(draft.plain_text, draft)
        return tuple(drafts.values())

    def without(self, draft: Drafted, objected: Iterable[str], book: CitationBook) -> Drafted | None:
        """The draft without the sentences that hold an objected passage; null where no sentence does.

        Approved wording that does not fit a ticket is left out whole: a patch inside a sentence reads broken.
        """
        passages = tuple(objected)
        kept = tuple(s for s in draft.sentences if not any(passage in s.text for passage in passages))
        return _drafted(draft.tone, kept, book) if kept and len(kept) < len(draft.sentences) else None

    def single(self, slot: str, plan: Plan, view: Mapping[str, Any], book: CitationBook) -> Drafted:
        """One approved sentence, without policy."""
        text, plain, citations = render(self._composer.single(slot, view, plan), book)
        return Drafted(tone="formal", text=text, plain_text=plain, citations=citations, source="template")


def _drafted(tone: Tone, sentences: tuple[Sentence, ...], book: CitationBook) -> Drafted:
    text, plain, citations = render(sentences, book)
    return Drafted(tone=tone, text=text, plain_text=plain, citations=citations, sentences=sentences)


def is_holding(view: Mapping[str, Any]) -> bool:
    """Media or a regulator are already involved: only a holding reply is offered, and it says who answers."""
    return view.get("complaint_level") == 1 and bool({"media_exposure", "regulator"} & set(view["risk_flags"]))
