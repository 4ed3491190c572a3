"""The use cases of those who keep the knowledge base: drafts, review, publication, what changed, what it touched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from copilot.domain.base import BEIJING
from copilot.domain.impact import Cited, Impact
from copilot.domain.roles import Permission, Role, may
from copilot.errors import BadRequest, Forbidden
from copilot.store import audit, citations
from copilot.store.database import joining
from copilot.store.repository import Caller
from kb.life_models import ClauseWordings, DocumentDiff, ReviewAction, ReviewStep
from kb.models import (
    Audience,
    Clause,
    Document,
    DocumentKind,
    DocumentVersion,
    IngestFailure,
    IngestReport,
    VersionState,
)
from kb.service import KnowledgeBase

Progress = Callable[[str, int, int], None]

MOST_CITATIONS = 5000

_AUDITED: dict[ReviewAction, str] = {
    "add": "document.added", "submit": "document.submitted", "approve": "document.approved",
    "reject": "document.rejected", "dates": "document.dated", "publish": "document.published",
    "rollback": "document.rolled_back", "archive": "document.archived", "retire": "document.retired",
    "wordings": "clause.worded",
}  # fmt: skip


def record(connection: Connection, step: ReviewStep) -> None:
    """One audit row for each step of a document's life, in the transaction that makes the step."""
    detail = {"version": step.version, "note": step.note, "waived": step.waived}
    with joining(connection) as session:
        audit.append(session, step.at, step.actor[:80], _AUDITED[step.action], step.document_id, detail)


@dataclass(frozen=True, slots=True)
class Labels:
    """What somebody says about a file; None leaves it to its front matter."""

    kind: DocumentKind | None = None
    platform: str | None = None
    operator: str | None = None
    shop: str | None = None
    category: str | None = None
    audience: Audience | None = None
    title: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class Library:
    """What editors, reviewers and administrators do with documents; every method says which permission it needs by
    refusing (Forbidden) whoever lacks it. Thread-safe."""

    def __init__(self, knowledge: KnowledgeBase, engine: Engine) -> None:
        self._knowledge = knowledge
        self._engine = engine

    # -- reading ----------------------------------------------------------------------------------------

    def documents(self, caller: Caller, *, archived: bool = False, state: VersionState | None = None) -> list[Document]:
        """Every document; those put away only where asked; only those whose latest version is in a state."""
        _check(caller, Permission.KB_READ)
        found = self._knowledge.list_documents(archived=archived)
        return [document for document in found if state is None or document.state == state]

    def document(self, caller: Caller, document_id: str) -> Document:
        _check(caller, Permission.KB_READ)
        return self._knowledge.get_document(document_id)

    def versions(self, caller: Caller, document_id: str) -> list[DocumentVersion]:
        _check(caller, Permission.KB_READ)
        return self._knowledge.versions(document_id)

    def version(self, caller: Caller, document_id: str, version: int) -> DocumentVersion:
        _check(caller, Permission.KB_READ)
        return self._knowledge.get_version(document_id, version)

    def clauses(self, caller: Caller, document_id: str, version: int | None = None) -> list[Clause]:
        _check(caller, Permission.KB_READ)
        return self._knowledge.clauses(document_id, version)

    def clause(self, caller: Caller, clause_id: str, version: int | None = None) -> Clause:
        _check(caller, Permission.KB_READ)
        return self._knowledge.get_clause(clause_id, version)

    def history(self, caller: Caller, document_id: str) -> list[ReviewStep]:
        _check(caller, Permission.KB_READ)
        return self._knowledge.history(document_id)

    def diff(
        self, caller: Caller, document_id: str, older: int | None = None, newer: int | None = None
    ) -> DocumentDiff:
        _check(caller, Permission.KB_READ)
        return self._knowledge.diff(document_id, older, newer)

    def wordings(self, caller: Caller, clause_id: str) -> ClauseWordings:
        _check(caller, Permission.KB_READ)
        return self._knowledge.wordings(clause_id)

    def impact(
        self, caller: Caller, *, clause_id: str | None = None, document_id: str | None = None,
        version: int | None = None, since: date | datetime | None = None, limit: int = 500,
    ) -> Impact:  # fmt: skip
        """The suggestions that cited a clause (or any clause of a document), and what its words are now.

        Raises:
            BadRequest: neither or both of clause and document.
            ClauseNotFound: no suggestion cited the clause and the knowledge base does not have it.
            DocumentNotFound: no document has this id.
        """
        _check(caller, Permission.KB_READ)
        if (clause_id is None) == (document_id is None):
            raise BadRequest("clause_id, document_id: give one of them")
        names = [clause_id] if clause_id is not None else self._knowledge.clause_ids(document_id or "")
        moment = None if since is None else _moment(since)
        with Session(self._engine) as session:
            places = citations.places(session, names, version, moment)
            shown = places[: min(limit, MOST_CITATIONS)]
            rows = citations.words(session, shown)
        if clause_id is not None and not places:
            self._knowledge.get_clause(clause_id)
        keys = {key: (row.clause_id, row.version, row.sha256) for key, row in rows.items()}
        standings = self._knowledge.standings(keys.values())
        found = []
        for place in shown:
            key = (place.suggestion_id, place.citation_id)
            standing = standings[keys[key]]
            found.append(
                Cited(
                    suggestion_id=place.suggestion_id, ticket_id=place.ticket_id, created_at=place.created_at,
                    citation_id=place.citation_id, clause_id=rows[key].clause_id, version=rows[key].version,
                    quote=rows[key].quote, sha256=rows[key].sha256, standing=standing.standing,
                    current_version=standing.current_version,
                )
            )  # fmt: skip
        return Impact(
            clause_id=clause_id, document_id=document_id, version=version, since=moment,
            suggestions=len({place.suggestion_id for place in places}),
            tickets=len({place.ticket_id for place in places if place.ticket_id is not None}),
            citations=tuple(found),
        )  # fmt: skip

    # -- writing ----------------------------------------------------------------------------------------

    def add(self, caller: Caller, name: str, data: bytes, labels: Labels) -> IngestReport:
        """A document from memory, as a draft; `name` is its file name. Raises KbError for what is wrong with it."""
        _check(caller, Permission.KB_WRITE)
        return self._knowledge.add_text(name, data, **labels.fields(), actor=caller.id)

    def add_path(
        self, caller: Caller, path: Path, labels: Labels, *, publish: bool, progress: Progress | None = None
    ) -> list[IngestReport | IngestFailure]:
        """A file or folder of the server. Publishing at once is the administrator's; a missing review is recorded."""
        _check(caller, Permission.KB_WRITE)
        if publish:
            _administrator(caller)
        return self._knowledge.add_path(
            path, **labels.fields(), publish=publish, actor=caller.id, progress=progress
        )  # fmt: skip

    def submit(
        self, caller: Caller, document_id: str, version: int | None = None, *, note: str = "",
        valid_from: date | None = None, valid_to: date | None = None,
    ) -> DocumentVersion:  # fmt: skip
        _check(caller, Permission.KB_WRITE)
        return self._knowledge.submit(
            document_id, version, actor=caller.id, note=note, valid_from=valid_from, valid_to=valid_to
        )

    def approve(
        self, caller: Caller, document_id: str, version: int | None = None, *, note: str = ""
    ) -> DocumentVersion:
        _check(caller, Permission.KB_REVIEW)
        return self._knowledge.approve(document_id, version, actor=caller.id, note=note)

    def reject(self, caller: Caller, document_id: str, version: int | None = None, *, note: str) -> DocumentVersion:
        _check(caller, Permission.KB_REVIEW)
        return self._knowledge.reject(document_id, version, actor=caller.id, note=note)

    def publish(
        self, caller: Caller, document_id: str, version: int | None = None, *, note: str = "",
        valid_from: date | None = None, valid_to: date | None = None, administrator: bool = False,
    ) -> DocumentVersion:  # fmt: skip
        """`administrator`: whatever the state; a missing approval is recorded as waived."""
        _check(caller, Permission.KB_PUBLISH)
        if administrator:
            _administrator(caller)
        return self._knowledge.publish(
            document_id, version, actor=caller.id, note=note, valid_from=valid_from, valid_to=valid_to,
            administrator=administrator,
        )  # fmt: skip

    def rollback(self, caller: Caller, document_id: str, to: int | None = None, *, note: str = "") -> DocumentVersion:
        _check(caller, Permission.KB_PUBLISH)
        return self._knowledge.rollback(document_id, to, actor=caller.id, note=note)

    def archive(self, caller: Caller, document_id: str, *, note: str = "") -> Document:
        _check(caller, Permission.KB_PUBLISH)
        return self._knowledge.archive(document_id, actor=caller.id, note=note)

    def retire(self, caller: Caller, document_id: str, version: int | None = None, *, note: str = "") -> Document:
        _check(caller, Permission.KB_PUBLISH)
        self._knowledge.retire(document_id, version, actor=caller.id, note=note)
        return self._knowledge.get_document(document_id)

    def set_wordings(self, caller: Caller, clause_id: str, texts: Sequence[str]) -> ClauseWordings:
        """Replaces what editors added; the wordings of the clause's file stay."""
        _check(caller, Permission.KB_WRITE)
        return self._knowledge.set_wordings(clause_id, texts, actor=caller.id)


def _check(caller: Caller, permission: Permission) -> None:
    if not may(caller.role, permission):
        raise Forbidden(f"the role {caller.role} may not do this; it needs the permission {permission}")


def _administrator(caller: Caller) -> None:
    if caller.role is not Role.ADMIN:
        raise Forbidden(f"the role {caller.role} may not publish without review; have the version approved first")


def _moment(since: date | datetime) -> datetime:
    """A bare day begins at midnight in Beijing; a time without offset is Beijing time. In UTC."""
    if not 2000 <= since.year <= 2100:
        raise BadRequest("since: must lie between the years 2000 and 2100")
    full = since if isinstance(since, datetime) else datetime(since.year, since.month, since.day)
    return (full if full.tzinfo else full.replace(tzinfo=BEIJING)).astimezone(UTC)
