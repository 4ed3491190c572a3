"""The model's part in a case: whether it may write, what it is told, and what its words are held against."""

from copilot.assembly import Case
from copilot.author import Author
from copilot.domain.base import Model
from copilot.domain.suggestion import Draft
from copilot.domain.vocabulary import Action
from copilot.draft.brief import Brief, Material, brief, customer_clauses
from copilot.draft.step import is_holding
from copilot.draft.writer import Writer, Writing
from copilot.gate import Gate
from copilot.understand.model import conversation, order_line
from copilot.understand.redact import Redactor
from kb.models import Clause, SearchHit

CONVERSATION = 500
"""Characters of the conversation that the model is shown, the last ones."""
_CARE = frozenset({"personal_safety", "food_drug"})
"""Risks whose words of care tell the customer what to do."""


class Asked(Model, arbitrary_types_allowed=True):
    """A draft asked for, and what the model was told with it."""

    brief: Brief
    writing: Writing
    subtype: str
    """Of the playbook that the case had then."""

    def suits(self, case: Case) -> bool:
        """Whether the draft still answers the case as it stands now."""
        return case.decision.playbook.subtype == self.subtype and may_write(case)


class Authorship:
    def __init__(self, writer: Writer, gate: Gate, actions: dict[Action, str]) -> None:
        """`actions`: how each is called."""
        self._writer = writer
        self._gate = gate
        self._actions = actions

    def begin(self, case: Case, live: bool) -> Asked | None:
        """Asks for a draft and returns at once; null where a model may write none."""
        if not may_write(case):
            return None
        told = self._brief(case)
        return Asked(brief=told, writing=self._writer.begin(told, live=live), subtype=case.decision.playbook.subtype)

    def author(self, asked: Asked, case: Case, drafts: tuple[Draft, ...], live: bool) -> Author:
        """Numbers mean what the model was shown; figures and amounts are those of the decision as it stands now."""
        now = self._brief(case)
        heard = f"{now.given.heard}\n{self._writer.instructions}"
        given = now.given.model_copy(update={"evidence": asked.brief.given.evidence, "heard": heard})
        view = case.decision.view
        urgent = bool(_CARE & set(view["risk_flags"])) or bool(view.get("injury"))
        passage = self._gate.passage(case.scene, case.book.copy(), drafts)
        told = Brief(values={**now.values, "evidence": asked.brief.values["evidence"]}, given=given)
        return Author(self._writer, told, passage, case.drafted[0].sentences, urgent=urgent, live=live)

    def _brief(self, case: Case) -> Brief:
        ticket, redact = case.ticket, Redactor().redact
        titles = [redact(item.title) for item in ticket.items() if item.title]
        return brief(Material(
            ticket=ticket, plan=case.plan, view=case.decision.view, composed=case.drafted[0].sentences,
            clauses=_clauses(case), entitlements=case.decision.entitlements, approvals=case.decision.approvals,
            actions=self._actions, order=order_line(ticket, titles),
            conversation=conversation(ticket, case.understood.redacted_messages)[-CONVERSATION:],
        ))  # fmt: skip


def may_write(case: Case) -> bool:
    """Holding replies are approved word by word; work orders speak of the customer to the platform's service."""
    return not is_holding(case.decision.view) and case.decision.view.get("channel") != "workorder"


def _clauses(case: Case) -> tuple[Clause | SearchHit, ...]:
    found = (*case.evidence.named.values(), *case.evidence.found.values())
    return customer_clauses(found, case.evidence.hits if case.evidence.confident else ())
