"""What editors see at review time, what is missing, and short answers: redacted, guarded and audited."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from copilot.domain.promises import ForbiddenPromise, PublishReview
from copilot.domain.roles import Permission, may
from copilot.domain.vocabulary import Category, Severity
from copilot.errors import Forbidden, NotFound, place_of
from copilot.guard.context import GuardContext, SupportClause
from copilot.guard.engine import Guard
from copilot.store import audit, signals
from copilot.store.database import writing
from copilot.store.repository import Caller
from copilot.understand.redact import hide
from kb.insight_models import Answer, AskRequest, ConflictReport, Gap
from kb.models import Clause, IngestReport, SearchRequest, SearchResponse
from kb.service import Insight, KnowledgeBase

Progress = Callable[[str, int, int], None]

_LOG = logging.getLogger(__name__)
_FORBIDDEN = frozenset({
    Category.ABSOLUTE_CLAIM, Category.ILLEGAL_DENIAL, Category.OVER_PROMISE_OUTCOME, Category.OVER_PROMISE_TIME,
    Category.OFF_PLATFORM, Category.DISRESPECT,
})  # fmt: skip
"""What a clause must not do either. Rights, remedies and standing rules are what clauses are for."""


class Insights:
    """Asked by agents, read by editors and reviewers. Thread-safe."""

    def __init__(
        self, insight: Insight, knowledge: KnowledgeBase, guard: Guard, engine: Engine,
        clock: Callable[[], datetime], platform_names: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._insight = insight
        self._knowledge = knowledge
        self._guard = guard
        self._engine = engine
        self._clock = clock
        self._platform_names = dict(platform_names)

    def close(self) -> None:
        """Writes the questions that still wait."""
        self._insight.close()

    # -- questions --------------------------------------------------------------------------------------

    def ask(self, caller: Caller, request: AskRequest) -> Answer:
        """A short answer made of quoted sentences of clauses in force, or a clear no."""
        _check(caller, Permission.SEARCH)
        answer = self._insight.ask(request.model_copy(update={"query": hide(request.query)}), self._platform_names)
        top = answer.citations[0].clause_id if answer.citations else None
        score = answer.nearest[0].score if answer.nearest else 1.0
        self._note(request.query, request.platform, "ask", top, score, answer.confident)
        return answer

    def searched(self, request: SearchRequest, response: SearchResponse) -> None:
        """Notes a question that was searched for, free of personal data. Never fails and never waits for the
        database."""
        top = response.hits[0] if response.hits else None
        self._note(
            request.query, request.platform, "search", top.clause_id if top else None, top.score if top else 0.0,
            response.confident,
        )  # fmt: skip

    def _note(
        self, text: str, platform: str | None, source: str, top: str | None, score: float, confident: bool
    ) -> None:
        try:
            clean = hide(text)
        except Exception as error:  # noqa: BLE001 - a question that cannot be cleaned is not stored, nobody waits for it
            _LOG.error("a question could not be redacted and was not noted: %s", place_of(error))
            return
        self._insight.asked(clean, platform=platform, source=source, top=top, score=score, confident=confident)

    # -- before publishing ------------------------------------------------------------------------------

    def review(
        self, caller: Caller, document_id: str, version: int | None = None, progress: Progress | None = None
    ) -> PublishReview:
        """What publishing a version (the latest) would mean; that it was looked at is audited.

        Raises:
            DocumentNotFound: no document has this id.
            VersionNotFound: it has no such version.
        """
        _check(caller, Permission.KB_READ)
        review = self._insight.review(document_id, version, progress=progress)
        forbidden = tuple(
            found for clause in self._knowledge.clauses(document_id, review.version) for found in self.forbidden(clause)
        )
        detail = {
            "version": review.version, "duplicates": len(review.duplicates), "forbidden": len(forbidden),
            "contradictions": len(review.contradictions), "answers_changed": len(review.replay),
            "kb_snapshot": review.snapshot,
        }  # fmt: skip
        with writing(self._engine) as session:
            audit.append(session, self._clock(), caller.id, "document.examined", document_id, detail)
        return PublishReview(review=review, forbidden=forbidden)

    def forbidden(self, clause: Clause) -> list[ForbiddenPromise]:
        """What a clause for customers promises or refuses against the compliance rules."""
        if clause.audience != "customer":
            return []
        own = SupportClause(
            clause_id=clause.clause_id, text=clause.text, document=clause.document, section_path=clause.section_path
        )
        result = self._guard.evaluate(clause.text, GuardContext(now=self._clock(), clauses=(own,)))
        places = {
            (found.category, found.start, found.end): found
            for found in result.violations
            if found.category in _FORBIDDEN and found.severity is Severity.BLOCK
        }
        return [
            ForbiddenPromise(
                clause_id=clause.clause_id, section_path=clause.section_path, category=found.category, rule=found.rule,
                start=found.start, end=found.end, quote=found.text, message=found.message,
            )
            for found in places.values()
        ]  # fmt: skip

    def conflicts(self, caller: Caller, progress: Progress | None = None) -> ConflictReport:
        """Contradictions among everything that is in force now or will be."""
        _check(caller, Permission.KB_READ)
        return self._insight.conflicts(progress)

    # -- gaps -------------------------------------------------------------------------------------------

    def gaps(self, caller: Caller, since: datetime | None = None, min_count: int = 1) -> list[Gap]:
        """What people ask and nothing in force answers well, the heaviest first."""
        _check(caller, Permission.KB_READ)
        with Session(self._engine) as session:
            weak = [
                signal.model_copy(update={"text": hide(signal.text)})
                for signal in signals.weak_suggestions(session, since)
            ]
        found, warnings = self._insight.gaps(weak, since=since, min_count=min_count)
        for warning in warnings:
            _LOG.warning("gaps: %s", warning)
        return found

    def draft(
        self, caller: Caller, number: int, since: datetime | None = None, min_count: int = 1
    ) -> tuple[Gap, IngestReport]:
        """An FAQ draft for the gap with this number in the list that `gaps` gives for the same arguments.

        Raises:
            NotFound: the list has no such number.
        """
        _check(caller, Permission.KB_WRITE)
        found = next((gap for gap in self.gaps(caller, since, min_count) if gap.number == number), None)
        if found is None:
            raise NotFound(f"no gap has the number {number}; see `copilot kb gaps`")
        report = self._insight.draft(found, actor=caller.id)
        detail = {"version": report.version, "label": found.label, "count": found.count}
        with writing(self._engine) as session:
            audit.append(session, self._clock(), caller.id, "gap.drafted", report.document_id, detail)
        return found, report


def _check(caller: Caller, permission: Permission) -> None:
    if not may(caller.role, permission):
        raise Forbidden(f"the role {caller.role} may not do this; it needs the permission {permission}")
