"""What of a draft may be offered: judged by the guard in the ticket's context, shortened, repaired or replaced."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from copilot.decide.step import Decision
from copilot.domain.base import Model
from copilot.domain.compliance import Act, CheckResult, DraftCompliance, Violation
from copilot.domain.suggestion import Citation, Draft, HeldBack
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import ApprovalKind, EntitlementVerdict, Severity, Status
from copilot.draft.citations import MARK, CitationBook, render
from copilot.draft.composer import Plan, Sentence
from copilot.draft.step import Drafted, DraftStep
from copilot.guard.backing import ACTIONS
from copilot.guard.context import GuardContext, SupportClause
from copilot.guard.engine import Guard

_OWN_ACTS: frozenset[Act] = frozenset({"reply", "deadline"})
_OF_APPROVALS: dict[ApprovalKind, tuple[Act, ...]] = {
    ApprovalKind.CASH: ("compensate", "refund"), ApprovalKind.PARTIAL_REFUND: ("compensate", "refund"),
    ApprovalKind.COUPON: ("coupon", "compensate"), ApprovalKind.POINTS: ("points", "compensate"),
    ApprovalKind.FREIGHT: ("freight",), ApprovalKind.GIFT: ("gift", "compensate"), ApprovalKind.REPAIR: ("repair",),
    ApprovalKind.WARRANTY: ("warranty",), ApprovalKind.RESEND: ("resend",), ApprovalKind.EXCHANGE: ("exchange",),
    ApprovalKind.REFUND: ("refund",), ApprovalKind.RETURN_WAIVER: ("refund", "return"),
    ApprovalKind.LATE_RETURN: ("return", "refund"),
}  # fmt: skip


class Scene(Model, arbitrary_types_allowed=True):
    """What a draft of this ticket is judged by."""

    ticket: Ticket
    now: datetime
    decision: Decision
    reply_within: tuple[timedelta, ...]

    def context(self, citations: Sequence[Citation]) -> GuardContext:
        return GuardContext(
            ticket=self.ticket, now=self.now, entitlements=self.decision.entitlements, own_draft=True,
            approvals=self.decision.approvals, reply_within=self.reply_within,
            clauses=tuple(
                SupportClause(
                    clause_id=citation.clause_id, text=citation.quote, document=citation.document,
                    section_path=citation.section_path, citation_id=citation.id,
                )
                for citation in citations
            ),
        )  # fmt: skip

    def acts(self) -> frozenset[Act]:
        """The kinds of commitment that decisions and approvals hand in."""
        given = (EntitlementVerdict.ALLOWED, EntitlementVerdict.CONDITIONAL)
        actions = {entry.action for entry in self.decision.entitlements if entry.verdict in given}
        entitled = {act for act, of in ACTIONS.items() if actions & set(of)}
        approved = {act for verified in self.decision.approvals for act in _OF_APPROVALS[verified.approval.kind]}
        return _OWN_ACTS | entitled | approved


class Refusal(Model):
    """Why a sentence may not be said."""

    why: str
    violations: tuple[Violation, ...] = ()


class Passage:
    """A reply in the making: a sentence is admitted only where the whole, with it, is not blocked."""

    def __init__(self, guard: Guard, scene: Scene, book: CitationBook, acts: frozenset[Act]) -> None:
        """`acts`: the commitments that a model's sentences may make."""
        self.sentences: tuple[Sentence, ...] = ()
        self.book = book
        self._guard = guard
        self._scene = scene
        self._acts = acts
        self._result: CheckResult | None = None

    def admit(self, *sentences: Sentence) -> Refusal | None:
        """Admits the sentences, all or none; says why not."""
        book = self.book.copy()
        wanted = tuple(sorted((*self.sentences, *sentences), key=lambda sentence: sentence.block))
        text, _, _ = render(wanted, book)
        result = self._guard.evaluate(text, self._scene.context(book.all()))
        refusal = self._refusal(result, sentences)
        if refusal is None:
            self.sentences, self.book, self._result = wanted, book, result
        return refusal

    def draft(self, repairs: int) -> Draft | None:
        """The reply so far; null where nothing of it is a model's."""
        if self._result is None or all(sentence.point is not None for sentence in self.sentences):
            return None
        text, plain, citations = render(self.sentences, self.book)
        return Draft(
            text=text, plain_text=plain, tone="warm", citations=citations, commitments=self._result.commitments,
            compliance=DraftCompliance(
                status=self._result.status, violations=self._result.violations, repairs=repairs, source="llm"
            ),
        )  # fmt: skip

    def _refusal(self, result: CheckResult, sentences: Sequence[Sentence]) -> Refusal | None:
        if result.status is Status.BLOCK:
            blocking = tuple(each for each in result.violations if each.severity is Severity.BLOCK)
            return Refusal(why="；".join(dict.fromkeys(each.message for each in blocking)), violations=blocking)
        if all(sentence.point is not None for sentence in sentences):
            return None
        # Approved wording may earn a warning; a model's own words may not.
        before = self._result.violations if self._result else ()
        warned = {(each.rule, each.text) for each in result.violations} - {(each.rule, each.text) for each in before}
        if warned:
            fresh = tuple(each for each in result.violations if (each.rule, each.text) in warned)
            return Refusal(why="；".join(dict.fromkeys(each.message for each in fresh)), violations=fresh)
        committed = {(each.act, each.backed_by) for each in self._result.commitments} if self._result else set()
        new = [each for each in result.commitments if (each.act, each.backed_by) not in committed]
        return Refusal(why="承诺了决定里没有的事项") if any(each.act not in self._acts for each in new) else None


class Gate:
    def __init__(self, guard: Guard, drafts: DraftStep) -> None:
        self._guard = guard
        self._drafts = drafts

    def offered(
        self, drafted: Sequence[Drafted], plan: Plan, scene: Scene, book: CitationBook
    ) -> tuple[tuple[Draft, ...], tuple[HeldBack, ...]]:
        """The composer's drafts that the guard does not block; where none is left, approved wording alone."""
        offered: list[Draft] = []
        held: list[HeldBack] = []
        for draft in drafted:
            checked = self._checked(draft, scene, book)
            if checked.compliance.status is Status.BLOCK:
                held.append(HeldBack(text=draft.text, tone=draft.tone, violations=checked.compliance.violations))
            else:
                offered.append(checked)
        if not offered:
            single = self._drafts.single("fallback", plan, scene.decision.view, book)
            last = self._checked(single, scene, book)
            if last.compliance.status is not Status.BLOCK:
                offered.append(last)
        return tuple(offered), tuple(held)

    def passage(self, scene: Scene, book: CitationBook, offered: Sequence[Draft]) -> Passage:
        """For a model's draft; what the composer's drafts commit to, it may commit to as well."""
        acts = {commitment.act for draft in offered for commitment in draft.commitments}
        return Passage(self._guard, scene, book, scene.acts() | acts)

    def _checked(self, draft: Drafted, scene: Scene, book: CitationBook) -> Draft:
        """The draft with its verdict: as it is, else without the sentences that are blocked, else repaired."""
        guard, context = self._guard, scene.context(book.all())
        result, repairs, text = guard.evaluate(draft.text, context), 0, draft.text
        if result.status is Status.BLOCK:
            blocked = [violation.text for violation in result.violations if violation.severity is Severity.BLOCK]
            shorter = self._drafts.without(draft, blocked, book)
            if shorter is not None:
                text, result = shorter.text, guard.evaluate(shorter.text, context)
        if result.status is Status.BLOCK:
            repaired = guard.repair(text, context)
            text, result, repairs = repaired.text, repaired.result, repaired.repairs
        return Draft(
            text=text, plain_text=MARK.sub("", text), tone=draft.tone,
            citations=tuple(mark for mark in draft.citations if f"[{mark[1:]}]" in text),
            commitments=result.commitments,
            compliance=DraftCompliance(
                status=result.status, violations=result.violations, repairs=repairs, source=draft.source
            ),
        )  # fmt: skip
