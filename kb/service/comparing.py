"""What changed between two versions, and what has become of clauses that were cited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from kb.life_models import ClauseStanding, DocumentDiff, Standing
from kb.review.diff import compare
from kb.service.catalogue import in_force_numbers, pick_version, unknown_document
from kb.store import published, repository
from kb.store.moments import seconds
from kb.store.records import Scope, VersionRow
from kb.store.repository import ClauseMark

_CHUNK = 400
Cited = tuple[str, int, str]
"""Clause id, version, SHA-256 of the text that was cited."""


class Comparer:
    """Reads only."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def diff(self, document_id: str, older: int | None, newer: int | None) -> DocumentDiff:
        """Two versions, clause by clause. Raises DocumentNotFound, VersionNotFound."""
        with self._engine.connect() as connection:
            rows = repository.versions(connection, document_id)
            if not rows:
                raise unknown_document(document_id)
            after = rows[-1] if newer is None else pick_version(rows, document_id, newer)
            if older is None:
                scopes = published.scopes(connection, [document_id])
                before = _counterpart(rows, after, in_force_numbers(rows, scopes, seconds(self._clock())))
            else:
                before = pick_version(rows, document_id, older)
            old = None if before is None else (before, repository.clauses(connection, document_id, before.version))
            new = (after, repository.clauses(connection, document_id, after.version))
        return compare(document_id, old, new)

    def standings(self, cited: Iterable[Cited]) -> dict[Cited, ClauseStanding]:
        """What each cited clause is now."""
        asked = list(dict.fromkeys(cited))
        at = seconds(self._clock())
        found: dict[Cited, ClauseStanding] = {}
        with self._engine.connect() as connection:
            for names in _chunks(list(dict.fromkeys(clause_id for clause_id, _, _ in asked))):
                now = _Now(connection, names, at)
                found.update({item: now.standing(item) for item in asked if item[0] in now.names})
        return found


class _Now:
    """What is known of some clauses at the second `at`."""

    def __init__(self, connection: Connection, names: Sequence[str], at: int) -> None:
        self.names = set(names)
        self._marks: dict[str, list[ClauseMark]] = {name: [] for name in names}
        for mark in repository.clause_marks(connection, names):
            self._marks[mark.clause_id].append(mark)
        documents = {mark.document_id for marks in self._marks.values() for mark in marks}
        scopes: dict[tuple[str, int], Scope] = published.scopes(connection, documents)
        self._in_force = {place for place, scope in scopes.items() if scope.in_force(at)}
        self._living = {document_id for document_id, _ in self._in_force}
        self._archived = {
            name for name in documents if (row := repository.find_document(connection, name)) and row.archived
        }

    def standing(self, cited: Cited) -> ClauseStanding:
        clause_id, version, sha256 = cited
        marks = self._marks[clause_id]
        current = max(
            (mark for mark in marks if (mark.document_id, mark.version) in self._in_force),
            key=lambda mark: mark.version,
            default=None,
        )
        own = next((mark for mark in marks if mark.version == version), None)
        return ClauseStanding(
            clause_id=clause_id,
            version=version,
            standing=self._judge(own, current, sha256),
            current_version=None if current is None else current.version,
        )

    def _judge(self, own: ClauseMark | None, current: ClauseMark | None, sha256: str) -> Standing:
        if own is None:
            return "unknown"
        if current is not None and current.sha256 == sha256:
            return "in_force"
        if own.state == "retired":
            return "withdrawn"
        if current is not None:
            return "changed"
        if own.document_id in self._archived:
            return "archived"
        return "removed" if own.document_id in self._living else "not_in_force"


def _counterpart(rows: Sequence[VersionRow], after: VersionRow, in_force: Sequence[int]) -> VersionRow | None:
    """The version in force where it is an earlier one, else the one before, None for a first version."""
    earlier = [row for row in rows if row.version < after.version]
    standing = [row for row in earlier if row.version in in_force]
    return next(reversed(standing or earlier), None)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _CHUNK):
        yield names[start : start + _CHUNK]
