"""The use cases: one call each for the API and the command line; every write with its audit row in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from copilot.domain.approvals import HeldApproval
from copilot.domain.compliance import CheckRequest, CheckResult
from copilot.domain.events import Event, suggestion_of
from copilot.domain.roles import Role
from copilot.domain.suggestion import Reading, Suggestion
from copilot.domain.ticket import Ticket
from copilot.errors import BadRequest, NotFound
from copilot.groups import Groups
from copilot.llm.scope import abandoned
from copilot.pipeline import Pipeline, new_id
from copilot.store import approvals, audit, repository
from copilot.store.database import writing
from copilot.store.repository import Caller
from copilot.understand.redact import hide
from kb.models import SearchRequest, SearchResponse
from kb.service import KnowledgeBase

Clock = Callable[[], datetime]

LOCAL = Caller(id="local", role=Role.ADMIN, label="command line")
"""Whoever runs commands in the home is its administrator."""


class Desk:
    """What agents do: suggestions, checks, searches. Thread-safe."""

    def __init__(
        self, pipeline: Pipeline, knowledge: KnowledgeBase, engine: Engine, clock: Clock,
        searched: Callable[[SearchRequest, SearchResponse], None] | None = None, groups: Groups | None = None,
    ) -> None:  # fmt: skip
        self._pipeline = pipeline
        self._knowledge = knowledge
        self._engine = engine
        self._clock = clock
        self._searched = searched
        self._groups = groups

    def suggest(self, ticket: Ticket, caller: Caller, *, alone: bool = False) -> Suggestion:
        """Suggests, saves and audits; what is returned has been stored.

        Args:
            alone: stored tickets do not count towards a group complaint, nor does this one for those to come: runs
                over many lines give the same answers every time.
        """
        now, groups = self._clock(), None if alone else self._groups
        suggestion = self._pipeline.suggest(ticket, now, groups.count if groups else None)
        self._save(suggestion, ticket, caller, now, groups)
        return suggestion

    @staticmethod
    def new_id() -> str:
        """For a suggestion that is told while it is made."""
        return new_id()

    def stream(self, ticket: Ticket, caller: Caller, id: str) -> Iterator[Event]:
        """What is known as soon as it is known; the suggestion is stored before it is told.

        Where `id` is stored already, that suggestion is told again and nothing is made. Where the caller has gone
        away, nothing is stored.
        """
        with Session(self._engine) as session:
            stored = repository.find_suggestion(session, id)
        if stored is not None:
            yield Event(name="suggestion", body=stored)
            return
        now, groups = self._clock(), self._groups
        for event in self._pipeline.events(ticket, now, groups.count if groups else None, live=True, id=id):
            if abandoned():
                return
            if (made := suggestion_of(event)) is not None:
                self._save(made, ticket, caller, now, groups)
            yield event

    def _save(
        self, suggestion: Suggestion, ticket: Ticket, caller: Caller, now: datetime, groups: Groups | None
    ) -> None:
        """The suggestion, what it adds to the count and its audit row, all or nothing."""
        with writing(self._engine) as session:
            repository.save_suggestion(session, suggestion, caller.id)
            if groups is not None:
                groups.remember(session, suggestion, ticket, now)
            detail = {
                "ticket": ticket.id, "mode": suggestion.mode, "rulebook": suggestion.trace.rulebook,
                "kb_snapshot": suggestion.trace.kb_snapshot,
                "drafts": [draft.compliance.status for draft in suggestion.drafts],
            }  # fmt: skip
            audit.append(session, now, caller.id, "suggestion.created", suggestion.id, detail)

    def suggestion(self, suggestion_id: str) -> Suggestion:
        """A stored suggestion.

        Raises:
            NotFound: nothing has this id.
        """
        with Session(self._engine) as session:
            found = repository.find_suggestion(session, suggestion_id)
        if found is None:
            raise NotFound(f"no suggestion has the id {suggestion_id!r}")
        return found

    def classify(self, ticket: Ticket, *, alone: bool = False) -> Reading:
        """What the ticket is; `alone` as for `suggest`. Nothing is stored."""
        count = self._groups.count if self._groups is not None and not alone else None
        return self._pipeline.classify(ticket, self._clock(), count)

    def check(self, request: CheckRequest) -> CheckResult:
        return self._pipeline.check(request, self._clock())

    def search(self, request: SearchRequest) -> SearchResponse:
        # An embedding may be made elsewhere: personal data stays here, and finds nothing anyway.
        request = request.model_copy(update={"query": hide(request.query)})
        response = self._knowledge.search(request)
        if self._searched is not None:
            self._searched(request, response)  # what was asked and found shows editors what is missing
        return response

    def warm(self) -> None:
        """Loads models and compiles rules before the first request."""
        self._pipeline.warm()
        self._knowledge.search(SearchRequest(query="预热", k=1))

    def ready(self) -> dict[str, str]:
        """What a load balancer wants to know; raises when the database does not answer."""
        with Session(self._engine) as session:
            session.execute(text("SELECT 1"))
        return {"database": "ok", "kb_snapshot": self._knowledge.snapshot()}


class Keys:
    """API keys: made and found; a key is shown once."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, role: Role, label: str, caller: Caller) -> str:
        now = self._clock()
        with writing(self._engine) as session:
            key, made = repository.create_key(session, role, label, now)
            audit.append(session, now, caller.id, "key.created", made.id, {"role": role, "label": label})
        return key

    def find(self, key: str) -> Caller | None:
        with Session(self._engine) as session:
            return repository.find_caller(session, key)

    def count(self) -> int:
        with Session(self._engine) as session:
            return repository.key_count(session)


def stored_approvals(engine: Engine) -> Callable[[str], HeldApproval | None]:
    """Looks approvals up for the decide stage, with what was sent under each."""

    def find(approval_id: str) -> HeldApproval | None:
        with Session(engine) as session:
            return approvals.held(session, approval_id)

    return find


def problems_of(error: ValidationError) -> list[tuple[str, str]]:
    """(field, message) pairs that a caller can act on."""
    found = []
    for problem in innermost(error.errors(include_url=False, include_context=False, include_input=False)):
        field = ".".join(str(part) for part in problem["loc"]) or "body"
        found.append((field, message_of(problem)))
    return found


def message_of(problem: Any) -> str:
    """What is wrong with a field, in words of ours where pydantic's do not help a caller."""
    if problem["type"] == "extra_forbidden":
        return "is not a field that this request knows"
    return str(problem["msg"]).removeprefix("Value error, ")


def innermost(problems: Sequence[Any]) -> list[Any]:
    """Without those that only follow from another: a list whose one item is wrong is also reported as too short."""
    places = [tuple(problem["loc"]) for problem in problems]
    return [
        problem
        for problem, place in zip(problems, places, strict=True)
        if not any(other[: len(place)] == place and len(other) > len(place) for other in places)
    ]


def bad_request(error: ValidationError) -> BadRequest:
    """The validation error as one of ours, first problems named."""
    return BadRequest("; ".join(f"{field}: {message}" for field, message in problems_of(error)[:5]))
