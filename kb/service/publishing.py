"""Puts versions in force, back in force, away, and out for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from kb.errors import InvalidState
from kb.index.sync import Projections
from kb.life_models import ReviewAction
from kb.models import Waiver
from kb.service.catalogue import in_force_numbers, pick_version, planned_numbers, unknown_document
from kb.service.ledger import Ledger, checked_actor, checked_note
from kb.service.states import refuse, with_days
from kb.store import published, repository, windows
from kb.store.engine import writing
from kb.store.moments import day_end, day_start, seconds
from kb.store.records import VersionRow


class Publisher:
    """Changes states in SQL first; the projections follow."""

    def __init__(self, engine: Engine, projections: Projections, clock: Callable[[], datetime], ledger: Ledger) -> None:
        self._engine = engine
        self._projections = projections
        self._clock = clock
        self._ledger = ledger

    def publish(
        self,
        document_id: str,
        number: int | None,
        actor: str,
        note: str,
        days: tuple[date | None, date | None],
        *,
        administrator: bool,
    ) -> int:
        """Puts a version (the latest) in force; its number."""
        actor, note, now = checked_actor(actor), checked_note(note), seconds(self._clock())
        with self._projections.write_lock(), writing(self._engine) as connection:
            rows = _versions(connection, document_id)
            row = rows[-1] if number is None else pick_version(rows, document_id, number)
            if not administrator and row.state not in ("approved", "published"):
                raise refuse(rows, row, "published", "approved")
            row = with_days(connection, self._ledger, row, days, actor, now)
            self.put_in_force(connection, row, actor, now, note)
        self._projections.catch_up()
        return row.version

    def put_in_force(
        self, connection: Connection, row: VersionRow, actor: str, now: int, note: str = ""
    ) -> Waiver | None:
        """Publishes inside the caller's transaction, whatever the state; says whether a review was waived."""
        again = row.state == "published"
        waived: Waiver | None = None if row.state in ("approved", "published") else "admin"
        if not repository.publish(connection, row, actor, now):
            return None
        action: ReviewAction = "rollback" if again else "publish"
        self._ledger.write(connection, (row.document_id, row.version), action, actor, now, note, waived)
        return waived

    def rollback(self, document_id: str, number: int | None, actor: str, note: str) -> int:
        """Puts an earlier published version in force from now on; its number."""
        actor, note, now = checked_actor(actor), checked_note(note), seconds(self._clock())
        with self._projections.write_lock(), writing(self._engine) as connection:
            rows = _versions(connection, document_id)
            scopes = published.scopes(connection, [document_id])
            current = max(in_force_numbers(rows, scopes, now), default=None)
            if number is None:
                row = self._one_before(connection, rows, current, now)
            else:
                row = pick_version(rows, document_id, number)
            if row.state != "published":
                raise refuse(rows, row, "put back in force", "published")
            if row.version == current and not planned_numbers(rows, scopes, now):
                raise InvalidState(f"{document_id} version {row.version} is in force already; name another version")
            if problem := _out_of_days(row, now):
                raise InvalidState(problem)
            self.put_in_force(connection, row, actor, now, note)
        self._projections.catch_up()
        return row.version

    def _one_before(
        self, connection: Connection, rows: Sequence[VersionRow], current: int | None, now: int
    ) -> VersionRow:
        """The nearest lower number than the one in force, else what was in force last; of those that hold today."""
        document_id = rows[0].document_id
        if current is None:
            numbers = windows.begun(connection, document_id, now)
        else:
            numbers = [row.version for row in reversed(rows) if row.state == "published" and row.version < current]
        for number in numbers:
            row = pick_version(rows, document_id, number)
            if not _out_of_days(row, now):
                return row
        than = "" if current is None else f" before version {current}, the one in force,"
        raise InvalidState(f"{document_id} has no published version{than} that could come back today; name one")

    def archive(self, document_id: str, actor: str, note: str) -> None:
        """Puts a document away: from now on none of its versions is in force; earlier days keep their answer."""
        actor, note, now = checked_actor(actor), checked_note(note), seconds(self._clock())
        with self._projections.write_lock():
            with writing(self._engine) as connection:
                rows = _versions(connection, document_id)
                document = repository.find_document(connection, document_id)
                if document is not None and document.archived:
                    raise InvalidState(f"{document_id} is archived already; publish or roll back to bring it back")
                scopes = published.scopes(connection, [document_id])
                number = max(in_force_numbers(rows, scopes, now), default=rows[-1].version)
                repository.archive(connection, document_id, number, actor, now)
                self._ledger.write(connection, (document_id, number), "archive", actor, now, note)
            self._projections.sync()

    def retire(self, document_id: str, number: int | None, actor: str, note: str) -> None:
        """Withdraws a published version, or all of them. Raises DocumentNotFound, InvalidState."""
        actor, note, now = checked_actor(actor), checked_note(note), seconds(self._clock())
        with self._projections.write_lock():
            with writing(self._engine) as connection:
                rows = _versions(connection, document_id)
                chosen = rows if number is None else [pick_version(rows, document_id, number)]
                numbers = [row.version for row in chosen if row.state == "published"]
                if not numbers:
                    which = "" if number is None else f" version {number}"
                    raise InvalidState(f"{document_id}{which} is not published, so it cannot be retired")
                repository.retire(connection, document_id, numbers, actor, now)
                for version in numbers:
                    self._ledger.write(connection, (document_id, version), "retire", actor, now, note)
            self._projections.sync()


def _versions(connection: Connection, document_id: str) -> list[VersionRow]:
    rows = repository.versions(connection, document_id)
    if not rows:
        raise unknown_document(document_id)
    return rows


def _out_of_days(row: VersionRow, now: int) -> str:
    """Why a version's own days would leave nothing in force today; empty when they hold."""
    where = f"{row.document_id} version {row.version}"
    if row.valid_to is not None and day_end(row.valid_to) <= now:
        return f"{where} ended on {row.valid_to} by its own valid_to; add its text again with new days"
    if row.valid_from is not None and day_start(row.valid_from) > now:
        return f"{where} begins on {row.valid_from} by its own valid_from, so it cannot be in force now"
    return ""
