"""The use cases of the register: read for a period, exported, purged past its retention."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from copilot.domain.base import BEIJING, Moment
from copilot.domain.records import Purged, RegisterRow
from copilot.domain.roles import Permission, may
from copilot.errors import BadRequest, Forbidden
from copilot.store import audit
from copilot.store import records as store
from copilot.store.database import writing
from copilot.store.repository import Caller


class Records:
    """Read by supervisors, purged by the administrator. Thread-safe."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], retention_days: int) -> None:
        self._engine = engine
        self._clock = clock
        self._retention_days = retention_days

    def register(
        self, caller: Caller, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[RegisterRow, ...]:
        """One row a ticket, oldest first; that it was read is audited.

        Raises:
            Forbidden: the caller's role may not read the register.
            BadRequest: the period ends before it begins.
        """
        _check(caller, Permission.RECORDS_READ)
        if since is not None and until is not None and until <= since:
            raise BadRequest("until: must lie after since")
        with Session(self._engine) as session:
            found = tuple(store.rows(session, since, until))
        detail = {
            "rows": len(found), "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
        }  # fmt: skip
        with writing(self._engine) as session:
            audit.append(session, self._clock(), caller.id, "records.read", "register", detail)
        return found

    def purge(self, caller: Caller, *, remove: bool = False) -> Purged:
        """Removes the suggestions past their retention; without `remove` it only counts them.

        Raises:
            Forbidden: the caller is no administrator.
        """
        _check(caller, Permission.RECORDS_PURGE)
        now = self._clock()
        before = now.astimezone(BEIJING) - timedelta(days=self._retention_days)
        if not remove:
            with Session(self._engine) as session:
                count = store.stored_before(session, before)
        else:
            with writing(self._engine) as session:
                count = store.remove_before(session, before)
                detail = {"suggestions": count, "before": before.isoformat(), "retention_days": self._retention_days}
                audit.append(session, now, caller.id, "records.purged", "register", detail)
        return Purged(before=before, retention_days=self._retention_days, suggestions=count, removed=remove)


def moment_of(field: str, text: str | None, *, ends: bool = False) -> datetime | None:
    """A day (Beijing time) or a moment as one writes it; a day that `ends` a period is its own end, midnight after.

    Raises:
        BadRequest: it is neither; names the field.
    """
    if text is None:
        return None
    try:
        moment = _MOMENT.validate_python(text.strip())
    except ValidationError as error:
        raise BadRequest(
            f"{field}: must be a day or a moment, such as 2026-07-01 or 2026-07-01T10:00:00+08:00"
        ) from error
    is_day = len(text.strip()) == len("2026-07-01")
    return moment + timedelta(days=1) if ends and is_day else moment


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def _check(caller: Caller, permission: Permission) -> None:
    if not may(caller.role, permission):
        raise Forbidden(f"the role {caller.role} may not do this; it needs the permission {permission}")
