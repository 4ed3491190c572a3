"""What a version's state allows, said so that the reader knows what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from kb.errors import InvalidMetadata, InvalidState
from kb.models import VersionState
from kb.service.ledger import Ledger
from kb.store import repository
from kb.store.records import VersionRow

_NEXT: dict[VersionState, str] = {
    "draft": "submit it for review first",
    "in_review": "it waits for somebody to approve or reject it",
    "approved": "it can be published",
    "published": "its text never changes any more: add the changed file, which becomes a new version",
    "retired": "add the file again, which becomes a new version",
}
_SHOWN: dict[VersionState, str] = {
    "draft": "a draft",
    "in_review": "in review",
    "approved": "approved",
    "published": "published",
    "retired": "withdrawn",
}


def refuse(rows: Sequence[VersionRow], row: VersionRow, verb: str, wanted: VersionState) -> InvalidState:
    """The error for a version whose state does not allow `verb`; names a version that is in the wanted state."""
    fitting = [str(other.version) for other in rows if other.state == wanted and other.version != row.version]
    instead = f" (version {', '.join(fitting)} is {_SHOWN[wanted]}: name it)" if fitting else ""
    return InvalidState(
        f"{row.document_id} version {row.version} is {_SHOWN[row.state]}, so it cannot be {verb}; "
        f"{_NEXT[row.state]}{instead}"
    )


def with_days(
    connection: Connection,
    ledger: Ledger,
    row: VersionRow,
    days: tuple[date | None, date | None],
    actor: str,
    now: int,
) -> VersionRow:
    """The version with these days of validity where any are given (None: as they are), written and recorded.

    Raises:
        InvalidState: the version was published; what has been served never changes.
        InvalidMetadata: it would end before it begins.
    """
    valid_from, valid_to = days[0] or row.valid_from, days[1] or row.valid_to
    if (valid_from, valid_to) == (row.valid_from, row.valid_to):
        return row
    if row.state in ("published", "retired"):
        raise InvalidState(
            f"{row.document_id} version {row.version} is {_SHOWN[row.state]}: its valid_from and valid_to never change "
            "any more; add the text again with the new days"
        )
    if valid_from and valid_to and valid_to < valid_from:
        raise InvalidMetadata(f"valid_to: {valid_to} is before valid_from {valid_from}")
    dated = replace(row, valid_from=valid_from, valid_to=valid_to)
    repository.set_days(connection, dated)
    note = f"valid_from {valid_from or '-'}, valid_to {valid_to or '-'}"
    ledger.write(connection, (row.document_id, row.version), "dates", actor, now, note)
    return dated
