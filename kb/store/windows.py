"""When a published version is in force: rows of [start, end) that end where another version takes over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, or_, select, update

from kb.store.moments import day_end, day_start
from kb.store.records import VersionRow
from kb.store.tables import validity, version


@dataclass(frozen=True, slots=True)
class _Row:
    """A stored window with the days that its version declares."""

    id: int
    version: int
    starts_at: int | None
    ends_at: int | None
    valid_from: date | None

    @property
    def begins(self) -> int | None:
        """When it really begins: the declared day counts too."""
        bounds = (self.starts_at, None if self.valid_from is None else day_start(self.valid_from))
        return max((bound for bound in bounds if bound is not None), default=None)


def take_over(connection: Connection, row: VersionRow, now: int) -> bool:
    """Opens a window for a version and ends the others where it begins. False: its window is open already.

    A document's first window reaches back without limit (the declared days still hold); a later one begins on
    the version's `valid_from`, even a past one, else now. A version that was published before never begins in
    the past. What was to begin after the version's own last day stays as it is; anything else that was planned
    is given up.
    """
    windows = _of_document(connection, row.document_id)
    own = [window for window in windows if window.version == row.version]
    if row.state == "published" and any(window.ends_at is None for window in own):
        return False
    starts_at: int | None = None
    if windows:
        declared = now if row.valid_from is None else day_start(row.valid_from)
        starts_at = declared if row.published_at is None else max(declared, now)
    last = None if row.valid_to is None else day_end(row.valid_to)
    for window in windows:
        if window.ends_at is not None and starts_at is not None and window.ends_at <= starts_at:
            continue
        if last is not None and window.begins is not None and window.begins >= last:
            continue
        _end(connection, window, starts_at)
    values = {"document_id": row.document_id, "version": row.version, "starts_at": starts_at, "ends_at": None}
    connection.execute(insert(validity).values(values))
    return True


def close(connection: Connection, document_id: str, now: int, numbers: Sequence[int] | None = None) -> None:
    """Ends what is open now and gives up what was planned: of these versions, or of all."""
    for window in _of_document(connection, document_id):
        if numbers is not None and window.version not in numbers:
            continue
        if window.ends_at is None or window.ends_at > now:
            _end(connection, window, now)


def _end(connection: Connection, window: _Row, at: int | None) -> None:
    of_row = validity.c.id == window.id
    if at is None or (window.starts_at is not None and window.starts_at >= at):
        connection.execute(delete(validity).where(of_row))
    else:
        connection.execute(update(validity).where(of_row).values(ends_at=at))


def begun(connection: Connection, document_id: str, now: int) -> list[int]:
    """The published versions whose windows have begun, the one that began last first."""
    query = (
        select(validity.c.version)
        .join(version, (version.c.document_id == validity.c.document_id) & (version.c.version == validity.c.version))
        .where(validity.c.document_id == document_id, version.c.state == "published")
        .where(or_(validity.c.starts_at.is_(None), validity.c.starts_at <= now))
        .order_by(validity.c.starts_at.is_(None), validity.c.starts_at.desc(), validity.c.id.desc())
    )
    return list(dict.fromkeys(connection.execute(query).scalars()))


def _of_document(connection: Connection, document_id: str) -> list[_Row]:
    query = (
        select(validity.c.id, validity.c.version, validity.c.starts_at, validity.c.ends_at, version.c.valid_from)
        .join(version, (version.c.document_id == validity.c.document_id) & (version.c.version == validity.c.version))
        .where(validity.c.document_id == document_id)
        .order_by(validity.c.id)
    )
    return [_Row(*row) for row in connection.execute(query)]
