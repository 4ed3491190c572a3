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
from copilot.author import Authored
from copilot.authorship import Authorship
from copilot.decide.step import Decide, Decision
from copilot.domain.base import Model
from copilot.domain.compliance import CheckRequest, CheckResult
from copilot.domain.events import Event, suggestion_of
from copilot.domain.groups import CountCustomers
from copilot.domain.suggestion import Draft, NextStep, Reading, Suggestion
from copilot.domain.ticket import Ticket
from copilot.draft.citations import CitationBook
from copilot.draft.composer import Plan
from copilot.draft.step import DraftStep
from copilot.draft.writer import Writer
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
    writer: Writer | None = None
    """Drafts by a language model; None: none is configured."""


class Pipeline:
    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._gate = Gate(stages.guard, stages.draft)
        self._assembly = Assembly(stages.rulebook, stages.clocks)
        writer, actions = stages.writer, stages.rulebook.vocabulary.actions
        self._authorship = Authorship(writer, self._gate, actions) if writer is not None else None

    def suggest(self, ticket: Ticket, clock: datetime, count: CountCustomers | None = None) -> Suggestion:
        """One ticket through every stage; `clock` and `count` as for `events`."""
        made = [found for event in self.events(ticket, clock, count, live=False) if (found := suggestion_of(event))]
        return made[-1]

    def events(
        self, ticket: Ticket, clock: datetime, count: CountCustomers | None = None, *, live: bool, id: str | None = None
    ) -> Iterator[Event]:
        """What is known, as soon as it is known; at last the suggestion.

        Args:
            clock: the time where the ticket names none.
            count: counts stored tickets with the same problem; absent: the ticket is judged by itself alone.
            live: a model's sentences come one by one, as they are written.
            id: of the suggestion, where the caller gave it one already.
        """
        timer, now = Timer(), ticket.now(clock)
        with timer("understand"):
            understood = self._stages.understand.run(ticket, now, count=count, offline=True)
        case = self._case(ticket, understood, now, timer)
        yield from known(case)
        if self._authorship is None:
            outcome = yield from self._offline(case, timer)
        else:
            outcome = yield from self._with_model(self._authorship, case, timer, count, live)
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
            anchors = self._anchors(ticket, decision, routing, steps, now)
            evidence = stages.retrieve.run(ticket, understood.query, anchors, now, understood.vector)
        with timer("draft"):
            plan = self._plan(ticket, understood, decision, routing, now)
            answer = self._answer(decision, evidence)
            drafted = stages.draft.run(plan, decision.view, evidence.named, evidence.found, answer, book)
        within = stages.clocks.promisable_lengths(decision.view, ticket, now)
        scene = Scene(ticket=ticket, now=now, decision=decision, reply_within=within)
        return Case(
            ticket=ticket, now=now, understood=understood, decision=decision, routing=routing, steps=steps,
            evidence=evidence, plan=plan, answer=answer, drafted=drafted, book=book, scene=scene,
        )  # fmt: skip

    def _offline(self, case: Case, timer: Timer) -> Generator[Event, None, Outcome]:
        with timer("guard"):
            drafts, held = self._gate.offered(case.drafted, case.plan, case.scene, case.book)
        yield from told(drafts, case)
        return Outcome(case=case, book=case.book, drafts=drafts, held=held)

    def _with_model(
        self, authorship: Authorship, case: Case, timer: Timer, count: CountCustomers | None, live: bool
    ) -> Generator[Event, None, Outcome]:
        """The composer's drafts are made and judged while the model works: they are the points and the fallback."""
        understand, first = self._stages.understand, case.understood
        reading = aside(lambda: understand.run(case.ticket, case.now, first.vector, count))
        asked = authorship.begin(case, live)
        with timer("guard"):
            drafts, held = self._gate.offered(case.drafted, case.plan, case.scene, case.book)
        with timer("model"):
            understood = reading.result()
        usages = {"understand": understood.usage or Usage()}
        if _alike(understood, first):
            case = case.model_copy(update={"understood": understood})
        else:
            case = self._case(case.ticket, understood, case.now, timer)
            yield from known(case)
            drafts, held = self._gate.offered(case.drafted, case.plan, case.scene, case.book)
            if asked is not None and not asked.suits(case):
                asked.writing.cancel()
                usages["draft_unused"] = asked.writing.meter.usage()
                asked = authorship.begin(case, live)
        if asked is None:
            yield from told(drafts, case)
            return Outcome(case=case, book=case.book, drafts=drafts, held=held, usages=usages)
        with timer("author"):
            authored = yield from authorship.author(asked, case, drafts, live).run(asked.writing)
        usages["draft"] = asked.writing.usage()
        offered, unused = _chosen(authored, drafts)
        return Outcome(
            case=case, book=case.book if unused else authored.book, drafts=offered, held=(*held, *authored.held),
            usages=usages, unused=unused, dropped=authored.dropped,
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
            ticket=ticket, now=now, clauses=tuple(_support(clause) for clause in clauses),
            reply_within=stages.clocks.every_promisable_length(),
        )  # fmt: skip
        if ticket is not None:
            entitlements, approvals = stages.decide.backing(ticket, stages.understand.facts(ticket, now), now)
            context = context.model_copy(update={"entitlements": entitlements, "approvals": approvals})
        return context

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


def new_id() -> str:
    return f"sg_{secrets.token_hex(12)}"


def _alike(one: Understanding, other: Understanding) -> bool:
    """Whether both lead to the same decision: how sure a reading is, and why, changes nothing."""
    shades: dict[str, Any] = {"confidence": 0.0, "alternatives": (), "evidence": ()}
    same = one.classification.model_copy(update=shades) == other.classification.model_copy(update=shades)
    return same and one.facts == other.facts


def _chosen(authored: Authored, drafts: tuple[Draft, ...]) -> tuple[tuple[Draft, ...], str | None]:
    """The model's draft before the composer's concise one; where it came to nothing, the composer's, and why."""
    if authored.draft is None:
        return drafts, "没有一句通过核对"
    others = tuple(draft for draft in drafts if draft.tone == "concise")
    return (authored.draft, *others), None


def _support(clause: SearchHit) -> SupportClause:
    return SupportClause(
        clause_id=clause.clause_id, text=clause.text, document=clause.document, section_path=clause.section_path
    )
