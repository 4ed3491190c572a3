"""The use cases of those who keep the rules: which rows rest on changed clauses, and that they hold nonetheless."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from copilot.decide.freshness import OwnConfirmations
from copilot.domain.roles import Permission, may
from copilot.domain.rules import ChangedClause, ConfirmedRow, StaleRow
from copilot.domain.vocabulary import Action, Operator
from copilot.errors import Forbidden, NotFound
from copilot.rulebook.confirmed import ConfirmedFile, resting
from copilot.rulebook.loader import Rulebook
from copilot.rulebook.models import EntitlementRow
from copilot.store import audit, confirmations
from copilot.store.confirmations import Confirmed
from copilot.store.database import writing
from copilot.store.repository import Caller
from kb.models import Clause
from kb.service import KnowledgeBase


def own_confirmations(engine: Engine) -> OwnConfirmations:
    """Looks up what this installation confirmed, for the decide stage."""

    def find(rows: Collection[str]) -> Confirmed:
        with Session(engine) as session:
            return confirmations.confirmed(session, rows)

    return find


class Rules:
    """Every method refuses (Forbidden) whoever lacks the permission; every write has its audit row. Thread-safe."""

    def __init__(
        self, rulebook: Rulebook, knowledge: KnowledgeBase, engine: Engine, clock: Callable[[], datetime]
    ) -> None:
        self._shipped = rulebook.confirmed
        self._platforms = tuple(rulebook.vocabulary.platforms)
        self._actions: dict[str, Action] = {
            row.id: table.action for table in rulebook.entitlements.tables for row in table.rows
        }
        self._rows = resting(row for table in rulebook.entitlements.tables for row in table.rows)
        self._knowledge = knowledge
        self._engine = engine
        self._clock = clock

    def stale(self, caller: Caller) -> Sequence[StaleRow]:
        """The rows that rest on a clause in force now whose text nobody confirmed, in the order of the tables."""
        _check(caller)
        with Session(self._engine) as session:
            return self._stale(session, self._rows)

    def confirm(self, caller: Caller, row_id: str) -> ConfirmedRow:
        """The row's verdict agrees with every clause that is in force for it now.

        Raises:
            NotFound: no row that rests on clauses has this id.
        """
        _check(caller)
        if row_id not in self._rows:
            raise NotFound(f"no row {row_id!r} of the decision tables rests on clauses; see `copilot rules stale`")
        found = self._confirm(caller, {row_id: self._rows[row_id]})
        return found[0] if found else ConfirmedRow(row=row_id, clauses=())

    def confirm_all(self, caller: Caller) -> Sequence[ConfirmedRow]:
        """As `confirm`, for every row that is stale."""
        _check(caller)
        return self._confirm(caller, self._rows)

    def _confirm(self, caller: Caller, rows: Mapping[str, EntitlementRow]) -> Sequence[ConfirmedRow]:
        now = self._clock()
        with writing(self._engine) as session:
            found = self._stale(session, rows)
            for stale in found:
                texts = {(clause.anchor, clause.sha256): clause for clause in stale.clauses}
                for (anchor, sha256), clause in texts.items():
                    confirmations.add(
                        session, stale.row, anchor, sha256, clause_id=clause.clause_id, version=clause.version,
                        by=caller.id, at=now,
                    )  # fmt: skip
                named = {"anchor", "clause_id", "version", "sha256", "confirmed"}
                detail = {"clauses": [clause.model_dump(mode="json", include=named) for clause in texts.values()]}
                audit.append(session, now, caller.id, "rule.confirmed", stale.row, detail)
                session.flush()
        return tuple(ConfirmedRow(row=stale.row, clauses=stale.clauses) for stale in found)

    def _stale(self, session: Session, rows: Mapping[str, EntitlementRow]) -> tuple[StaleRow, ...]:
        own = confirmations.confirmed(session, list(rows))
        in_force = self._in_force(sorted({anchor for row in rows.values() for anchor in row.cite}))
        found = []
        for row in rows.values():
            changed = tuple(
                self._changed(row.id, anchor, clause, own)
                for anchor in row.cite
                for clause in in_force.get(anchor, ())
                if not self._shipped.holds(row.id, anchor, clause.sha256) and (row.id, anchor, clause.sha256) not in own
            )
            if changed:
                found.append(
                    StaleRow(
                        row=row.id, action=self._actions[row.id], verdict=row.verdict, reason=row.reason,
                        clauses=changed,
                    )
                )  # fmt: skip
        return tuple(found)

    def _changed(self, row_id: str, anchor: str, clause: Clause, own: Confirmed) -> ChangedClause:
        mine = sorted(sha256 for row, name, sha256 in own if (row, name) == (row_id, anchor))
        return ChangedClause(
            anchor=anchor, clause_id=clause.clause_id, document_id=clause.document_id, document=clause.document,
            version=clause.version, section_path=clause.section_path, text=clause.text, sha256=clause.sha256,
            confirmed=tuple(dict.fromkeys((*self._shipped.of(row_id, anchor), *mine))), platform=clause.platform,
            operator=clause.operator, valid_from=clause.valid_from,
        )  # fmt: skip

    def _in_force(self, anchors: Sequence[str]) -> dict[str, list[Clause]]:
        """Anchor → every clause that some ticket of now is decided by: each platform and operator has its own."""
        now = self._clock()
        found: dict[str, dict[tuple[str, int], Clause]] = {}
        for platform, operator in self._scopes():
            named = self._knowledge.resolve_all(anchors, platform=platform, operator=operator, as_of=now)
            for anchor, clause in named.items():
                found.setdefault(anchor, {})[clause.clause_id, clause.version] = clause
        return {anchor: list(clauses.values()) for anchor, clauses in found.items()}

    def _scopes(self) -> Iterator[tuple[str | None, str | None]]:
        documents = (document.platform for document in self._knowledge.list_documents())
        for platform in dict.fromkeys((None, *self._platforms, *documents)):
            for operator in (None, *Operator):
                yield platform, operator


def confirmations_from(rulebook: Rulebook, knowledge: KnowledgeBase) -> ConfirmedFile:
    """Every text in the latest versions of a knowledge base's documents under the anchors that rows cite, whatever
    platform and day it is for: the shipped file."""
    texts: dict[str, set[str]] = {}
    for document in knowledge.list_documents():
        for clause in knowledge.clauses(document.document_id):
            if clause.anchor is not None:
                texts.setdefault(clause.anchor, set()).add(clause.sha256)
    rows = resting(row for table in rulebook.entitlements.tables for row in table.rows)
    return ConfirmedFile(
        rows={
            row.id: {anchor: tuple(sorted(texts[anchor])) for anchor in row.cite if anchor in texts}
            for row in rows.values()
        }
    )


def _check(caller: Caller) -> None:
    if not may(caller.role, Permission.RULES_CONFIRM):
        raise Forbidden(f"the role {caller.role} may not do this; it needs the permission {Permission.RULES_CONFIRM}")
