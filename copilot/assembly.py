"""What is known of a ticket told as events, and at the end put together: citations, warnings, trace."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from copilot.decide.step import Decision
from copilot.domain.base import BEIJING, Model
from copilot.domain.events import Event, SentenceSaid
from copilot.domain.suggestion import Draft, HeldBack, NextStep, SlaDue, Suggestion, Trace
from copilot.domain.ticket import Ticket
from copilot.domain.vocabulary import Mode
from copilot.draft.citations import CitationBook, render
from copilot.draft.composer import Plan
from copilot.draft.step import Drafted
from copilot.gate import Scene
from copilot.llm.port import Usage, together
from copilot.nextsteps.escalation import Routing
from copilot.nextsteps.record import Account, record
from copilot.nextsteps.sla import Clocks
from copilot.retrieve import Evidence
from copilot.rulebook.fired import playbook_rules
from copilot.rulebook.loader import Rulebook
from copilot.understand.step import Understanding
from kb.models import SearchHit

_HAN = re.compile(r"[\u4e00-\u9fff]")


class Case(Model, arbitrary_types_allowed=True):
    """One ticket with all that is known before anything is offered."""

    ticket: Ticket
    now: datetime
    understood: Understanding
    decision: Decision
    routing: Routing
    steps: tuple[NextStep, ...]
    evidence: Evidence
    plan: Plan
    answer: SearchHit | None
    """The clause that answers a question by itself."""
    drafted: tuple[Drafted, ...]
    """The composer's drafts, the full one first."""
    book: CitationBook
    scene: Scene


class Outcome(Model, arbitrary_types_allowed=True):
    """What is offered, and what a model had to do with it."""

    case: Case
    book: CitationBook
    drafts: tuple[Draft, ...]
    held: tuple[HeldBack, ...]
    usages: dict[str, Usage] = Field(default_factory=dict)
    """By stage; empty where no model is configured."""
    unused: str | None = None
    """Why the model's draft is not offered."""
    dropped: tuple[str, ...] = ()


class Assembly:
    def __init__(self, rulebook: Rulebook, clocks: Clocks) -> None:
        self._rulebook = rulebook
        self._clocks = clocks

    def suggestion(self, id: str, created_at: datetime, outcome: Outcome, timings: dict[str, float]) -> Suggestion:
        case, book = outcome.case, outcome.book
        understood, decision, evidence = case.understood, case.decision, case.evidence
        sla = self._sla(case, book)
        entitlements = tuple(
            ruling.entitlement.model_copy(update={"citations": _cite(ruling.anchors, evidence, book)})
            for ruling in decision.rulings
        )
        steps = tuple(
            step.model_copy(update={"citations": _cite(step.citations, evidence, book)}) for step in case.steps
        )
        return Suggestion(
            id=id, ticket_id=case.ticket.id, created_at=created_at, mode=_mode(outcome),
            classification=understood.classification, route=case.routing.route, sla=sla, entities=understood.entities,
            missing_information=decision.missing, entitlements=entitlements, drafts=outcome.drafts,
            held_back=outcome.held, next_steps=steps, citations=book.all(),
            record=record(
                case.ticket, self._account(understood), entitlements, steps, case.routing.route, decision.approvals,
                self._rulebook.vocabulary.actions, case.now,
            ),
            warnings=(
                *_model_warnings(outcome), *self._overdue(case), *_warnings(case.ticket, evidence, outcome.drafts),
            ),
            trace=Trace(
                timings_ms=timings, rulebook=self._rulebook.digest, kb_snapshot=evidence.snapshot,
                redactions=understood.redactions, rules=self._rules(case), **_used(outcome),
            ),
        )  # fmt: skip

    def _sla(self, case: Case, book: CitationBook) -> tuple[SlaDue, ...]:
        due = []
        for row, at in self._clocks.of_ticket(case.ticket, case.decision.view, case.now):
            clause = case.evidence.clause(row.source)
            if clause is not None:
                book.cite_clause(clause)
            due.append(SlaDue(clock=row.id, due_at=at, source=clause.clause_id if clause else "rulebook"))
        return tuple(due)

    def _overdue(self, case: Case) -> Iterator[str]:
        for row, at in self._clocks.of_ticket(case.ticket, case.decision.view, case.now):
            if at <= case.now:
                yield f"已超时：{row.label}应于{at.astimezone(BEIJING):%Y-%m-%d %H:%M}前完成"

    def _rules(self, case: Case) -> tuple[str, ...]:
        """Every rule that fired, in the order of the stages."""
        understood, decision = case.understood, case.decision
        kind = understood.classification
        played = playbook_rules(f"{kind.issue_type}/{kind.issue_subtype}", decision.playbook, decision.view)
        clocks = self._clocks.rules(decision.playbook, decision.view, case.ticket, case.now)
        return (*self._counted(understood), *understood.rules, *decision.rules, *case.routing.rules, *played, *clocks)

    def _counted(self, understood: Understanding) -> tuple[str, ...]:
        group, rules = understood.group, self._rulebook.signals.group
        return ("group.customers",) if group is not None and group.customers >= rules.customers else ()

    def _account(self, understood: Understanding) -> Account:
        kind, who = understood.classification, understood.contact
        return Account(
            label=self._rulebook.taxonomy.label(kind.issue_type, kind.issue_subtype), classification=kind,
            entities=understood.entities, description=understood.query, customer_name=who.name, phone=who.phone,
            confirmed=understood.confirmed,
        )  # fmt: skip


def known(case: Case) -> Iterator[Event]:
    """What is known before a reply is written."""
    yield Event(name="classification", body={
        "classification": case.understood.classification, "route": case.routing.route,
        "entities": case.understood.entities,
    })  # fmt: skip
    yield Event(name="entitlements", body={
        "entitlements": case.decision.entitlements, "missing_information": case.decision.missing,
    })  # fmt: skip
    yield Event(name="next_steps", body={"next_steps": case.steps})


def told(drafts: tuple[Draft, ...], case: Case) -> Iterator[Event]:
    """The first draft that is offered, by sentence where it stands as it was composed."""
    if not drafts:
        return
    draft = drafts[0]
    drafted = next((each for each in case.drafted if each.text == draft.text and each.sentences), None)
    source = draft.compliance.source
    if drafted is None:
        body = SentenceSaid(text=draft.text, paragraph=0, citations=draft.citations, source=source)
        yield Event(name="sentence", body=body)
        return
    for sentence in drafted.sentences:
        text, _, citations = render((sentence,), case.book)
        body = SentenceSaid(text=text, paragraph=sentence.block, citations=citations, source=source)
        yield Event(name="sentence", body=body)


def _cite(anchors: tuple[str, ...], evidence: Evidence, book: CitationBook) -> tuple[str, ...]:
    clauses = [clause for anchor in anchors if (clause := evidence.clause(anchor)) is not None]
    return tuple(dict.fromkeys(book.cite_clause(clause) for clause in clauses))


def _warnings(ticket: Ticket, evidence: Evidence, drafts: Sequence[Draft]) -> tuple[str, ...]:
    warnings = list(evidence.warnings)
    if not drafts:
        warnings.append("没有可发送的草稿：全部草稿均被合规检查拦截，详见 held_back")
    if not evidence.named and not evidence.found:
        warnings.append("知识库中没有适用的条款；请先导入并发布制度文件")
    if ticket.platform is None:
        warnings.append("工单未注明平台，未按平台区分规则")
    if not any(_HAN.search(text) for text in ticket.customer_texts()):
        warnings.append("顾客未使用中文；草稿为中文，请翻译后发送")
    return tuple(warnings)


def _mode(outcome: Outcome) -> Mode:
    """`llm` where a model's words are offered, or where only its reading was wanted and came; `fallback` where not."""
    if not outcome.usages:
        return Mode.OFFLINE
    if any(draft.compliance.source == "llm" for draft in outcome.drafts):
        return Mode.LLM
    wanted = "draft" in outcome.usages or outcome.usages["understand"].failure is not None
    return Mode.FALLBACK if wanted else Mode.LLM


def _model_warnings(outcome: Outcome) -> tuple[str, ...]:
    read, wrote = outcome.usages.get("understand"), outcome.usages.get("draft")
    unread = read.failure if read else None
    unwritten = (wrote.failure or outcome.unused) if wrote else None
    offered = any(draft.compliance.source == "llm" for draft in outcome.drafts)
    if unread is not None and not offered:
        return (f"语言模型未参与（{unread}），本建议由离线规则给出",)
    warnings = []
    if unread is not None:
        warnings.append(f"语言模型未参与分类（{unread}），分类由离线规则给出")
    if unwritten is not None and not offered:
        warnings.append(f"语言模型的草稿未采用（{unwritten}），草稿由离线规则给出")
    elif wrote is not None and wrote.failure is not None:
        warnings.append(f"语言模型的草稿没有写完（{wrote.failure}），缺少的内容已由离线规则补上")
    return tuple(warnings)


def _used(outcome: Outcome) -> dict[str, Any]:
    """The trace's fields about the counted group and the model; none where neither was asked."""
    group = outcome.case.understood.group
    extra: dict[str, Any] = {"group": group.model_dump()} if group else {}
    if not outcome.usages:
        return {"extra": extra}
    whole = together(tuple(outcome.usages.values()))
    cost = {"tokens_in", "tokens_out", "seconds", "retries"}
    stages = {name: each.model_dump(include=cost | {"calls", "failure"}) for name, each in outcome.usages.items()}
    extra["llm"] = {**whole.model_dump(include=cost), "stages": stages, "dropped": list(outcome.dropped)}
    return {"llm_calls": whole.calls, "model": whole.model, "prompts": whole.prompts, "extra": extra}
