"""The way of a ticket, stage by stage: understand, decide, retrieve, draft, guard, next steps, suggestion.

With a language model, its reading of the ticket and its draft are asked for at once, the draft from the offline
reading. Where the model reads another problem than was drafted for, the draft is asked for anew; else the draft is
held against the decision that the reading gives. So two calls are made, three where the problem changed, and one more
for a repair.
"""

import secrets
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any

from copilot.assembly import Assembly, Case, Outcome, known, told
from copilot.author import Author, Authored
from copilot.decide.step import Decide, Decision
from copilot.domain.base import Model
from copilot.domain.compliance import CheckRequest, CheckResult
from copilot.domain.events import Event, suggestion_of
from copilot.domain.suggestion import Draft, NextStep, Reading, Suggestion
from copilot.domain.ticket import Ticket
from copilot.draft.brief import Brief, Material, brief, customer_clauses
from copilot.draft.citations import CitationBook
from copilot.draft.composer import Plan
from copilot.draft.step import DraftStep, is_holding
from copilot.draft.writer import Writer, Writing
from copilot.gate import Gate, Scene
from copilot.guard.context import GuardContext, SupportClause
from copilot.guard.engine import Guard
from copilot.llm.port import Usage
from copilot.llm.scope import aside
from copilot.nextsteps.escalation import Escalation, Routing
from copilot.nextsteps.planner import Planner
from copilot.nextsteps.sla import Clocks
from copilot.retrieve import Evidence, Retrieve
from copilot.rulebook.loader import Rulebook
from copilot.timing import Timer
from copilot.understand.model import conversation, order_line
from copilot.understand.redact import Redactor
from copilot.understand.step import Understand, Understanding
from kb.models import Clause, SearchHit

_NO_QUESTION = ("greeting", "unclear", "human_handoff")
"""Subtypes that ask nothing that a clause could answer."""
CONVERSATION = 500
"""Characters of the conversation that the writer is shown, the last ones."""
_CARE = frozenset({"personal_safety", "food_drug"})
"""Risks whose words of care tell the customer what to do."""


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
    writer: Writer | None = None
    """Drafts by a language model; None: none is configured."""


class Pipeline:
    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._gate = Gate(stages.guard, stages.draft)
        self._assembly = Assembly(stages.rulebook, stages.clocks)

    def suggest(self, ticket: Ticket, clock: datetime) -> Suggestion:
        """One ticket through every stage. `clock` is the time where the ticket names none."""
        made = [found for event in self.events(ticket, clock, live=False) if (found := suggestion_of(event))]
        return made[-1]

    def events(self, ticket: Ticket, clock: datetime, *, live: bool, id: str | None = None) -> Iterator[Event]:
        """What is known, as soon as it is known; at last the suggestion.

        Args:
            live: a model's sentences come one by one, as they are written.
            id: of the suggestion, where the caller gave it one already.
        """
        timer, now = Timer(), ticket.now(clock)
        with timer("understand"):
            understood = self._stages.understand.run(ticket, now, alone=True)
        case = self._case(ticket, understood, now, timer)
        yield from known(case)
        if self._stages.writer is None:
            outcome = yield from self._offline(case, timer)
        else:
            outcome = yield from self._with_model(self._stages.writer, case, timer, live)
        with timer("assemble"):
            made = self._assembly.suggestion(id or new_id(), clock, outcome, timer.timings)
        made = made.model_copy(update={"trace": made.trace.model_copy(update={"timings_ms": timer.timings})})
        yield Event(name="suggestion", body=made)

    def _case(self, ticket: Ticket, understood: Understanding, now: datetime, timer: Timer) -> Case:
        """Decide, retrieve, compose."""
        stages, book = self._stages, CitationBook()
        with timer("decide"):
            decision = self._decide(ticket, understood, now)
            routing = stages.escalation.run(decision.view)
            steps = stages.planner.run(
                decision.playbook, decision.view, frozenset(entry.field for entry in decision.missing),
                routing.route, routing.sources, ticket, now, understood.entities.discrepancies,
            )  # fmt: skip
        with timer("retrieve"):
            anchors = self._anchors(decision, routing, steps)
            evidence = stages.retrieve.run(ticket, understood.query, anchors, now, understood.vector)
        with timer("draft"):
            plan = self._plan(ticket, understood, decision, routing)
            answer = self._answer(decision, evidence)
            drafted = stages.draft.run(plan, decision.view, evidence.named, evidence.found, answer, book)
        scene = Scene(
            ticket=ticket, now=now, decision=decision, reply_within=stages.clocks.promisable_lengths(decision.view)
        )
        return Case(
            ticket=ticket, now=now, understood=understood, decision=decision, routing=routing, steps=steps,
            evidence=evidence, plan=plan, answer=answer, drafted=drafted, book=book, scene=scene,
        )  # fmt: skip

    def _offline(self, case: Case, timer: Timer) -> Generator[Event, None, Outcome]:
        with timer("guard"):
            drafts, held = self._gate.offered(case.drafted, case.plan, case.scene, case.book)
        yield from told(drafts, case)
        return Outcome(case=case, book=case.book, drafts=drafts, held=held)

    def _with_model(self, writer: Writer, case: Case, timer: Timer, live: bool) -> Generator[Event, None, Outcome]:
        """The composer's drafts are made and judged while the model works: they are the points and the fallback."""
        understand, first = self._stages.understand, case.understood
        reading = aside(lambda: understand.run(case.ticket, case.now, first.vector))
        asked, writing = self._begin(writer, case, live)
        with timer("guard"):
            drafts, held = self._gate.offered(case.drafted, case.plan, case.scene, case.book)
        with timer("model"):
            understood = reading.result()
        usages = {"understand": understood.usage or Usage()}
        if _alike(understood, first):
            case = case.model_copy(update={"understood": understood})
        else:
            asked_for, case = case.decision.playbook.subtype, self._case(case.ticket, understood, case.now, timer)
            yield from known(case)
            drafts, held = self._gate.offered(case.drafted, case.plan, case.scene, case.book)
            if writing is not None and (case.decision.playbook.subtype != asked_for or not _for_model(case)):
                writing.cancel()
                usages["draft_unused"] = writing.meter.usage()
                asked, writing = self._begin(writer, case, live)
        if writing is None:
            yield from told(drafts, case)
            return Outcome(case=case, book=case.book, drafts=drafts, held=held, usages=usages)
        with timer("author"):
            author = self._author(writer, asked, case, drafts, live)
            authored = yield from author.run(writing)
        usages["draft"] = writing.usage()
        offered, unused = _chosen(authored, drafts)
        return Outcome(
            case=case, book=case.book if unused else authored.book, drafts=offered, held=(*held, *authored.held),
            usages=usages, unused=unused, dropped=authored.dropped,
        )  # fmt: skip

    def _begin(self, writer: Writer, case: Case, live: bool) -> tuple[Brief, Writing | None]:
        """Asks for a draft where the model may write one; what it was told with it."""
        told = self._brief(case)
        return told, writer.begin(told, live=live) if _for_model(case) else None

    def _brief(self, case: Case) -> Brief:
        ticket, redact = case.ticket, Redactor().redact
        titles = [redact(item.title) for item in ticket.items() if item.title]
        return brief(Material(
            ticket=ticket, plan=case.plan, view=case.decision.view, composed=case.drafted[0].sentences,
            clauses=_clauses(case), entitlements=case.decision.entitlements, approvals=case.decision.approvals,
            actions=self._stages.rulebook.vocabulary.actions, order=order_line(ticket, titles),
            conversation=conversation(ticket, case.understood.redacted_messages)[-CONVERSATION:],
        ))  # fmt: skip

    def _author(self, writer: Writer, asked: Brief, case: Case, drafts: tuple[Draft, ...], live: bool) -> Author:
        """Numbers mean what the model was shown; figures and amounts are those of the decision as it stands now."""
        now = self._brief(case)
        heard = f"{now.given.heard}\n{writer.instructions}"
        given = now.given.model_copy(update={"evidence": asked.given.evidence, "heard": heard})
        view = case.decision.view
        urgent = bool(_CARE & set(view["risk_flags"])) or bool(view.get("injury"))
        passage = self._gate.passage(case.scene, case.book.copy(), drafts)
        told = Brief(values={**now.values, "evidence": asked.values["evidence"]}, given=given)
        return Author(writer, told, passage, case.drafted[0].sentences, urgent=urgent, live=live)

    def warm(self) -> None:
        """For servers: the first ticket is answered as fast as the second."""
        self._stages.guard.warm()
        self._stages.understand.warm()

    def classify(self, ticket: Ticket, clock: datetime) -> Reading:
        """The first stages alone: what it is, what it names, who answers for it."""
        now = ticket.now(clock)
        understood = self._stages.understand.run(ticket, now)
        decision = self._decide(ticket, understood, now)
        route = self._stages.escalation.run(decision.view).route
        return Reading(
            id=ticket.id, classification=understood.classification, route=route, entities=understood.entities
        )

    def check(self, request: CheckRequest, clock: datetime) -> CheckResult:
        """Judges a text by what the ticket's facts and approvals and the clauses in force allow."""
        stages, ticket = self._stages, request.ticket
        now = ticket.now(clock) if ticket else clock
        clauses = stages.retrieve.support(request.text, ticket, now)
        context = GuardContext(
            ticket=ticket, now=now, clauses=tuple(_support(clause, None) for clause in clauses),
            reply_within=stages.clocks.every_promisable_length(),
        )  # fmt: skip
        if ticket is not None:
            entitlements, approvals = stages.decide.backing(ticket, stages.understand.facts(ticket, now), now)
            context = context.model_copy(update={"entitlements": entitlements, "approvals": approvals})
        return stages.guard.check(request.text, context, id=request.id)

    def _decide(self, ticket: Ticket, understood: Understanding, now: datetime) -> Decision:
        return self._stages.decide.run(
            ticket, understood.facts, understood.classification, understood.entities, understood.given, now
        )

    def _anchors(self, decision: Decision, routing: Routing, steps: tuple[NextStep, ...]) -> list[str]:
        said = [anchor for say in decision.playbook.say if say.when.holds(decision.view) for anchor in say.cite]
        ruled = [anchor for ruling in decision.rulings for anchor in ruling.anchors]
        clocks = [row.source for row in self._stages.clocks.of_ticket_rows(decision.view)]
        return [*said, *ruled, *routing.sources, *(anchor for step in steps for anchor in step.citations), *clocks]

    def _plan(self, ticket: Ticket, understood: Understanding, decision: Decision, routing: Routing) -> Plan:
        names = self._stages.rulebook.vocabulary
        order_id = (ticket.order.id if ticket.order else None) or understood.entities.order_id or ""
        within = {
            act.clock: row.within.label
            for act in decision.playbook.acts
            if act.clock and (row := self._stages.clocks.row(act.clock, decision.view)) is not None
        }
        follow_up = self._stages.clocks.row("follow_up", decision.view)
        return Plan(
            playbook=decision.playbook, missing=decision.missing, within=within,
            variables={
                "restate": decision.playbook.restate, "order_id": order_id,
                "owner": names.owners[routing.route.owner], "within": follow_up.within.label if follow_up else "24小时",
            },
        )  # fmt: skip

    def _answer(self, decision: Decision, evidence: Evidence) -> SearchHit | None:
        """The clause that answers a question by itself, where the search is sure of it."""
        if not evidence.hits or not evidence.confident:
            return None
        return evidence.hits[0] if decision.playbook.subtype not in _NO_QUESTION else None


def new_id() -> str:
    return f"sg_{secrets.token_hex(12)}"


def _alike(one: Understanding, other: Understanding) -> bool:
    """Whether both lead to the same decision: how sure a reading is, and why, changes nothing."""
    shades: dict[str, Any] = {"confidence": 0.0, "alternatives": (), "evidence": ()}
    same = one.classification.model_copy(update=shades) == other.classification.model_copy(update=shades)
    return same and one.facts == other.facts


def _for_model(case: Case) -> bool:
    """Holding replies are approved word by word; work orders speak of the customer to the platform's service."""
    return not is_holding(case.decision.view) and case.decision.view.get("channel") != "workorder"


def _clauses(case: Case) -> tuple[Clause | SearchHit, ...]:
    found = (*case.evidence.named.values(), *case.evidence.found.values())
    return customer_clauses(found, case.evidence.hits if case.evidence.confident else ())


def _chosen(authored: Authored, drafts: tuple[Draft, ...]) -> tuple[tuple[Draft, ...], str | None]:
    """The model's draft before the composer's concise one; where it came to nothing, the composer's, and why."""
    if authored.draft is None:
        return drafts, "没有一句通过核对"
    others = tuple(draft for draft in drafts if draft.tone == "concise")
    return (authored.draft, *others), None


def _support(clause: SearchHit, citation_id: str | None) -> SupportClause:
    return SupportClause(
        clause_id=clause.clause_id, text=clause.text, document=clause.document, section_path=clause.section_path,
        citation_id=citation_id,
    )  # fmt: skip
