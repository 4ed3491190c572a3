"""The way of a ticket, stage by stage: understand, decide, retrieve, draft, guard, next steps, suggestion."""

import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from copilot.decide.step import Decide, Decision
from copilot.domain.base import BEIJING, Model
from copilot.domain.compliance import CheckRequest, CheckResult, DraftCompliance
from copilot.domain.groups import CountCustomers, Group
from copilot.domain.suggestion import Draft, HeldBack, NextStep, Reading, SlaDue, Suggestion, Trace
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Mode, Severity, Status
from copilot.draft.citations import CitationBook
from copilot.draft.composer import Plan
from copilot.draft.step import Drafted, DraftStep
from copilot.guard.context import GuardContext, SupportClause
from copilot.guard.engine import Guard
from copilot.llm.port import Usage
from copilot.nextsteps.escalation import Escalation, Routing
from copilot.nextsteps.planner import Planner
from copilot.nextsteps.record import Account, record
from copilot.nextsteps.sla import Clocks
from copilot.retrieve import Evidence, Retrieve
from copilot.rulebook.fired import playbook_rules
from copilot.rulebook.loader import Rulebook
from copilot.timing import Timer
from copilot.understand.head import Vector
from copilot.understand.redact import hide
from copilot.understand.step import Understand, Understanding
from kb.models import SearchHit

_NO_QUESTION = ("greeting", "unclear", "human_handoff")
"""Subtypes that ask nothing that a clause could answer."""


class Stages(Model, arbitrary_types_allowed=True):
    """The collaborators, built by bootstrap."""

    rulebook: Rulebook
    understand: Understand
    decide: Decide
    retrieve: Retrieve
    draft: DraftStep
    guard: Guard
    clocks: Clocks
    escalation: Escalation
    planner: Planner


class Pipeline:
    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    def suggest(self, ticket: Ticket, clock: datetime, count: CountCustomers | None = None) -> Suggestion:
        """One ticket through every stage.

        Args:
            clock: the time where the ticket names none.
            count: counts stored tickets with the same problem; absent: the ticket is judged by itself alone.
        """
        stages, now, timer, book = self._stages, ticket.now(clock), Timer(), CitationBook()
        with timer("understand"):
            understood = stages.understand.run(ticket, now, count=count)
        with timer("decide"):
            decision = self._decide(ticket, understood, now)
            routing = stages.escalation.run(decision.view)
            steps = stages.planner.run(
                decision.playbook, decision.view, frozenset(entry.field for entry in decision.missing),
                routing.route, routing.sources, ticket, now, understood.entities.discrepancies,
            )  # fmt: skip
        with timer("retrieve"):
            anchors = self._anchors(ticket, decision, routing, steps, now)
            evidence = stages.retrieve.run(ticket, understood.query, anchors, now, understood.vector)
        with timer("draft"):
            plan = self._plan(ticket, understood, decision, routing, now)
            answer = self._answer(decision, evidence)
            drafted = stages.draft.run(plan, decision.view, evidence.named, evidence.found, answer, book)
        with timer("guard"):
            drafts, held = self._guarded(ticket, decision, plan, drafted, book, now)
        with timer("assemble"):
            sla = self._sla(ticket, decision, evidence, book, now)
            entitlements = tuple(
                ruling.entitlement.model_copy(update={"citations": self._cite(ruling.anchors, evidence, book)})
                for ruling in decision.rulings
            )
            numbered = tuple(
                step.model_copy(update={"citations": self._cite(step.citations, evidence, book)}) for step in steps
            )
        return Suggestion(
            id=f"sg_{secrets.token_hex(12)}", ticket_id=ticket.id, created_at=clock, mode=_mode(understood.usage),
            classification=understood.classification, route=routing.route, sla=sla, entities=understood.entities,
            missing_information=decision.missing, entitlements=entitlements, drafts=drafts, held_back=held,
            next_steps=numbered, citations=book.all(),
            record=record(
                ticket, self._account(understood), entitlements, numbered, routing.route, decision.approvals,
                stages.rulebook.vocabulary.actions, now,
            ),
            warnings=(
                *_model_warnings(understood.usage), *self._overdue(ticket, decision, now),
                *self._warnings(ticket, evidence, drafts),
            ),
            trace=Trace(
                timings_ms=timer.timings, rulebook=stages.rulebook.digest, kb_snapshot=evidence.snapshot,
                redactions=understood.redactions, rules=self._rules(ticket, understood, decision, routing, now),
                **_used(understood.usage, understood.group),
            ),
        )  # fmt: skip

    def warm(self) -> None:
        """For servers: the first ticket is answered as fast as the second."""
        self._stages.guard.warm()
        self._stages.understand.warm()

    def classify(self, ticket: Ticket, clock: datetime, count: CountCustomers | None = None) -> Reading:
        """The first stages alone: what it is, what it names, who answers for it."""
        now = ticket.now(clock)
        understood = self._stages.understand.run(ticket, now, count=count)
        decision = self._decide(ticket, understood, now)
        route = self._stages.escalation.run(decision.view).route
        return Reading(
            id=ticket.id, classification=understood.classification, route=route, entities=understood.entities
        )

    def read(self, ticket: Ticket, clock: datetime, vector: Vector | None = None) -> tuple[Understanding, Decision]:
        """What the ticket is and what the rules say of it; `vector` as for the understand stage."""
        now = ticket.now(clock)
        understood = self._stages.understand.run(ticket, now, vector)
        return understood, self._decide(ticket, understood, now)

    def check(self, request: CheckRequest, clock: datetime) -> CheckResult:
        """Judges a text by what the ticket's facts and approvals and the clauses in force allow; rewords it."""
        return self._stages.guard.check(
            request.text, self._context_of(request.text, request.ticket, clock), id=request.id
        )

    def judge(self, text: str, ticket: Ticket | None, clock: datetime) -> CheckResult:
        """The verdict of `check` alone: nobody is going to send the text any more."""
        return self._stages.guard.evaluate(text, self._context_of(text, ticket, clock))

    def _context_of(self, text: str, ticket: Ticket | None, clock: datetime) -> GuardContext:
        stages = self._stages
        now = ticket.now(clock) if ticket else clock
        clauses = stages.retrieve.support(hide(text), ticket, now)
        context = GuardContext(
            ticket=ticket, now=now, clauses=tuple(_support(clause, None) for clause in clauses),
            reply_within=stages.clocks.every_promisable_length(),
        )  # fmt: skip
        if ticket is not None:
            entitlements, approvals = stages.decide.backing(ticket, stages.understand.facts(ticket, now), now)
            context = context.model_copy(update={"entitlements": entitlements, "approvals": approvals})
        return context

    def _counted(self, understood: Understanding) -> tuple[str, ...]:
        group, rules = understood.group, self._stages.rulebook.signals.group
        return ("group.customers",) if group is not None and group.customers >= rules.customers else ()

    def _account(self, understood: Understanding) -> Account:
        kind, who = understood.classification, understood.contact
        return Account(
            label=self._stages.rulebook.taxonomy.label(kind.issue_type, kind.issue_subtype), classification=kind,
            entities=understood.entities, description=understood.query, customer_name=who.name, phone=who.phone,
            confirmed=understood.confirmed,
        )  # fmt: skip

    def _decide(self, ticket: Ticket, understood: Understanding, now: datetime) -> Decision:
        decision = self._stages.decide.run(
            ticket, understood.facts, understood.classification, understood.entities, understood.given, now
        )
        overdue = self._stages.clocks.overdue(ticket, decision.view, now)
        return decision.model_copy(update={"view": decision.view | {"overdue": overdue}})

    def _anchors(
        self, ticket: Ticket, decision: Decision, routing: Routing, steps: tuple[NextStep, ...], now: datetime
    ) -> list[str]:
        said = [anchor for say in decision.playbook.say if say.holds(decision.view) for anchor in say.cite]
        ruled = [anchor for ruling in decision.rulings for anchor in ruling.anchors]
        clocks = [row.source for row, _ in self._stages.clocks.of_ticket(ticket, decision.view, now)]
        return [*said, *ruled, *routing.sources, *(anchor for step in steps for anchor in step.citations), *clocks]

    def _rules(
        self, ticket: Ticket, understood: Understanding, decision: Decision, routing: Routing, now: datetime
    ) -> tuple[str, ...]:
        """Every rule that fired, in the order of the stages."""
        kind = understood.classification
        played = playbook_rules(f"{kind.issue_type}/{kind.issue_subtype}", decision.playbook, decision.view)
        clocks = self._stages.clocks.rules(decision.playbook, decision.view, ticket, now)
        return (*self._counted(understood), *understood.rules, *decision.rules, *routing.rules, *played, *clocks)

    def _plan(
        self, ticket: Ticket, understood: Understanding, decision: Decision, routing: Routing, now: datetime
    ) -> Plan:
        """The times that the draft may name: what is left of an act's clock, else of the next follow-up."""
        clocks, view, names = self._stages.clocks, decision.view, self._stages.rulebook.vocabulary
        order_id = (ticket.order.id if ticket.order else None) or understood.entities.order_id or ""
        follow_up = clocks.told("follow_up", view, ticket, now)
        named = {act.clock for act in decision.playbook.acts if act.clock}
        within = {clock: clocks.told(clock, view, ticket, now) or follow_up for clock in named}
        return Plan(
            playbook=decision.playbook, missing=decision.missing,
            within={clock: length for clock, length in within.items() if length},
            variables={
                "restate": decision.playbook.restate, "order_id": order_id,
                "owner": names.owners[routing.route.owner], "within": follow_up or "24小时",
            },
        )  # fmt: skip

    def _answer(self, decision: Decision, evidence: Evidence) -> SearchHit | None:
        """The clause that answers a question by itself, where the search is sure of it."""
        if not evidence.hits or not evidence.confident:
            return None
        return evidence.hits[0] if decision.playbook.subtype not in _NO_QUESTION else None

    def _guarded(
        self, ticket: Ticket, decision: Decision, plan: Plan, drafted: tuple[Drafted, ...], book: CitationBook,
        now: datetime,
    ) -> tuple[tuple[Draft, ...], tuple[HeldBack, ...]]:  # fmt: skip
        """Only what the guard does not block is offered; what it holds back is replaced by approved wording."""
        context = self._context(ticket, decision, book, now)
        offered: list[Draft] = []
        held: list[HeldBack] = []
        for draft in drafted:
            checked = self._checked(draft, context, book)
            if checked.compliance.status is Status.BLOCK:
                held.append(HeldBack(text=draft.text, tone=draft.tone, violations=checked.compliance.violations))
            else:
                offered.append(checked)
        if not offered:
            last = self._checked(self._stages.draft.single("fallback", plan, decision.view, book), context, book)
            if last.compliance.status is not Status.BLOCK:
                offered.append(last)
        return tuple(offered), tuple(held)

    def _checked(self, draft: Drafted, context: GuardContext, book: CitationBook) -> Draft:
        """The draft with its verdict: as it is, else without the sentences that are blocked, else repaired."""
        guard = self._stages.guard
        result, repairs, text = guard.evaluate(draft.text, context), 0, draft.text
        if result.status is Status.BLOCK:
            blocked = [violation.text for violation in result.violations if violation.severity is Severity.BLOCK]
            shorter = self._stages.draft.without(draft, blocked, book)
            if shorter is not None:
                text, result = shorter.text, guard.evaluate(shorter.text, context)
        if result.status is Status.BLOCK:
            repaired = guard.repair(text, context)
            text, result, repairs = repaired.text, repaired.result, repaired.repairs
        return Draft(
            text=text, plain_text=_without_marks(text), tone=draft.tone,
            citations=tuple(mark for mark in draft.citations if f"[{mark[1:]}]" in text),
            commitments=result.commitments,
            compliance=DraftCompliance(
                status=result.status, violations=result.violations, repairs=repairs, source=draft.source
            ),
        )  # fmt: skip

    def _context(self, ticket: Ticket, decision: Decision, book: CitationBook, now: datetime) -> GuardContext:
        return GuardContext(
            ticket=ticket, now=now, entitlements=decision.entitlements, own_draft=True,
            approvals=decision.approvals,
            clauses=tuple(
                SupportClause(
                    clause_id=citation.clause_id, text=citation.quote, document=citation.document,
                    section_path=citation.section_path, citation_id=citation.id,
                )
                for citation in book.all()
            ),
            reply_within=self._stages.clocks.promisable_lengths(decision.view, ticket, now),
        )  # fmt: skip

    def _sla(
        self, ticket: Ticket, decision: Decision, evidence: Evidence, book: CitationBook, now: datetime
    ) -> tuple[SlaDue, ...]:
        due = []
        for row, at in self._stages.clocks.of_ticket(ticket, decision.view, now):
            clause = evidence.clause(row.source)
            if clause is not None:
                book.cite_clause(clause)
            due.append(SlaDue(clock=row.id, due_at=at, source=clause.clause_id if clause else "rulebook"))
        return tuple(due)

    def _overdue(self, ticket: Ticket, decision: Decision, now: datetime) -> Iterator[str]:
        for row, at in self._stages.clocks.of_ticket(ticket, decision.view, now):
            if at <= now:
                yield f"已超时：{row.label}应于{at.astimezone(BEIJING):%Y-%m-%d %H:%M}前完成"

    @staticmethod
    def _cite(anchors: tuple[str, ...], evidence: Evidence, book: CitationBook) -> tuple[str, ...]:
        clauses = [clause for anchor in anchors if (clause := evidence.clause(anchor)) is not None]
        return tuple(dict.fromkeys(book.cite_clause(clause) for clause in clauses))

    @staticmethod
    def _warnings(ticket: Ticket, evidence: Evidence, drafts: tuple[Draft, ...]) -> tuple[str, ...]:
        warnings = list(evidence.warnings)
        if not drafts:
            warnings.append("没有可发送的草稿：全部草稿均被合规检查拦截，详见 held_back")
        if not evidence.named and not evidence.found:
            warnings.append("知识库中没有适用的条款；请先导入并发布制度文件")
        if ticket.platform is None:
            warnings.append("工单未注明平台，未按平台区分规则")
        if not any(_HAN.search(text) for text in ticket.customer_texts()):
            warnings.append("顾客未使用中文；离线草稿为中文，请翻译后发送")
        return tuple(warnings)


_HAN = re.compile(r"[\u4e00-\u9fff]")
_MARK = re.compile(r"\[\d+\]")


def _mode(usage: Usage | None) -> Mode:
    """Whether a model took part, failed, or was not asked."""
    if usage is None:
        return Mode.OFFLINE
    return Mode.LLM if usage.failure is None else Mode.FALLBACK


def _model_warnings(usage: Usage | None) -> tuple[str, ...]:
    if usage is None or usage.failure is None:
        return ()
    return (f"语言模型未参与（{usage.failure}），本建议由离线规则给出",)


def _used(usage: Usage | None, group: Group | None) -> dict[str, Any]:
    """The trace's fields about the model and the counted group; none where neither was asked."""
    extra: dict[str, Any] = {"group": group.model_dump()} if group else {}
    if usage is None:
        return {"extra": extra}
    extra["llm"] = usage.model_dump(include={"tokens_in", "tokens_out", "seconds", "retries"})
    return {"llm_calls": usage.calls, "model": usage.model, "prompts": usage.prompts, "extra": extra}


def _without_marks(text: str) -> str:
    return _MARK.sub("", text)


def _support(clause: SearchHit, citation_id: str | None) -> SupportClause:
    return SupportClause(
        clause_id=clause.clause_id, text=clause.text, document=clause.document, section_path=clause.section_path,
        citation_id=citation_id,
    )  # fmt: skip
