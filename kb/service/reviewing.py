"""From draft to approved: submit, approve, reject."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from kb.errors import InvalidMetadata, SelfReview
from kb.index.sync import Projections
from kb.models import VersionState, Waiver
from kb.service.catalogue import pick_version, unknown_document
from kb.service.ledger import Ledger, checked_actor, checked_note
from kb.service.states import refuse, with_days
from kb.store import repository, reviews
from kb.store.engine import writing
from kb.store.moments import seconds
from kb.store.records import VersionRow


class Reviewer:
    """Moves versions between states that nobody is served in."""

    def __init__(
        self,
        engine: Engine,
        projections: Projections,
        clock: Callable[[], datetime],
        ledger: Ledger,
        *,
        solo: bool,
    ) -> None:
        self._engine = engine
        self._projections = projections
        self._clock = clock
        self._ledger = ledger
        self._solo = solo

    def submit(
        self, document_id: str, number: int | None, actor: str, note: str, days: tuple[date | None, date | None]
    ) -> int:
        """draft → in_review; the version's number."""
        actor, note, now = checked_actor(actor), checked_note(note), seconds(self._clock())
        with self._projections.write_lock(), writing(self._engine) as connection:
            row = _in_state(connection, document_id, number, "draft", "submitted")
            row = with_days(connection, self._ledger, row, days, actor, now)
            repository.set_state(connection, document_id, row.version, "in_review")
            self._ledger.write(connection, (document_id, row.version), "submit", actor, now, note)
        return row.version

    def approve(self, document_id: str, number: int | None, actor: str, note: str) -> int:
        """in_review → approved. Raises SelfReview for the author or the submitter, unless solo."""
        actor, note, now = checked_actor(actor), checked_note(note), seconds(self._clock())
        with self._projections.write_lock(), writing(self._engine) as connection:
            row = _in_state(connection, document_id, number, "in_review", "approved")
            waived = self._second_pair_of_eyes(connection, row, actor)
            repository.set_state(connection, document_id, row.version, "approved")
            self._ledger.write(connection, (document_id, row.version), "approve", actor, now, note, waived)
        return row.version

    def _second_pair_of_eyes(self, connection: Connection, row: VersionRow, actor: str) -> Waiver | None:
        submitter = reviews.submitter(connection, row.document_id, row.version)
        if actor not in (row.created_by, submitter):
            return None
        if self._solo:
            return "solo"
        did = "wrote" if actor == row.created_by else "submitted"
        raise SelfReview(
            f"{actor} {did} {row.document_id} version {row.version}, so somebody else has to approve it; where one person "
            "keeps the knowledge base, switch solo mode on (COPILOT_KB_SOLO=true): it is recorded"
        )

    def reject(self, document_id: str, number: int | None, actor: str, note: str) -> int:
        """in_review → draft, with the reason."""
        actor, note, now = checked_actor(actor), checked_note(note), seconds(self._clock())
        if not note:
            raise InvalidMetadata("note: say what has to change before the version can be approved")
        with self._projections.write_lock(), writing(self._engine) as connection:
            row = _in_state(connection, document_id, number, "in_review", "rejected")
            repository.set_state(connection, document_id, row.version, "draft")
            self._ledger.write(connection, (document_id, row.version), "reject", actor, now, note)
        return row.version


def _in_state(
    connection: Connection, document_id: str, number: int | None, state: VersionState, verb: str
) -> VersionRow:
    """The version (the latest), which has to be in this state."""
    rows = repository.versions(connection, document_id)
    if not rows:
        raise unknown_document(document_id)
    row = rows[-1] if number is None else pick_version(rows, document_id, number)
    if row.state != state:
        raise refuse(rows, row, verb, state)
    return row
